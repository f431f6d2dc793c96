#!/bin/sh
# Says hello.
echo "${1:-hello}"
