"""The stacks of a traced program begin where the program begins, whatever way it is started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import SHIM
from giltracer.node import find_node
from traced_script import read_trace

pytestmark = pytest.mark.usefixtures("real_bridge")

MILLISECOND = 1_000_000

#: The main thread keeps the GIL while another one wants it.
PROGRAM = """\
import ctypes, threading, time
ready = threading.Event()
def want():
    ready.set()
    time.sleep(0.05)
other = threading.Thread(target=want)
def keep():
    ready.wait()
    ctypes.PyDLL(None).usleep(200_000)
def start():
    other.start()
    keep()
start()
other.join()
"""

#: The main thread's frames there, innermost first.
FRAMES = [("script.py", "keep", 9), ("script.py", "start", 12), ("script.py", "<module>", 13)]

#: Files through which giltracer and runpy start a program.
LAUNCHER = {"program.py", "traced_program.py", "cli.py", "recorder.py", "bridge.py", "__main__.py"}
LAUNCHER |= {"command.py", "runpy.py", "<frozen runpy>"}

#: How it is started → the words before and after the options.
WAYS = {
    "python -m giltracer run -m": ([sys.executable, "-m", "giltracer", "run"], ["-m", "script"]),
    "giltracer run": (["./command.py", "run"], ["script.py"]),
}

#: As pip writes it for the command `giltracer`.
COMMAND = f"""\
#!{sys.executable}
import sys
from giltracer.cli import main
if __name__ == "__main__":
    sys.exit(main())
"""


def trace(folder: Path, source: str, way: str) -> dict[str, Any]:
    """Trace the program in one of the ways; return the report."""
    (folder / "script.py").write_text(source)
    command = folder / "command.py"
    command.write_text(COMMAND)
    command.chmod(0o755)
    before, after = WAYS[way]
    out = folder / "out.giltrace"
    environment = {**os.environ, "PYTHONPATH": str(SHIM), "GILTRACER_NODE": find_node()}
    words = [*before, "-o", str(out), *after]
    subprocess.run(words, check=True, timeout=60, cwd=folder, env=environment)
    return read_trace(out).document


def place(row: dict[str, Any]) -> tuple[str, str, int]:
    """Return where a row or a frame is."""
    return row["file"], row.get("function", ""), row["line"]


@pytest.mark.parametrize("way", list(WAYS))
def test_stacks_begin_at_the_program(way: str, tmp_path: Path) -> None:
    """The main thread's stack is the program's own; its totals are there, and nobody else's."""
    document = trace(tmp_path, PROGRAM, way)
    stacks = [wait.get(key, []) for wait in document["waits"] for key in ("stack", "holder_stack")]
    rows = [*document["lines"], *(frame for stack in stacks for frame in stack)]
    assert not [row for row in rows if Path(row["file"]).name in LAUNCHER]
    (longest, *_) = document["waits"]
    assert longest["duration_ns"] > 100 * MILLISECOND, longest
    assert [place(frame) for frame in longest["holder_stack"]] == FRAMES
    totals = {place(row): row["total_held_ns"] for row in document["lines"]}
    assert all(totals[frame] >= 190 * MILLISECOND for frame in FRAMES), totals


def test_what_was_called_before_the_program(tmp_path: Path) -> None:
    """A program that does next to nothing: what giltracer did before it is none of its lines."""
    document = trace(tmp_path, "x = 1\n", "giltracer run")
    files = {row["file"] for row in document["lines"]}
    # The interpreter's end is part of it.
    assert files <= {"script.py", "threading.py"}, document["lines"]
