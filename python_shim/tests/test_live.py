"""The live view of a run: the socket's file, lanes that move, notices, what is left at the end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import pytest
from conftest import SHIM
from giltracer.bridge import BRIDGE
from giltracer.node import find_node
from live_reader import LiveReader, connects, seen_after, unpacked

pytestmark = pytest.mark.usefixtures("real_bridge")

BUNDLE = "application/vnd.giltracer.v1+json"

#: Says who it is; for each line that it reads, it sleeps and computes in turns, and tells when.
PROGRAM = """
import json, sys, time
from giltracer.bridge import hello_fields
print(json.dumps(hello_fields()), flush=True)
for line in sys.stdin:
    began = time.monotonic_ns()
    turns = []
    for _ in range(int(line)):
        time.sleep(0.15)
        turns.append(time.monotonic_ns())
        while time.monotonic_ns() < turns[-1] + 150_000_000:
            pass
    told = {"began_ns": began, "ended_ns": time.monotonic_ns(), "turns": turns}
    print(json.dumps(told), flush=True)
"""


#: As far as the live socket needs it.
HELLO = {
    "id": 1,
    "op": "hello",
    "protocol": 1,
    "python": sys.executable,
    "python_version": "3.11.0",
    "implementation": "CPython",
    "free_threaded": False,
    "gil_enabled": True,
    "switch_interval_ns": 5_000_000,
    "environment": {},
}


class Kernel:
    """A program with a connection file, and its bridge."""

    def __init__(self, folder: Path, connection_file: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(SHIM)}
        self._program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.bridge = subprocess.Popen(
            [find_node(), str(BRIDGE), "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.notices: list[dict[str, Any]] = []
        self._requests = 0
        assert self._program.stdout is not None
        hello = json.loads(self._program.stdout.readline())
        hello.update(run_store=str(folder / "runs"), connection_file=str(connection_file))
        self.request("hello", **hello)

    def request(self, operation: str, **fields: Any) -> dict[str, Any]:
        """Make a request; return its answer."""
        assert self.bridge.stdin is not None and self.bridge.stdout is not None
        self._requests += 1
        message = {"id": self._requests, "op": operation, **fields}
        self.bridge.stdin.write(json.dumps(message) + "\n")
        self.bridge.stdin.flush()
        for line in self.bridge.stdout:
            answer: dict[str, Any] = json.loads(line)
            if answer.get("id") == self._requests:
                assert answer["ok"], answer
                return answer
            self.notices.append(answer)
        raise AssertionError("the bridge has ended")

    def start(self, run: str, mode: str) -> None:
        """Begin to record."""
        source = {"cells": [{"file": "<string>", "first_line": 0, "execution_count": 7}]}
        source["roots"] = {"libraries": []}  # type: ignore[assignment]
        run_fields = {"id": run, "name": "", "kernel_id": "k"}
        self.request("start", run=run_fields, states=True, mode=mode, source=source)

    def work(self, turns: int) -> dict[str, Any]:
        """Let the program take turns; return what it told."""
        assert self._program.stdin is not None and self._program.stdout is not None
        self._program.stdin.write(f"{turns}\n")
        self._program.stdin.flush()
        told: dict[str, Any] = json.loads(self._program.stdout.readline())
        return told

    def stop(self, run: str, told: dict[str, Any]) -> dict[str, Any]:
        """Return the result."""
        window = {key: told[key] for key in ("began_ns", "ended_ns")}
        answer = self.request("stop", run_id=run, threads=[], gil_enabled=True, **window)
        return dict(answer)

    def close(self) -> None:
        """End both."""
        for process in (self.bridge, self._program):
            assert process.stdin is not None and process.stdout is not None
            process.stdin.close()
            try:
                process.wait(60)
            finally:
                process.kill()
                process.stdout.close()


@contextmanager
def kernel(folder: Path, connection_file: Path | None = None) -> Iterator[Kernel]:
    """Start a program and its bridge."""
    started = Kernel(folder, connection_file or folder / "kernel-1.json")
    try:
        yield started
    finally:
        started.close()


@pytest.mark.parametrize("mode", ["full", "sample"])
def test_lanes_move(tmp_path: Path, mode: str) -> None:
    """Each turn of the program is on the socket while the program runs, long before its end."""
    path = tmp_path / "kernel-1.giltracer.sock"
    with kernel(tmp_path) as traced:
        found = path.lstat()
        assert stat.S_ISSOCK(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o600
        reader, other = LiveReader(path), LiveReader(path)
        traced.start("first", mode)
        told = traced.work(8)
        running = len(reader.frames)
        result = traced.stop("first", told)
        last = reader.wait_for_end()
        assert other.wait_for_end()["run"] == last["run"] == result["data"][BUNDLE]["run"]
        assert (tmp_path / "runs" / "first" / "bundle.json").is_file()
        # What lists show of it is there with it.
        bundle = result["data"][BUNDLE]
        shown = json.loads((tmp_path / "runs" / "first" / "verdict.json").read_text())
        assert shown["run"] == bundle["run"]
        assert shown["capture"].items() <= bundle["capture"].items()
        texts = [[f["text"] for f in each.get("findings", [])] for each in (shown, bundle)]
        assert texts[0] == texts[1][:1]
        assert not [notice for notice in traced.notices if notice["event"] == "live"]

        frames = reader.frames
        assert (
            running > 20
            and [frame["run"]["state"] for frame in frames[:running]] == ["running"] * running
        )
        (main,) = {row["index"] for frame in frames for row in frame["threads"] if row["main"]}
        # A frame tells up to shortly before it came: the least difference is the run's begin,
        # and a little more.
        begin = min(
            came - frame["until_ns"] for came, frame in zip(reader.arrived[:running], frames)
        )
        late = []
        for turn in told["turns"][:-1]:
            # So far within the turn that neither it nor the begin can be off by as much.
            first = (turn + 60_000_000 - begin) // frames[0]["bucket_ns"]
            held = {"running-gil", "holding-off-cpu"}
            buckets = range(first, first + 9)
            came = seen_after(frames, reader.arrived, main, buckets, held)
            if came is not None:
                late.append(came - turn)
        # On a busy machine a turn may go without its CPU, or without a reading.
        assert len(late) >= 4
        assert sorted(late)[len(late) // 2] < 500_000_000
        asleep = [
            bucket
            for frame in frames
            for bucket, states in unpacked(frame).get(main, {}).items()
            if states.get("off-cpu", 0) > 0.9
        ]
        assert len(set(asleep)) > 20

        holding = [row for frame in frames for row in frame.get("holders", [])]
        assert {row["thread"] for row in holding} == {main}
        lines = [row["line"] for row in holding if "line" in row]
        assert "In [7]" in {line["file"] for line in lines}
        # The connection is good for the next run.
        before = len(frames)
        traced.start("second", mode)
        traced.stop("second", traced.work(1))
        assert reader.wait_for_end()["run"]["id"] == "second"
        assert reader.frames[before]["run"]["id"] == "second"
    assert not path.exists()


def test_notices_where_nobody_reads(tmp_path: Path) -> None:
    """Without a reader the shim is told, once a second, not before 1.5 s."""
    with kernel(tmp_path) as traced:
        began = time.monotonic()
        traced.start("run", "sample")
        started = time.monotonic()
        told = traced.work(14)
        seconds = time.monotonic() - started
        traced.stop("run", told)
        live = [notice for notice in traced.notices if notice["event"] == "live"]
        assert 1 <= len(live) <= time.monotonic() - began
        assert seconds > 4 and live[0]["frame"]["until_ns"] > 1_400_000_000
        for notice in live:
            assert notice["run_id"] == "run" and notice["text"].startswith("tracing… ")
            assert "holder" in notice["text"] and "\n" not in notice["text"]
            assert unpacked(notice["frame"])


def test_long_paths(tmp_path: Path) -> None:
    """Where a socket's path would be too long, a private file says where the socket is."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    pointer = folder / "kernel-1.giltracer.json"
    with kernel(tmp_path, folder / "kernel-1.json"):
        assert stat.S_IMODE(pointer.lstat().st_mode) == 0o600
        path = Path(json.loads(pointer.read_text())["socket"])
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert asyncio.run(connects(path))
    assert not pointer.exists() and not path.parent.exists()


def test_a_bridge_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it leaves is no hindrance for the next one; that of one that lives is left alone."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    path = tmp_path / "kernel-1.giltracer.sock"
    with kernel(tmp_path) as killed:
        killed.bridge.send_signal(signal.SIGKILL)
        killed.bridge.wait()
        assert path.exists()
        with kernel(tmp_path) as second:
            found = path.lstat().st_ino
            with kernel(tmp_path) as third:
                third.start("run", "sample")
                (warning,) = third.stop("run", third.work(1))["warnings"]
                assert "another bridge" in warning
            assert path.lstat().st_ino == found
            second.start("run", "sample")
            assert second.stop("run", second.work(1))["warnings"] == []
    assert not path.exists()


def test_a_supervised_bridge_that_is_killed(tmp_path: Path) -> None:
    """Its supervisor removes the socket, but not the one that a new bridge has put there."""
    path = tmp_path / "kernel-1.giltracer.sock"
    supervisor = [str(SHIM / "giltracer" / "supervisor.sh"), find_node(), str(BRIDGE)]
    reading, writing = os.pipe()
    try:
        for replaced in (False, True):
            hello = {**HELLO, "connection_file": str(tmp_path / "kernel-1.json")}
            hello.update(pid=os.getpid(), run_store=str(tmp_path / "runs"))
            with subprocess.Popen(
                ["/bin/sh", *supervisor],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=reading,
                text=True,
                start_new_session=True,
            ) as started:
                assert started.stdin is not None and started.stdout is not None
                started.stdin.write(json.dumps(hello) + "\n")
                started.stdin.flush()
                bridge = json.loads(started.stdout.readline())["pid"]
                assert stat.S_ISSOCK(path.lstat().st_mode)
                if replaced:
                    path.rename(tmp_path / "old")
                    path.write_text("new")
                os.kill(bridge, signal.SIGKILL)
                # The supervisor closes it when all is clean.
                assert started.stdout.read() == ""
                assert path.exists() == replaced
    finally:
        os.close(reading)
        os.close(writing)


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Nothing is opened or removed behind a link that lies in the socket's place."""
    target = tmp_path / "target"
    victim = socket.socket(socket.AF_UNIX)
    victim.bind(str(target))
    victim.close()
    (tmp_path / "kernel-1.giltracer.sock").symlink_to(target)
    with kernel(tmp_path) as traced:
        traced.start("run", "sample")
        (warning,) = traced.stop("run", traced.work(1))["warnings"]
        assert "kernel-1.giltracer.sock" in warning
    assert target.exists() and (tmp_path / "kernel-1.giltracer.sock").is_symlink()
