"""The client's own ways to fail, against a small real process; and the supervisor's cleaning."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import running, wait_until
from giltracer.bridge import TIMEOUTS, Bridge
from giltracer.failure import TracingError

FAKE = str(Path(__file__).with_name("fake_bridge.py"))
TRACEFS = Path("/sys/kernel/tracing")


class Fake:
    """Starts fake bridges, and reads what they noted."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def start(self, *, hello: bool = True) -> Bridge:
        bridge = Bridge((sys.executable, FAKE))
        if hello:
            bridge.pid = bridge.request("hello")["pid"]
        return bridge

    def notes(self) -> list[dict]:
        if not self._log.exists():
            return []
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def note(self, event: str) -> dict | None:
        return next((note for note in self.notes() if note.get("event") == event), None)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    monkeypatch.setenv("FAKE_BRIDGE_LOG", str(tmp_path / "log"))
    monkeypatch.delenv("FAKE_BRIDGE", raising=False)
    return Fake(tmp_path / "log")


def stat_fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def test_bridge_is_no_child_and_in_its_own_session(fake: Fake) -> None:
    bridge = fake.start()
    _state, parent, group, session = stat_fields(bridge.pid)[:4]
    assert int(parent) != os.getpid()
    assert int(group) != os.getpgrp()
    assert int(session) != os.getsid(0)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    bridge.close(wait=10)


def test_closing_waits_until_all_is_gone(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BRIDGE", "children")
    bridge = fake.start()
    child = fake.note("child")["pid"]
    assert running(child)
    bridge.close(wait=10)
    assert fake.note("eof")
    assert not running(bridge.pid)
    assert not running(child)
    assert not bridge.usable


def test_killed_bridge_is_an_error_and_leaves_nothing(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_BRIDGE", "children")
    bridge = fake.start()
    child = fake.note("child")["pid"]
    os.kill(bridge.pid, signal.SIGKILL)
    with pytest.raises(TracingError, match="has ended") as error:
        bridge.request("start")
    assert "\n" not in error.value.message
    assert not bridge.usable
    assert wait_until(lambda: not running(child))


def test_kernel_killed_ends_the_bridge(fake: Fake) -> None:
    code = (
        "import sys, time; from giltracer.bridge import Bridge\n"
        f"b = Bridge((sys.executable, {FAKE!r})); b.request('hello'); print('up', flush=True)\n"
        "time.sleep(60)"
    )
    # A child forked by the user's code inherits the descriptors and lives on.
    code = code.replace("print(", "import os; os.fork() or time.sleep(5) or os._exit(0); print(")
    kernel = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert kernel.stdout is not None and kernel.stdout.readline() == b"up\n"
    kernel.kill()
    kernel.wait()
    assert wait_until(lambda: fake.note("eof"), 3)
    kernel.stdout.close()


def test_ended_at_start_and_garbage(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    for word, text in (("die", "closed its output"), ("garbage", "not JSON.*Segmentation")):
        monkeypatch.setenv("FAKE_BRIDGE", word)
        bridge = fake.start()
        with pytest.raises(TracingError, match=text):
            bridge.request("start")
        assert not bridge.usable
    # The next one is a new one.
    monkeypatch.delenv("FAKE_BRIDGE")
    fake.start().close(wait=10)


def test_refusal_keeps_the_bridge(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BRIDGE", "refuse")
    bridge = fake.start()
    with pytest.raises(TracingError, match="apt install linux-perf") as error:
        bridge.request("start")
    assert error.value.code == "no-perf"
    assert bridge.usable
    bridge.close(wait=10)


def test_silence_ends_in_an_error(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BRIDGE", "deaf")
    monkeypatch.setitem(TIMEOUTS, "hello", 0.3)
    bridge = fake.start(hello=False)
    with pytest.raises(TracingError, match="no answer"):
        bridge.request("hello")
    assert wait_until(lambda: fake.note("eof"))


def test_hanging_bridge_is_killed(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BRIDGE", "hang")
    monkeypatch.setitem(TIMEOUTS, "stop", 0.3)
    bridge = fake.start()
    with pytest.raises(TracingError, match="no answer"):
        bridge.request("stop")
    assert wait_until(lambda: not running(bridge.pid))


def test_log_keeps_what_the_bridge_says(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GILTRACER_LOG", "said.txt")
    bridge = fake.start()
    bridge.close(wait=10)
    assert (tmp_path / "said.txt").read_text() == "fake bridge\n"


def test_progress_is_a_sign_of_life(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BRIDGE", "slow")
    monkeypatch.setitem(TIMEOUTS, "stop", 0.6)
    bridge = fake.start()
    answer = bridge.request("stop", run_id="r1", threads=[])
    assert answer["data"]["text/plain"] == "FAKE RESULT"
    bridge.close(wait=10)


def test_interrupted_wait_drops_the_late_answer(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_BRIDGE", "slow")
    bridge = fake.start()
    # A handler that raises nothing, as ipykernel's while an asynchronous cell runs.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            bridge.request("stop", run_id="first", threads=[])
        assert time.monotonic() - began < 0.9
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert bridge.usable
    answer = bridge.request("stop", run_id="second", threads=[])
    assert answer["data"]["application/vnd.giltracer.v1+json"]["run"]["id"] == "second"
    bridge.close(wait=10)


def test_forked_child_has_no_bridge(fake: Fake) -> None:
    bridge = fake.start()
    child = os.fork()
    if child == 0:
        ok = not bridge.usable
        try:
            bridge.request("start")
            ok = False
        except TracingError:
            pass
        os._exit(0 if ok else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert bridge.request("start")["mode"] == "full"
    bridge.close(wait=10)


def test_user_who_closes_all_descriptors_is_left_alone(tmp_path: Path, fake: Fake) -> None:
    """A program that turns into a daemon closes all, and opens its own under the same numbers."""
    code = f"""
import os, sys
from giltracer.bridge import Bridge
from giltracer.failure import TracingError
bridge = Bridge((sys.executable, {FAKE!r}))
bridge.request("hello")
os.closerange(3, 64)
files = [open({str(tmp_path)!r} + "/f%d" % i, "w") for i in range(8)]
try:
    bridge.request("start")
except TracingError as error:
    print(error)
bridge.close()
for file in files:
    file.write("mine"); file.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "descriptors were closed" in done.stdout
    assert done.stderr == ""
    assert {f.read_text() for f in tmp_path.glob("f*")} == {"mine"}


def test_user_with_default_sigpipe_survives_a_dead_bridge(fake: Fake) -> None:
    code = f"""
import os, signal, sys, time
from giltracer.bridge import Bridge
from giltracer.failure import TracingError
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
bridge = Bridge((sys.executable, {FAKE!r}))
pid = bridge.request("hello")["pid"]
os.kill(pid, signal.SIGKILL)
time.sleep(0.5)
try:
    bridge.request("start")
except TracingError:
    print("survived")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "survived\n")


@pytest.fixture
def other_probe() -> str:
    """A probe of somebody else, whose name begins as ours do."""
    events = TRACEFS / "uprobe_events"
    if not os.access(events, os.W_OK):
        pytest.skip("uprobe_events can't be written to")
    name = "giltracer/request_1"
    append(f"p:{name} /bin/sh:0x1000")
    yield name
    append(f"-:{name}")


def append(line: str) -> None:
    # Not open(…, "a"), which seeks: this file can't.
    events = os.open(TRACEFS / "uprobe_events", os.O_WRONLY | os.O_APPEND)
    try:
        os.write(events, f"{line}\n".encode())
    finally:
        os.close(events)


def test_killed_bridge_loses_its_probes_and_no_others(
    fake: Fake, other_probe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    bridge = fake.start()
    mine = [f"giltracer/request_{bridge.pid}", f"giltracer/wake2_{bridge.pid}"]
    for name in mine:
        append(f"p:{name} /bin/sh:0x1000")
    # In use for a while: the first tries to remove it are refused.
    enabled = TRACEFS / "events" / mine[0] / "enable"
    enabled.write_text("1")
    folder = tmp_path / f"giltracer-{bridge.pid}"
    folder.mkdir()
    (folder / "fifo").touch()
    try:
        os.kill(bridge.pid, signal.SIGKILL)
        time.sleep(0.3)
    finally:
        enabled.write_text("0")
    bridge.close(wait=10)
    left = (TRACEFS / "uprobe_events").read_text()
    assert not [name for name in mine if name in left]
    assert other_probe in left
    assert not folder.exists()
