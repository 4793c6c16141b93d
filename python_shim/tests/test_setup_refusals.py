"""`giltracer setup` asks first, and refuses in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from giltracer.failure import TracingError
from giltracer.root_owned import find_interpreter
from giltracer.setup_plan import HELPER, check_rule, ring_memory
from private_machine import ALICE, UIDS, PrivateMachine, system


def test_it_asks(machine: PrivateMachine) -> None:
    before = system(machine)
    done = machine.setup()
    assert done.returncode == 1
    assert "use a terminal, or --yes" in done.stderr
    for arguments in (("--dry-run",), ("--dry-run", "--yes")):
        done = machine.setup(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("Nothing was changed.\n")
    assert system(machine) == before
    for name in (
        str(HELPER),
        f"/etc/sudoers.d/giltracer-{UIDS[ALICE]}",
        "kernel.perf_event_mlock_kb",
    ):
        assert name in done.stdout
    assert f"What {ALICE} gains" in done.stdout


def test_refusals(machine: PrivateMachine) -> None:
    """Each is one line, and changes nothing."""
    before = system(machine)
    setup = (sys.executable, "-m", "giltracer", "setup")

    def refused(done: subprocess.CompletedProcess[str]) -> str:
        assert done.returncode != 0
        assert len(done.stderr.splitlines()) == 1, done.stderr
        return done.stderr

    assert "there is no user nobody-here" in refused(machine.setup("--yes", user="nobody-here"))
    assert "root" in refused(machine.setup("--yes", user="root"))
    done = machine.run(*setup, "--user", ALICE, prefix=machine.user())
    assert "sudo" in refused(done)
    assert "--user" in refused(machine.run(*setup))
    assert "unknown argument" in refused(machine.setup("--all"))
    # A virtual environment of the user's, and one in a folder of root's that the user may write to.
    for folder, owner in ((machine.folder / "venv", UIDS[ALICE]), (Path("/var/lib/venv"), 0)):
        python = folder / "bin" / "python"
        link = f"mkdir -p {python.parent}; ln -s {find_interpreter()} {python}"
        machine.run("sh", "-c", f"{link}; chown -R {owner} {folder}; chmod 775 {folder}")
        machine.run("chgrp", str(UIDS[ALICE]), str(folder))
        message = refused(machine.setup("--yes", f"--python={python}"))
        assert f"{python} can't be used: " in message
        machine.run("rm", "-r", str(folder))
    assert system(machine) == before

    machine.run("sh", "-c", "mount -o remount,bind,ro /etc")
    message = refused(machine.setup("--yes"))
    assert "Read-only file system; nothing was changed" in message
    machine.run("sh", "-c", "mount -o remount,bind,rw /etc")
    assert system(machine) == before

    machine.run("sh", "-c", "mount --bind /dev/null /usr/bin/sudo")
    assert "sudo is not installed" in refused(machine.setup("--yes"))
    assert system(machine) == before


def test_memory_for_rings() -> None:
    # Of 2 CPUs two rings of 16 MiB each; 16 have two of 4 MiB; and never less than 512 KiB.
    assert ring_memory(2) == 2 * (16 * 1024 + 4)
    assert ring_memory(16) == 2 * (4 * 1024 + 4)
    assert ring_memory(1000) == 2 * (512 + 4)


def test_a_wrong_rule_is_not_taken(tmp_path: Path) -> None:
    draft = tmp_path / "rule"
    draft.write_text("somebody ALL=(root NOPASSWD: nothing\n")
    with pytest.raises(TracingError, match="sudo does not take the new rule"):
        check_rule(draft)
