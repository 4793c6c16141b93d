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
from typing import Iterator, NamedTuple

import pytest
from traced_script import TracedScript, trace_script

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

    #: Last stamp of the thread's own before it holds: its request, or the wake that found it free.
    stamp: int
    #: Whether that stamp proves that nobody else holds the GIL: the wake read `locked` as 0.
    certain: bool
    tid: int
    request: int
    dropped: int
    #: When the thread left its CPU between stamp and drop.
    outs: tuple[int, ...]


SCRIPT_OPTIONS = ("--ns", "-F", "tid,time,event,trace", "--show-switch-events")
LINE = re.compile(r"^\s*(\d+)\s+(\d+)\.(\d{9}):\s+giltracer:([a-z_]+)_\d+:(.*)$")
SWITCH_OUT = re.compile(r"^\s*(\d+)\s+(\d+)\.(\d{9}):\s+PERF_RECORD_SWITCH OUT")


def read_script(stream: Path) -> list[Stamp]:
    """The probe hits of a stream, and when threads left their CPU, as perf prints them."""
    text = subprocess.run(
        ["perf", "script", "-i", str(stream), *SCRIPT_OPTIONS],
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
        match = SWITCH_OUT.match(line)
        if match:
            tid, seconds, fraction = match.groups()
            stamps.append(Stamp(int(seconds) * 10**9 + int(fraction), int(tid), "out", -1))
    assert stamps, "perf script printed no probe hit"
    return sorted(stamps)


def read_holds(stamps: list[Stamp], end: int) -> tuple[list[Hold], dict[int, int]]:
    """Every take with its drop, and the nanoseconds that each thread spent in forced switches."""
    by_thread: dict[int, list[Stamp]] = defaultdict(list)
    for stamp in stamps:
        by_thread[stamp.tid].append(stamp)
    holds: list[Hold] = []
    switching: dict[int, int] = defaultdict(int)
    for tid, own in by_thread.items():
        request, last, certain, yielded = -1, -1, False, -1
        outs: list[int] = []
        for event in own:
            if event.site == "request":
                request, last, certain, outs = event.time, event.time, False, []
            elif event.site == "wake" and event.locked == 0:
                last, certain, outs = event.time, True, []
            elif event.site == "out":
                outs.append(event.time)
            elif event.site == "yield":
                yielded = event.time
            elif event.site == "yield_end" and yielded >= 0:
                switching[tid] += event.time - yielded
                yielded = -1
            elif event.site == "drop" and request >= 0:
                holds.append(Hold(last, certain, tid, request, event.time, tuple(outs)))
                request = -1
        if request >= 0:
            holds.append(Hold(last, certain, tid, request, end, tuple(outs)))
    return holds, switching


def by_drops(holds: list[Hold]) -> Iterator[tuple[Hold, int, int]]:
    """Each hold lasts to its drop, and begins at the earliest at the drop before."""
    free_from = 0
    for hold in sorted(holds, key=lambda hold: hold.dropped):
        yield hold, max(hold.stamp, free_from), hold.dropped
        free_from = hold.dropped


def by_stamps(holds: list[Hold]) -> Iterator[tuple[Hold, int, int]]:
    """A drop may be stamped late: a hold ends where the next one's stamp proves the GIL free.

    Late means that the thread left its CPU between the unlock and the stamp.
    """
    ordered = sorted(holds)
    free_from = 0
    for hold, following in zip(ordered, [*ordered[1:], None]):
        start, stop = max(hold.stamp, free_from), hold.dropped
        late = following is not None and stop > following.stamp
        if following and late and (following.certain or stop > following.dropped):
            left = [out for out in hold.outs if start < out < following.stamp]
            stop = max(start, left[-1] if left else following.stamp)
        yield hold, start, stop
        free_from = stop


class Expected(NamedTuple):
    """Nanoseconds of one thread by one reading."""

    held: int
    waited: int


def expected_times(stamps: list[Stamp], begin: int, end: int) -> dict[int, list[Expected]]:
    """Held and waited of each thread, by two readings of the same stamps.

    A drop is stamped after the unlock, and its thread may be preempted in between. Then the stamps
    alone do not tell when the hold ended: between the next thread's stamp and its own.
    """

    def within(start: int, stop: int) -> int:
        return max(0, min(stop, end) - max(start, begin))

    holds, switching = read_holds(stamps, end)
    readings: dict[int, list[Expected]] = defaultdict(list)
    for reading in (by_drops, by_stamps):
        held: dict[int, int] = defaultdict(int)
        waited = defaultdict(int, switching)
        for hold, start, stop in reading(holds):
            held[hold.tid] += within(start, stop)
            waited[hold.tid] += within(hold.request, start)
        for tid in held:
            readings[tid].append(Expected(held[tid], waited[tid]))
    return readings


def assert_between(value: int, readings: list[int], what: str) -> None:
    """Within 1 % of what the readings allow, or within 250 us where there is little to compare."""
    low, high = min(readings), max(readings)
    margin = max(250_000, high // 100)
    assert low - margin <= value <= high + margin, f"{what}: {value}, expected {readings}"


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
    """Every thread's held and waiting time is what perf's own text says."""
    traced, stream = trace_with_stream(tmp_path, WORKLOADS[workload])
    capture = traced.document["capture"]
    begin = traced.origin_ns
    expected = expected_times(read_script(stream), begin, begin + capture["duration_ns"])

    assert capture["lost"] == 0
    rows = {row["tid"]: row for row in traced.document["threads"] if not row["native"]}
    assert set(rows) == {tid for tid, times in expected.items() if any(map(sum, times))}
    for tid, row in rows.items():
        states = row["states_ns"]
        held = states.get("running-gil", 0) + states.get("holding-off-cpu", 0)
        assert_between(held, [times.held for times in expected[tid]], f"{row['name']} held")
        waited = states.get("waiting-gil", 0)
        assert_between(waited, [times.waited for times in expected[tid]], f"{row['name']} waited")


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
