"""The rung `futex`: exact waits by futex calls, where nothing in Python can be probed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ground_truth import Truth, check_program, made_wait
from interpreters import Interpreter, interpreters, newest_of, stripped_copy
from stripping import hide_unwind_table
from test_subinterpreters import FIND, ISOLATED, KEEPING, LEGACY

pytestmark = pytest.mark.usefixtures("real_bridge")

MILLISECOND = 1_000_000

INTERPRETERS = interpreters()

FUTEX = ("--mode", "futex")

KEEPS_AND_CALLS = """
import os
def keep():
    ready.wait()
    start = begun()
    libc.usleep(100_000)  # mark: keep
    measured["keep"] = ended(start)
def wait():
    ready.set()
    start = begun()
    time.sleep(0.02)  # mark: wait
    measured["wait"] = ended(start)
def call():
    for _ in range(400):
        os.stat("/")
ready = threading.Event()
run(keep, wait)
run(call)
"""


def check_figures(truth: Truth) -> None:
    """The wait, its line and who made it, against what the program measured."""
    capture = truth.document["capture"]
    assert capture["mode"] == "futex"
    keep, wait = (truth.thread(name) for name in ("keep", "wait"))
    waited = {
        # The 20 ms of its sleep are no wait.
        "most": truth.measured["wait"]["most"] - 20 * MILLISECOND,
        "least": 65 * MILLISECOND,
    }
    state = wait["states_ns"].get("waiting-gil", 0)
    # Its start and its end may be waited for, too.
    truth.within("wait waits", state, waited, 3 * MILLISECOND)
    truth.within("wait's line", truth.line("wait")["waited_ns"], waited, 3 * MILLISECOND)
    rows = [
        row
        for row in truth.document["waits"]
        if row["tid"] == wait["tid"] and row["duration_ns"] > 20 * MILLISECOND
    ]
    truth.holds("its wait is there", len(rows) == 1, rows)
    for row in rows:
        truth.holds("keep made it wait", made_wait(row) == keep["tid"], row)
        truth.holds("from its line", truth.is_at(row.get("holder_line", {}), "keep"), row)
        # Each switch interval of 5 ms ended a round of it.
        rounds = row["duration_ns"] / (5 * MILLISECOND)
        truth.holds("it asked again and again", 0.5 * rounds < row["ignored"] <= rounds, row)
    made = truth.line("keep").get("made_wait_ns", 0)
    truth.holds("keep's line made others wait", made >= state - 3 * MILLISECOND, made)
    check_absent(truth.document)


def check_absent(document: dict[str, Any]) -> None:
    """What no futex call can tell is not there."""
    capture = document["capture"]
    assert capture["lock_waits"] is False
    assert capture["collections"] is False
    assert capture["futex"]["other_gils"] is False
    assert "collections" not in document
    assert document["locks"] == []
    for row in document["threads"]:
        assert "has_gil_percent" not in row
        assert "harmless_holds_ns" not in row
    for row in document["lines"]:
        assert "held_ns" not in row


@pytest.mark.parametrize(
    "python", [INTERPRETERS[0], INTERPRETERS[-1]], ids=lambda python: python.text
)
def test_a_known_wait(tmp_path: Path, python: Interpreter) -> None:
    """Oldest and newest Python: who waited, for how long, where, and because of whom."""
    check_program(tmp_path, KEEPS_AND_CALLS, check_figures, python=python.path, options=FUTEX)


def test_the_best_without_functions_to_probe(tmp_path: Path) -> None:
    """Where take_gil and drop_gil can't be found, `auto` takes this rung and says why."""
    copy = stripped_copy(tmp_path)
    hide_unwind_table(copy.library)

    def check(truth: Truth) -> None:
        instead = truth.document["capture"]["instead_of"]
        assert instead["mode"] == "full"
        assert "take_gil" in instead["reason"]
        check_figures(truth)

    folder = tmp_path / "runs"
    folder.mkdir()
    check_program(
        folder, KEEPS_AND_CALLS, check, python=copy.interpreter.path, variables=copy.environment
    )


FIGHT = """
until = now() + 400 * 10**6
def fight():
    stood, last = 0, now()
    while last < until:
        for _ in range(100): pass
        time_now = now()
        # So long it takes to compute nothing only who has no GIL, or no CPU.
        if time_now - last > 50_000: stood += time_now - last
        last = time_now
    measured[threading.current_thread().name] = stood
def one(): fight()
def two(): fight()
run(one, two)
"""


def test_two_threads_that_compute(tmp_path: Path) -> None:
    """All time in which a thread does not get on is a wait, or one for a CPU."""

    def check(truth: Truth) -> None:
        one, two = (truth.thread(name) for name in ("one", "two"))
        for waiter, holder in ((one, two), (two, one)):
            states = waiter["states_ns"]
            waited = states.get("waiting-gil", 0)
            no_cpu = ("preempted", "holding-off-cpu", "off-cpu")
            stood = waited + sum(states.get(state, 0) for state in no_cpu)
            truth.near(f"{waiter['name']} stands", stood, truth.measured[waiter["name"]], 15e6)
            # On a busy machine, who drops the GIL loses its CPU to the one that it wakes.
            truth.holds("mostly for the GIL", waited >= 0.3 * stood, states)
            blamed = sum(
                row["wait_ns"]
                for row in truth.document["blame"]
                if row["waiter"]["tid"] == waiter["tid"]
                and row.get("holder", {}).get("tid") == holder["tid"]
            )
            truth.holds("because of the other", blamed >= 0.5 * waited, (blamed, waited))

    check_program(tmp_path, FIGHT, check, options=FUTEX)


ALONE = """
import os
def call():
    for _ in range(20_000): os.stat("/")
started = threading.Event()
call()
"""


def test_nothing_is_recorded_while_nobody_waits(tmp_path: Path) -> None:
    """40,000 takes and drops, and not one call of the kernel."""

    def check(truth: Truth) -> None:
        # giltracer's own threads in the program may wait at its start and end.
        truth.holds("no calls", truth.document["capture"]["hits"] == 0, truth.document["capture"])
        (main,) = [row for row in truth.document["threads"] if row["main"]]
        truth.holds("no waits", main["waits"] == 0, main)
        assert main["states_ns"].get("waiting-gil", 0) == 0

    check_program(tmp_path, ALONE, check, options=FUTEX)


def test_gils_of_sub_interpreters(tmp_path: Path) -> None:
    """Only the main one's words are recorded: what threads did with others is unknown, not 0."""

    def check(truth: Truth) -> None:
        truth.holds("it is said", truth.document["capture"]["futex"]["other_gils"])
        for number in range(2):
            run = truth.measured[f"spin_{number}"]
            states = truth.thread(f"spin_{number}")["states_ns"]
            lived = run["ended"] - run["began"]
            # From the reading before to the one behind it.
            span = {"least": lived, "most": truth.thread(f"spin_{number}")["duration_ns"]}
            truth.within("unknown", states.get("unknown", 0), span, 0.02 * lived)

    check_program(tmp_path, FIND + ISOLATED, check, python=newest_of((3, 13)), options=FUTEX)


def test_a_sub_interpreter_without_its_own(tmp_path: Path) -> None:
    """A thread of the main interpreter waits for one in a sub-interpreter."""

    def check(truth: Truth) -> None:
        capture = truth.document["capture"]
        truth.holds("all GILs are recorded", not capture["futex"]["other_gils"])
        most = truth.measured["want"]["most"] - 50 * MILLISECOND
        waited = truth.line("want")["waited_ns"]
        least = 120 * MILLISECOND
        truth.within("waited", waited, {"least": least, "most": most}, 3 * MILLISECOND)
        keep, want = truth.thread("keep"), truth.thread("want")
        charged = sum(
            row["wait_ns"]
            for row in truth.document["blame"]
            if row["waiter"]["tid"] == want["tid"]
            and row.get("holder", {}).get("tid") == keep["tid"]
            and (row["holder"].get("file"), row["holder"].get("line")) == ("<string>", KEEPING)
        )
        truth.near("charged", charged, waited, 3 * MILLISECOND)

    check_program(tmp_path, FIND + LEGACY, check, python=newest_of((3, 13)), options=FUTEX)
