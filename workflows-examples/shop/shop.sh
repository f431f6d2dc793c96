#!/bin/sh
# What the shop sells, and what it all costs.
set -eu
cd /shop
case "${1:-total}" in
  version) cat version ;;
  list) cat prices.txt ;;
  total) awk '{ sum += $2 } END { print sum }' prices.txt ;;
  *)
    echo "usage: shop.sh version|list|total" >&2
    exit 2
    ;;
esac
