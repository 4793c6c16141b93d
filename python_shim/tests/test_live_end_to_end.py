"""The live view of a real traced cell: through the server's relay, and where nobody reads that."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import Any, AsyncIterator

import pytest
from conftest import SHIM, wait_until
from magic_kernels import MIME

CELL = """%%giltracer
import threading, time

def work(until):
    while time.monotonic() < until:
        sum(range(2000))

until = time.monotonic() + {seconds}
threads = [threading.Thread(target=work, args=(until,), name=f"worker {{i}}") for i in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("ran")
"""


class Notebook:
    """A kernel of the server, and what its cells answer."""

    def __init__(self, identity: str, client: Any) -> None:
        self.id = identity
        self._client = client

    async def run(self, code: str) -> list[dict[str, Any]]:
        """Run a cell; return its messages on IOPub."""
        identity = self._client.execute(code)
        messages = []
        while True:
            message = await self._client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != identity:
                continue
            messages.append(message)
            if message["content"].get("execution_state") == "idle":
                return messages


@pytest.fixture
def open_notebook(jp_fetch, jp_serverapp, real_bridge) -> Any:
    """Start kernels of the server, with this tree's giltracer."""
    clients = []

    async def start() -> Notebook:
        response = await jp_fetch("api", "kernels", method="POST", body="{}")
        identity = json.loads(response.body)["id"]
        client = jp_serverapp.kernel_manager.get_kernel(identity).client()
        clients.append(client)
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        notebook = Notebook(identity, client)
        messages = await notebook.run("%load_ext giltracer")
        assert not [m for m in messages if m["msg_type"] in ("error", "stream")]
        return notebook

    yield start
    for client in clients:
        client.stop_channels()


async def frames(connection: Any) -> AsyncIterator[dict[str, Any]]:
    while True:
        message = json.loads(await asyncio.wait_for(connection.read_message(), 60))
        if message["format"] == "giltracer-live":
            yield message


def bundles(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    data = [m["content"].get("data", {}) for m in messages]
    return [found[MIME] for found in data if MIME in found]


async def test_browser_sees_the_cell_run(jp_ws_fetch, open_notebook) -> None:
    notebook = await open_notebook()
    # Connected before there is a bridge.
    connection = await jp_ws_fetch("giltracer", "live", notebook.id)
    cell = asyncio.ensure_future(notebook.run(CELL.format(seconds=4)))
    seen = []
    async for frame in frames(connection):
        seen.append(frame)
        if frame["run"]["state"] != "running":
            break
    messages = await cell
    _, *refreshed, result = bundles(messages)
    assert {frame["run"]["id"] for frame in seen} == {result["run"]["id"]}
    assert seen[-1]["run"]["state"] == result["run"]["state"] == "done"
    # Lanes grew: some frames a second, each telling of a later time.
    running = [frame for frame in seen if frame["run"]["state"] == "running"]
    assert len(running) >= 10
    times = [frame["until_ns"] for frame in running]
    assert times == sorted(times)
    assert times[-1] - times[0] > 1_000_000_000
    names = {thread["name"] for frame in running for thread in frame["threads"]}
    tids = {thread["tid"] for frame in running for thread in frame["threads"]}
    assert len(tids) >= 3, names
    # Whoever reads the socket needs no refresh through the kernel. It was looked for once a
    # second, so that a notice may have come before.
    assert len(refreshed) <= 1
    # The next cell of the kernel comes through the same connection.
    messages = await notebook.run(CELL.format(seconds=1))
    async for frame in frames(connection):
        if frame["run"]["id"] == bundles(messages)[0]["run"]["id"]:
            break
    connection.close()


async def test_output_is_refreshed_while_nobody_reads(open_notebook) -> None:
    notebook = await open_notebook()
    messages = await notebook.run(CELL.format(seconds=5))
    placeholder, *refreshed, result = bundles(messages)
    assert 2 <= len(refreshed) <= 5
    assert [bundle["live"]["run"]["id"] for bundle in refreshed] == [result["run"]["id"]] * len(
        refreshed
    )
    until = [bundle["live"]["until_ns"] for bundle in refreshed]
    assert until == sorted(until)
    assert until[-1] > 2_000_000_000
    # Each frame needs none before it.
    assert all(len(bundle["live"]["threads"]) >= 3 for bundle in refreshed[1:])
    assert "live" not in placeholder
    assert result["run"]["state"] == "done"
    assert "threads" in result


async def test_restarted_kernel_is_watched_on(jp_fetch, jp_ws_fetch, jp_serverapp, open_notebook):
    notebook = await open_notebook()
    connection = await jp_ws_fetch("giltracer", "live", notebook.id)
    await notebook.run("%%giltracer\nimport os; bridge = 1")
    socket = jp_serverapp.kernel_manager.get_kernel(notebook.id).connection_file
    place = socket.replace(".json", ".giltracer")
    assert os.path.lexists(place + ".sock") or os.path.lexists(place + ".json")
    await jp_fetch("api", "kernels", notebook.id, "restart", method="POST", body="")
    # The bridge ends with its kernel, and takes its socket away.
    assert wait_until(
        lambda: not os.path.lexists(place + ".sock") and not os.path.lexists(place + ".json")
    )
    await notebook.run("%load_ext giltracer")
    cell = asyncio.ensure_future(notebook.run(CELL.format(seconds=3)))
    async for frame in frames(connection):
        if len(frame["threads"]) > 0 and frame["run"]["state"] == "running":
            break
    messages = await cell
    assert bundles(messages)[-1]["run"]["state"] == "done"
    connection.close()


UNREAD = """
import fcntl, threading, time
import giltracer.bridge_output
from giltracer.recorder import recorder
told = []
parse = giltracer.bridge_output._parse
def note(line):
    message = parse(line)
    told.extend([message] * (message.get("event") == "live"))
    return message
giltracer.bridge_output._parse = note
recording = recorder.start()
# F_SETPIPE_SZ (Linux): as small as it gets, so that a run of some seconds fills it.
fcntl.fcntl(recording.bridge_output._pipe.number, 1031, 4096)
recording.begin()
done = threading.Event()
threads = [threading.Thread(target=done.wait) for _ in range(30)]
for thread in threads: thread.start()
time.sleep(5.5)
done.set()
recording.stop()
recorder.close(10)
print(len(told))
"""


def test_notices_that_nobody_reads_do_not_pile_up(real_bridge: None) -> None:
    """A script's run may go on for hours, and is never refreshed."""
    done = subprocess.run(
        [sys.executable, "-c", UNREAD],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(SHIM)},
    )
    # Four or five were due; one more than fits into the pipe waits.
    assert 1 <= int(done.stdout) <= 2
