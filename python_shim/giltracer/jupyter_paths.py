"""Jupyter's folders of this user.

Where jupyter_core is imported already (in a kernel) it says; elsewhere it is not imported for
this: the rules are those of jupyter_core.paths (5.9).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def jupyter_data_directory() -> Path:
    """Return Jupyter's folder for the user's data; it may not exist yet."""
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


def jupyter_runtime_directory() -> Path:
    """Return Jupyter's folder for what runs now."""
    named = os.environ.get("JUPYTER_RUNTIME_DIR")
    return Path(named).absolute() if named else jupyter_data_directory() / "runtime"
