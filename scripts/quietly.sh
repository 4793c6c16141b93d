#!/usr/bin/env bash
# Runs a command and shows its output only if it fails.
output=$("$@" 2>&1)
status=$?
if [ $status -ne 0 ]; then
  printf '%s\n' "$output" >&2
  echo "Failed with exit status $status: $*" >&2
fi
exit $status
