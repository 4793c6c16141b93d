"""A stand-in for the bridge's live socket, and kernels that never ran."""

from __future__ import annotations

import asyncio
import os
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Iterator

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class FakeBridge:
    """Serves a WebSocket on a Unix socket; `readers` are the connections."""

    def __init__(self, path: Path, frames: list[str] | None = None) -> None:
        self.path = path
        self.readers: list[WebSocketHandler] = []
        bridge = self

        class Reader(WebSocketHandler):
            def open(self) -> None:
                bridge.readers.append(self)
                for frame in frames or []:
                    self.write_message(frame)

            def on_close(self) -> None:
                bridge.readers.remove(self)

        self._server = HTTPServer(Application([("/.*", Reader)]))
        self._socket = bind_unix_socket(str(path), mode=0o600)
        self._server.add_socket(self._socket)

    def say(self, text: str) -> None:
        for reader in self.readers:
            reader.write_message(text)

    def die(self) -> None:
        """As a killed process: connections end, the socket's file stays."""
        self._server.stop()
        self._socket.close()
        for reader in list(self.readers):
            connection = reader.ws_connection
            assert connection is not None and connection.stream is not None
            connection.stream.close()

    async def reader(self) -> WebSocketHandler:
        """Wait for a connection."""
        for _ in range(200):
            if self.readers:
                return self.readers[0]
            await asyncio.sleep(0.05)
        raise TimeoutError("nobody has connected")


class Kernels:
    """Kernels that the server believes in: no more than the names of their connection files."""

    def __init__(self, manager: Any, folder: Path) -> None:
        self._manager = manager
        self._folder = folder
        self._ids: list[str] = []

    def add(self, **attributes: Any) -> tuple[str, Path]:
        """Return the id of a new kernel and where its bridge's socket belongs."""
        identity = str(uuid.uuid4())
        file = self._folder / f"kernel-{identity}.json"
        known = {"connection_file": str(file), "ip": "127.0.0.1", "transport": "tcp"}
        self._manager._kernels[identity] = SimpleNamespace(**{**known, **attributes})
        self._ids.append(identity)
        return identity, self._folder / f"kernel-{identity}.giltracer.sock"

    def remove(self, identity: str) -> None:
        self._manager._kernels.pop(identity, None)

    def close(self) -> None:
        for identity in self._ids:
            self.remove(identity)


@pytest.fixture
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a short name: a socket's path has at most 100 bytes."""
    folder = Path("/tmp") / f"gt{os.getpid()}-{uuid.uuid4().hex[:6]}"
    folder.mkdir(mode=0o700)
    yield folder
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


@pytest.fixture
def kernels(jp_serverapp: Any, runtime: Path) -> Iterator[Kernels]:
    kernels = Kernels(jp_serverapp.kernel_manager, runtime)
    yield kernels
    kernels.close()
