"""Prefixes of command lines that take one capability away from a program; they need root.

Each works in a mount namespace or in the process's own credentials: nothing of the machine changes.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import sys
from pathlib import Path

#: No account has it.
ORDINARY_USER = 54321

#: What Docker gives a container's root (moby: oci/caps/defaults.go).
DOCKER_CAPABILITIES = (
    "chown,dac_override,fsetid,fowner,mknod,net_raw,setgid,setuid,setfcap,setpcap,"
    "net_bind_service,sys_chroot,kill,audit_write"
)

_FORBID = Path(__file__).with_name("forbid_perf.py")


def in_mount_namespace(script: str) -> tuple[str, ...]:
    """Run a piece of shell in a mount namespace of its own, then the program."""
    return ("unshare", "-m", "sh", "-c", f'set -e; {script}; exec "$@"', "sh")


def with_file(path: str, content: Path) -> tuple[str, ...]:
    """Put another file in the place of one."""
    return in_mount_namespace(f"mount --bind {shlex.quote(str(content))} {shlex.quote(path)}")


def without_tracefs() -> tuple[str, ...]:
    return in_mount_namespace(
        "umount -l /sys/kernel/tracing; umount -l /sys/kernel/debug 2>/dev/null || true"
    )


def read_only_tracefs() -> tuple[str, ...]:
    return in_mount_namespace(
        "umount -l /sys/kernel/debug 2>/dev/null || true; "
        "mount -o remount,bind,ro /sys/kernel/tracing"
    )


def without_capabilities() -> tuple[str, ...]:
    """User 0 of a container that gives no capabilities."""
    return ("setpriv", "--bounding-set=-all", "--inh-caps=-all")


def with_capabilities(names: str) -> tuple[str, ...]:
    """User 0 with these alone, separated by commas."""
    kept = ",".join(f"+{name}" for name in names.split(","))
    return ("setpriv", f"--bounding-set=-all,{kept}", "--inh-caps=-all")


def user_namespace() -> tuple[str, ...]:
    """Root of a user namespace, as in a rootless container."""
    return ("unshare", "-U", "-r")


def without_perf_event_open() -> tuple[str, ...]:
    """Root behind a seccomp filter."""
    return (sys.executable, str(_FORBID))


def ordinary_user(*readable: Path, capabilities: str = "") -> tuple[str, ...]:
    """A user without an account.

    Args:
        readable: what the user must reach beside this Python: folders above it that are closed
            are replaced by empty ones, in a mount namespace.
        capabilities: kept as ambient ones, separated by commas.

    """
    kept = ",".join(f"+{name}" for name in capabilities.split(",") if name)
    credentials = ["setpriv", f"--reuid={ORDINARY_USER}", f"--regid={ORDINARY_USER}"]
    credentials += ["--clear-groups"]
    if kept:
        credentials += [f"--inh-caps={kept}", f"--ambient-caps={kept}"]
    needed = {Path(sys.base_prefix), Path(sys.prefix), Path(__file__).parents[2], *readable}
    return (*in_mount_namespace(_open_folders(needed)), *credentials)


def _open_folders(needed: set[Path]) -> str:
    """Shell that makes the way to these folders free for everybody."""
    closed: dict[Path, set[str]] = {}
    for path in map(Path.resolve, needed):
        for folder in reversed(path.parents):
            if not folder.stat().st_mode & stat.S_IXOTH:
                child = path.relative_to(folder).parts[0]
                closed.setdefault(folder, set()).add(child)
                break
    lines = ["true"]
    for folder, children in closed.items():
        place = shlex.quote(str(folder))
        # Kept open while the folder is hidden: a descriptor of a folder is a way into it.
        names = sorted(children)
        for number, name in enumerate(names):
            lines.append(f"exec {number + 3}<{shlex.quote(str(folder / name))}")
        lines.append(f"mount -t tmpfs -o mode=755 none {place}")
        for number, name in enumerate(names):
            inner = shlex.quote(str(folder / name))
            lines.append(f"mkdir {inner}; mount -c --bind /proc/self/fd/{number + 3} {inner}")
            lines.append(f"exec {number + 3}<&-")
    return "; ".join(lines)


def path_without(program: str, folder: Path) -> str:
    """A PATH with all programs but one: links in a folder."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for found in Path(place).glob("*"):
            link = folder / found.name
            if found.name != program and not link.is_symlink():
                link.symlink_to(found)
    assert shutil.which(program, path=str(folder)) is None
    return str(folder)
