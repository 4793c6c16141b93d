"""Names of threads, laid where the bridge can read them while the program runs: in memory.

Before CPython 3.14 the kernel does not know the names that `threading` gives. To write them into a
pipe would release the GIL in each new thread, and so make what is to be measured.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any

#: Bytes of an entry: the thread's id in four, then its name in UTF-8, filled up with zeros.
SLOT = 64
_NAME = SLOT - 4
#: Later threads go by the kernel's name until the run ends.
SLOTS = 1024


class ThreadBoard:
    """Entries of a thread's id and name, one after the other; of one thread the last one counts."""

    def __init__(self) -> None:
        self._buffer: Any = None
        self._bytes: Any = None
        self._free = itertools.count()
        try:
            import ctypes

            self._buffer = ctypes.create_string_buffer(SLOT * SLOTS)
            self._bytes = memoryview(self._buffer).cast("B")
            self._address = ctypes.addressof(self._buffer)
        except ImportError:
            # A Python without ctypes: there are no names until the run ends.
            self._address = 0

    def place(self) -> dict[str, int] | None:
        """Return where the board lies, as the bridge's `start` request says it."""
        return {"address": self._address, "slots": SLOTS} if self._address else None

    def put(self, tid: int, name: str) -> None:
        """Write an entry. Safe in any thread: no two get the same slot."""
        slot = next(self._free)
        if self._bytes is None or slot >= SLOTS:
            return
        text = name.encode("utf-8", "replace")[:_NAME]
        # Not half a character at the end.
        text = text.decode("utf-8", "ignore").encode("utf-8")
        at = slot * SLOT
        self._bytes[at + 4 : at + 4 + len(text)] = text
        # The id comes last: an entry without one is not read.
        self._bytes[at : at + 4] = tid.to_bytes(4, sys.byteorder)
