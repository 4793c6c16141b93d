"""Sub-interpreters: with a GIL of their own (3.12 and later), and with the one of all."""

from __future__ import annotations

from pathlib import Path

import pytest
from ground_truth import Truth, check_program
from interpreters import newest_of

pytestmark = pytest.mark.usefixtures("real_bridge")

MILLISECOND = 1_000_000

#: `create` makes one of the kind that is named; `run_string` runs text in it.
FIND = """
try:
    import _interpreters
    create, run_string = _interpreters.create, _interpreters.run_string
except ImportError:
    import _xxsubinterpreters
    run_string = _xxsubinterpreters.run_string
    def create(kind):
        # 3.12: `isolated` has a GIL of its own; before, nothing has.
        return _xxsubinterpreters.create(isolated=kind == "isolated")
def in_interpreter(name, kind, text, argument):
    place = Path(__file__).with_name(name)
    interpreter = create(kind)
    script = text.replace("ARGUMENT", str(argument)).replace("NAME", repr(str(place)))
    def run_in_it():
        run_string(interpreter, script)
        measured[name] = json.loads(place.read_text())
    run_in_it.__name__ = name
    return run_in_it
"""

#: The fifth line spins.
ISOLATED = """
SPIN = '''
import json, time
from time import monotonic_ns as now, thread_time_ns as cpu
start, began = cpu(), now()
while now() < ARGUMENT: pass
told = {"began": began, "cpu": cpu() - start, "ended": now()}
with open(NAME, "w") as file: json.dump(told, file)
'''
end = now() + 600 * 10**6
run(*[in_interpreter(f"spin_{number}", "isolated", SPIN, end) for number in range(2)])
"""
LOOP = 5

#: The fifth line keeps the GIL.
LEGACY = """
KEEP = '''
import ctypes, json, os, time
libc = ctypes.PyDLL(None)
start = (os.write(ARGUMENT, b"!"), time.sleep(0.01), time.monotonic_ns())[-1]
libc.usleep(200_000)
with open(NAME, "w") as file: json.dump({"most": time.monotonic_ns() - start}, file)
'''
reader, writer = os.pipe()
keep = in_interpreter("keep", "legacy", KEEP, writer)
def want():
    os.read(reader, 1)
    start = begun()
    time.sleep(0.05)  # mark: want
    measured["want"] = ended(start)
run(want, keep)
"""
KEEPING = 5


def on_line(truth: Truth, line: int, figure: str) -> int:
    """A figure of a line of the text that the interpreters run."""
    rows = [r for r in truth.document["lines"] if (r["file"], r["line"]) == ("<string>", line)]
    return sum(row[figure] for row in rows)


@pytest.mark.parametrize("minor", [(3, 12), (3, 13)], ids=["3.12", "3.13"])
def test_a_gil_of_their_own(minor: tuple[int, int], tmp_path: Path) -> None:
    """Two that spin do not wait for each other: both hold their GIL at the same time."""

    def check(truth: Truth) -> None:
        rows = [truth.thread(f"spin_{number}") for number in range(2)]
        runs = [truth.measured[f"spin_{number}"] for number in range(2)]
        both = min(run["ended"] for run in runs) - max(run["began"] for run in runs)
        held = sum(truth.held(row) for row in rows)
        truth.holds("at the same time", held > 1.3 * both, (held, both))
        tids = {row["tid"] for row in rows}
        for row, run in zip(rows, runs):
            lived = run["ended"] - run["began"]
            span = {"least": lived, "most": row["duration_ns"]}
            truth.within("held", truth.held(row), span, 0.02 * lived)
            running = row["states_ns"].get("running-gil", 0)
            truth.near("ran with it", running, run["cpu"], 0.05 * lived)
            charged = [
                blame
                for blame in truth.document["blame"]
                if blame["waiter"]["tid"] == row["tid"]
                and blame.get("holder", {}).get("tid") in tids
            ]
            waited = sum(blame["wait_ns"] for blame in charged)
            truth.holds("it waits for no other", waited < 0.02 * lived, charged)
        line = on_line(truth, LOOP, "held_ns")
        truth.near("held on the line of the loop", line, held, 0.1 * held)

    check_program(tmp_path, FIND + ISOLATED, check, python=newest_of(minor))


@pytest.mark.parametrize("minor", [(3, 11), (3, 12), (3, 13)], ids=["3.11", "3.12", "3.13"])
def test_the_gil_of_all(minor: tuple[int, int], tmp_path: Path) -> None:
    """A thread of the main interpreter waits for one in a sub-interpreter."""

    def check(truth: Truth) -> None:
        most = truth.measured["want"]["most"] - 50 * MILLISECOND
        keep, want = truth.thread("keep"), truth.thread("want")
        waited = truth.line("want")["waited_ns"]
        truth.within("waited", waited, {"least": 120 * MILLISECOND, "most": most}, MILLISECOND)
        held = {"least": 200 * MILLISECOND, "most": truth.measured["keep"]["most"]}
        truth.within("held", on_line(truth, KEEPING, "held_ns"), held, 0.02 * held["most"])
        charged = sum(
            row["wait_ns"]
            for row in truth.document["blame"]
            if row["waiter"]["tid"] == want["tid"]
            and row.get("holder", {}).get("tid") == keep["tid"]
            and (row["holder"].get("file"), row["holder"].get("line")) == ("<string>", KEEPING)
        )
        truth.near("charged", charged, waited, 0.03 * waited)

    check_program(tmp_path, FIND + LEGACY, check, python=newest_of(minor))


#: The fourth line spins for 100 ms, in an interpreter with a GIL of its own that lives no longer.
SUB_INTERPRETER = """
import _interpreters
SPIN = '''
from time import monotonic_ns as now
end = now() + 100 * 10**6
while now() < end: pass
'''
def enter():
    time.sleep(0.3)
    start = begun()
    interpreter = _interpreters.create("isolated")
    _interpreters.run_string(interpreter, SPIN)
    _interpreters.destroy(interpreter)
    measured["spin"] = ended(start)
    time.sleep(0.3)
run(enter)
"""


def test_a_gil_that_comes_and_goes(tmp_path: Path) -> None:
    """Nobody had it before its interpreter was there, and after."""

    def check(truth: Truth) -> None:
        row = truth.thread("enter")
        spun = {"least": 100 * MILLISECOND, "most": truth.measured["spin"]["most"]}
        # The list of threads is made every 20 rounds: so long it may be missed, or seen too long.
        least = {**spun, "least": spun["least"] - 30 * MILLISECOND}
        truth.within("holds", truth.held(row), least, 30 * MILLISECOND)
        slept = {"least": 600 * MILLISECOND, "most": row["duration_ns"]}
        truth.within("sleeps", row["states_ns"].get("off-cpu", 0), slept, 10 * MILLISECOND)

    check_program(
        tmp_path, SUB_INTERPRETER, check, python=newest_of((3, 13)), options=("--mode", "sample")
    )
