"""The bridge's side of the protocol, read line by line: schema/formats/bridge-protocol.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import pytest
from conftest import SHIM, probes
from giltracer.bridge import BRIDGE
from giltracer.node import find_node

pytestmark = pytest.mark.usefixtures("real_bridge")

#: Says who it is, then waits.
TRACED = """
import json
from giltracer.bridge import hello_fields
print(json.dumps(hello_fields()), flush=True)
input()
"""


class Dialogue:
    """Requests to a bridge, and every line that it writes."""

    def __init__(self, bridge: subprocess.Popen[str]) -> None:
        self._bridge = bridge
        self.lines: list[dict[str, Any]] = []
        self.pid = bridge.pid

    def request(self, number: int, operation: str, **fields: Any) -> dict[str, Any]:
        """Make a request; return the first line with its number."""
        assert self._bridge.stdin is not None and self._bridge.stdout is not None
        self._bridge.stdin.write(json.dumps({"id": number, "op": operation, **fields}) + "\n")
        self._bridge.stdin.flush()
        for line in self._bridge.stdout:
            self.lines.append(json.loads(line))
            if self.lines[-1].get("id") == number:
                return self.lines[-1]
        raise AssertionError("the bridge has ended")

    def end(self) -> int:
        """Close its input and read to the end; return its exit status."""
        assert self._bridge.stdin is not None and self._bridge.stdout is not None
        self._bridge.stdin.close()
        self.lines += [json.loads(line) for line in self._bridge.stdout]
        return self._bridge.wait()


@contextmanager
def dialogue(store: Path) -> Iterator[Dialogue]:
    """Start a program and a bridge that has been told of it."""
    environment = {**os.environ, "PYTHONPATH": str(SHIM)}
    program = subprocess.Popen(
        [sys.executable, "-c", TRACED],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    bridge = subprocess.Popen(
        [find_node(), str(BRIDGE), "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with program, bridge:
        try:
            assert program.stdout is not None
            told = Dialogue(bridge)
            fields = {**json.loads(program.stdout.readline()), "run_store": str(store)}
            assert told.request(1, "hello", **fields)["ok"]
            yield told
        finally:
            bridge.kill()
            program.kill()


def record(told: Dialogue, number: int, run: str) -> dict[str, Any]:
    """Record nothing much; return the answer to the stop."""
    start = {"run": {"id": run, "name": ""}, "states": False}
    answer = told.request(number, "start", **start)
    assert answer["ok"], answer
    began = time.monotonic_ns()
    return told.request(
        number + 1,
        "stop",
        run_id=run,
        began_ns=began,
        ended_ns=time.monotonic_ns(),
        threads=[],
        gil_enabled=True,
    )


def test_failure_after_the_answer(tmp_path: Path) -> None:
    """What goes wrong behind an answer gets no second one; the next result tells it."""
    # In the way of the trace file.
    (tmp_path / "first" / "trace.giltrace").mkdir(parents=True)
    with dialogue(tmp_path) as told:
        first = record(told, 2, "first")
        assert first["ok"] and first["warnings"] == []
        second = record(told, 4, "second")
        assert second["ok"]
        (warning,) = second["warnings"]
        assert "the run before" in warning and "trace.giltrace" in warning
        third = record(told, 6, "third")
        assert third["ok"] and third["warnings"] == []
        assert told.end() == 0
    numbers = [line["id"] for line in told.lines if "id" in line]
    assert numbers == list(range(1, 8))
    assert (tmp_path / "second" / "trace.giltrace").is_file()
    assert not [probe for probe in probes() if probe.endswith(f"_{told.pid}")]


def test_the_doctor_gives_signs_of_life(tmp_path: Path) -> None:
    """The shim takes a minute of silence for a bridge that hangs."""
    with dialogue(tmp_path) as bridge:
        report = bridge.request(2, "doctor")["report"]
        notices = [line for line in bridge.lines if "id" not in line]
        assert {tuple(notice) for notice in notices} == {("event", "phase")}
        tried = {notice["phase"].partition("tried: ")[2] for notice in notices}
        assert tried < {capability["name"] for capability in report["capabilities"]}
        assert {"probes", "trust", "watch-trust"} <= tried
