"""A run's output: the placeholder while it goes on, and the result in its place."""

from __future__ import annotations

# The C module: libraries that patch `threading` (gevent) must not reach what threads share here.
import _thread
import html
import os
import sys
import threading
from contextlib import suppress
from typing import Any

from .result import BUNDLE_MIME_TYPE

#: Messages that make a front end carry out a clear_output(wait=True) that came before.
_OUTPUTS = frozenset({"stream", "display_data", "execute_result", "error"})


def say(message: str) -> None:
    """Tell the user something: one line on stderr, beside the cell's own output."""
    line = " ".join(message.split())
    sys.stderr.write(f"giltracer: {line}\n")


def placeholder(run: dict[str, Any], state: str, text: str) -> dict[str, Any]:
    """Return the MIME bundle that stands for a run that has no result (yet)."""
    line = f"giltracer: {text}"
    if run["name"]:
        line = f"giltracer ({run['name']}): {text}"
    info = {**run, "state": state}
    if state == "failed" or text != TRACING:
        info["message"] = text
    return {
        BUNDLE_MIME_TYPE: {"format": "giltracer-bundle", "version": 1, "run": info},
        "text/html": f"<p>{html.escape(line)}</p>",
        "text/plain": line,
    }


TRACING = "tracing…"

#: What the display of a run is that is refreshed through the kernel.
_STALLS = "refreshed through the kernel, which stalls while a call keeps the GIL"


def live_placeholder(
    run: dict[str, Any], text: str, frame: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the MIME bundle of a run that goes on.

    Args:
        run: the run.
        text: how it goes on, in a line.
        frame: the same as a live frame (schema/formats/live-frame.v1.schema.json), which says more.

    """
    data = placeholder(run, "running", f"{text} ({_STALLS})")
    if frame is not None:
        del data[BUNDLE_MIME_TYPE]["run"]["message"]
        data[BUNDLE_MIME_TYPE]["live"] = frame
    return data


class RunDisplay:
    """The output of one run, in the cell that is running.

    A front end without updates (IPython in a terminal) gets the result alone.
    """

    def __init__(self, shell: Any, run_id: str) -> None:
        self._publisher = shell.display_pub
        self._display_id = f"giltracer-{run_id}"
        session = getattr(self._publisher, "session", None)
        self._updates = session is not None
        self._watch = None if session is None else _ClearWatch(session, self._parent_id())
        self._shown = False
        # Held while something is published in another thread than the cell's.
        self._lock = _thread.allocate_lock()
        self._pid = os.getpid()
        self._parent = getattr(self._publisher, "parent_header", None) or {}

    @property
    def can_refresh(self) -> bool:
        """Whether what is shown can be replaced while the cell runs."""
        return self._shown

    def open(self, data: dict[str, Any]) -> None:
        """Show the placeholder."""
        if self._updates:
            self._publish(data, update=False)
            self._shown = True
        if self._watch is not None:
            self._watch.install()

    def withdraw(self) -> None:
        """Take the placeholder away: the next output of the cell stands in its place."""
        shown, self._shown = self._shown, False
        if self._watch is not None:
            self._watch.uninstall()
            self._watch.release()
        if shown:
            self._publisher.clear_output(wait=True)

    def refresh(self, data: dict[str, Any]) -> None:
        """Replace the placeholder, from any thread; does nothing if it is gone or has its result.

        Not by `publish`, which finds the cell by the thread that it is called in, and waits for
        what the cell has printed to be sent by the thread that may be this one
        (ipykernel/zmqshell.py, iostream.py `OutStream.flush`).
        """
        with self._lock:
            if self._watch is None or not self._shown or self._watch.cleared:
                return
            if os.getpid() != self._pid:
                return
            content = {
                "data": data,
                "metadata": {},
                "transient": {"display_id": self._display_id},
            }
            self._publisher.session.send(
                self._publisher.pub_socket,
                "update_display_data",
                content,
                parent=self._parent,
                ident=self._publisher.topic,
            )

    def close(self, data: dict[str, Any]) -> None:
        """Show the result: in the placeholder's place, or anew if the cell cleared its output."""
        with self._lock:
            shown, self._shown = self._shown, False
        cleared = False
        if self._watch is not None:
            # What the cell has printed is still to pass the watch.
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            self._watch.uninstall()
            cleared = self._watch.cleared
        try:
            self._publish(data, update=shown and not cleared)
        finally:
            if self._watch is not None:
                self._watch.release()

    def _publish(self, data: dict[str, Any], *, update: bool) -> None:
        self._publisher.publish(
            data=data,
            metadata={},
            transient={"display_id": self._display_id} if self._updates else {},
            update=update,
        )

    def _parent_id(self) -> str | None:
        header = getattr(self._publisher, "parent_header", None) or {}
        return header.get("msg_id")


class _ClearWatch:
    """Follows the clear_output messages of a cell, and holds a pending one back.

    A front end carries out clear_output(wait=True) when the next output comes. If that next
    output were our result, it would erase the last output of the cell, which without tracing
    stays. So the message waits here until the cell's next output, before which it goes out; what
    is left at the end goes out after our result. The messages' order is seen in Session.send,
    where the streams' texts (from IPython's own thread) pass as well.
    """

    def __init__(self, session: Any, parent_id: str | None) -> None:
        #: Whether the placeholder was erased.
        self.cleared = False
        self._session = session
        self._parent_id = parent_id
        self._held: tuple[tuple[Any, ...], dict[str, Any]] | None = None
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._send: Any = None

    def install(self) -> None:
        """Begin to watch."""
        self._send = self._session.send
        self._session.send = self._watch

    def uninstall(self) -> None:
        """End to watch; what is held is kept."""
        if self._session.__dict__.get("send") == self._watch:
            del self._session.__dict__["send"]

    def release(self) -> None:
        """Send what is still held."""
        with self._lock:
            held, self._held = self._held, None
        if held is not None:
            self._send(*held[0], **held[1])

    def _watch(self, *args: Any, **kwargs: Any) -> Any:
        # A forked child has a copy of what is held, and maybe of a locked lock.
        if os.getpid() == self._pid:
            kind, content, parent_id = _describe(args, kwargs)
            if parent_id == self._parent_id:
                with self._lock:
                    if kind == "clear_output" and content.get("wait"):
                        self._held = (args, kwargs)
                        return None
                    if kind == "clear_output":
                        self._held = None
                        self.cleared = True
                    elif kind in _OUTPUTS and self._held is not None:
                        held, self._held = self._held, None
                        self.cleared = True
                        self._send(*held[0], **held[1])
        return self._send(*args, **kwargs)


def _describe(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, Any, str | None]:
    """Return type, content and parent's id of the arguments of jupyter_client's Session.send."""
    message = args[1] if len(args) > 1 else kwargs.get("msg_or_type")
    if isinstance(message, dict):
        kind = message.get("header", {}).get("msg_type", "")
        content = message.get("content")
        parent = message.get("parent_header")
    else:
        kind = str(message)
        content = args[2] if len(args) > 2 else kwargs.get("content")
        parent = args[3] if len(args) > 3 else kwargs.get("parent")
    if isinstance(parent, dict):
        parent = parent.get("header", parent)
    identity = parent.get("msg_id") if isinstance(parent, dict) else None
    return kind, content if isinstance(content, dict) else {}, identity
