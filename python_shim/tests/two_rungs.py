"""One program recorded on two rungs at once: `full` tells the truth, `sample` an estimate."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

from giltracer.bridge import Bridge, hello_fields

BUNDLE = "application/vnd.giltracer.v1+json"

PROGRAM = """
import hashlib, sys, threading, time
def loop():
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        count(1000)
def count(n):
    total = 0
    for i in range(n):
        total += i
def nap():
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        time.sleep(0.01)
        count(20_000)
def compute():
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        hashlib.sha256(data).digest()
def want():
    lock.acquire()
SECONDS, data, lock = float(sys.argv[1]), bytes(1 << 23), threading.Lock()
lock.acquire()
print("ready", flush=True)
sys.stdin.readline()
names = [loop, loop, nap, compute, want]
threads = [threading.Thread(target=f) for f in names]
for thread in threads: thread.start()
for thread in threads[:-1]: thread.join()
lock.release()
threads[-1].join()
print("done", flush=True)
sys.stdin.readline()
"""

#: Its threads in the order in which they start.
THREADS = ("main", "loop", "other loop", "nap", "compute", "want")

#: The classical table: part of a thread's life → the states that it sums.
PARTS = {
    "has gil": ("running-gil", "holding-off-cpu"),
    "gil wait": ("waiting-gil",),
    "working": ("running",),
    "lock wait": ("waiting-lock",),
    "asleep": ("off-cpu", "preempted"),
}


@contextmanager
def running_program(seconds: float) -> Iterator[subprocess.Popen[str]]:
    """The program, which waits for a line; then its threads run so long."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def bridge_for(pid: int, store: Path) -> Bridge:
    """A bridge that traces another process than this one."""
    bridge = Bridge()
    fields = {**hello_fields(), "pid": pid, "run_store": str(store)}
    bridge.request("hello", **fields)
    return bridge


def record(program: subprocess.Popen[str], folder: Path) -> dict[str, dict[str, Any]]:
    """Both rungs' documents of the same span of the same program."""
    assert program.stdin is not None
    assert program.stdout is not None
    modes = ("full", "sample")
    bridges = {mode: bridge_for(program.pid, folder / mode) for mode in modes}
    try:
        for mode, bridge in bridges.items():
            run = {"id": mode, "name": mode}
            bridge.request("start", run=run, states=True, mode=mode)
        began = time.monotonic_ns()
        program.stdin.write("\n")
        program.stdin.flush()
        program.stdout.readline()
        ended = time.monotonic_ns()
        # The reader of rounds first: nothing is lost while perf is stopped.
        answers = {
            mode: bridges[mode].request(
                "stop",
                run_id=mode,
                began_ns=began,
                ended_ns=ended,
                threads=[],
                gil_enabled=True,
            )
            for mode in reversed(modes)
        }
    finally:
        for bridge in bridges.values():
            bridge.close(10)
    return {mode: answer["data"][BUNDLE] for mode, answer in answers.items()}
