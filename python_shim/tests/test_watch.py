"""The rung `watch`: what it tells an ordinary user, without tracefs and without any capability."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

import pytest
import sandboxes
from conftest import SHIM, missing
from giltracer.node import find_node
from ground_truth import Truth, check_program
from interpreters import Interpreter, interpreters
from traced_script import read_trace

pytestmark = pytest.mark.usefixtures("real_bridge")

MILLISECOND = 1_000_000

#: The highest at which the kernel lets a user watch own processes (perf_event_open(2)).
HIGHEST_PARANOID = 2

INTERPRETERS = interpreters()


@dataclass
class User:
    """Somebody who may watch own processes and nothing else."""

    #: A folder of the user's own.
    folder: Path
    #: Runs a command line as this user.
    prefix: tuple[str, ...]

    @property
    def variables(self) -> dict[str, str]:
        return {"HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder)}


@pytest.fixture
def user() -> Iterator[User]:
    """An ordinary user; where the machine forbids users to watch, root with CAP_PERFMON alone."""
    if os.geteuid() != 0:
        missing("becoming another user needs root")
    # Not below pytest's own folder, which is closed to others.
    with tempfile.TemporaryDirectory(prefix="giltracer-watch-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        paranoid = int(Path("/proc/sys/kernel/perf_event_paranoid").read_text())
        if paranoid > HIGHEST_PARANOID:
            prefix = (*sandboxes.without_tracefs(), *sandboxes.with_capabilities("perfmon"))
        else:
            pythons = [Path(python.path).resolve().parents[1] for python in INTERPRETERS]
            prefix = sandboxes.ordinary_user(Path(find_node()).resolve().parent, *pythons)
        yield User(folder, prefix)


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
def work():
    start = begun()
    for _ in range(count): big * big  # mark: work
    measured["work"] = ended(start)
ready = threading.Event()
run(keep, wait)
run(call)
count = repetitions(lambda: big * big, 150 * 10**6)
beside(work)
"""


def check_figures(truth: Truth) -> None:
    """Holds and waits against what the program measured."""
    capture = truth.document["capture"]
    assert capture["mode"] == "watch"
    # Each call takes and drops once.
    assert capture["hits"] >= 2 * 400
    keep, wait, work = (truth.thread(name) for name in ("keep", "wait", "work"))
    kept = {**truth.measured["keep"], "least": 100 * MILLISECOND}
    truth.within("keep holds", truth.held(keep), kept, 3 * MILLISECOND)
    truth.within("work holds", truth.held(work), truth.measured["work"], 5 * MILLISECOND)
    most = truth.measured["wait"]["most"] - 20 * MILLISECOND
    waited = {"least": 65 * MILLISECOND, "most": most}
    state = wait["states_ns"].get("waiting-gil", 0)
    # Its start and its end may be waited for, too.
    truth.within("wait waits", state, waited, 3 * MILLISECOND)
    truth.within("wait's line", truth.line("wait")["waited_ns"], waited, 3 * MILLISECOND)
    for row in truth.document["waits"]:
        if row["tid"] == wait["tid"] and row["duration_ns"] > 20 * MILLISECOND:
            truth.holds("keep made it wait", row.get("holder_tid") == keep["tid"], row)
            truth.holds("from its line", truth.is_at(row.get("holder_line", {}), "keep"), row)
    line = truth.line("work")
    truth.within("work's line", line["held_ns"], truth.measured["work"], 3 * line["held_error_ns"])
    check_absent(truth.document)


def check_absent(document: dict[str, Any]) -> None:
    """What no watchpoint can know is named, and is not there."""
    assert document["capture"]["lock_waits"] is False
    assert document["capture"]["collections"] is False
    assert "collections" not in document
    assert document["locks"] == []
    for row in document["waits"]:
        assert "waker_tid" not in row
        assert row["kind"] != "handoff"


@pytest.mark.parametrize(
    "python", [INTERPRETERS[0], INTERPRETERS[-1]], ids=lambda python: python.text
)
def test_ordinary_user(python: Interpreter, user: User) -> None:
    """Oldest and newest Python: takes, drops and waits are exact, lines come from memory."""
    check_program(
        user.folder,
        KEEPS_AND_CALLS,
        check_figures,
        python=python.path,
        options=("--mode", "watch"),
        prefix=user.prefix,
        variables=user.variables,
    )


SHORT = "import threading\nthreading.Thread(target=print).start()\n"


def run_short(user: User, *options: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    script, out = user.folder / "short.py", user.folder / "short.giltrace"
    script.write_text(SHORT)
    done = subprocess.run(
        [
            *(*user.prefix, sys.executable, "-m", "giltracer", "run"),
            *(*options, "-o", str(out), str(script)),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={
            **os.environ,
            **user.variables,
            "PYTHONPATH": str(SHIM),
            "GILTRACER_NODE": find_node(),
        },
    )
    return done, out


def test_the_best_that_a_user_may_have(user: User) -> None:
    """Without tracefs `auto` takes watchpoints, and says why."""
    done, out = run_short(user)
    assert done.returncode == 0, done.stderr
    capture = read_trace(out).document["capture"]
    assert capture["mode"] == "watch"
    assert capture["instead_of"]["mode"] == "full"
    assert "trac" in capture["instead_of"]["reason"]


def test_a_seccomp_filter(user: User) -> None:
    """Where perf_event_open is forbidden, `watch` says so and runs the program all the same."""
    # An ordinary user may set a filter only if no program can gain rights behind it.
    filtered = ("setpriv", "--no-new-privs", *sandboxes.without_perf_event_open())
    user = User(user.folder, (*user.prefix, *filtered))
    done, _ = run_short(user, "--mode", "watch")
    assert done.returncode == 0
    assert "refuses a watchpoint" in done.stderr, done.stderr


CALLS = """
import os
def call():
    while now() < end: os.stat("/")
end = now() + 1_500 * 10**6
measured["begin"] = now()
run(call, call)
measured["end"] = now()
"""


def test_costs_too_much(user: User) -> None:
    """Watchpoints are given up when they cost more than they may; then nothing is known."""

    def check(truth: Truth) -> None:
        shed = truth.document["capture"]["shed"]
        assert shed["max_overhead_percent"] == 5
        took = truth.measured["end"] - truth.measured["begin"]
        truth.holds("early enough", 0 < shed["at_ns"] < took, shed)
        callers = [row for row in truth.document["threads"] if row["name"] == "call"]
        for row in callers:
            unknown = row["states_ns"].get("unknown", 0)
            # What came before is known.
            truth.holds("it is not hidden", unknown >= took - shed["at_ns"] - 50 * MILLISECOND, row)
            truth.holds("not all is unknown", unknown < row["duration_ns"], row)

    check_program(
        user.folder,
        CALLS,
        check,
        options=("--mode", "watch", "--max-overhead", "5"),
        prefix=user.prefix,
        variables=user.variables,
    )
