"""`giltracer setup`: a user traces with nothing but the probe helper, and it can be undone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import missing, probes, running, wait_until
from private_machine import ALICE, BOB, MLOCK, PARANOID, UIDS, PrivateMachine, system
from traced_script import read_trace

pytestmark = pytest.mark.usefixtures("real_bridge")

#: The highest at which the kernel lets a user record own processes (perf_event_open(2)).
HIGHEST_PARANOID = 2

HELPER = "/usr/local/libexec/giltracer/probe-helper"
SYSCTL_FILE = "/etc/sysctl.d/99-z-giltracer.conf"

MILLISECOND = 1_000_000

RUN = (sys.executable, "-m", "giltracer", "run")

#: Two threads that fight for the GIL, one that waits for a lock.
SCRIPT = """
import threading, time
lock = threading.Lock()
lock.acquire()
def fight():
    end = time.monotonic() + 0.4
    while time.monotonic() < end:
        sum(range(2000))  # mark
def wait():
    lock.acquire()
threads = [threading.Thread(target=fight, name=f"fight-{i}") for i in range(2)]
threads.append(threading.Thread(target=wait, name="wait"))
for thread in threads: thread.start()
time.sleep(0.2)
lock.release()
for thread in threads: thread.join()
print("done")
"""
MARK = SCRIPT.split("\n").index("        sum(range(2000))  # mark") + 1


def traced(
    machine: PrivateMachine, mode: str, user: str = ALICE
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any] | None]:
    """Trace the script as a user; the trace's document if there is one."""
    script = machine.folder / "script.py"
    script.write_text(SCRIPT)
    out = machine.folder / "out.giltrace"
    out.unlink(missing_ok=True)
    done = machine.run(
        *(*RUN, "--mode", mode, "-o", str(out), str(script)),
        prefix=machine.user(user),
    )
    return done, read_trace(out).document if out.is_file() else None


def needs_users_perf() -> None:
    if int(Path(PARANOID).read_text()) > HIGHEST_PARANOID:
        missing("the kernel lets no user record own processes")


def own_probes() -> list[str]:
    """Probes of the machine's users, or of bridges that have ended."""
    found = []
    for name in probes():
        try:
            uid = Path(f"/proc/{name.rpartition('_')[2]}").stat().st_uid
        except OSError:
            found.append(name)
        else:
            if uid in UIDS.values():
                found.append(name)
    return found


def test_without_it(machine: PrivateMachine) -> None:
    refused, document = traced(machine, "full")
    assert refused.stdout == "done\n"
    assert document is None
    assert "closed to this user" in refused.stderr, refused.stderr
    assert "giltracer setup --user" in refused.stderr


@pytest.mark.parametrize("mode", ["full", "waits"])
def test_a_user_gets_everything(machine: PrivateMachine, mode: str) -> None:
    needs_users_perf()
    done = machine.setup("--yes")
    assert (done.returncode, done.stderr) == (0, "")
    done, document = traced(machine, mode)
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert document is not None, done.stderr
    assert document["run"]["state"] == "done", document["run"]
    capture = document["capture"]
    assert capture["mode"] == mode
    assert capture["hits"] > 0
    # Nobody is told who woke whom; so there is no such figure, and it is said.
    assert capture["wakers"] is False
    assert not [wait for wait in document["waits"] if "waker_tid" in wait]
    rows = {row["name"]: row for row in document["threads"]}
    assert rows["fight-0"]["waits"] > 2
    lines = {(Path(row["file"]).name, row["line"]) for row in document["lines"]}
    assert ("script.py", MARK) in lines
    blamed = {
        (row["waiter"]["tid"], row["holder"]["tid"])
        for row in document["blame"]
        if "holder" in row and row["holder"].get("line") == MARK
    }
    one, other = (rows[name]["tid"] for name in ("fight-0", "fight-1"))
    assert {(one, other), (other, one)} <= blamed
    if mode == "full":
        states = rows["fight-0"]["states_ns"]
        assert states["running-gil"] > 20 * MILLISECOND
        assert states["waiting-gil"] > 20 * MILLISECOND
        assert rows["wait"]["states_ns"]["waiting-lock"] > 100 * MILLISECOND
    assert wait_until(lambda: not own_probes())


def test_a_killed_bridge(machine: PrivateMachine) -> None:
    """The helper removes its probes although nobody of the user's could."""
    needs_users_perf()
    machine.setup("--yes")
    script = machine.folder / "script.py"
    script.write_text("import time\ntime.sleep(60)\n")
    program = subprocess.Popen(
        [*machine.user(), *RUN, "--mode", "full", str(script)],
        env={**os.environ, **machine.variables},
    )
    try:
        assert wait_until(own_probes, 60)
        bridges = {int(name.rpartition("_")[2]) for name in own_probes()}
        (bridge,) = filter(running, bridges)
        os.kill(bridge, signal.SIGKILL)
        assert wait_until(lambda: not own_probes(), 20)
        assert not running(bridge)
    finally:
        program.kill()
        program.wait()


def test_the_doctor_knows(machine: PrivateMachine) -> None:
    needs_users_perf()
    machine.setup("--yes")
    doctor = (sys.executable, "-m", "giltracer", "doctor", "--json")
    report = json.loads(machine.run(*doctor, prefix=machine.user()).stdout)
    assert report["rungs"][0]["available"], report
    (tracefs,) = (tried for tried in report["capabilities"] if tried["name"] == "tracefs")
    assert HELPER in tracefs["why"]


def test_another_user_is_told(machine: PrivateMachine) -> None:
    machine.setup("--yes")
    done, document = traced(machine, "full", BOB)
    assert done.stdout == "done\n"
    assert document is None
    assert "the probe helper does not run (sudo: a password is required)" in done.stderr


def test_undo_puts_everything_back(machine: PrivateMachine) -> None:
    machine.path(PARANOID).write_text("3\n")
    earlier = machine.path(SYSCTL_FILE)
    earlier.write_text("# An administrator's own.\n")
    earlier.chmod(0o640)
    before = system(machine)
    done = machine.setup("--yes")
    assert done.returncode == 0, done.stderr
    assert "kernel.perf_event_paranoid: 3 -> 2" in done.stdout
    assert system(machine) != before
    assert machine.path(PARANOID).read_text() == "2\n"
    assert "kernel.perf_event_paranoid = 2\n" in earlier.read_text()
    assert machine.setup("--yes").stdout.endswith("is set up already: nothing to change.\n")
    done = machine.setup("--undo", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert system(machine) == before
    assert "nothing to undo" in machine.setup("--undo", "--yes").stdout


def test_two_users(machine: PrivateMachine) -> None:
    before = system(machine)
    assert machine.setup("--yes").returncode == 0
    one = system(machine)
    assert machine.setup("--yes", user=BOB).returncode == 0
    assert may_start(machine, ALICE)
    assert may_start(machine, BOB)
    assert machine.setup("--undo", "--yes", user=BOB).returncode == 0
    assert may_start(machine, ALICE)
    assert not may_start(machine, BOB)
    record = "/var/lib/giltracer/setup.json"
    assert {**system(machine), record: None} == {**one, record: None}
    assert machine.setup("--undo", "--yes").returncode == 0
    assert not may_start(machine, ALICE)
    assert system(machine) == before


def may_start(machine: PrivateMachine, user: str) -> bool:
    """Whether sudo lets the user start the helper, and nothing else."""
    sudo = ("sudo", "-n", "--")
    for other in (("/bin/true",), (HELPER, "argument"), ("-E", HELPER)):
        assert machine.run(*sudo[:2], *other, prefix=machine.user(user)).returncode != 0
    done = machine.run(*sudo, HELPER, prefix=machine.user(user), stdin=subprocess.DEVNULL)
    return done.returncode == 0


def test_what_was_changed_since_stays(machine: PrivateMachine) -> None:
    machine.setup("--yes")
    file = machine.path(SYSCTL_FILE)
    file.write_text("kernel.perf_event_mlock_kb = 99999\n")
    machine.path(MLOCK).write_text("99999\n")
    done = machine.setup("--undo", "--yes")
    assert done.returncode == 1
    assert SYSCTL_FILE in done.stderr
    assert "kernel.perf_event_mlock_kb was changed" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert file.read_text() == "kernel.perf_event_mlock_kb = 99999\n"
    assert not may_start(machine, ALICE)
