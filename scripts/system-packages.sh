#!/usr/bin/env bash
# Installs what the demo and the tests need from Debian's or Ubuntu's packages, and only what is
# missing. Usage: scripts/system-packages.sh [demo|test]
#
# Without root nothing is installed: what is missing is named, and the rest goes on (an untraced cell
# says so itself).
set -euo pipefail
purpose=${1:-demo}
missing=()

# Debian's perf is one package for all its kernels. Ubuntu's /usr/bin/perf is a script that looks for
# the binary of the running kernel and fails in a container on a foreign one: any version's binary will do.
if ! perf --version >/dev/null 2>&1 &&
  ! compgen -G '/usr/lib/linux-tools*/*/perf' >/dev/null; then
  if grep -qi '^ID=ubuntu' /etc/os-release 2>/dev/null; then
    missing+=("linux-tools-generic")
  else
    missing+=("linux-perf")
  fi
fi

python=$(scripts/find-python.sh --any 2>/dev/null || true)
if [ -z "$python" ]; then
  missing+=(python3 python3-venv)
elif ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
  missing+=("python3-venv")
fi
# A stripped Python has no symbols to put probes on: Debian's and Ubuntu's debug interpreter has them.
if ! scripts/find-python.sh >/dev/null 2>&1; then
  missing+=(python3-dbg)
fi

if [ "$purpose" = test ]; then
  command -v git >/dev/null || missing+=(git)
  command -v nm >/dev/null || missing+=(binutils)
  # An ordinary user's probes are defined through it (giltracer setup).
  command -v sudo >/dev/null || missing+=(sudo)
  if ! command -v chromium >/dev/null && [ -z "${PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH:-}" ]; then
    missing+=(chromium fonts-dejavu-core)
  fi
fi

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Missing: ${missing[*]}. Install these packages as root, or run 'sudo make ${purpose}'." >&2
  else
    echo "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
fi

# tracefs: mounted by systemd on most machines, not in containers.
if [ "$(id -u)" -eq 0 ] && [ -d /sys/kernel/tracing ] && [ ! -e /sys/kernel/tracing/uprobe_events ]; then
  mount -t tracefs tracefs /sys/kernel/tracing ||
    echo 'tracefs could not be mounted at /sys/kernel/tracing: cells will run untraced.' >&2
fi
