"""The runs of the run store as a list shows them; renames and deletes them.

Whatever lies in the store, a run costs a few small reads and can't spoil the others.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from .run_folder import NoSuchRunError, RunFolder, UnreadableError
from .store import BUNDLE_FILE, NAME_FILE, RUN_ID, TRACE_FILE, VERDICT_FILE

#: Larger than any bundle: 256 KiB, and something for a newer version.
LARGEST_BUNDLE = 1024 * 1024

_LARGEST_VERDICT = 64 * 1024
_LARGEST_NAME = 4 * 1024

#: Characters of a name, and of any other text in the list.
LONGEST_NAME = 200
_LONGEST_TEXT = 1000

#: A run without a trace is being written if a file of it was changed within so many seconds.
WRITTEN_WITHIN = 60.0

#: What is being deleted is called so, which is no run's name.
_DELETED = ".deleted-"


class BeingWrittenError(Exception):
    """The bridge has not finished to write this run."""


def run_ids(store: Path) -> list[str]:
    """Return the ids of all runs, newest first: an id begins with the time."""
    try:
        with os.scandir(store) as entries:
            ids = [
                entry.name
                for entry in entries
                if RUN_ID.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(ids, reverse=True)


def total_bytes(store: Path, ids: list[str]) -> int:
    """Return what these runs take together."""
    total = 0
    for run_id in ids:
        with suppress(NoSuchRunError, OSError), RunFolder(store, run_id) as folder:
            total += folder.files()[0]
    return total


def store_stamp(store: Path) -> str:
    """Return what is another text as soon as a list would show something else.

    The files of a run are put in its folder by renames, which the folder's time tells of.
    """
    digest = hashlib.sha256()
    for run_id in run_ids(store):
        with suppress(OSError):
            changed = (store / run_id).lstat().st_mtime_ns
            digest.update(f"{run_id} {changed}\n".encode())
    return digest.hexdigest()[:32]


def describe_run(store: Path, run_id: str) -> dict[str, Any]:
    """Return what a list shows of a run (schema/formats/server-routes.md), as far as it is known.

    Raises:
        NoSuchRunError: there is none (any more).

    """
    with RunFolder(store, run_id) as folder:
        size, _ = folder.files()
        shown = {"id": run_id, "bytes": size, "writing": is_being_written(folder)}
        found = _summary(folder)
        run = _object(found, "run")
        capture = _object(found, "capture")
        findings = found.get("findings")
        first = findings[0] if isinstance(findings, list) and findings else None
        name = _own_name(folder)
    texts = {
        "name": name if name is not None else _text(run.get("name")),
        "label": _text(found.get("label")),
        "state": _text(run.get("state")),
        "started_at": _text(run.get("started_at")),
        "message": _text(run.get("message")),
        "mode": _text(capture.get("mode")),
        "python": _text(capture.get("python")),
        "verdict": _text(first.get("text")) if isinstance(first, dict) else None,
    }
    shown.update({key: text for key, text in texts.items() if text is not None})
    duration = capture.get("duration_ns")
    if isinstance(duration, (int, float)) and 0 <= duration < 2**53:
        shown["duration_ns"] = int(duration)
    return shown


def is_being_written(folder: RunFolder) -> bool:
    """Whether a bridge is at it: it writes the trace last (src/bridge/run/finish-run.ts)."""
    if folder.has(TRACE_FILE):
        return False
    _, newest = folder.files()
    # A time to come is a clock that was set back: nobody writes there.
    return 0 <= time.time() - newest + 1 <= WRITTEN_WITHIN


def rename_run(store: Path, run_id: str, name: str) -> None:
    """Give a run a name of the reader's; with '' it has its own again.

    The recorded files stay as they are: a saved copy of the trace must still be the same file.

    Raises:
        NoSuchRunError: there is none.

    """
    with RunFolder(store, run_id) as folder:
        if name == "":
            folder.remove(NAME_FILE)
        else:
            folder.write(NAME_FILE, json.dumps({"name": name}))


def delete_run(store: Path, run_id: str) -> None:
    """Delete a run: it is gone from the list at once, and whole.

    Raises:
        NoSuchRunError: there is none.
        BeingWrittenError: not now.

    """
    with RunFolder(store, run_id) as folder:
        if is_being_written(folder):
            raise BeingWrittenError(run_id)
        away = store / f"{_DELETED}{run_id}-{os.urandom(4).hex()}"
        if not folder.is_at(store / run_id):
            raise NoSuchRunError("no such run")
        (store / run_id).rename(away)
    # Those of a server that ended in the middle of it, too.
    for left in store.glob(f"{_DELETED}*"):
        shutil.rmtree(left, ignore_errors=True)


def _summary(folder: RunFolder) -> dict[str, Any]:
    """Return the part of the bundle that is written for lists, or all of it; {} without."""
    for name, most in ((VERDICT_FILE, _LARGEST_VERDICT), (BUNDLE_FILE, LARGEST_BUNDLE)):
        with suppress(FileNotFoundError, UnreadableError):
            return folder.read_object(name, most)
    return {}


def _own_name(folder: RunFolder) -> str | None:
    try:
        return _text(folder.read_object(NAME_FILE, _LARGEST_NAME).get("name"))
    except (FileNotFoundError, UnreadableError):
        return None


def _object(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str | None:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else None
