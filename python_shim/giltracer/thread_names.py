"""Records the names of all threads of a run, of those that end before it does too."""

from __future__ import annotations

import threading
import weakref
from typing import Any

from .thread_board import ThreadBoard


class ThreadNames:
    """Collects thread id → name between `start` and `stop`.

    A thread that ends in the run is gone when the run stops, so each is noted as it begins:
    threading.Thread._set_native_id runs in the new thread itself (CPython 3.8 to 3.14,
    Lib/threading.py `_bootstrap_inner`). The thread objects are not kept alive.
    """

    def __init__(self) -> None:
        self._seen: list[tuple[int, weakref.ref[threading.Thread], str]] = []
        self._original: Any = None
        self._wrapper: Any = None
        self._active = False
        #: For those who look while the program runs.
        self.board = ThreadBoard()

    def start(self) -> None:
        """Begin to note new threads."""
        for thread in threading.enumerate():
            if thread.native_id is not None:
                self.board.put(thread.native_id, thread.name)
        original = threading.Thread.__dict__.get("_set_native_id")
        if original is None:
            return

        def _set_native_id(thread: threading.Thread) -> None:
            original(thread)
            identity = thread.native_id
            if identity is not None and self._active:
                self._seen.append((identity, weakref.ref(thread), thread.name))
                self.board.put(identity, thread.name)

        self._active = True
        self._original = original
        self._wrapper = _set_native_id
        threading.Thread._set_native_id = _set_native_id  # type: ignore[attr-defined]

    def stop(self) -> list[dict[str, Any]]:
        """Undo `start`; return the threads as the bridge's `stop` request lists them."""
        self._active = False
        # Someone may have wrapped it too, in the run: theirs stays, ours is then a call more.
        if self._wrapper is not None and (
            threading.Thread.__dict__.get("_set_native_id") is self._wrapper
        ):
            threading.Thread._set_native_id = self._original  # type: ignore[attr-defined]
        self._original = self._wrapper = None
        names: dict[int, str] = {}
        # Its name now, if it still is there: a thread may be renamed.
        for identity, reference, name in list(self._seen):
            thread = reference()
            names[identity] = name if thread is None else thread.name
        for thread in threading.enumerate():
            if thread.native_id is not None:
                names[thread.native_id] = thread.name
        self._seen.clear()
        return [{"tid": identity, "name": name} for identity, name in names.items()]
