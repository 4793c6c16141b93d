"""Where the bridge of a kernel serves its live view: found from the kernel's connection file.

`kernel-X.json` → `kernel-X.giltracer.sock` beside it. The kernel takes 107 bytes of a socket's path
(`sun_path`, unix(7)); one of more than 100 lies in a private folder, which
`kernel-X.giltracer.json` beside the connection file names: `{"socket": path}`.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Callable

#: Longest path of a socket beside the connection file, in bytes.
_LONGEST = 100

#: Larger than any file that names a socket, in bytes.
_LARGEST = 4096


class UnsafeSocketError(Exception):
    """What stands where the socket should be was not put there by this user alone."""


def live_socket(connection_file: str) -> Path | None:
    """Return the socket of a kernel's live view; None if there is none (yet).

    Args:
        connection_file: the kernel's connection file.

    Raises:
        UnsafeSocketError: it is not a socket, or others may write to it.

    """
    beside = Path(os.path.abspath(connection_file))  # noqa: PTH100 - no link is resolved
    stem = beside.name[: -len(".json")] if beside.name.endswith(".json") else beside.name
    socket: Path | None = beside.with_name(f"{stem}.giltracer.sock")
    if len(os.fsencode(str(socket))) > _LONGEST:
        socket = _named_by(beside.with_name(f"{stem}.giltracer.json"))
    if socket is None or not _exists(socket, stat.S_ISSOCK, "a socket"):
        return None
    return socket


def _named_by(file: Path) -> Path | None:
    if not _exists(file, stat.S_ISREG, "a file"):
        return None
    try:
        with file.open("rb") as opened:
            named = json.loads(opened.read(_LARGEST))
        socket = named.get("socket") if isinstance(named, dict) else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise UnsafeSocketError(f"{file.name} can't be read") from error
    if not isinstance(socket, str) or "\0" in socket or not Path(socket).is_absolute():
        raise UnsafeSocketError(f"{file.name} names no socket")
    if not _exists(Path(socket).parent, stat.S_ISDIR, "a folder"):
        return None
    return Path(socket)


def _exists(path: Path, is_kind: Callable[[int], bool], kind: str) -> bool:
    """Tell whether something is there, and make sure that only this user can have put it there."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise UnsafeSocketError(f"{path.name} can't be looked at") from error
    if not is_kind(status.st_mode):
        raise UnsafeSocketError(f"{path.name} is not {kind}")
    if status.st_uid != os.getuid():
        raise UnsafeSocketError(f"{path.name} belongs to another user")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UnsafeSocketError(f"others may use {path.name}")
    return True
