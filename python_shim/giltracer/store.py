"""Where runs are kept, and how they are named."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

#: What a run's id looks like; nothing that could be a path.
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")

#: The bundle of a run, written by the bridge into the run's folder.
BUNDLE_FILE = "bundle.json"


def run_store() -> Path:
    """Return the folder of the run store; the bridge makes it."""
    return _jupyter_data_directory() / "giltracer" / "runs"


def new_run_id() -> str:
    """Return a new run's id: sorts by time, and is unique."""
    now = time.time()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    return f"{stamp}-{int(now % 1 * 1000):03d}-{os.urandom(4).hex()}"


def _jupyter_data_directory() -> Path:
    # In a kernel jupyter_core is there already; elsewhere (a traced script) it is not imported
    # for this, the rules below are those of jupyter_core.paths.jupyter_data_dir (5.9).
    paths = sys.modules.get("jupyter_core.paths")
    if paths is not None:
        return Path(paths.jupyter_data_dir())
    named = os.environ.get("JUPYTER_DATA_DIR")
    if named:
        return Path(named).absolute()
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Jupyter"
    if sys.platform == "win32":
        appdata = os.environ.get("APPDATA")
        return Path(appdata, "jupyter") if appdata else home / ".jupyter" / "data"
    xdg = os.environ.get("XDG_DATA_HOME")
    return (Path(xdg) if xdg else home / ".local" / "share") / "jupyter"
