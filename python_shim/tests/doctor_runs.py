"""Runs of the doctor: where, how, and what its report says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Iterator

import pytest
import sandboxes
from conftest import SHIM
from giltracer.node import find_node

DOCTOR = (sys.executable, "-m", "giltracer", "doctor")


class Place:
    """A folder that everybody may use, and what a program is run with there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "JPY_"))},
            "HOME": str(folder),
            "JUPYTER_DATA_DIR": str(folder / "jupyter"),
            "PYTHONPATH": str(SHIM),
            "GILTRACER_NODE": find_node(),
        }

    def run(self, command: tuple[str, ...], **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env={**self.variables, **variables},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def report(
        self, prefix: tuple[str, ...] = (), status: int = 0, **variables: str
    ) -> dict[str, Any]:
        """Run the doctor and return its report."""
        done = self.run((*prefix, *DOCTOR, "--json"), **variables)
        assert done.returncode == status, done.stderr + done.stdout
        assert done.stderr == ""
        report: dict[str, Any] = json.loads(done.stdout)
        return report


@pytest.fixture
def place() -> Iterator[Place]:
    # Not below pytest's own folder, which is closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="giltracer-doctor-"))
    folder.chmod(0o777)
    yield Place(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def perfless() -> Iterator[str]:
    """A PATH without perf: the doctor has little to try then."""
    folder = Path(tempfile.mkdtemp(prefix="giltracer-doctor-"))
    folder.chmod(0o755)
    yield sandboxes.path_without("perf", folder / "bin")
    shutil.rmtree(folder)


def found(report: dict[str, Any]) -> dict[str, bool | None]:
    return {tried["name"]: tried["available"] for tried in report["capabilities"]}


def finding(report: dict[str, Any], name: str) -> dict[str, Any]:
    (tried,) = (tried for tried in report["capabilities"] if tried["name"] == name)
    return dict(tried)


def pasted(report: dict[str, Any]) -> str:
    """All that there is to paste."""
    remedies = (remedy for rung in report["rungs"] for remedy in rung["remedies"])
    return "\n".join(line for remedy in remedies for line in remedy["lines"])


def rungs(report: dict[str, Any]) -> dict[str, bool]:
    return {rung["mode"]: rung["available"] for rung in report["rungs"]}


EVERYTHING = {
    "python": True,
    "memory": True,
    "frames": True,
    "gil-functions": True,
    "perf": True,
    "tracefs": True,
    "probes": True,
    "trust": True,
    "futex": True,
    "watchpoint": True,
    "watch-trust": True,
}
WITHOUT_PROBES = {**EVERYTHING, "probes": False, "trust": None, "futex": False}
WITHOUT_TRACEFS = {**EVERYTHING, "tracefs": False, "probes": None, "trust": None, "futex": None}

#: The rungs that only root can have, where it can't.
BY_ROOT = dict.fromkeys(("full", "waits", "futex"), False)
