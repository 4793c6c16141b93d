"""The same short program in every supported Python of the machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from conftest import SHIM
from giltracer.node import find_node
from ground_truth import Truth, check_program, made_wait
from interpreters import Interpreter, has_symbols, interpreters

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
    truth.holds("for whom", made_wait(longest) == keep["tid"], longest)
    charged = [
        row
        for row in truth.document["blame"]
        if truth.is_at(row["waiter"], "want") and truth.is_at(row.get("holder", {}), "keep")
    ]
    truth.within("charged", sum(row["wait_ns"] for row in charged), waited, MILLISECOND)
    names = {row["holder"]["function"] for row in charged}
    truth.holds("to its function", names == {"keep"}, charged)
    starters = {"program.py", "traced_program.py", "__main__.py", "runpy.py", "<frozen runpy>"}
    assert not starters & {Path(row["file"]).name for row in truth.document["lines"]}
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
        truth.holds("they take turns", loop["waits"] > 3, loop)


def assert_refused(interpreter: Interpreter, folder: Path) -> None:
    """One line says why and what to do; the program runs all the same."""
    script = folder / "script.py"
    script.write_text("import sys\nprint('ran')\nsys.exit(7)\n")
    done = subprocess.run(
        [interpreter.path, "-m", "giltracer", "run", str(script)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(SHIM), "GILTRACER_NODE": find_node()},
    )
    assert (done.returncode, done.stdout) == (7, "ran\n"), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("giltracer: the program runs untraced: ")
    assert "take_gil" in line
    assert "stripped" in line
    assert "use a Python that keeps its symbols" in line


@pytest.mark.parametrize("rung", ["full", "waits"])
@pytest.mark.parametrize("interpreter", interpreters(), ids=lambda one: one.text)
def test_every_version_of_python(interpreter: Interpreter, rung: str, tmp_path: Path) -> None:
    """Lines, functions, times and holders, in both rungs; a stripped build is refused by name."""
    if not has_symbols(interpreter.path):
        assert_refused(interpreter, tmp_path)
        return
    check = check_everything if rung == "full" else check_keeper
    options = ("--mode", rung)
    traced = check_program(tmp_path, PROGRAM, check, python=interpreter.path, options=options)
    capture = traced.document["capture"]
    assert (capture["python"], capture["mode"]) == (interpreter.text, rung)


def test_some_python_can_be_traced() -> None:
    """Else the test above compares nothing."""
    assert any(has_symbols(interpreter.path) for interpreter in interpreters())
