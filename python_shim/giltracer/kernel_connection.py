"""The kernel that this process is: its connection file, and Jupyter's id of it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path


def connection_file() -> str | None:
    """Return the absolute path of this kernel's connection file; None if this is no kernel."""
    # Nothing is imported in a program that is not a kernel.
    module = sys.modules.get("ipykernel.kernelapp")
    try:
        if module is None or not module.IPKernelApp.initialized():
            return None
        kernel = module.IPKernelApp.instance()
        # A child that the kernel forks has all of this, too, but is another process
        # (ipykernel/iostream.py `IOPubThread`).
        if kernel.iopub_thread._master_pid != os.getpid():
            return None
        path = Path.cwd() / os.fspath(kernel.abs_connection_file)
    except Exception:
        # Not every kernel has one: embedded, in-process.
        return None
    return str(path) if path.is_file() else None


def kernel_id() -> str | None:
    """Return Jupyter's id of this kernel: part of its connection file's name."""
    name = Path(connection_file() or "").name
    match = re.fullmatch(r"kernel-([A-Za-z0-9-]+)\.json", name)
    return match[1] if match else None
