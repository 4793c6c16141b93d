"""A process of a user, and the files that it runs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Iterator, NamedTuple

from .requests import RefusedError, check_number


class CodeMapping(NamedTuple):
    """A line of /proc/PID/maps that maps a file as code."""

    start: int
    end: int
    #: Offset in the file that `start` shows.
    offset: int
    inode: int
    path: str


_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) ..x. ([0-9a-f]+) \S+ ([1-9][0-9]*) +(/.*)")


def parse_mapping(line: str) -> CodeMapping | None:
    """Read a line of /proc/PID/maps; None if it maps no file as code."""
    match = _MAPPING.fullmatch(line)
    if match is None:
        return None
    start, end, offset, inode, path = match.groups()
    return CodeMapping(int(start, 16), int(end, 16), int(offset, 16), int(inode), path)


class Process:
    """A process of a user, looked at through one descriptor: never another one of the same pid."""

    def __init__(self, pid: Any, uid: int) -> None:
        """Open it.

        Raises:
            RefusedError: there is none, or it is not this user's.

        """
        self._pid = check_number(pid, "process", 1 << 31)
        self._uid = uid
        try:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
            self._folder = os.open(f"/proc/{self._pid}", flags)
        except OSError:
            raise RefusedError(f"there is no process {self._pid}") from None
        try:
            self.check_owner()
        except RefusedError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of it."""
        os.close(self._folder)

    def __enter__(self) -> Process:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of it."""
        self.close()

    def check_owner(self) -> None:
        """Raise RefusedError if not all of its user ids are this user's."""
        fields = dict(line.split(":\t", 1) for line in self._lines("status") if ":\t" in line)
        # Real, effective, saved and file system user: all, so that no set-user-id program is meant.
        if fields.get("Uid", "").split("\t") != [str(self._uid)] * 4:
            raise RefusedError(f"process {self._pid} is not a process of user {self._uid}")
        # A thread has a folder in /proc, too.
        if fields.get("Tgid") != str(self._pid):
            raise RefusedError(f"{self._pid} is no process")

    def code(self, path: Any) -> list[CodeMapping]:
        """Return its mappings of a file as code; the path is as /proc/PID/maps has it."""
        if not isinstance(path, str):
            raise RefusedError("the file's path is no text")
        return [one for one in self._mappings() if one.path == path]

    def open_mapped(self, mapping: CodeMapping) -> int:
        """Open the file that it maps there.

        Raises:
            RefusedError: it is not mapped there any more.

        """
        try:
            name = f"map_files/{mapping.start:x}-{mapping.end:x}"
            # A path alone: nothing is read, so that no file system of the user's is asked anything.
            descriptor = os.open(name, os.O_PATH | os.O_CLOEXEC, dir_fd=self._folder)
        except OSError as error:
            raise RefusedError(f"{mapping.path}: {error.strerror}") from None
        # Another device number than that of stat(2) is usual on some file systems.
        if os.fstat(descriptor).st_ino != mapping.inode or mapping not in self._mappings():
            os.close(descriptor)
            raise RefusedError(f"{mapping.path} is not mapped any more")
        if not _is_served_by_kernel(descriptor):
            os.close(descriptor)
            raise RefusedError(f"{mapping.path} is on no file system that may be probed")
        return descriptor

    def _mappings(self) -> Iterator[CodeMapping]:
        for line in self._lines("maps"):
            mapping = parse_mapping(line)
            if mapping is not None:
                yield mapping

    def _lines(self, name: str) -> list[str]:
        try:
            file = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._folder)
            with os.fdopen(file, encoding="latin-1") as text:
                return text.read().split("\n")
        except OSError:
            raise RefusedError(f"process {self._pid} has ended") from None


def _is_served_by_kernel(descriptor: int) -> bool:
    """Tell whether a file is on a file system that root mounted here, and no program serves.

    The kernel reads the probed instruction with its tracing mutex held (copy_insn in
    kernel/events/uprobes.c): a user's own FUSE server, also one below an overlay in a namespace of
    the user's, could keep all tracing waiting.
    """
    fields = Path(f"/proc/self/fdinfo/{descriptor}").read_text(encoding="ascii")
    mount = re.search(r"^mnt_id:\s*([0-9]+)$", fields, re.MULTILINE)
    if mount is None:
        return False
    with Path("/proc/self/mountinfo").open(encoding="latin-1") as file:
        for line in file:
            # "ID parent device root place options… - type source options" (proc(5)).
            if line.split(" ", 1)[0] == mount.group(1):
                return not line.rpartition(" - ")[2].startswith("fuse")
    return False


def shows(mapping: CodeMapping, offset: int) -> bool:
    """Tell whether an offset in the file lies in a mapping."""
    return mapping.offset <= offset < mapping.offset + mapping.end - mapping.start
