"""Whether only root can change a program: what root runs for others must be nobody else's."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Iterator

from .failure import TracingError

#: Where systems have a Python of their own: most, Red Hat's, images of containers.
PYTHONS = (
    Path("/usr/bin/python3"),
    Path("/usr/libexec/platform-python"),
    Path("/usr/local/bin/python3"),
)

_OLDEST = (3, 8)

#: A symbolic link may lead to another one, so many times (path_resolution(7)).
_MOST_LINKS = 40

_REPORT = "import json, sys; print(json.dumps([sys.version_info[:2], sys.path]))"


def check_root_owned(path: Path) -> None:
    """Check that nobody but root can put another file into this place.

    Raises:
        TracingError: names the folder or file that somebody else may write to.

    """
    for part in _components(path):
        try:
            found = part.lstat()
        except OSError as error:
            raise TracingError(f"{part}: {error.strerror}") from None
        if found.st_uid != 0:
            raise TracingError(f"{part} does not belong to root")
        if stat.S_ISLNK(found.st_mode):
            continue
        if found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and found.st_gid != 0):
            raise TracingError(f"{part} may be written by others than root")


def _components(path: Path) -> Iterator[Path]:
    """Yield all folders and links on the way to a file, and the file."""
    waiting = list(reversed(path.parts))
    reached = Path("/")
    links = 0
    while waiting:
        name = waiting.pop()
        if name == "..":
            reached = reached.parent
            continue
        here = reached / name
        yield here
        if here.is_symlink():
            links += 1
            if links > _MOST_LINKS:
                raise TracingError(f"{path} leads through too many links")
            waiting += reversed(Path(os.readlink(here)).parts)
        else:
            reached = here


def find_interpreter(candidates: tuple[Path, ...] = PYTHONS) -> Path:
    """Return a Python that only root can change, with its library.

    Raises:
        TracingError: there is none; says why for the first one that is there.

    """
    reasons = []
    for python in candidates:
        try:
            check_root_owned(python)
            _check_library(python)
        except TracingError as error:
            if os.path.lexists(python):
                reasons.append(f"{python} can't be used: {error.message}")
            continue
        return python
    names = ", ".join(map(str, candidates))
    raise TracingError(
        reasons[0]
        if reasons
        else f"a Python that only root can change is needed: there is none of {names}"
    )


def _check_library(python: Path) -> None:
    """Check the version of a Python, and the folders that it imports from."""
    try:
        done = subprocess.run(
            [str(python), "-IBS", "-c", _REPORT],
            env={},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=60,
        )
        version, folders = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        raise TracingError("it does not run") from None
    if tuple(version) < _OLDEST:
        raise TracingError(f"it is Python {version[0]}.{version[1]}, and 3.8 is needed")
    for folder in map(Path, folders):
        # An archive that is not there is usual: sys.path names python311.zip.
        check_root_owned(folder if folder.exists() else folder.parent)
