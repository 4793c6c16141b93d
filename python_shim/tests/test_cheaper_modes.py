"""What the rung `waits` tells, what it can't tell, and the change to it by `--max-overhead`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from ground_truth import Truth, check_program, made_wait
from traced_script import trace_script

pytestmark = pytest.mark.usefixtures("real_bridge")

MILLISECOND = 1_000_000

ONE_WAIT = """
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
ready = threading.Event()
run(keep, wait)
"""


@pytest.mark.parametrize("rung", ["full", "waits"])
def test_one_long_wait(rung: str, tmp_path: Path) -> None:
    """Both rungs tell the same of it; `waits` names no holder while nobody waits."""

    def check(truth: Truth) -> None:
        most = truth.measured["wait"]["most"] - 20 * MILLISECOND
        waited = {"least": 65 * MILLISECOND, "most": most}
        wait, keep = truth.thread("wait"), truth.thread("keep")
        state = wait["states_ns"]["waiting-gil"]
        # Its start and its end may be waited for, too.
        truth.within("state", state, waited, 3 * MILLISECOND)
        truth.within("line", truth.line("wait")["waited_ns"], waited, MILLISECOND)
        truth.holds("in wait", truth.line("wait")["function"] == "wait")
        made = truth.line("keep").get("made_wait_ns", 0)
        rows = [r for r in truth.document["waits"] if r["tid"] in (wait["tid"], main(truth))]
        # The main thread may have wanted it, too, from the first.
        for row in rows:
            if row["duration_ns"] > 20 * MILLISECOND:
                truth.holds("for whom", made_wait(row) == keep["tid"], row)
                truth.holds("where", truth.is_at(row.get("holder_line", {}), "keep"), row)
        truth.holds("keep made it wait", made >= 65 * MILLISECOND, made)
        if rung == "waits":
            check_unknown(truth)

    options = ("--mode", rung)
    traced = check_program(tmp_path, ONE_WAIT, check, options=options)
    assert traced.document["capture"]["mode"] == rung


def main(truth: Truth) -> int:
    (row,) = [row for row in truth.document["threads"] if row["main"]]
    return int(row["tid"])


def check_unknown(truth: Truth) -> None:
    """Who holds the GIL is seen by those who wait, and by nobody else."""
    rows = truth.document["threads"]
    waited = sum(row["states_ns"].get("waiting-gil", 0) for row in rows)
    held = sum(truth.held(row) for row in rows)
    assert held <= waited + MILLISECOND, (held, waited)
    for row in rows:
        assert "has_gil_percent" not in row
        assert "no_gil_percent" not in row
        assert "wanted_holds_ns" not in row
    for row in truth.document["lines"]:
        assert not {"held_ns", "released_ns", "held_error_ns"} & set(row)


ALONE = """
import os
for _ in range(10_000): os.stat("/")
"""


def test_nobody_waits(tmp_path: Path) -> None:
    """A program of one thread hits no probe of `waits`: the kernel counts none."""
    traced = trace_script(tmp_path, ALONE, options=("--mode", "waits"))
    assert traced.document["capture"]["hits"] == 0
    (row,) = [row for row in traced.document["threads"] if not row["native"]]
    assert row["waits"] == 0
    # It may be that it held the GIL; nobody saw it.
    assert not {"running-gil", "holding-off-cpu", "waiting-gil"} & set(row["states_ns"])
    assert traced.document["blame"] == []


TWO_PHASES = """
def stat():
    while now() < change: os.stat("/")
def keep():
    ready.wait()
    start = begun()
    libc.usleep(200_000)  # mark: keep
    measured["keep"] = ended(start)
def wait():
    ready.set()
    start = begun()
    time.sleep(0.02)  # mark: wait
    measured["wait"] = ended(start)
ready = threading.Event()
measured["begin"] = now()
change = now() + 1_500 * 10**6
run(stat, stat)
measured["change"] = now()
run(keep, wait)
measured["end"] = now()
"""


def check_second_phase(truth: Truth) -> None:
    most = truth.measured["wait"]["most"] - 20 * MILLISECOND
    waited = {"least": 165 * MILLISECOND, "most": most}
    row = truth.line("wait")
    truth.within("waited", row["waited_ns"], waited, MILLISECOND)
    charged = sum(
        row["wait_ns"]
        for row in truth.document["blame"]
        if truth.is_at(row["waiter"], "wait") and truth.is_at(row.get("holder", {}), "keep")
    )
    truth.within("charged", charged, waited, MILLISECOND)


def test_costs_too_much(tmp_path: Path) -> None:
    """Probes of each take are given up in the first phase; the wait of the second is seen."""

    def check(truth: Truth) -> None:
        check_second_phase(truth)
        capture = truth.document["capture"]
        # On a machine that leaves the program little time, tracing costs it little.
        truth.holds("it cost more", "shed" in capture, capture)
        if "shed" not in capture:
            return
        shed = capture["shed"]
        assert shed["max_overhead_percent"] == 5
        # Early enough to matter.
        phase = truth.measured["change"] - truth.measured["begin"]
        truth.holds("in the first phase", 0 < shed["resumed_ns"] < phase, shed)
        gap = shed["resumed_ns"] - shed["at_ns"]
        truth.holds("a short gap", 0 < gap < 300 * MILLISECOND, shed)
        unknown = max(row["states_ns"].get("unknown", 0) for row in truth.document["threads"])
        # It is not hidden; what came before the last probe was gone is known.
        truth.holds("unknown in the gap only", 0 < unknown <= gap, (unknown, gap))

    check_program(tmp_path, TWO_PHASES, check, options=("--max-overhead", "5"))


def test_cost_without_a_limit(tmp_path: Path) -> None:
    """Nothing is given up that nobody asked to give up."""
    traced = check_program(tmp_path, TWO_PHASES, check_second_phase)
    capture = traced.document["capture"]
    assert "shed" not in capture
    assert capture["mode"] == "full"
    assert capture["overhead_percent"] > 5
    # What giltracer itself used: something, and no more than its few threads can.
    assert 0 < capture["reader_cpu_percent"] < 100 * min(4, os.cpu_count() or 1)


NOT_TWICE = """#!/bin/sh
# The events of the second perf of a run are called wake01_PID and so on.
case "$*" in *01_*) echo 'no memory for the rings' >&2; exit 1;; esac
exec {perf} "$@"
"""


def test_cost_that_cannot_be_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change to waits fails: all goes on as it was, and the report says so and what to do."""
    perf = tmp_path / "perf"
    perf.write_text(NOT_TWICE.format(perf=shutil.which("perf")))
    perf.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def check(truth: Truth) -> None:
        check_second_phase(truth)
        # On a machine that leaves the program little time, tracing costs it little.
        capture = truth.document["capture"]
        truth.holds("it cost more", "over_limit" in capture, capture)

    traced = check_program(tmp_path, TWO_PHASES, check, options=("--max-overhead", "5"))
    capture = traced.document["capture"]
    assert "shed" not in capture
    over = capture["over_limit"]
    assert over["max_overhead_percent"] == 5
    assert 0 < over["at_ns"] < capture["duration_ns"]
    assert "no memory for the rings" in over["reason"]
    assert traced.document["run"]["state"] == "done"
