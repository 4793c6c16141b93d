"""What the bridge writes: one JSON object a line, answers to requests and notices between them."""

from __future__ import annotations

# The C module: see bridge.py.
import _thread
import json
import os
import select
import time
from typing import Any, Iterator

from .descriptors import OwnDescriptor

_poll = select.poll if hasattr(select, "poll") else None

#: Longest notice whose live frame is kept, in bytes: what an output shows is no larger (DESIGN.md,
#: section 6: 256 KiB).
_LARGEST_FRAME = 256 * 1024


class BridgeOutput:
    """Reads the bridge's lines. One thread reads at a time.

    Args:
        descriptor: the read end of the bridge's stdout; closed by `close`.

    """

    def __init__(self, descriptor: int) -> None:
        self._owner = os.getpid()
        self._pipe = OwnDescriptor(descriptor)
        self._duplicate: OwnDescriptor | None = None
        self._buffer = bytearray()
        self._reading = _thread.allocate_lock()
        # Answers that `notices` came upon before the thread that waits for them.
        self._answers: dict[int, dict[str, Any]] = {}

    @property
    def is_ours(self) -> bool:
        """Whether the descriptor is still the one that it was; the user may close them all."""
        return self._pipe.is_ours

    def duplicate(self) -> OwnDescriptor:
        """Return a descriptor of the same pipe, to wait for what comes; closed by its user.

        Raises:
            OSError: closed.

        """
        if not self.is_ours:
            raise OSError("its descriptors were closed")
        self._duplicate = OwnDescriptor(os.dup(self._pipe.number))
        return self._duplicate

    def answer(self, number: int, timeout: float) -> dict[str, Any]:
        """Wait for the answer to a request.

        Args:
            number: the request's id.
            timeout: longest silence, in seconds; notices are signs of life.

        Raises:
            TimeoutError: silence.
            OSError: the bridge or this end has closed the pipe.

        """
        with self._reading:
            deadline = time.monotonic() + timeout
            early, self._answers = self._answers, {}
            if number in early:
                return early[number]
            while True:
                for line in self._lines():
                    message = _parse(line)
                    if message.get("id") == number:
                        return message
                    # A notice, or the answer to a request whose wait was interrupted.
                    deadline = time.monotonic() + timeout
                if not self._read(deadline - time.monotonic()):
                    raise TimeoutError(f"no answer in {timeout:.0f} s")

    def notices(self) -> list[dict[str, Any]] | None:
        """Return the notices that have come, without a wait.

        None: another thread reads, and sees them.

        Raises:
            OSError: the bridge or this end has closed the pipe.

        """
        if not self._reading.acquire(blocking=False):
            return None
        try:
            found = []
            while self._read(0):
                for line in self._lines():
                    message = _parse(line)
                    if "event" in message:
                        if len(line) > _LARGEST_FRAME:
                            message.pop("frame", None)
                        found.append(message)
                    elif isinstance(message.get("id"), int):
                        self._answers[message["id"]] = message
            return found
        finally:
            self._reading.release()

    def drain(self, seconds: float) -> None:
        """Read until the bridge has closed the pipe, or for so long."""
        deadline = time.monotonic() + seconds
        while _readable(self._pipe.number, deadline - time.monotonic()):
            if not os.read(self._pipe.number, 65536):
                return

    def close(self) -> None:
        """Close the pipe."""
        self._pipe.close()
        if self._duplicate is not None and self._owner != os.getpid():
            # In a forked child nobody else does.
            self._duplicate.close()

    def _read(self, seconds: float) -> bool:
        """Take what comes within some seconds into the buffer; tell whether something came."""
        if not self.is_ours:
            raise OSError("its descriptors were closed")
        if not _readable(self._pipe.number, seconds):
            return False
        data = os.read(self._pipe.number, 1 << 18)
        if not data:
            raise OSError("it closed its output; GILTRACER_LOG=FILE keeps what it says")
        self._buffer += data
        return True

    def _lines(self) -> Iterator[bytes]:
        """Take the whole lines out of the buffer, one by one."""
        while True:
            end = self._buffer.find(b"\n")
            if end < 0:
                return
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            yield line


def _readable(descriptor: int, seconds: float) -> bool:
    if _poll is None:
        raise OSError("poll is missing")
    poll = _poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(seconds, 0) * 1000))


def _parse(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError as error:
        raise OSError(f"it sent what is not JSON: {line[:80]!r}") from error
    return message if isinstance(message, dict) else {}
