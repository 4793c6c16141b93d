"""Lets the bridge read this process's memory where Yama forbids it."""

from __future__ import annotations

from pathlib import Path

#: include/uapi/linux/prctl.h: "Yama" in ASCII.
_PR_SET_PTRACER = 0x59616D61
_SCOPE = Path("/proc/sys/kernel/yama/ptrace_scope")


def allow_ptracer(pid: int) -> bool:
    """Name the process that may read this one's memory; 0 withdraws it.

    Only Yama's scope 1 (children only, Ubuntu's default) takes notice: elsewhere nothing is
    done. The bridge is not our descendant by design, so without this it could not read.

    Returns:
        Whether there is something to withdraw.

    """
    try:
        scope = _SCOPE.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return False
    except OSError:
        # It is there, but hidden: asking does no harm.
        scope = "1"
    if scope != "1":
        return False
    try:
        import ctypes

        arguments = [ctypes.c_ulong(value) for value in (pid, 0, 0, 0)]
        status = ctypes.CDLL(None).prctl(_PR_SET_PTRACER, *arguments)
    except (ImportError, OSError, AttributeError):
        return False
    # An error (EINVAL: Yama is not there after all) only means: no memory is read.
    return bool(status == 0)
