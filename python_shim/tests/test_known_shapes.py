"""Programs whose GIL behaviour follows from what they do."""

from __future__ import annotations

from pathlib import Path

from traced_script import trace_script

TWO_LOOPS = """
import threading, time
def loop():
    end = time.perf_counter() + 0.6
    while time.perf_counter() < end:
        pass
threads = [threading.Thread(target=loop, name=f"loop-{n}") for n in range(2)]
for t in threads: t.start()
for t in threads: t.join()
"""

LOOP_AND_SLEEPER = """
import threading, time
end = time.perf_counter() + 0.5
def loop():
    while time.perf_counter() < end:
        pass
def sleep():
    while time.perf_counter() < end:
        time.sleep(0.05)
threads = [threading.Thread(target=f, name=f.__name__) for f in (loop, sleep)]
for t in threads: t.start()
for t in threads: t.join()
"""

RELEASING = """
import hashlib, threading
data = bytes(20_000_000)
def digest():
    for _ in range(10):
        hashlib.sha256(data).digest()
threads = [threading.Thread(target=digest, name=f"digest-{n}") for n in range(2)]
for t in threads: t.start()
for t in threads: t.join()
"""

# PyDLL calls keep the GIL; usleep holds it while it sleeps.
KEEPING = """
import ctypes, threading, time
libc = ctypes.PyDLL(None)
ready = threading.Event()
def keep():
    ready.wait()
    libc.usleep(400_000)
def want():
    ready.set()
    time.sleep(0.05)
threads = [threading.Thread(target=f, name=f.__name__) for f in (keep, want)]
for t in threads: t.start()
for t in threads: t.join()
"""


def test_two_loops_share_the_gil(tmp_path: Path) -> None:
    """Each holds it about half of the time and waits the other half."""
    traced = trace_script(tmp_path, TWO_LOOPS)
    loops = [traced.thread(name) for name in ("loop-0", "loop-1")]
    held = [row["has_gil_percent"] * row["duration_ns"] for row in loops]
    for row, own in zip(loops, held):
        # Against each other, so that other programs on this machine do not count.
        assert 0.35 < own / sum(held) < 0.65, row
        wanted = row["has_gil_percent"] + row["gil_wait_percent"]
        assert 0.3 < row["gil_wait_percent"] / wanted < 0.7, row
    tids = {row["tid"] for row in loops}
    mutual = [
        row
        for row in traced.document["blame"]
        if row["waiter"]["tid"] in tids and row.get("holder", {}).get("tid") in tids
    ]
    waited = sum(row["states_ns"]["waiting-gil"] for row in loops)
    assert sum(row["wait_ns"] for row in mutual) > 0.8 * waited


def test_a_sleeper_waits_one_interval_at_a_time(tmp_path: Path) -> None:
    """The loop holds the GIL nearly always; the sleeper is asleep nearly always."""
    traced = trace_script(tmp_path, LOOP_AND_SLEEPER)
    loop, sleep = traced.thread("loop"), traced.thread("sleep")
    assert loop["has_gil_percent"] > 80, loop
    assert sleep["no_gil_asleep_percent"] > 70, sleep
    # About nine wake-ups of one 5 ms interval each in half a second.
    assert 2 < sleep["gil_wait_percent"] < 25, sleep


def test_a_call_that_releases_the_gil_makes_nobody_wait(tmp_path: Path) -> None:
    """Hashing large buffers runs beside others: no wait to speak of."""
    traced = trace_script(tmp_path, RELEASING)
    for name in ("digest-0", "digest-1"):
        row = traced.thread(name)
        assert row["gil_wait_percent"] < 5, row
        assert row["has_gil_percent"] < 5, row
        assert row["no_gil_percent"] > 90, row


def test_a_call_that_keeps_the_gil_is_charged_with_the_wait(tmp_path: Path) -> None:
    """The keeper sleeps with the GIL: the worst state; the other wants it after 50 ms."""
    traced = trace_script(tmp_path, KEEPING)
    keep, want = traced.thread("keep"), traced.thread("want")
    assert 0.38e9 < keep["states_ns"]["holding-off-cpu"] < 0.45e9, keep
    assert want["states_ns"]["waiting-gil"] > 0.3e9, want
    longest = next(row for row in traced.document["waits"] if row["tid"] == want["tid"])
    assert longest.get("longest_holder_tid", longest["holder_tid"]) == keep["tid"]
    # Every 5 ms it asked again, and was ignored.
    assert longest["ignored"] > 50, longest
    (charged,) = [
        row
        for row in traced.document["blame"]
        if row["waiter"]["tid"] == want["tid"] and row.get("holder", {}).get("tid") == keep["tid"]
    ]
    assert charged["wait_ns"] > 0.3e9
