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
    return [*found, sys.executable]


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
    """The newest Python of a minor version that can be traced."""
    for interpreter in reversed(interpreters()):
        if interpreter.minor == minor and has_symbols(interpreter.path):
            return interpreter.path
    missing(f"no Python {minor[0]}.{minor[1]} with symbols is installed")
    raise AssertionError


@lru_cache(maxsize=None)
def has_symbols(path: str) -> bool:
    """Whether binutils find take_gil in the file that is the interpreter."""
    if shutil.which("nm") is None:
        missing("nm is not installed")
    maps = subprocess.run(
        [path, "-c", "print(open('/proc/self/maps').read())"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = set(re.findall(r"/\S*/(?:libpython3[^/\s]*\.so[^/\s]*|python3?[^/\s]*)$", maps, re.M))
    assert files, maps
    return any(re.search(r" t take_gil(\.\S+)?$", _symbols(file), re.MULTILINE) for file in files)


def _symbols(file: str) -> str:
    return subprocess.run(["nm", file], check=False, capture_output=True, text=True).stdout
