"""What only the interpreter knows of its environment."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

#: Time that the look at the installed packages may take, in seconds.
_BUDGET = 0.05

#: Import names of well-known distributions that are named otherwise (normalised: PEP 503, `_`).
_IMPORT_NAMES = {
    "attrs": "attr",
    "beautifulsoup4": "bs4",
    "faiss_cpu": "faiss",
    "msgpack_python": "msgpack",
    "opencv_contrib_python": "cv2",
    "opencv_python": "cv2",
    "opencv_python_headless": "cv2",
    "pillow": "pil",
    "protobuf": "google",
    "psycopg2_binary": "psycopg2",
    "pycryptodome": "crypto",
    "python_dateutil": "dateutil",
    "pyyaml": "yaml",
    "pyzmq": "zmq",
    "scikit_image": "skimage",
    "scikit_learn": "sklearn",
    "tensorflow_cpu": "tensorflow",
}


def gil_enabled() -> bool:
    """Tell whether the GIL is in use now; always true on builds with a GIL."""
    ask = getattr(sys, "_is_gil_enabled", None)
    return True if ask is None else bool(ask())


def free_threaded() -> bool:
    """Tell whether this is a free-threaded build (PEP 703)."""
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def build_flags() -> str | None:
    """Return the arguments of the configure run of this Python."""
    flags = sysconfig.get_config_var("CONFIG_ARGS")
    if not isinstance(flags, str):
        return None
    # A trace names no user.
    return flags.replace(str(Path.home()), "~")


def imported_packages() -> dict[str, str] | None:
    """Return distribution name → version of the installed packages that are imported now.

    Read from the names of the `.dist-info` folders on sys.path: nothing is imported or opened.
    None if that takes too long (a slow network file system).
    """
    imported = {name.lower() for name in list(sys.modules) if "." not in name}
    deadline = time.monotonic() + _BUDGET
    packages: dict[str, str] = {}
    for folder in list(dict.fromkeys(sys.path)):
        if time.monotonic() > deadline:
            return None
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 (an entry may be a zip file)
        except OSError:
            continue
        for entry in names:
            match = re.fullmatch(r"([A-Za-z0-9._]+)-([^-]+)\.dist-info", entry)
            if match is None:
                continue
            key = re.sub(r"[-_.]+", "_", match[1]).lower()
            # The first on sys.path is the one that is imported.
            if _IMPORT_NAMES.get(key, key) in imported and match[1] not in packages:
                packages[match[1]] = match[2]
    return dict(sorted(packages.items()))


def environment_info(*, with_build: bool) -> dict[str, Any]:
    """Return the EnvironmentInfo of src/core/trace/document.ts, as far as it is known here."""
    info: dict[str, Any] = {"switch_interval": switch_interval_ns()}
    packages = imported_packages()
    if packages is not None:
        info["packages"] = packages
    flags = build_flags() if with_build else None
    if flags is not None:
        info["build_flags"] = flags
    return info


def switch_interval_ns() -> int:
    """Return sys.getswitchinterval() in nanoseconds."""
    return round(sys.getswitchinterval() * 1e9)
