"""Programs that end before their trace does: what was recorded until then is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import SHIM, probes, wait_until
from giltracer.node import find_node
from ground_truth import PRELUDE, SAVE, Truth, check_program, made_wait
from traced_script import read_trace

pytestmark = pytest.mark.usefixtures("real_bridge")

MILLISECOND = 1_000_000

#: One long hold that a thread waits for; then a second one that does not end by itself.
PROGRAM = """
ready = threading.Event()
def first():
    ready.wait()
    start = begun()
    libc.usleep(150_000)  # mark: first
    measured["first"] = ended(start)
def want():
    ready.set()
    start = begun()
    time.sleep(0.02)  # mark: want
    measured["want"] = ended(start)
run(first, want)
def last():
    time.sleep(0.1)  # mark: waits to the end
ends = threading.Thread(target=last, name="last", daemon=True)
ends.start()
measured["last"] = ends.native_id
"""

#: The end → the program's last line, exit status.
ENDS = {
    "killed": ("libc.usleep(30_000_000)", -signal.SIGKILL),
    "os._exit": ("libc.usleep(300_000); os._exit(5)", 5),
    "segmentation fault": ("libc.usleep(300_000); ctypes.string_at(1)", -signal.SIGSEGV),
}


@pytest.mark.parametrize("end", list(ENDS))
def test_program_that_is_cut_off(end: str, tmp_path: Path) -> None:
    """The trace is partial; the first hold is told in full, the wait that never ended as such."""
    last, status = ENDS[end]
    source = f"{PRELUDE}{PROGRAM}{SAVE}{last}  # mark: keeps to the end\n"
    script, out = tmp_path / "script.py", tmp_path / "out.giltrace"
    script.write_text(source)
    process = subprocess.Popen(
        [sys.executable, "-m", "giltracer", "run", "-o", str(out), str(script)],
        env={**os.environ, "PYTHONPATH": str(SHIM), "GILTRACER_NODE": find_node()},
        stderr=subprocess.DEVNULL,
    )
    measured = tmp_path / "measured.json"
    try:
        assert wait_until(measured.is_file, 30)
        if end == "killed":
            time.sleep(0.35)
            process.kill()
        assert process.wait(30) == status
    finally:
        process.kill()
        process.wait()
    # The bridge finishes the run by itself.
    assert wait_until(out.is_file, 20)
    document = read_trace(out).document
    truth = Truth({"script.py": source}, json.loads(measured.read_text()), document)
    assert document["run"]["state"] == "partial"
    span = {**truth.measured["first"], "least": 150 * MILLISECOND}
    truth.within("held", truth.line("first")["held_ns"], span, 0.02 * span["most"])
    most = truth.measured["want"]["most"] - 20 * MILLISECOND
    waited = {"least": 100 * MILLISECOND, "most": most}
    truth.within("waited", truth.line("want")["waited_ns"], waited, MILLISECOND)
    row = truth.line("waits to the end")
    assert row["waited_ns"] >= 80 * MILLISECOND, row
    main = next(row for row in document["threads"] if row["main"])
    # Its name was not asked for any more.
    waits = [row for row in document["waits"] if row["tid"] == truth.measured["last"]]
    longest = max(waits, key=lambda row: row["duration_ns"])
    # The others let it go on before they end the program.
    assert longest["kind"] == ("unfinished" if end == "killed" else "contended"), longest
    assert made_wait(longest) == main["tid"], longest
    assert truth.is_at(longest.get("holder_line", {}), "keeps to the end"), longest
    assert not truth.found, truth.found
    wait_until(lambda: not any(str(process.pid) in probe for probe in probes()), 5)


WAITING_AT_THE_END = """
def sleep():
    time.sleep(60)
def lock():
    taken.acquire()  # mark: lock
def want():
    while True: time.sleep(0)  # mark: want
taken = threading.Lock()
taken.acquire()
for function in (sleep, lock, want):
    threading.Thread(target=function, name=function.__name__, daemon=True).start()
time.sleep(0.1)
start = begun()
libc.usleep(100_000)  # mark: keep
measured["keep"] = ended(start)
measured["clock"] = now()
"""


def test_threads_that_still_wait(tmp_path: Path) -> None:
    """Daemon threads asleep, before a lock, and before the GIL when the program ends."""

    def check(truth: Truth) -> None:
        duration = truth.document["capture"]["duration_ns"]
        for name in ("sleep", "lock", "want"):
            row = truth.thread(name)
            assert row["duration_ns"] <= duration, row
            assert abs(sum(row["states_ns"].values()) - row["duration_ns"]) <= 10, row
            truth.holds("it lived to the end", row["duration_ns"] >= 200 * MILLISECOND, row)
        asleep = truth.thread("sleep")["states_ns"].get("off-cpu", 0)
        truth.holds("asleep to the end", asleep > 180 * MILLISECOND, asleep)
        locked = truth.thread("lock")["states_ns"].get("waiting-lock", 0)
        truth.holds("before the lock to the end", locked > 180 * MILLISECOND, locked)
        rows = [row for row in truth.document["locks"] if truth.is_at(row, "lock")]
        truth.near("on its line", sum(row["wait_ns"] for row in rows), locked, MILLISECOND)
        keep = truth.measured["keep"]
        span = {"least": 100 * MILLISECOND, "most": keep["most"] + 20 * MILLISECOND}
        truth.within("waited", truth.line("want")["waited_ns"], span, 10 * MILLISECOND)

    check_program(tmp_path, WAITING_AT_THE_END, check)
