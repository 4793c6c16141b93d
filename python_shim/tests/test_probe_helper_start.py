"""The probe helper where it must not start."""

from __future__ import annotations

import os
import subprocess
import sys

import sandboxes
from conftest import SHIM
from probe_helpers import MAIN


def test_started_without_sudo(tracing_root: None) -> None:
    environment = {**os.environ, "PYTHONPATH": str(SHIM)}
    environment.pop("SUDO_UID", None)
    for uid in ("", "root", "-1", "1 "):
        done = subprocess.run(
            [sys.executable, "-c", MAIN],
            env={**environment, "SUDO_UID": uid},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert "through sudo" in done.stderr


def test_too_many_helpers(tracing_root: None) -> None:
    code = (
        "from giltracer.probe_helper.server import take_place\n"
        "from giltracer.probe_helper.requests import RefusedError\n"
        "taken = []\n"
        "try:\n"
        "    while len(taken) < 1000: taken.append(take_place(1234))\n"
        "except RefusedError: pass\n"
        "take_place(1235)\n"
        "print(len(taken))"
    )
    prefix = sandboxes.in_mount_namespace("mount -t tmpfs none /run")
    done = subprocess.run(
        [*prefix, sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SHIM)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "32\n"
