"""The relay of live frames: who is refused, and what arrives when bridges come and go."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import giltracer.live_relay
import pytest
from authorizers import NoKernels, OnlyRead
from live_sockets import FakeBridge, Kernels
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giltracer.live_relay, "LOOK_AGAIN", 0.1)


async def refused(jp_ws_fetch, *parts: str, **options: Any) -> int:
    with pytest.raises(HTTPClientError) as error:
        await jp_ws_fetch("giltracer", "live", *parts, **options)
    return error.value.code


async def said(connection: WebSocketClientConnection) -> Any:
    text = await asyncio.wait_for(connection.read_message(), 10)
    return None if text is None else json.loads(text)


async def ended(connection: WebSocketClientConnection) -> tuple[int | None, str | None]:
    while await said(connection) is not None:
        pass
    return connection.close_code, connection.close_reason


def status(state: str) -> dict:
    return {"format": "giltracer-live-status", "version": 1, "state": state}


async def test_needs_authentication(jp_ws_fetch, kernels: Kernels) -> None:
    identity, _ = kernels.add()
    wrong = {"Authorization": "token wrong"}
    assert await refused(jp_ws_fetch, identity, headers=wrong) == 403
    # Nor is told which kernels there are.
    assert await refused(jp_ws_fetch, UNKNOWN, headers=wrong) == 403


async def login(app: Any) -> str:
    """Return the cookie of a browser that has logged in, which any page of it sends along."""
    url = f"{app.connection_url}login?token={app.identity_provider.token}"
    response = await AsyncHTTPClient().fetch(url, follow_redirects=False, raise_error=False)
    return "; ".join(c.split(";")[0] for c in response.headers.get_list("Set-Cookie"))


async def test_page_of_another_site_is_refused(jp_serverapp, jp_ws_fetch, kernels: Kernels) -> None:
    identity, _ = kernels.add()
    url = jp_serverapp.connection_url.replace("http", "ws", 1) + f"giltracer/live/{identity}"
    cookie = {"Cookie": await login(jp_serverapp)}
    foreign = HTTPRequest(url, headers={**cookie, "Origin": "http://evil.example"})
    with pytest.raises(HTTPClientError) as error:
        await websocket_connect(foreign)
    assert error.value.code == 403
    # The cookie is good.
    own = HTTPRequest(url, headers={**cookie, "Origin": f"http://{urlsplit(url).netloc}"})
    connection = await websocket_connect(own)
    assert await said(connection) == status("waiting")
    connection.close()


@pytest.mark.parametrize("jp_server_config", [{"authorizer_class": NoKernels}], indirect=True)
async def test_needs_the_right_to_read_kernels(jp_ws_fetch, kernels: Kernels) -> None:
    identity, _ = kernels.add()
    assert await refused(jp_ws_fetch, identity) == 403


@pytest.mark.parametrize("jp_server_config", [{"authorizer_class": OnlyRead}], indirect=True)
async def test_the_right_to_read_is_enough(jp_ws_fetch, kernels: Kernels) -> None:
    identity, _ = kernels.add()
    connection = await jp_ws_fetch("giltracer", "live", identity)
    assert await said(connection) == status("waiting")
    connection.close()


@pytest.mark.parametrize("identity", [UNKNOWN, "x", "..", "%2e%2e%2fx", "kernel-1.json", "%00"])
async def test_unknown_kernel_is_not_found(jp_ws_fetch, kernels: Kernels, identity: str) -> None:
    kernels.add()
    assert await refused(jp_ws_fetch, identity) == 404


async def test_frames_of_a_bridge_that_is_there(jp_ws_fetch, kernels: Kernels) -> None:
    identity, path = kernels.add()
    bridge = FakeBridge(path, frames=['{"frame": 1}', '{"frame": 2}'])
    connection = await jp_ws_fetch("giltracer", "live", identity)
    assert await said(connection) == status("connected")
    assert [await said(connection) for _ in range(2)] == [{"frame": 1}, {"frame": 2}]
    bridge.say('{"frame": 3, "name": "Fäden"}')
    assert await said(connection) == {"frame": 3, "name": "Fäden"}
    connection.close()
    # The bridge is not left with a reader that has gone.
    for _ in range(100):
        if not bridge.readers:
            break
        await asyncio.sleep(0.05)
    assert bridge.readers == []
    bridge.die()


async def test_bridges_come_and_go(jp_ws_fetch, kernels: Kernels) -> None:
    identity, path = kernels.add()
    connection = await jp_ws_fetch("giltracer", "live", identity)
    assert await said(connection) == status("waiting")
    for name in ("one", "two"):
        # The second finds the socket's file of the first, as after a kill.
        path.unlink(missing_ok=True)
        bridge = FakeBridge(path, frames=[json.dumps({"bridge": name})])
        assert await said(connection) == status("connected")
        assert await said(connection) == {"bridge": name}
        bridge.die()
        assert await said(connection) == status("waiting")
    kernels.remove(identity)
    assert await ended(connection) == (4404, "the kernel has ended")


async def test_kernel_removed_while_its_bridge_lives(jp_ws_fetch, kernels: Kernels) -> None:
    identity, path = kernels.add()
    bridge = FakeBridge(path)
    connection = await jp_ws_fetch("giltracer", "live", identity)
    await bridge.reader()
    kernels.remove(identity)
    assert (await ended(connection))[0] == 4404
    bridge.die()


async def test_several_browsers_watch_one_kernel(jp_ws_fetch, kernels: Kernels) -> None:
    identity, path = kernels.add()
    bridge = FakeBridge(path, frames=["{}"])
    connections = [await jp_ws_fetch("giltracer", "live", identity) for _ in range(3)]
    for connection in connections:
        assert await said(connection) == status("connected")
        assert await said(connection) == {}
    connections[0].close()
    bridge.say('{"more": 1}')
    for connection in connections[1:]:
        assert await said(connection) == {"more": 1}
        connection.close()
    bridge.die()


async def test_browser_may_say_nothing(jp_ws_fetch, kernels: Kernels) -> None:
    identity, path = kernels.add()
    bridge = FakeBridge(path)
    connection = await jp_ws_fetch("giltracer", "live", identity)
    await connection.write_message("{}")
    assert (await ended(connection))[0] == 1003
    bridge.die()


@pytest.mark.parametrize("attributes", [{"connection_file": ""}, {"ip": "192.0.2.7"}])
async def test_kernel_elsewhere(jp_ws_fetch, kernels: Kernels, attributes: dict) -> None:
    identity, path = kernels.add(**attributes)
    bridge = FakeBridge(path)
    connection = await jp_ws_fetch("giltracer", "live", identity)
    code, reason = await ended(connection)
    assert code == 4501
    assert "elsewhere" in str(reason)
    assert bridge.readers == []
    bridge.die()


def _open_to_all(path: Path) -> None:
    path.chmod(0o666)


def _of_another(path: Path) -> None:
    os.chown(path, 65534, 65534)


def _linked(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


def _no_socket(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.touch(0o600)


@pytest.mark.parametrize("spoil", [_open_to_all, _of_another, _linked, _no_socket])
async def test_socket_of_others_is_refused(jp_ws_fetch, kernels: Kernels, spoil) -> None:
    identity, path = kernels.add()
    bridge = FakeBridge(path)
    spoil(path)
    connection = await jp_ws_fetch("giltracer", "live", identity)
    code, reason = await ended(connection)
    assert code == 4403
    assert str(path.parent) not in str(reason)
    assert bridge.readers == []
    bridge.die()


async def test_socket_that_gets_its_mode_later(jp_ws_fetch, kernels: Kernels, monkeypatch) -> None:
    monkeypatch.setattr(giltracer.live_relay, "LOOK_AGAIN", 0.5)
    identity, path = kernels.add()
    bridge = FakeBridge(path)
    path.chmod(0o755)
    connection = await jp_ws_fetch("giltracer", "live", identity)
    assert await said(connection) == status("waiting")
    path.chmod(0o600)
    assert await said(connection) == status("connected")
    connection.close()
    bridge.die()


async def test_nobody_listens(jp_ws_fetch, kernels: Kernels) -> None:
    identity, path = kernels.add()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    path.chmod(0o600)
    connection = await jp_ws_fetch("giltracer", "live", identity)
    assert await said(connection) == status("waiting")
    connection.close()
    server.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    ],
)
async def test_what_listens_but_is_no_bridge(
    jp_ws_fetch, kernels: Kernels, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(giltracer.live_relay, "CONNECT_TIME", 0.5)
    identity, path = kernels.add()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    server = await asyncio.start_unix_server(listen, str(path))
    path.chmod(0o600)
    connection = await jp_ws_fetch("giltracer", "live", identity)
    assert await said(connection) == status("waiting")
    # A bridge takes its place.
    server.close()
    path.unlink(missing_ok=True)
    bridge = FakeBridge(path)
    assert await said(connection) == status("connected")
    connection.close()
    bridge.die()


class TestLongPath:
    """A runtime folder so deep that a socket's path would not fit into a socket's address."""

    @pytest.fixture
    def named(self, kernels: Kernels, runtime: Path, tmp_path: Path) -> tuple[str, Path, Path]:
        """A kernel, the file that names its socket, and the socket."""
        folder = tmp_path / ("deep" * 20)
        folder.mkdir(mode=0o700)
        identity, _ = kernels.add(connection_file=str(folder / "kernel-1.json"))
        private = runtime / "s"
        return identity, folder / "kernel-1.giltracer.json", private

    async def test_socket_is_named(self, jp_ws_fetch, named) -> None:
        identity, file, path = named
        bridge = FakeBridge(path, frames=["{}"])
        connection = await jp_ws_fetch("giltracer", "live", identity)
        assert await said(connection) == status("waiting")
        file.touch(0o600)
        file.write_text(json.dumps({"socket": str(path)}))
        assert await said(connection) == status("connected")
        assert await said(connection) == {}
        connection.close()
        bridge.die()

    @pytest.mark.parametrize("spoil", ["mode", "folder", "text", "relative", "link"])
    async def test_what_others_could_have_named(self, jp_ws_fetch, named, spoil: str) -> None:
        identity, file, path = named
        bridge = FakeBridge(path)
        file.touch(0o600)
        file.write_text(json.dumps({"socket": str(path)}))
        if spoil == "mode":
            file.chmod(0o644)
        elif spoil == "folder":
            path.parent.chmod(0o755)
        elif spoil == "text":
            file.write_text("[" * 5000)
        elif spoil == "relative":
            file.write_text('{"socket": "s"}')
        else:
            file.rename(file.with_suffix(".real"))
            file.symlink_to(file.with_suffix(".real"))
        connection = await jp_ws_fetch("giltracer", "live", identity)
        assert (await ended(connection))[0] == 4403
        assert bridge.readers == []
        bridge.die()


async def test_real_kernel_of_the_server(jp_fetch, jp_ws_fetch, jp_serverapp) -> None:
    response = await jp_fetch("api", "kernels", method="POST", body="{}")
    identity = json.loads(response.body)["id"]
    connection = await jp_ws_fetch("giltracer", "live", identity)
    assert await said(connection) == status("waiting")
    await jp_fetch("api", "kernels", identity, method="DELETE")
    assert await ended(connection) == (4404, "the kernel has ended")
