#!/bin/sh
# Answers with HTML.
printf "<h1>%s</h1>\n" "$(greet)"
