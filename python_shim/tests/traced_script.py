"""Runs a script under ``giltracer run`` and reads what came of it, as a user would."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence


@dataclass
class TracedScript:
    """What a traced script left."""

    #: ``giltracer report --format json``.
    document: dict[str, Any]
    #: CLOCK_MONOTONIC at the begin of the run, in nanoseconds.
    origin_ns: int
    #: The trace file.
    path: Path

    def thread(self, name: str) -> dict[str, Any]:
        """Return the one thread of that name."""
        (found,) = [row for row in self.document["threads"] if row["name"] == name]
        return dict(found)


def trace_script(
    folder: Path,
    source: str,
    environment: dict[str, str] | None = None,
    python: str = sys.executable,
    options: Sequence[str] = (),
    prefix: Sequence[str] = (),
) -> TracedScript:
    """Trace a script with an interpreter that finds giltracer; it must end well.

    Args:
        folder: an empty one.
        source: the script.
        environment: default: that of this process.
        python: the interpreter.
        options: of `giltracer run`.
        prefix: a command line that runs another, see sandboxes.py.

    Returns:
        What it left.

    """
    script, out = folder / "script.py", folder / "out.giltrace"
    script.write_text(source)
    subprocess.run(
        [*prefix, python, "-m", "giltracer", "run", *options, "-o", str(out), str(script)],
        check=True,
        timeout=120,
        env=environment,
    )
    return read_trace(out)


def read_trace(out: Path) -> TracedScript:
    """Read a trace file as `giltracer report` does."""
    report = subprocess.run(
        [sys.executable, "-m", "giltracer", "report", str(out), "--format", "json"],
        check=True,
        timeout=60,
        stdout=subprocess.PIPE,
    )
    with zipfile.ZipFile(out) as archive:
        meta = json.loads(archive.read("meta.json"))
    return TracedScript(json.loads(report.stdout), int(meta["origin_ns"]), out)
