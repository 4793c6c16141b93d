"""The relay's memory: a browser that does not read stops the bridge, and is dropped in the end."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import giltracer.live_relay
import pytest
from live_sockets import FakeBridge, Kernels

#: 50 MB in frames as large as that of a program with many threads.
FRAME = json.dumps({"shares": "x" * 100_000})
FRAMES = 500


async def connect(app: Any, identity: str) -> socket.socket:
    """Connect as a browser does that then never reads: no library reads ahead here."""
    browser = socket.socket()
    browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    browser.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(browser, ("127.0.0.1", app.port))
    request = (
        f"GET {app.base_url}giltracer/live/{identity}?token={app.identity_provider.token} "
        "HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await loop.sock_sendall(browser, request.encode())
    return browser


class Flood:
    """A bridge that says all that its reader takes; `sent` counts what has left it, in bytes."""

    def __init__(self, bridge: FakeBridge) -> None:
        self.sent = 0
        self._bridge = bridge
        self.task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        reader = await self._bridge.reader()
        for _ in range(FRAMES):
            await reader.write_message(FRAME)
            self.sent += len(FRAME)

    async def stopped(self) -> int:
        """Wait until nothing is taken any more; return what was."""
        before = -1
        while before != self.sent or self.sent == 0:
            before = self.sent
            await asyncio.sleep(0.5)
        return self.sent


#: What sockets may hold: of the bridge, of the browser; and some frames on their way.
BOUND = 8_000_000


async def test_browser_that_never_reads_stops_the_bridge_and_is_dropped(
    jp_serverapp, jp_ws_fetch, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giltracer.live_relay, "STALL_TIME", 2.0)
    identity, path = kernels.add()
    bridge = FakeBridge(path)
    browser = await connect(jp_serverapp, identity)
    flood = Flood(bridge)
    assert 0 < await flood.stopped() < BOUND
    # Dropped: the bridge has no reader any more, and a closing frame was all that it still cost.
    for _ in range(200):
        if not bridge.readers:
            break
        await asyncio.sleep(0.05)
    assert bridge.readers == []
    assert flood.sent < BOUND
    flood.task.cancel()
    browser.close()
    bridge.die()


async def test_browser_that_reads_later_gets_all(
    jp_serverapp, jp_ws_fetch, kernels: Kernels
) -> None:
    identity, path = kernels.add()
    bridge = FakeBridge(path)
    browser = await connect(jp_serverapp, identity)
    flood = Flood(bridge)
    assert 0 < await flood.stopped() < BOUND
    loop = asyncio.get_running_loop()
    received = 0
    while received < FRAMES * len(FRAME):
        data = await asyncio.wait_for(loop.sock_recv(browser, 1 << 20), 10)
        assert data
        received += len(data)
    await flood.task
    browser.close()
    bridge.die()
