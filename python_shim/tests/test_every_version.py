"""The same short program in every supported Python of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from ground_truth import Truth, check_program
from interpreters import Interpreter, interpreters, stripped_copy

pytestmark = pytest.mark.usefixtures("real_bridge")

MILLISECOND = 1_000_000

#: A line that holds, a line that waits for it, and two loops.
PROGRAM = """
def keep():
    ready.wait()
    start = begun()
    libc.usleep(100_000)  # mark: keep
    measured["keep"] = ended(start)
def want():
    ready.set()
    start = begun()
    time.sleep(0.02)  # mark: want
    measured["want"] = ended(start)
def loop_1():
    while now() < end: pass  # mark: loop 1
def loop_2():
    while now() < end: pass  # mark: loop 2
ready = threading.Event()
run(keep, want)
end = now() + 250 * 10**6
run(loop_1, loop_2)
"""


def check_keeper(truth: Truth) -> None:
    """Who waited, where, for whom, and for how long."""
    # It sleeps first; the keeper does not return any earlier than its 100 ms.
    most = truth.measured["want"]["most"] - 20 * MILLISECOND
    waited = {"least": 65 * MILLISECOND, "most": most}
    want, keep = truth.thread("want"), truth.thread("keep")
    row = truth.line("want")
    truth.within("waited", row["waited_ns"], waited, MILLISECOND)
    truth.holds("in want", row["function"] == "want", row)
    (longest, *_) = [row for row in truth.document["waits"] if row["tid"] == want["tid"]]
    truth.within("the longest wait", longest["duration_ns"], waited, MILLISECOND)
    truth.holds("for the keeper", longest.get("holder_tid") == keep["tid"], longest)
    charged = [
        row
        for row in truth.document["blame"]
        if truth.is_at(row["waiter"], "want") and truth.is_at(row.get("holder", {}), "keep")
    ]
    truth.within("charged", sum(row["wait_ns"] for row in charged), waited, MILLISECOND)
    names = {row["holder"]["function"] for row in charged}
    truth.holds("in keep", names == {"keep"}, charged)
    for thread in (want, keep):
        assert not thread["native"], thread
        assert "library" not in thread, thread


def check_everything(truth: Truth) -> None:
    """What the rung `full` has besides: holds, and who shared the GIL with whom."""
    check_keeper(truth)
    span = {**truth.measured["keep"], "least": 100 * MILLISECOND}
    row = truth.line("keep")
    truth.within("held", row["held_ns"], span, 0.02 * span["most"])
    asleep = truth.thread("keep")["states_ns"].get("holding-off-cpu", 0)
    truth.within("asleep with the GIL", asleep, span, 0.03 * span["most"])
    loops = [truth.thread(name) for name in ("loop_1", "loop_2")]
    held = [truth.held(loop) for loop in loops]
    for number, own in enumerate(held, 1):
        # Against each other, so that other programs on this machine do not count.
        truth.holds("each has its half", 0.35 < own / sum(held) < 0.65, held)
        row = truth.line(f"loop {number}")
        truth.holds("on its line", 0.9 * own < row["held_ns"] <= 1.02 * own, (row, held))
        truth.holds("which is the loop's", row["function"] == f"loop_{number}", row)
    for loop in loops:
        truth.holds("they take turns", loop["waits"] > 2, loop)


def check_rung(interpreter: Interpreter, rung: str, folder: Path) -> None:
    """Trace the program, and compare."""
    check = check_everything if rung == "full" else check_keeper
    options = ("--mode", rung)
    traced = check_program(folder, PROGRAM, check, python=interpreter.path, options=options)
    capture = traced.document["capture"]
    assert (capture["python"], capture["mode"]) == (interpreter.text, rung)


@pytest.mark.parametrize("rung", ["full", "waits"])
@pytest.mark.parametrize("interpreter", interpreters(), ids=lambda one: one.text)
def test_every_version_of_python(interpreter: Interpreter, rung: str, tmp_path: Path) -> None:
    """Lines, functions, times and holders, in both rungs; the system's own Python is stripped."""
    check_rung(interpreter, rung, tmp_path)


@pytest.mark.parametrize("rung", ["full", "waits"])
def test_stripped_library(rung: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where nothing names the functions that take and drop the GIL."""
    copy = stripped_copy(tmp_path)
    for name, value in copy.environment.items():
        monkeypatch.setenv(name, value)
    check_rung(copy.interpreter, rung, tmp_path)
