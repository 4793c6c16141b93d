"""The live view through the kernel: what a front end gets that can't reach the bridge's socket."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Iterator

import pytest
from magic_kernels import MIME, Kernel, Reply


@pytest.fixture
def live(kernel: Kernel) -> Iterator[Kernel]:
    kernel.behave("live")
    yield kernel


def refreshes(reply: Reply) -> list[dict[str, Any]]:
    """The updates of our display that say how the run goes on."""
    return [
        message
        for message in reply.messages
        if message["msg_type"] == "update_display_data"
        and "live" in message["content"]["data"].get(MIME, {})
    ]


def sent_at(message: dict[str, Any]) -> float:
    date = message["header"]["date"]
    return (date if isinstance(date, datetime) else datetime.fromisoformat(date)).timestamp()


def shown(reply: Reply) -> list[str]:
    """What a notebook holds in the end, as one word or text each."""
    outputs: list[tuple[str, str]] = []
    for content in reply.left():
        if "name" not in content:
            outputs.append(("", content["data"]["text/plain"]))
        elif outputs and outputs[-1][0] == content["name"]:
            outputs[-1] = (content["name"], outputs[-1][1] + content["text"])
        else:
            outputs.append((content["name"], content["text"]))
    return [text for _, text in outputs]


def test_output_tells_how_the_run_goes_on(live: Kernel) -> None:
    reply = live.run("%%giltracer -n label\nimport time; time.sleep(2.8)")
    updates = refreshes(reply)
    assert 2 <= len(updates) <= 3
    for message in updates:
        data = message["content"]["data"]
        assert data[MIME]["run"]["state"] == "running"
        assert "message" not in data[MIME]["run"]
        assert data[MIME]["live"]["run"]["id"] == data[MIME]["run"]["id"]
        said = f"giltracer (label): tracing… {data[MIME]['live']['frame']} ("
        assert data["text/plain"].startswith(said)
        assert data["text/html"].startswith(f"<p>{said}")
        assert data["text/plain"].count("stalls while a call keeps the GIL") == 1
    # At most one a second; each says what is newest.
    times = [sent_at(message) for message in updates]
    assert all(later - earlier > 0.95 for earlier, later in zip(times, times[1:]))
    frames = [m["content"]["data"][MIME]["live"]["frame"] for m in updates]
    assert all(later > earlier for earlier, later in zip(frames, frames[1:]))
    # All in one display, and in the end the result.
    ours = [m for m in reply.messages if MIME in m["content"].get("data", {})]
    assert len({m["content"]["transient"]["display_id"] for m in ours}) == 1
    assert ours[-1]["content"]["data"]["text/plain"] == "FAKE RESULT"
    assert "live" not in ours[-1]["content"]["data"][MIME]


def test_frame_that_is_too_large_for_an_output(kernel: Kernel) -> None:
    kernel.behave("wide")
    reply = kernel.run("%%giltracer\nimport time; time.sleep(1.5)")
    updates = [m for m in reply.messages if m["msg_type"] == "update_display_data"]
    assert len(updates) >= 2
    for message in updates[:-1]:
        data = message["content"]["data"]
        assert "live" not in data[MIME]
        assert data[MIME]["run"]["message"].startswith("tracing… ")
        assert f"giltracer: {data[MIME]['run']['message']}" == data["text/plain"]
    assert shown(reply) == ["FAKE RESULT"]


def test_no_display_no_refresh(live: Kernel) -> None:
    reply = live.run("%%giltracer -q\nimport time; time.sleep(1)")
    assert reply.status == "ok"
    assert reply.kinds() == []


CLEARS = """
import time
from IPython.display import clear_output, display
for step in range(8):
    clear_output(wait={wait})
    print("step", step)
    time.sleep(0.25)
"""


@pytest.mark.parametrize("wait", [True, False])
def test_cell_that_clears_its_output_ends_as_without(live: Kernel, wait: bool) -> None:
    code = CLEARS.format(wait=wait)
    plain = live.run(code)
    traced = live.run(f"%%giltracer{code}")
    assert shown(plain) == ["step 7\n"]
    assert sorted(shown(traced)) == ["FAKE RESULT", "step 7\n"]
    # What is cleared is not brought back.
    first_clear = traced.kinds().index("clear_output")
    kinds = traced.kinds()[first_clear:]
    assert "update_display_data" not in kinds


def test_cell_that_prints_ends_as_without(live: Kernel) -> None:
    code = "import time\nfor i in range(200): print(i); time.sleep(0.01)\n'value'"
    plain, traced = live.run(code), live.run(f"%%giltracer\n{code}")
    assert refreshes(traced)
    assert sorted(shown(traced)) == sorted(["FAKE RESULT", *shown(plain)])


def test_clear_that_waits_is_not_carried_out_by_a_refresh(live: Kernel) -> None:
    reply = live.run(
        "%%giltracer\nimport time\nfrom IPython.display import clear_output\n"
        "print('kept'); clear_output(wait=True); time.sleep(1.5)"
    )
    assert refreshes(reply)
    assert shown(reply) == ["FAKE RESULT", "kept\n"]


def test_call_that_keeps_the_gil_stalls_it_and_no_more(live: Kernel) -> None:
    reply = live.run(
        "%%giltracer\nimport ctypes, time\n"
        "ctypes.PyDLL(None).usleep(2_500_000); time.sleep(0.3); print('after')"
    )
    # What came meanwhile is one refresh, of the newest.
    updates = refreshes(reply)
    assert len(updates) <= 2
    assert updates[-1]["content"]["data"][MIME]["live"]["frame"] >= 8
    assert shown(reply) == ["FAKE RESULT", "after\n"]


def test_interrupted_cell(live: Kernel) -> None:
    reply = live.run(
        "%%giltracer\nimport time\ntime.sleep(0.8); print('up', flush=True); time.sleep(30)",
        interrupt_after="up",
    )
    assert (reply.status, reply.content["ename"]) == ("error", "KeyboardInterrupt")
    states = [run["state"] for run in reply.runs()]
    assert states == ["running"] * (len(states) - 1) + ["done"]
    assert len(states) > 2


def test_statement_and_asynchronous_cell(live: Kernel) -> None:
    for code in (
        "%giltracer time.sleep(0.8)",
        "%%giltracer\nimport asyncio\nawait asyncio.sleep(0.8)",
    ):
        reply = live.run(code)
        assert refreshes(reply)
        assert shown(reply) == ["FAKE RESULT"]


def test_nothing_comes_after_the_end(live: Kernel) -> None:
    live.run("%%giltracer\nimport time; time.sleep(0.6)")
    reply = live.run("import time; time.sleep(1.2); print(1)")
    assert reply.kinds() == ["stream"]


def test_nothing_is_left_behind(live: Kernel) -> None:
    # Not all descriptors: IPython's history opens its journal when it likes.
    look = (
        "files = map('/proc/self/fd/{}'.format, os.listdir('/proc/self/fd'))\n"
        "print(sum(os.readlink(f).startswith('pipe') for f in files if os.path.lexists(f)), "
        "len(os.listdir('/proc/self/task')), "
        "len(get_ipython().kernel.iopub_thread.io_loop.handlers))"
    )
    live.run("%%giltracer\n1")
    before = live.run(look).texts("stdout")
    for _ in range(3):
        # Within the cell there is no thread of ours.
        inside = live.run(f"%%giltracer\nimport time; time.sleep(0.4)\n{look}").texts("stdout")
        assert inside.split()[1] == before.split()[1]
    assert live.run(look).texts("stdout") == before


def test_forked_child_takes_nothing_and_keeps_nothing(live: Kernel) -> None:
    reply = live.run(
        "%%giltracer\nimport time\n"
        "pipe = os.fstat(giltracer.recorder.recorder._bridge._output._pipe.number)\n"
        "time.sleep(0.5)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    mine = [os.stat(f'/proc/self/fd/{n}') for n in range(256)\n"
        "            if os.path.exists(f'/proc/self/fd/{n}')]\n"
        "    os._exit(sum((s.st_dev, s.st_ino) == (pipe.st_dev, pipe.st_ino) for s in mine))\n"
        "print('kept', os.waitpid(child, 0)[1]); time.sleep(1.2)"
    )
    assert reply.texts("stdout") == "kept 0\n"
    assert len(refreshes(reply)) >= 2
    assert [run["state"] for run in reply.runs()][-1] == "done"


def test_bridge_killed_while_it_tells(live: Kernel) -> None:
    reply = live.run(
        "%%giltracer\nimport signal, time; time.sleep(0.6)\n"
        "os.kill(giltracer.recorder.recorder._bridge.pid, signal.SIGKILL); time.sleep(0.3)"
    )
    assert reply.status == "ok"
    assert [run["state"] for run in reply.runs()][-1] == "failed"


def test_hello_names_the_connection_file(kernel: Kernel) -> None:
    reply = kernel.run("print(giltracer.bridge.hello_fields().get('connection_file'))")
    assert reply.texts("stdout").strip() == kernel.manager.connection_file
    # A child of the kernel is none.
    code = (
        "import os\nread, write = os.pipe()\nchild = os.fork()\nif child == 0:\n"
        "    found = 'connection_file' in giltracer.bridge.hello_fields()\n"
        "    os._exit(int(found))\nprint(os.waitpid(child, 0)[1])"
    )
    assert kernel.run(code).texts("stdout") == "0\n"
