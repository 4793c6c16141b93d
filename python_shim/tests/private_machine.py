"""This machine, with system folders of its own: what is written there is gone with the process."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Iterator

import pytest
import sandboxes
from conftest import SHIM, missing
from giltracer.node import find_node

#: Users that have accounts there: sudo asks for one.
ALICE = "giltracer-alice"
BOB = "giltracer-bob"
UIDS = {ALICE: sandboxes.ORDINARY_USER, BOB: sandboxes.ORDINARY_USER + 1}

PARANOID = "/proc/sys/kernel/perf_event_paranoid"
MLOCK = "/proc/sys/kernel/perf_event_mlock_kb"

#: $1 is a folder for the private copies.
_SCRIPT = r"""
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$1"
cp -a /etc "$1/etc"
mount --bind "$1/etc" /etc
mkdir "$1/local"
for path in /usr/local/*; do
  place="$1/local/${path##*/}"
  if [ -d "$path" ] && [ ! -L "$path" ]; then
    mkdir "$place"
    mount --rbind "$path" "$place"
  elif [ "${path##*/}" != libexec ]; then
    cp -a "$path" "$place"
  fi
done
umount "$1/local/libexec" 2>/dev/null || true
mount --rbind "$1/local" /usr/local
for path in /var/lib /run; do
  mount -t tmpfs -o mode=755 none "$path"
done
for name in perf_event_paranoid perf_event_mlock_kb; do
  cat "/proc/sys/kernel/$name" >"$1/$name"
  mount --bind "$1/$name" "/proc/sys/kernel/$name"
done
printf '%s\n' "$2" >>/etc/passwd
printf '%s\n' "$3" >>/etc/shadow
echo ready
exec cat
"""


class PrivateMachine:
    """A mount namespace that lives as long as a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        copies = folder / "system"
        copies.mkdir()
        accounts = [f"{name}:x:{uid}:{uid}::/tmp:/bin/sh" for name, uid in UIDS.items()]
        shadows = [f"{name}:*:19000:0:99999:7:::" for name in UIDS]
        self._holder = subprocess.Popen(
            [
                *("unshare", "-m", "sh", "-c", _SCRIPT, "sh"),
                *(str(copies), "\n".join(accounts), "\n".join(shadows)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n"

    def close(self) -> None:
        assert self._holder.stdin is not None
        self._holder.stdin.close()
        self._holder.wait()
        assert self._holder.stdout is not None
        self._holder.stdout.close()

    @property
    def prefix(self) -> tuple[str, ...]:
        """Runs a command line there."""
        return ("nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "--wd=/")

    def user(self, name: str = ALICE, *readable: Path) -> tuple[str, ...]:
        """Runs a command line there as a user."""
        prefix = sandboxes.ordinary_user(Path(find_node()).resolve().parent, *readable)
        uid = UIDS[name]
        return (
            *self.prefix,
            *(word.replace(str(sandboxes.ORDINARY_USER), str(uid)) for word in prefix),
        )

    @property
    def variables(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder),
            "PYTHONPATH": str(SHIM),
            "GILTRACER_NODE": find_node(),
        }

    def run(
        self, *command: str, prefix: tuple[str, ...] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*(self.prefix if prefix is None else prefix), *command],
            env={**os.environ, **self.variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **options,
        )

    def setup(self, *arguments: str, user: str = ALICE) -> subprocess.CompletedProcess[str]:
        return self.run(
            *(sys.executable, "-m", "giltracer", "setup", "--user", user, *arguments),
            stdin=subprocess.DEVNULL,
        )

    def path(self, path: str) -> Path:
        """A file there, as it is seen from here."""
        return Path(f"/proc/{self._holder.pid}/root{path}")


def system(machine: PrivateMachine) -> dict[str, object]:
    """All that setup may touch: kind, mode, owner and content by path."""
    found: dict[str, object] = {}
    for name in ("/etc", "/usr/local/libexec", "/var/lib"):
        top = machine.path(name)
        for path in (top, *sorted(top.rglob("*"))):
            if not path.exists() or path.is_symlink():
                continue
            status = path.stat()
            content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
            key = name + str(path)[len(str(top)) :]
            found[key] = (
                *(status.st_mode, status.st_uid, status.st_gid),
                hashlib.sha256(content).hexdigest(),
            )
    for name in (PARANOID, MLOCK):
        found[name] = machine.path(name).read_text().strip()
    return found


@pytest.fixture
def machine() -> Iterator[PrivateMachine]:
    if os.geteuid() != 0:
        missing("an administrator is root")
    for program in ("sudo", "nsenter", "unshare"):
        if shutil.which(program) is None:
            missing(f"{program} is not installed")
    # Not below pytest's own folder, which is closed to others.
    with tempfile.TemporaryDirectory(prefix="giltracer-setup-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        machine = PrivateMachine(folder)
        try:
            yield machine
        finally:
            machine.close()
