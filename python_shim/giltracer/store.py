"""Where runs are kept, and how they are named."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from .jupyter_paths import jupyter_data_directory

#: What a run's id looks like; nothing that could be a path.
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")

#: The bundle of a run, written by the bridge into the run's folder.
BUNDLE_FILE = "bundle.json"

#: Its trace, which is written after the bundle (src/bridge/run/finish-run.ts).
TRACE_FILE = "trace.giltrace"

#: What a list shows of a run, written with the bundle; absent from runs of earlier versions.
VERDICT_FILE = "verdict.json"

#: The name that a reader gave to a run, which goes before its own.
NAME_FILE = "name.json"

#: Most that all runs may take, in bytes; the bridge removes the oldest (run-store.ts).
STORE_CAP = 2 * 1024**3

#: The variable that sets another one, where Jupyter or the program is started.
CAP_VARIABLE = "GILTRACER_STORE_SIZE"

_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?([KMGT]?)(?:i?B)?", re.IGNORECASE | re.ASCII)
_UNITS = ("", "K", "M", "G", "T")


def run_store() -> Path:
    """Return the folder of the run store; the bridge makes it."""
    return jupyter_data_directory() / "giltracer" / "runs"


def store_cap() -> int:
    """Return the most that all runs may take, in bytes: what the variable says, else STORE_CAP.

    Raises:
        ValueError: it says no size; the message is one line.

    """
    text = " ".join(os.environ.get(CAP_VARIABLE, "").split())
    if not text:
        return STORE_CAP
    size = _SIZE.fullmatch(text)
    if size is None:
        raise ValueError(f"{CAP_VARIABLE}={text[:40]}: expected a size, such as 500M or 10G")
    return int(float(size[1]) * 1024 ** _UNITS.index(size[2].upper()))


def new_run_id() -> str:
    """Return a new run's id: sorts by time, and is unique."""
    now = time.time()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    return f"{stamp}-{int(now % 1 * 1000):03d}-{os.urandom(4).hex()}"
