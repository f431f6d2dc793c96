#!/bin/sh
# Answers with JSON.
case "${1:-}" in
  self-test) [ "$("$0")" = '{"message":"hello"}' ] ;;
  *) printf '{"message":"%s"}\n' "$(greet)" ;;
esac
