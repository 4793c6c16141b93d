"""One run's folder in the run store, opened once: what is done in it can't be led elsewhere.

The store is the user's own, but a link in it is never followed, and nothing is opened that could
block. Files are reached through the folder's descriptor, so that a path that is changed meanwhile
leads nowhere else.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from .store import RUN_ID

#: A run has a handful of files; a folder of more is not looked through.
_MOST_FILES = 100


class NoSuchRunError(Exception):
    """There is no such run."""


class UnreadableError(Exception):
    """A file of a run is not what it should be."""


class RunFolder:
    """An opened folder; a context manager.

    Raises:
        NoSuchRunError: not the id of a run, no such folder, or a link.

    """

    def __init__(self, store: Path, run_id: str) -> None:
        if not RUN_ID.fullmatch(run_id):
            raise NoSuchRunError("not the id of a run")
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._folder = os.open(store / run_id, flags)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                raise NoSuchRunError("no such run") from None
            raise

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._folder)

    def is_at(self, path: Path) -> bool:
        """Whether the path leads to this very folder."""
        return os.path.samestat(os.fstat(self._folder), os.lstat(path))

    def has(self, name: str) -> bool:
        """Whether there is a plain file of this name."""
        try:
            found = os.stat(name, dir_fd=self._folder, follow_symlinks=False)
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode)

    def files(self) -> tuple[int, float]:
        """Return the bytes of all files, and when one was last written (seconds since the epoch).

        Of a folder without files, when it was made.
        """
        size = 0
        newest = os.fstat(self._folder).st_mtime
        with os.scandir(self._folder) as entries:
            for index, entry in enumerate(entries):
                if index >= _MOST_FILES:
                    break
                with suppress(OSError):
                    found = entry.stat(follow_symlinks=False)
                    size += found.st_size
                    newest = max(newest, found.st_mtime)
        return size, newest

    def read_object(self, name: str, most: int) -> dict[str, Any]:
        """Read a file with a JSON object of at most `most` bytes.

        Raises:
            FileNotFoundError: there is no such file, or it is a link.
            UnreadableError: it holds something else.

        """
        return object_of(self.read_text(name, most))

    def read_text(self, name: str, most: int) -> str:
        """Read a file of at most `most` bytes; raises what `read_object` does."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(name, flags, dir_fd=self._folder)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
                raise FileNotFoundError(name) from None
            raise UnreadableError(error.strerror or "can't be opened") from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UnreadableError("not a file")
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise UnreadableError("too large")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            raise UnreadableError("not UTF-8") from None

    def write(self, name: str, text: str) -> None:
        """Write a file, readable by its owner only; it takes its place when it is complete."""
        part = f"{name}.{os.urandom(4).hex()}.part"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(part, flags, 0o600, dir_fd=self._folder)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.rename(part, name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(part, dir_fd=self._folder)
            raise

    def remove(self, name: str) -> None:
        """Remove a file; none is no error."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._folder)


def object_of(text: str) -> dict[str, Any]:
    """Return the JSON object that a text is.

    Raises:
        UnreadableError: it is none.

    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(str(error)) from None
    if not isinstance(value, dict):
        raise UnreadableError("not an object")
    return value
