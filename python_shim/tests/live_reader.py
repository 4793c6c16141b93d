"""Reads the live socket of a bridge as the server extension does, and unpacks its frames."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import threading
import time
import zlib
from pathlib import Path
from typing import Any

from tornado.netutil import Resolver
from tornado.websocket import WebSocketClientConnection, websocket_connect


class UnixResolver(Resolver):
    """Resolves every host to one Unix socket."""

    def initialize(self, path: Path) -> None:
        """Take the socket's path."""
        self._path = path

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[tuple[int, Any]]:
        """Return the socket as an address."""
        return [(socket.AF_UNIX, str(self._path))]


async def connect(path: Path) -> WebSocketClientConnection:
    """Connect to a live socket."""
    return await websocket_connect("ws://kernel/", resolver=UnixResolver(path=path))


async def connects(path: Path) -> bool:
    """Whether a live socket takes a reader."""
    (await connect(path)).close()
    return True


class LiveReader:
    """Gathers frames in a thread of its own until the connection or the time ends."""

    def __init__(self, path: Path, seconds: float = 60) -> None:
        self.frames: list[dict[str, Any]] = []
        #: time.monotonic_ns() when each came.
        self.arrived: list[int] = []
        self._path = path
        self._until = time.monotonic() + seconds
        self._thread = threading.Thread(target=lambda: asyncio.run(self._read()), daemon=True)
        self._connected = threading.Event()
        self._thread.start()
        assert self._connected.wait(20)

    async def _read(self) -> None:
        connection = await connect(self._path)
        self._connected.set()
        while time.monotonic() < self._until:
            message = await connection.read_message()
            if message is None:
                return
            self.arrived.append(time.monotonic_ns())
            self.frames.append(json.loads(message))

    def wait_for_end(self, seconds: float = 60) -> dict[str, Any]:
        """Return the last frame of the run."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.frames and self.frames[-1]["run"]["state"] != "running":
                return self.frames[-1]
            time.sleep(0.02)
        raise AssertionError("the run's last frame did not come")


def unpacked(frame: dict[str, Any]) -> dict[int, dict[int, dict[str, float]]]:
    """Shares from 0 to 1 by thread, bucket and state."""
    states = frame["states"]
    shares: dict[int, dict[int, dict[str, float]]] = {}
    for entry in frame["shares"]:
        data = zlib.decompress(base64.b64decode(entry["shares"]), wbits=-15)
        assert len(data) == entry["count"] * len(states)
        for bucket in range(entry["count"]):
            row = data[bucket * len(states) : (bucket + 1) * len(states)]
            assert sum(row) in (0, 255)
            by_state = {state: share / 255 for state, share in zip(states, row) if share}
            shares.setdefault(entry["thread"], {})[entry["first"] + bucket] = by_state
    return shares


def seen_after(
    frames: list[dict[str, Any]], arrived: list[int], thread: int, buckets: range, states: set[str]
) -> int | None:
    """When the first frame came that shows the thread mostly so in one of the buckets, if any."""
    for frame, time_ns in zip(frames, arrived):
        lane = unpacked(frame).get(thread, {})
        for bucket in buckets:
            shares = lane.get(bucket, {})
            if sum(share for state, share in shares.items() if state in states) > 0.5:
                return time_ns
    return None
