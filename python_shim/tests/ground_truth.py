"""Programs that measure themselves, and what giltracer says of the same run.

A program marks its lines by comments (``# mark: NAME``) and stores what it measured by the name of
the mark. Nothing of giltracer takes part in that.
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Sequence

import pytest
from conftest import SHIM
from giltracer.node import find_node
from traced_script import TracedScript, trace_script

#: First lines of every program.
PRELUDE = '''\
import ctypes, json, os, re, sys, threading, time
from pathlib import Path
now, cpu = time.monotonic_ns, time.thread_time_ns
measured = {}
def begun():
    return now(), cpu()
def ended(begun):
    """For how long at least, and at most, the GIL was held: nothing here runs without it."""
    return {"most": now() - begun[0], "least": cpu() - begun[1]}
libc = ctypes.PyDLL(None)  # its calls keep the GIL
big = 3 ** 9000
def run(*functions):
    """Run each in a thread that has its name."""
    threads = [threading.Thread(target=f, name=f.__name__) for f in functions]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
def repetitions(function, nanoseconds):
    """How often to call a function to fill a time."""
    count, took = 1, 0
    while took < 5_000_000:
        count *= 2
        began = cpu()
        for _ in range(count): function()
        took = cpu() - began
    return max(1, count * nanoseconds // took)
def want_now_and_then():
    """Ask for the GIL every few milliseconds, and never keep it."""
    while not finished.is_set():
        time.sleep(0.003)
finished = threading.Event()
def beside(*functions):
    """Run each on its own beside a thread that wants the GIL."""
    finished.clear()
    other = threading.Thread(target=want_now_and_then, name="want")
    other.start()
    for function in functions: run(function)
    finished.set()
    other.join()
'''
SAVE = '\nPath(__file__).with_name("measured.json").write_text(json.dumps(measured))\n'

#: How often a program is run until it agrees: on a loaded machine a thread loses its CPU between
#: what it measures and where it reads the clock.
ATTEMPTS = 5


def made_wait(row: dict[str, Any]) -> int | None:
    """Who held the GIL for most of a wait: at its start it may have been another."""
    return row.get("longest_holder_tid", row.get("holder_tid"))


@dataclass
class Truth:
    """A run: what the program measured, and the report."""

    #: Text of the source, by the name of its file or the id of its cell.
    sources: dict[str, str]
    #: Mark → what `ended` gave, or whatever else the program tells.
    measured: dict[str, Any]
    document: dict[str, Any]
    #: What does not agree.
    found: list[str] = field(default_factory=list)

    def place(self, mark: str) -> tuple[str, int]:
        """The source and the line of a mark, counted in the text."""
        places = [
            (name, number)
            for name, text in self.sources.items()
            for number, line in enumerate(text.split("\n"), 1)
            if re.search(rf"# mark: {re.escape(mark)}\b", line)
        ]
        assert len(places) == 1, (mark, places)
        return places[0]

    def is_at(self, row: dict[str, Any], mark: str) -> bool:
        """Whether a row of the report names the line of a mark."""
        name, number = self.place(mark)
        source = row["cell"] if "cell" in row else Path(row.get("file", "")).name
        return bool(source == name and row.get("line") == number)

    def line(self, mark: str) -> dict[str, Any]:
        """The row of a mark's line; one of zeros if there is none."""
        rows = [row for row in self.document["lines"] if self.is_at(row, mark)]
        assert len(rows) <= 1, rows
        zeros = ("held_ns", "total_held_ns", "waited_ns", "total_waited_ns", "held_error_ns")
        return {**dict.fromkeys(zeros, 0), "function": "", **(rows[0] if rows else {})}

    def thread(self, name: str) -> dict[str, Any]:
        """The one thread of a name."""
        (row,) = [row for row in self.document["threads"] if row["name"] == name]
        return dict(row)

    def held(self, thread: dict[str, Any]) -> int:
        """How long a thread held the GIL."""
        states = thread["states_ns"]
        return int(states.get("running-gil", 0) + states.get("holding-off-cpu", 0))

    def near(self, what: str, value: int, expected: int, margin: float) -> None:
        """Note a value that is farther from the expected one than the margin, in ns."""
        if not abs(value - expected) <= margin:
            self.found.append(f"{what}: {value}, expected {expected} ± {margin:.0f}")

    def within(self, what: str, value: int, span: dict[str, int], margin: float) -> None:
        """Note a time that is not between the least and the most possible.

        Args:
            what: whose.
            value: in ns.
            span: what `ended` gave, or other bounds under the same names.
            margin: in ns, to both sides.

        """
        low, high = span["least"] - margin, span["most"] + margin
        if not low <= value <= high:
            self.found.append(f"{what}: {value}, expected {low:.0f} to {high:.0f}")

    def holds(self, what: str, condition: bool, seen: Any = "") -> None:
        """Note what is not so."""
        if not condition:
            self.found.append(f"not so: {what} {seen}")


def check_program(
    folder: Path,
    body: str,
    check: Callable[[Truth], None],
    library: tuple[str, str] | None = None,
    *,
    python: str = sys.executable,
    options: Sequence[str] = (),
    prefix: Sequence[str] = (),
    variables: dict[str, str] | None = None,
) -> TracedScript:
    """Run a program under `giltracer run` until it agrees with what it measured itself.

    Args:
        folder: an empty one.
        body: the program, without prelude.
        check: notes in Truth.found what does not agree.
        library: name and text of a module that is installed beside the program.
        python: the interpreter.
        options: of `giltracer run`.
        prefix: a command line that runs another, see sandboxes.py.
        variables: of the environment.

    Returns:
        The run that agreed.

    """
    source = PRELUDE + body + SAVE
    found: list[str] = []
    for attempt in range(ATTEMPTS):
        place = folder / str(attempt)
        sources, paths = {"script.py": source}, [str(SHIM)]
        place.mkdir()
        if library is not None:
            packages = place / "lib" / "site-packages"
            packages.mkdir(parents=True)
            (packages / library[0]).write_text(library[1])
            sources[library[0]] = library[1]
            paths.insert(0, str(packages))
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "GILTRACER_NODE": find_node(),
            **(variables or {}),
        }
        place.chmod(0o777)
        traced = trace_script(place, source, environment, python, options, prefix)
        measured = json.loads((place / "measured.json").read_text())
        truth = Truth(sources, measured, traced.document)
        truth.holds("nothing was lost", traced.document["capture"]["lost"] == 0)
        check(truth)
        found = truth.found
        if not found:
            return traced
        print(f"attempt {attempt}:", *found, sep="\n  ")  # noqa: T201
    pytest.fail("\n".join(found))
