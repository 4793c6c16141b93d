"""Held and waiting time against a separate computation from `perf script`'s text.

The same recording is read twice: by the product, and by perf itself, whose text this file turns
into holds and waits in its own way: all at once, from sorted lists, where the product goes event by
event. Nothing is shared with src/core.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

from .traced_script import TracedScript, trace_script

WORKLOADS = {
    "two_loops": """
import threading
def loop():
    total = 0
    for i in range(3_000_000):
        total += i
threads = [threading.Thread(target=loop, name=f"loop-{n}") for n in range(2)]
for t in threads: t.start()
for t in threads: t.join()
""",
    "many_short_calls": """
import os, threading
def call():
    for _ in range(20_000):
        os.stat("/")
threads = [threading.Thread(target=call, name=f"call-{n}") for n in range(3)]
for t in threads: t.start()
for t in threads: t.join()
""",
    "mixed": """
import hashlib, threading, time
def sleep():
    for _ in range(40):
        time.sleep(0.003)
def digest():
    data = bytes(3_000_000)
    for _ in range(30):
        hashlib.sha256(data).digest()
def loop():
    total = 0
    for i in range(4_000_000):
        total += i
threads = [threading.Thread(target=f, name=f.__name__) for f in (sleep, digest, loop)]
for t in threads: t.start()
for t in threads: t.join()
""",
}


class Stamp(NamedTuple):
    """A line of perf script."""

    time: int
    tid: int
    site: str
    locked: int


class Hold(NamedTuple):
    """A take that was followed by a drop."""

    tid: int
    request: int
    acquired: int
    dropped: int


LINE = re.compile(r"^\s*(\d+)\s+(\d+)\.(\d{9}):\s+giltracer:([a-z_]+)_\d+:(.*)$")


def read_script(stream: Path) -> list[Stamp]:
    """The probe hits of a stream, as perf prints them."""
    text = subprocess.run(
        ["perf", "script", "-i", str(stream), "--ns", "-F", "tid,time,event,trace"],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout
    stamps = []
    for line in text.splitlines():
        match = LINE.match(line)
        if match:
            tid, seconds, fraction, site, fields = match.groups()
            locked = re.search(r"locked=(-?\d+)", fields)
            time = int(seconds) * 10**9 + int(fraction)
            stamps.append(Stamp(time, int(tid), site, int(locked[1]) if locked else -1))
    assert stamps, "perf script printed no probe hit"
    return sorted(stamps)


def expected_times(
    stamps: list[Stamp], begin: int, end: int
) -> tuple[dict[int, int], dict[int, int]]:
    """Nanoseconds held and waited for each thread within [begin, end]."""
    by_thread: dict[int, list[Stamp]] = defaultdict(list)
    for stamp in stamps:
        by_thread[stamp.tid].append(stamp)

    holds: list[Hold] = []
    waits: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for tid, own in by_thread.items():
        request = acquired = None
        yielded = None
        for stamp in own:
            if stamp.site == "request":
                request = acquired = stamp.time
            elif stamp.site == "wake" and stamp.locked == 0:
                acquired = stamp.time
            elif stamp.site == "yield":
                yielded = stamp.time
            elif stamp.site == "yield_end" and yielded is not None:
                waits[tid].append((yielded, stamp.time))
                yielded = None
            elif stamp.site == "drop" and request is not None and acquired is not None:
                holds.append(Hold(tid, request, acquired, stamp.time))
                request = acquired = None
        if request is not None and acquired is not None:
            holds.append(Hold(tid, request, acquired, end))

    # One GIL: holds follow each other, in the order in which they end.
    holds.sort(key=lambda hold: hold.dropped)
    held: dict[int, int] = defaultdict(int)
    previous = begin
    for hold in holds:
        acquired = max(hold.acquired, previous)
        held[hold.tid] += max(0, min(hold.dropped, end) - max(acquired, begin))
        waits[hold.tid].append((hold.request, acquired))
        previous = max(previous, hold.dropped)
    waited = {
        tid: sum(max(0, min(stop, end) - max(start, begin)) for start, stop in spans)
        for tid, spans in waits.items()
    }
    return held, waited


def trace_with_stream(folder: Path, source: str) -> tuple[TracedScript, Path]:
    """Trace, and catch perf's stream between perf and the bridge by a wrapper of perf on PATH."""
    stream, wrapper = folder / "stream.perf", folder / "bin" / "perf"
    wrapper.parent.mkdir()
    wrapper.write_text(
        f'#!/bin/bash\nexec > >(exec tee "{stream}")\nexec "{shutil.which("perf")}" "$@"\n'
    )
    wrapper.chmod(0o755)
    # The calibration's stream comes first; the run's overwrites it.
    path = f"{wrapper.parent}:{os.environ['PATH']}"
    return trace_script(folder, source, {**os.environ, "PATH": path}), stream


@pytest.mark.parametrize("workload", list(WORKLOADS))
def test_held_and_waited_agree(workload: str, tmp_path: Path) -> None:
    """Per thread within 1 %, or within 50 us where there is little to compare."""
    traced, stream = trace_with_stream(tmp_path, WORKLOADS[workload])
    capture = traced.document["capture"]
    begin = traced.origin_ns
    held, waited = expected_times(read_script(stream), begin, begin + capture["duration_ns"])

    assert capture["lost"] == 0
    rows = [row for row in traced.document["threads"] if not row["native"]]
    assert {row["tid"] for row in rows} == {tid for tid in held if held[tid] or waited[tid]}
    for row in rows:
        states = row["states_ns"]
        got_held = states.get("running-gil", 0) + states.get("holding-off-cpu", 0)
        assert got_held == pytest.approx(held[row["tid"]], rel=0.01, abs=50_000), row["name"]
        got_waited = states.get("waiting-gil", 0)
        assert got_waited == pytest.approx(waited[row["tid"]], rel=0.01, abs=50_000), row["name"]


def test_states_fill_each_lifetime(tmp_path: Path) -> None:
    """Each thread has one state at each instant: the states' times sum to its lifetime."""
    traced = trace_script(tmp_path, WORKLOADS["mixed"])
    total_held = 0
    for row in traced.document["threads"]:
        states = row["states_ns"]
        assert sum(states.values()) == pytest.approx(row["duration_ns"], abs=len(states))
        total_held += states.get("running-gil", 0) + states.get("holding-off-cpu", 0)
    # One GIL: all threads together hold it no longer than the run lasts.
    assert total_held <= traced.document["capture"]["duration_ns"]
