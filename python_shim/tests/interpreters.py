"""The Pythons of this machine that programs are traced with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from conftest import missing

#: More of them: paths, separated as in PATH.
NAMED = "GILTRACER_TEST_PYTHONS"

OLDEST = (3, 8)

ASK = (
    "import sys, sysconfig; assert sys.implementation.name == 'cpython'; "
    "print(*sys.version_info[:3], sysconfig.get_config_var('Py_GIL_DISABLED') or 0, "
    "sysconfig.get_config_var('Py_DEBUG') or 0)"
)


class Interpreter(NamedTuple):
    """A Python that starts."""

    path: str
    version: tuple[int, int, int]

    @property
    def text(self) -> str:
        return ".".join(map(str, self.version))

    @property
    def minor(self) -> tuple[int, int]:
        return self.version[:2]


def _candidates() -> list[str]:
    found = [path for path in os.environ.get(NAMED, "").split(os.pathsep) if path]
    found += map(str, Path("~/.pyenv/versions").expanduser().glob("3.*/bin/python"))
    # Where setup-python of GitHub's workflows puts them.
    tools = os.environ.get("AGENT_TOOLSDIRECTORY") or os.environ.get("RUNNER_TOOL_CACHE")
    if tools:
        found += map(str, Path(tools).glob("Python/3.*/*/bin/python3"))
    # The system's own: on Debian and Ubuntu stripped, and optimised when it was linked.
    return [*found, sys.executable, "/usr/bin/python3"]


@lru_cache(maxsize=None)
def interpreters() -> tuple[Interpreter, ...]:
    """One of each supported version with a GIL; by version."""
    by_version: dict[tuple[int, int, int], str] = {}
    for path in _candidates():
        try:
            answer = subprocess.run(
                [path, "-c", ASK], check=True, capture_output=True, text=True, timeout=20
            ).stdout
        except (OSError, subprocess.SubprocessError):
            continue
        *version, free_threaded, _debug = map(int, answer.split())
        if tuple(version[:2]) >= OLDEST and not free_threaded:
            by_version.setdefault((version[0], version[1], version[2]), path)
    return tuple(Interpreter(by_version[version], version) for version in sorted(by_version))


def newest_of(minor: tuple[int, int]) -> str:
    """The newest Python of a minor version."""
    for interpreter in reversed(interpreters()):
        if interpreter.minor == minor:
            return interpreter.path
    missing(f"no Python {minor[0]}.{minor[1]} is installed")
    raise AssertionError


class StrippedCopy(NamedTuple):
    """A Python that runs with a stripped copy of its libpython."""

    interpreter: Interpreter
    library: Path

    @property
    def environment(self) -> dict[str, str]:
        """What makes it use the copy."""
        return {"LD_LIBRARY_PATH": str(self.library.parent)}


def stripped_copy(folder: Path) -> StrippedCopy:
    """A copy for the newest Python that has a shared library with symbols.

    Args:
        folder: where the copy is put.

    """
    for tool in ("nm", "strip"):
        if shutil.which(tool) is None:
            missing(f"{tool} is not installed")
    for interpreter in reversed(interpreters()):
        library = _library(interpreter.path, {})
        if library is None or not _names_take_gil(library):
            continue
        copy = folder / library.name
        subprocess.run(["strip", "--strip-all", "-o", copy, library], check=True)
        found = StrippedCopy(interpreter, copy)
        assert not _names_take_gil(copy)
        if _library(interpreter.path, found.environment) == copy:
            return found
    missing("no Python with a shared library is installed")
    raise AssertionError


def _library(python: str, environment: dict[str, str]) -> Path | None:
    maps = subprocess.run(
        [python, "-c", "print(open('/proc/self/maps').read())"],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = re.search(r"/\S*/libpython3[^/\s]*\.so[^/\s]*$", maps, re.MULTILINE)
    return Path(found.group()) if found else None


def _names_take_gil(file: Path) -> bool:
    names = subprocess.run(["nm", file], check=False, capture_output=True, text=True).stdout
    return re.search(r" t take_gil(\.\S+)?$", names, re.MULTILINE) is not None
