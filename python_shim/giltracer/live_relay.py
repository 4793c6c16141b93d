"""Carries the frames of a kernel's bridge to one browser, as fast as that browser reads.

Nothing is queued here: while a frame is on its way to the browser nothing is read from the bridge,
and what the bridge then can't write it skips (src/bridge/live). So a reader that never reads costs
one frame, and what two sockets hold.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any, Awaitable, Callable

from tornado.httpclient import HTTPClientError
from tornado.netutil import Resolver
from tornado.websocket import WebSocketClientConnection, WebSocketError, websocket_connect

#: How often it is looked whether a kernel still is there, in seconds.
LOOK_AGAIN = 1.0

#: How often it is looked for a bridge that is not there, in seconds: a run's view may be there
#: first, and what is seen late is live no more.
LOOK_FOR_BRIDGE = 0.25

#: How long the bridge may take to accept, and a browser to take a frame, in seconds.
CONNECT_TIME = 10.0
STALL_TIME = 30.0

#: Largest frame, in bytes: 4 MiB of shares (src/core/trace/live-frame.ts), as base64, and names.
LARGEST_FRAME = 8 * 1024 * 1024


class RelayEndedError(Exception):
    """The relay has ended for good.

    Attributes:
        code: the WebSocket's close code.
        reason: for people; at most 123 bytes (RFC 6455, 5.5).

    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class _OneSocket(Resolver):
    """Resolves every name to one Unix socket."""

    def initialize(self, path: str) -> None:
        self._path = path

    async def resolve(self, host: str, port: int, family: int = 0) -> list[tuple[int, Any]]:
        return [(socket.AF_UNIX, self._path)]


class LiveRelay:
    """The frames of one kernel for one browser; it outlives bridges.

    Args:
        find: returns the socket of the kernel's bridge, or None while there is none.
            Raises RelayEndedError when there will be none.
        send: gives a text to the browser; done when the browser's side has taken it.
        tell: gives the browser the state, `waiting` or `connected`.

    """

    def __init__(
        self,
        find: Callable[[], Path | None],
        send: Callable[[str], Awaitable[None]],
        tell: Callable[[str], Awaitable[None]],
    ) -> None:
        self._find = find
        self._send = send
        self._tell = tell
        self._state = ""

    async def run(self) -> None:
        """Relay until the kernel or the browser has gone.

        Raises:
            RelayEndedError: why the browser's connection is to be closed.

        """
        while True:
            path = self._find()
            bridge = None if path is None else await _connect(path)
            if bridge is None:
                await self._enter("waiting")
                await asyncio.sleep(LOOK_FOR_BRIDGE)
                continue
            try:
                await self._enter("connected")
                await self._carry(bridge)
            finally:
                _disconnect(bridge)
            # A bridge that accepts and closes at once is not asked more often than one that is
            # not there.
            await self._enter("waiting")
            await asyncio.sleep(LOOK_AGAIN)

    async def _enter(self, state: str) -> None:
        if state != self._state:
            self._state = state
            await self._in_time(self._tell(state))

    async def _carry(self, bridge: WebSocketClientConnection) -> None:
        """Relay what one bridge says until it closes."""
        reading = asyncio.ensure_future(_next(bridge))
        try:
            while True:
                await asyncio.wait([reading], timeout=LOOK_AGAIN)
                if not reading.done():
                    # It may say nothing for long, between two traced cells.
                    self._find()
                    continue
                message = reading.result()
                if message is None:
                    return
                if isinstance(message, str):
                    await self._in_time(self._send(message))
                reading = asyncio.ensure_future(_next(bridge))
        finally:
            reading.cancel()

    async def _in_time(self, sent: Awaitable[None]) -> None:
        try:
            await asyncio.wait_for(sent, STALL_TIME)
        except asyncio.TimeoutError:
            raise RelayEndedError(4408, "frames were not read for too long") from None


async def _connect(path: Path) -> WebSocketClientConnection | None:
    """Connect to a bridge; None if nobody listens (any more)."""
    connecting = asyncio.ensure_future(
        websocket_connect(
            "ws://giltracer/",
            resolver=_OneSocket(path=str(path)),
            max_message_size=LARGEST_FRAME,
        )
    )
    try:
        await asyncio.wait([connecting], timeout=CONNECT_TIME)
    finally:
        # Cancelled, or too late: what still comes of it has no reader.
        if not connecting.done():
            connecting.add_done_callback(_disconnect_late)
    if not connecting.done():
        return None
    try:
        bridge = connecting.result()
    except (OSError, HTTPClientError, WebSocketError):
        # Refused, gone meanwhile, not a bridge: as if it were not there.
        return None
    # Whoever may write to the folder could have put another socket there after it was looked at.
    if _peer(bridge) != os.getuid():
        _disconnect(bridge)
        raise RelayEndedError(4403, "the live view's socket belongs to another user")
    return bridge


def _peer(bridge: WebSocketClientConnection) -> int:
    """Return the user who listens at the other end; -1 if the connection has closed already."""
    stream = None if bridge.protocol is None else bridge.protocol.stream
    if stream is None or stream.socket is None:
        return -1
    # struct ucred, unix(7): pid, uid, gid.
    size = struct.calcsize("3i")
    packed = stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return int(struct.unpack("3i", packed)[1])


_closing: set[asyncio.Future[None]] = set()


def _disconnect(bridge: WebSocketClientConnection) -> None:
    if bridge.close_code is not None:
        return
    bridge.close()
    # Tornado's reader waits for somebody to take the frame that came last, and would for ever.
    draining = asyncio.ensure_future(_drain(bridge))
    _closing.add(draining)
    draining.add_done_callback(_closing.discard)


async def _drain(bridge: WebSocketClientConnection) -> None:
    with suppress(asyncio.TimeoutError):
        while await asyncio.wait_for(_next(bridge), CONNECT_TIME) is not None:
            pass


async def _next(bridge: WebSocketClientConnection) -> str | bytes | None:
    return await bridge.read_message()


def _disconnect_late(connecting: asyncio.Future[WebSocketClientConnection]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        _disconnect(connecting.result())
