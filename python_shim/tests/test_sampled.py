"""The rung `sample`: what it tells an ordinary user without perf and without any capability."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Sequence

import pytest
import sandboxes
from conftest import SHIM, missing
from giltracer.bridge import BRIDGE
from giltracer.node import find_node
from ground_truth import Truth, check_program
from interpreters import Interpreter, interpreters
from traced_script import read_trace

MILLISECOND = 1_000_000

INTERPRETERS = interpreters()

SAMPLE = ("--mode", "sample")


@dataclass
class User:
    """Somebody who may do nothing but run programs."""

    #: A folder of the user's own.
    folder: Path
    #: Runs a command line as this user.
    prefix: tuple[str, ...]
    variables: dict[str, str]


@pytest.fixture
def user() -> Iterator[User]:
    """An ordinary user, without tracefs and with no perf on PATH."""
    if not BRIDGE.is_file():
        missing(f"{BRIDGE} is not built")
    if os.geteuid() != 0:
        missing("becoming another user needs root")
    # Not below pytest's own folder, which is closed to others.
    with tempfile.TemporaryDirectory(prefix="giltracer-sample-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        pythons = [Path(python.path).resolve().parents[1] for python in INTERPRETERS]
        path = sandboxes.path_without("perf", folder / "bin")
        yield User(
            folder,
            (
                *sandboxes.without_tracefs(),
                *sandboxes.ordinary_user(Path(find_node()).resolve().parent, *pythons),
            ),
            {"HOME": name, "XDG_RUNTIME_DIR": name, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        )


EVERYTHING = """
import hashlib
lock = threading.Lock()
def keep():
    ready.wait()
    start = begun()
    libc.usleep(200_000)  # mark: keep
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
def own_the_lock():
    with lock:
        locked.set()
        time.sleep(0.3)  # mark: sleep
def want_the_lock():
    locked.wait()
    start = begun()
    lock.acquire()  # mark: lock
    measured["lock"] = ended(start)
def compute():
    start = begun()
    digest = hashlib.sha256()
    while now() < end:
        digest.update(data)  # mark: compute
    measured["compute"] = ended(start)
ready, locked = threading.Event(), threading.Event()
data = bytes(1 << 24)
run(keep, want)
end = now() + 600 * 10**6
run(loop_1, loop_2)
run(own_the_lock, want_the_lock)
end = now() + 400 * 10**6
run(compute)
"""


def check_everything(truth: Truth) -> None:
    """Who held, who waited, for what, where, and what the others did."""
    check_capture(truth.document)
    keep, want = truth.thread("keep"), truth.thread("want")
    # It does not return any earlier than its 200 ms.
    kept = {**truth.measured["keep"], "least": 200 * MILLISECOND}
    close(truth, "keep holds", truth.held(keep), kept, keep, "holding-off-cpu")
    most = truth.measured["want"]["most"] - 20 * MILLISECOND
    waited = {"least": 165 * MILLISECOND, "most": most}
    close(truth, "want waits", state(want, "waiting-gil"), waited, want, "waiting-gil")
    row = truth.line("want")
    truth.within("waited", row["waited_ns"], waited, row["waited_error_ns"] + MILLISECOND)
    truth.holds("in want", row["function"] == "want", row)
    charged = [
        row
        for row in truth.document["blame"]
        if truth.is_at(row["waiter"], "want") and truth.is_at(row.get("holder", {}), "keep")
    ]
    error = sum(row["wait_error_ns"] for row in charged) + MILLISECOND
    truth.within("charged", sum(row["wait_ns"] for row in charged), waited, error)
    (longest, *_) = [row for row in truth.document["waits"] if row["tid"] == want["tid"]]
    truth.holds(
        "for keep",
        longest.get("longest_holder_tid", longest.get("holder_tid")) == keep["tid"],
        longest,
    )
    loops = [truth.thread(name) for name in ("loop_1", "loop_2")]
    held = [truth.held(loop) for loop in loops]
    for number, own in enumerate(held, 1):
        truth.holds("each has its half", 0.3 < own / sum(held) < 0.7, held)
        row = truth.line(f"loop {number}")
        truth.holds("on its line", 0.85 * own < row["held_ns"] <= 1.02 * own, (row, held))
        truth.holds("which is the loop's", row["function"] == f"loop_{number}", row)
    # Together they always have it, but for the time in which it is handed over.
    both = sum(held) / max(loop["duration_ns"] for loop in loops)
    truth.holds("one of them has it", both > 0.8, held)
    wants = truth.thread("want_the_lock")
    # It waits for an event first, which is a lock, too.
    blocked = {"least": 250 * MILLISECOND, "most": wants["duration_ns"]}
    close(truth, "the lock", state(wants, "waiting-lock"), blocked, wants, "waiting-lock")
    rows = [row for row in truth.document["locks"] if truth.is_at(row, "lock")]
    truth.holds("the lock's line", len(rows) == 1 and rows[0]["tid"] == wants["tid"], rows)
    sleeper = truth.thread("own_the_lock")
    slept = {"least": 300 * MILLISECOND, "most": sleeper["duration_ns"]}
    close(truth, "sleep", state(sleeper, "off-cpu"), slept, sleeper, "off-cpu")
    computes = truth.thread("compute")
    work = state(computes, "running") + state(computes, "preempted")
    close(truth, "work", work, truth.measured["compute"], computes, "running")
    truth.holds("without the GIL", truth.held(computes) < 0.1 * work, computes)


def state(thread: dict[str, Any], name: str) -> int:
    return int(thread["states_ns"].get(name, 0))


def close(
    truth: Truth, what: str, value: int, span: dict[str, int], thread: dict[str, Any], name: str
) -> None:
    """Note a time that is farther off than its stated error and some rounds allow."""
    error = thread["states_error_ns"].get(name, 0)
    # One in twenty is farther off than its 95 % interval; twice as far, one in ten thousand.
    truth.within(what, value, span, 2 * error + 3 * MILLISECOND)
    # An error that says nothing would allow everything.
    truth.holds(f"the error of {what} is small", error < 0.2 * span["most"], (error, span))


def check_capture(document: dict[str, Any]) -> None:
    """How it was read, and what is absent since no reading can tell it."""
    capture = document["capture"]
    sampling = capture["sampling"]
    assert capture["mode"] == "sample"
    assert sampling["rounds"] > 100
    assert sampling["readings"] > sampling["rounds"]
    assert capture["collections"] is False
    assert "collections" not in document
    for row in document["threads"]:
        assert not {"waits", "forced_switches"} & set(row)
        assert set(row["states_error_ns"]) == set(row["states_ns"]) - {"unknown"}
    for row in document["blame"]:
        assert "count" not in row
        assert row["wait_error_ns"] > 0
    for row in document["waits"]:
        assert row["kind"] == "sampled"
        assert not {"ignored", "waker_tid"} & set(row)
    for row in document["lines"]:
        assert "waits" not in row
    for row in document["locks"]:
        assert "count" not in row


@pytest.mark.parametrize(
    "python", [INTERPRETERS[0], INTERPRETERS[-1]], ids=lambda python: python.text
)
def test_ordinary_user(python: Interpreter, user: User) -> None:
    """Oldest and newest Python: the whole product, from readings alone."""
    check_program(
        user.folder,
        EVERYTHING,
        check_everything,
        python=python.path,
        options=SAMPLE,
        prefix=user.prefix,
        variables=user.variables,
    )


@pytest.mark.parametrize("python", INTERPRETERS, ids=lambda python: python.text)
def test_every_version(python: Interpreter, tmp_path: Path) -> None:
    """The system's own Python is stripped: nothing of it is needed but an exported symbol."""
    check_program(tmp_path, EVERYTHING, check_everything, python=python.path, options=SAMPLE)


SHORT = "import threading\nthreading.Thread(target=print).start()\n"


def run_short(
    user: User, program: str = SHORT, options: Sequence[str] = (), command: Sequence[str] = ()
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run a program as the user."""
    script, out = user.folder / "short.py", user.folder / "short.giltrace"
    script.write_text(program)
    run = command or (sys.executable, "-m", "giltracer")
    done = subprocess.run(
        [*user.prefix, *run, "run", *options, "-o", str(out), str(script)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=user.folder,
        env={
            **os.environ,
            "PYTHONPATH": str(SHIM),
            "GILTRACER_NODE": find_node(),
            **user.variables,
        },
    )
    return done, out


def test_best_that_works(user: User) -> None:
    """Without --mode it is taken by itself, and says why and what it can't see."""
    done, out = run_short(user)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr
    document = read_trace(out).document
    assert document["capture"]["mode"] == "sample"
    reason = document["capture"]["instead_of"]
    assert reason["mode"] == "full"
    assert "tracefs" in reason["reason"]
    assert "perf was not found" in reason["reason"]
    text = subprocess.run(
        [sys.executable, "-m", "giltracer", "report", str(out)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert "mode sample" in text
    assert reason["reason"][:60] in text
    assert "estimates" in text
    assert "is not known" in text


#: Nobody but root may read a process that is not dumpable (prctl(2), PR_SET_DUMPABLE).
NOT_DUMPABLE = """
import ctypes, sys
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
from giltracer.cli import main
sys.exit(main())
"""


def test_not_dumpable(user: User) -> None:
    """Its memory is closed: one line says so, and the program runs untraced."""
    start = user.folder / "start.py"
    start.write_text(NOT_DUMPABLE)
    done, out = run_short(user, options=SAMPLE, command=(sys.executable, str(start)))
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr
    assert not out.exists()
    (line,) = done.stderr.splitlines()
    assert line.startswith("giltracer: the program runs untraced: ")
    assert "dumpable" in line


THREADS_THAT_COME_AND_GO = """
def work():
    end = now() + 150 * 10**6
    while now() < end: pass
def nap():
    time.sleep(0.15)
for _ in range(3): run(work, nap)
"""


def test_threads_that_come_and_go(tmp_path: Path) -> None:
    """Each has its life, and no other."""

    def check(truth: Truth) -> None:
        rows = [row for row in truth.document["threads"] if row["name"] in ("work", "nap")]
        truth.holds("all are there", len(rows) == 6, rows)
        for row in rows:
            life = row["duration_ns"]
            truth.within("life", life, {"least": 140 * MILLISECOND, "most": life}, 0)
            truth.holds("it ended", life < 400 * MILLISECOND, row)
            known = sum(row["states_ns"].values()) - state(row, "unknown")
            truth.holds("it is known", known > 0.9 * life, row)
            if row["name"] == "work":
                truth.holds("it holds", truth.held(row) > 0.8 * known, row)
            else:
                truth.holds("it sleeps", state(row, "off-cpu") > 0.8 * known, row)

    check_program(tmp_path, THREADS_THAT_COME_AND_GO, check, options=SAMPLE)
