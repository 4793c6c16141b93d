"""Files that `giltracer setup` writes, and a record of what was there before, to put it back."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from .failure import TracingError

#: What was there before is remembered here.
RECORD = Path("/var/lib/giltracer/setup.json")


@dataclass(frozen=True)
class SystemFile:
    """A file as it is to be; it belongs to root."""

    path: Path
    content: bytes
    mode: int = 0o644

    def is_there(self) -> bool:
        """Tell whether it is as it is to be."""
        found = _look(self.path)
        return found == _Content(self.content, self.mode, 0, 0)


@dataclass(frozen=True)
class _Content:
    content: bytes
    mode: int
    uid: int
    gid: int


def _look(path: Path) -> _Content | None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not path.is_file() or path.is_symlink():
        raise TracingError(f"{path} is no plain file: move it away, then try again")
    return _Content(path.read_bytes(), found.st_mode & 0o7777, found.st_uid, found.st_gid)


def _replace(path: Path, new: _Content, check: Callable[[Path], None] | None = None) -> None:
    """Put a file into its place at once; never a half of it."""
    # sudo ignores names with a dot (sudoers(5), includedir).
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
            file.write(new.content)
            os.fchown(file.fileno(), new.uid, new.gid)
            os.fchmod(file.fileno(), new.mode)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


class Record:
    """What was there before, of files, folders and settings; and who was set up."""

    def __init__(self) -> None:
        """Read it.

        Raises:
            TracingError: it can't be read.

        """
        try:
            text = RECORD.read_text(encoding="ascii")
            record: dict[str, Any] = json.loads(text)
        except FileNotFoundError:
            record = {}
        except (OSError, ValueError) as error:
            raise TracingError(f"{RECORD} can't be read: {error}") from None
        #: Name of the user → path of the user's file.
        self.users: dict[str, str] = record.get("users", {})
        #: Name → what it was and what it was set to.
        self.settings: dict[str, dict[str, str]] = record.get("settings", {})
        self._files: dict[str, dict[str, Any]] = record.get("files", {})
        self._folders: list[str] = record.get("folders", [])

    def save(self) -> None:
        """Write it; remove it when there is nothing to put back."""
        if not (self.users or self.settings or self._files):
            self._remove()
            return
        self._make_folders(RECORD.parent, 0o700)
        record = {
            "users": self.users,
            "settings": self.settings,
            "files": self._files,
            "folders": self._folders,
        }
        text = json.dumps(record, indent=1) + "\n"
        _replace(RECORD, _Content(text.encode("ascii"), 0o600, 0, 0))

    def write(self, file: SystemFile, check: Callable[[Path], None] | None = None) -> None:
        """Write a file; what was there before is remembered first."""
        entry = self._files.get(str(file.path))
        before = _encode(_look(file.path)) if entry is None else entry["before"]
        self._files[str(file.path)] = {"before": before, "ours": _digest(file.content)}
        self._make_folders(file.path.parent, 0o755)
        self.save()
        if not file.is_there():
            _replace(file.path, _Content(file.content, file.mode, 0, 0), check)

    def put_back(self, path: Path) -> str | None:
        """Put back what was there; return a line for the user if it can't be."""
        entry = self._files.get(str(path))
        if entry is None:
            return None
        found = _look(path)
        if found is not None and _digest(found.content) != entry["ours"]:
            return f"{path} was changed after giltracer setup: look at it, and remove it yourself"
        if entry["before"] is not None:
            _replace(path, _decode(entry["before"]))
        elif found is not None:
            path.unlink()
        del self._files[str(path)]
        self.save()
        return None

    @property
    def files(self) -> list[Path]:
        """Those that were written, the last first."""
        return [Path(name) for name in reversed(self._files)]

    def _make_folders(self, folder: Path, mode: int) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for path in reversed(missing):
            path.mkdir()
            path.chmod(mode)
            self._folders.append(str(path))

    def _remove(self) -> None:
        RECORD.unlink(missing_ok=True)
        for folder in sorted(self._folders, key=len, reverse=True):
            try:
                Path(folder).rmdir()
            except OSError:
                # Others use it by now.
                continue
        self._folders = []


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _encode(found: _Content | None) -> dict[str, Any] | None:
    if found is None:
        return None
    content = base64.b64encode(found.content).decode("ascii")
    return {"content": content, "mode": found.mode, "uid": found.uid, "gid": found.gid}


def _decode(entry: dict[str, Any]) -> _Content:
    content = base64.b64decode(entry["content"])
    return _Content(content, entry["mode"], entry["uid"], entry["gid"])
