"""Shows how a run goes on where no front end can reach the live view: through the kernel.

The bridge writes a notice once a second while nobody reads its live socket. It is waited for in the
event loop of ipykernel's thread IOPub, which is there in any case and sends the kernel's outputs: a
thread of ours would be one more user of the GIL that is being traced. While somebody reads the
socket nothing comes, and this costs nothing.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Callable

from .bridge_output import BridgeOutput
from .descriptors import OwnDescriptor

#: Shortest time between two refreshes, in seconds.
INTERVAL = 1.0


class LiveRefresh:
    """Watches for notices of one run; `start` and `stop` may be called in any thread.

    Args:
        loop: the event loop, of a thread that sends what `show` displays.
        output: what the bridge writes.
        run_id: the run; notices of others are left out.
        show: called in the loop's thread with a notice's text and its live frame, if it
            is not too large.

    """

    def __init__(
        self,
        loop: Any,
        output: BridgeOutput,
        run_id: str,
        show: Callable[[str, dict[str, Any] | None], None],
    ) -> None:
        self._loop = loop
        self._output = output
        self._run_id = run_id
        self._show = show
        self._stopped = False
        self._pipe: OwnDescriptor | None = None
        self._latest: dict[str, Any] | None = None
        self._timer: Any = None
        self._shown_at = float("-inf")

    def start(self) -> None:
        """Begin to watch."""
        self._loop.add_callback(self._watch)

    def stop(self) -> None:
        """End; a refresh that goes on in the loop's thread may still come to its end."""
        self._stopped = True
        # A loop that has ended has let go of all.
        with suppress(RuntimeError):
            self._loop.add_callback(self._unwatch)

    def _watch(self) -> None:
        if self._stopped:
            return
        try:
            self._pipe = self._output.duplicate()
            self._loop.add_handler(self._pipe.number, self._on_readable, self._loop.READ)
        except Exception:
            # The run goes on without, as where no display can be updated.
            self._unwatch()

    def _unwatch(self) -> None:
        pipe, self._pipe = self._pipe, None
        timer, self._timer = self._timer, None
        if timer is not None:
            self._loop.remove_timeout(timer)
        if pipe is not None:
            with suppress(Exception):
                self._loop.remove_handler(pipe.number)
            pipe.close()

    def _on_readable(self, _descriptor: int, _events: int) -> None:
        try:
            notices = None if self._stopped else self._output.notices()
            if notices is None:
                # Somebody waits for an answer: the run ends.
                self._unwatch()
                return
            for notice in notices:
                if notice.get("event") == "live" and notice.get("run_id") == self._run_id:
                    self._latest = notice
            if self._latest is not None and self._timer is None:
                # In time, also if several came at once: what a call that kept the GIL held up.
                wait = self._shown_at + INTERVAL - time.monotonic()
                if wait > 0:
                    self._timer = self._loop.call_later(wait, self._show_latest)
                else:
                    self._show_latest()
        except Exception:
            # Whatever is wrong, whoever stops the run is told.
            self._unwatch()

    def _show_latest(self) -> None:
        self._timer = None
        latest, self._latest = self._latest, None
        if latest is None or self._stopped:
            return
        text, frame = latest.get("text"), latest.get("frame")
        if isinstance(text, str):
            self._shown_at = time.monotonic()
            with suppress(Exception):
                self._show(text, frame if isinstance(frame, dict) else None)


def iopub_loop(shell: Any) -> Any:
    """Return the event loop of ipykernel's thread IOPub; None where there is none.

    ipykernel/iostream.py `IOPubThread`, 6.9 to 7.
    """
    thread = getattr(getattr(shell, "kernel", None), "iopub_thread", None)
    running = getattr(thread, "thread", None)
    if running is None or not running.is_alive():
        return None
    loop = getattr(thread, "io_loop", None)
    return loop if hasattr(loop, "add_handler") else None
