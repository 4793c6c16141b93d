#!/usr/bin/env bash
# Installs what the tests need and runs all of them; the last line is "N passed, N failed".
set -uo pipefail
limit=1800
SECONDS=0
if ! timeout "$limit" make setup-test; then
  echo 'The tests could not be set up; see above.' >&2
  echo '0 passed, 1 failed'
  exit 1
fi
exec .venv/bin/python scripts/run_tests.py --setup-seconds "$SECONDS" --limit-seconds "$limit" "$@"
