"""Runs of the programs in known_causes/, and what is wrong with their verdicts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import SHIM
from cpu_watch import CpuWatch
from giltracer.node import find_node
from programs_of_known_cause import SURROUNDINGS, Program
from traced_script import read_trace

#: Part of all CPUs' time from which on other programs did take CPUs. What traces takes some, too.
TAKEN = 0.25

#: What may not be said first of a run from which other programs took CPUs.
UNDISTURBED = ("fine",)


@dataclass(frozen=True)
class Run:
    """One run of a program."""

    document: dict[str, Any]
    #: Part of all CPUs' time that other programs used.
    taken: float

    @property
    def kind(self) -> str:
        """Kind of the first finding."""
        findings = self.document.get("findings", [])
        return findings[0]["kind"] if findings else "none"

    @property
    def text(self) -> str:
        """Text of the first finding."""
        findings = self.document.get("findings", [])
        return findings[0]["text"] if findings else ""


def run_program(program: Program, mode: str, folder: Path) -> Run:
    """Record a program as a user does, in an empty folder."""
    out = folder / "out.giltrace"
    with SURROUNDINGS[program.needs]() as surroundings:
        environment = {
            **os.environ,
            "PYTHONPATH": str(SHIM),
            "GILTRACER_NODE": find_node(),
            **dict(surroundings.variables),
        }
        tracing = [sys.executable, "-m", "giltracer", "run", "--mode", mode, "-o", str(out)]
        # The prefixes become the program.
        process = subprocess.Popen(
            [*surroundings.prefix, *tracing, str(program.path)], env=environment
        )
        watch = CpuWatch(process.pid)
        try:
            status = process.wait(120)
        finally:
            process.kill()
            process.wait()
            watch.stop()
    assert status == 0, program.name
    traced = read_trace(out)
    duration = traced.document["capture"]["duration_ns"]
    return Run(traced.document, watch.taken(traced.origin_ns, duration))


def complaint(program: Program, mode: str, run: Run, cell: str | None = None) -> str | None:
    """What is wrong with a verdict; None if its first sentence names the cause and the line.

    Args:
        program: what ran.
        mode: how it was recorded.
        run: what came of it.
        cell: the id of the cell that it was, below one line of magic.

    """
    cause = program.causes[mode]
    disturbed = cause in UNDISTURBED and run.taken > TAKEN and run.kind == "busy-machine"
    if run.kind != cause and not disturbed:
        return f"{run.kind} instead of {cause}: {run.text}"
    finding = run.document["findings"][0]
    sentence = re.split(r"(?<=[.!?])\s", finding["text"], maxsplit=1)[0]
    # Evidence counts UTF-16 code units, as JavaScript does.
    units = finding["text"].encode("utf-16-le")
    length = len(sentence.encode("utf-16-le")) // 2
    for evidence in finding["evidence"]:
        line = evidence.get("line", {})
        number = line.get("line")
        named = units[2 * evidence["from"] : 2 * evidence["to"]].decode("utf-16-le")
        if cell is None:
            is_there = Path(line.get("file", "")).name == program.path.name
            marked = number in program.lines
        else:
            is_there = line.get("cell") == cell
            marked = number is not None and number - 1 in program.lines
        says_so = re.search(rf"\b{number}\b", named) is not None
        if is_there and marked and says_so and evidence["to"] <= length:
            return None
    return f"{cause}, but not line {program.lines}: {finding['text']}"
