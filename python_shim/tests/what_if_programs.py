"""Programs that can be run with one thing changed: what `what_if` foretells can be tried there."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traced_script import trace_script

#: `call` gives a function of OpenSSL that only computes: through PyDLL it keeps the GIL, through
#: CDLL it does not.
PRELUDE = """\
import time
began = time.perf_counter()
import ctypes, json, os, queue, sys, threading, _hashlib
change = json.loads(os.environ.get("CHANGE", "{}"))
free = ctypes.CDLL(_hashlib.__file__)
lib = free if change.get("release") else ctypes.PyDLL(_hashlib.__file__)
for library in (free, lib): library.EVP_sha256.restype = ctypes.c_void_p
sha256 = lib.EVP_sha256()
def call(library, rounds):
    arguments = [b"word", 4, b"salt", 4, rounds, ctypes.c_void_p(sha256), 32]
    return library.PKCS5_PBKDF2_HMAC, (*arguments, ctypes.create_string_buffer(32))
def loop(rounds):
    total = 0
    for number in range(rounds): total += number
def run(functions):
    threads = [threading.Thread(target=f, args=a) for f, *a in functions]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
if "switch_interval_ns" in change: sys.setswitchinterval(change["switch_interval_ns"] / 1e9)
THREADS = change.get("threads", 2)
def program():
"""

END = """
program()
print(json.dumps(time.perf_counter() - began))
"""


@dataclass(frozen=True)
class Program:
    """A program, and what is changed in it."""

    name: str
    #: Statements.
    body: str
    #: As `Change` in src/core/findings/what-if.ts; `release` is about the line marked `# line`.
    change: dict[str, Any]

    @property
    def source(self) -> str:
        return PRELUDE + textwrap.indent(textwrap.dedent(self.body).strip(), "    ") + END

    @property
    def line(self) -> int:
        """The marked line."""
        marked = [n for n, text in enumerate(self.source.split("\n"), 1) if "# line" in text]
        return marked[0]


RELEASE = {"kind": "release"}

PROGRAMS = (
    Program(
        "calls that keep the GIL",
        """
        keep, args = call(lib, 12_000)
        def work():
            for _ in range(100):
                keep(*args)  # line
                loop(20_000)
        run([(work,)] * 2)
        """,
        RELEASE,
    ),
    Program(
        "half calls, half Python",
        """
        keep, args = call(lib, 12_000)
        def work():
            for _ in range(50):
                keep(*args)  # line
                loop(200_000)
        run([(work,)] * 2)
        """,
        RELEASE,
    ),
    Program(
        "four threads on two CPUs",
        """
        keep, args = call(lib, 12_000)
        def work():
            for _ in range(60):
                keep(*args)  # line
                loop(20_000)
        run([(work,)] * 4)
        """,
        RELEASE,
    ),
    Program(
        "a serial stretch, then calls",
        """
        keep, args = call(lib, 12_000)
        loop(12_000_000)
        def work():
            for _ in range(100): keep(*args)  # line
        run([(work,)] * 2)
        """,
        RELEASE,
    ),
    Program(
        "a lock around the call",
        """
        keep, args = call(lib, 12_000)
        lock = threading.Lock()
        def work():
            for _ in range(120):
                with lock:
                    keep(*args)  # line
        run([(work,)] * 2)
        """,
        RELEASE,
    ),
    Program(
        "a queue between two threads",
        """
        keep, args = call(lib, 12_000)
        tasks = queue.Queue(4)
        def produce():
            for _ in range(80):
                loop(150_000)
                tasks.put(1)
            tasks.put(None)
        def consume():
            while tasks.get() is not None:
                keep(*args)  # line
        run([(produce,), (consume,)])
        """,
        RELEASE,
    ),
    Program(
        "nothing but calls",
        """
        keep, args = call(lib, 20_000)
        def work():
            for _ in range(80): keep(*args)  # line
        run([(work,)] * 2)
        """,
        {"kind": "no-gil", "release": True},
    ),
    Program(
        "moments beside a loop",
        """
        done = False
        def spin():
            while not done: loop(1000)
        def moments():
            nonlocal done
            for _ in range(150):
                time.sleep(0.002)
                loop(2000)
            done = True
        other = threading.Thread(target=spin, daemon=True)
        other.start()
        moments()
        """,
        {"kind": "switch-interval", "switch_interval_ns": 500_000},
    ),
    Program(
        "moments beside a loop, 1 ms",
        """
        def moments():
            for _ in range(250):
                time.sleep(0.001)
                loop(2000)
        run([(loop, 14_000_000), (moments,), (moments,)])
        """,
        {"kind": "switch-interval", "switch_interval_ns": 1_000_000},
    ),
    Program(
        "two loops",
        """
        run([(loop, 14_000_000)] * 2)
        """,
        {"kind": "switch-interval", "switch_interval_ns": 50_000_000},
    ),
    Program(
        "loops in one thread",
        """
        run([(loop, 28_000_000 // THREADS)] * THREADS)
        """,
        {"kind": "threads", "threads": 1},
    ),
    Program(
        "pauses in twice the threads",
        """
        def work(times):
            for _ in range(times):
                time.sleep(0.004)
                loop(10_000)
        run([(work, 500 // THREADS)] * THREADS)
        """,
        {"kind": "threads", "threads": 4},
    ),
    Program(
        "free calls in one thread",
        """
        work, args = call(free, 12_000)
        def calls(times):
            for _ in range(times): work(*args)
        loop(9_000_000)
        run([(calls, 200 // THREADS)] * THREADS)
        """,
        {"kind": "threads", "threads": 1},
    ),
)

#: One call that lets go of the GIL, and one other switch interval.
QUICK = (PROGRAMS[0], PROGRAMS[7])


def _first() -> tuple[str, ...]:
    """A command line that runs another one before all other programs, as far as that is allowed.

    What other programs do is not what is foretold.
    """
    prefix = ("chrt", "--rr", "1")
    chrt = shutil.which("chrt")
    allowed = chrt and subprocess.run([*prefix, "true"], check=False, stderr=subprocess.DEVNULL)
    return prefix if allowed and allowed.returncode == 0 else ()


FIRST = _first()


#: Another tracer of this machine may keep perf from starting in time: then nothing is traced.
STARTS = 3


def record(folder: Path, program: Program) -> dict[str, Any]:
    """Trace a program as it is; the document of the run."""
    for start in range(STARTS):
        place = folder / str(start)
        place.mkdir(parents=True)
        try:
            return trace_script(place, program.source, prefix=FIRST).document
        except subprocess.CalledProcessError:
            if start + 1 == STARTS:
                raise
    raise AssertionError


def rerun(program: Program, *, changed: bool) -> float:
    """Run a program without tracing; what it took, in seconds."""
    change = {**program.change, "release": program.change.get("release", program.change == RELEASE)}
    done = subprocess.run(
        [*FIRST, sys.executable, "-c", program.source],
        check=True,
        timeout=60,
        stdout=subprocess.PIPE,
        env={**os.environ, "CHANGE": json.dumps(change if changed else {})},
    )
    return float(json.loads(done.stdout))


def foretold(program: Program, document: dict[str, Any]) -> dict[str, Any] | None:
    """The entry of `what_if` for the program's change; None if there is none."""
    for entry in document.get("what_if", []):
        change = entry["change"]
        wanted = {key: value for key, value in program.change.items() if key != "release"}
        same = all(change.get(key) == value for key, value in wanted.items())
        if same and ("line" not in change or change["line"]["line"] == program.line):
            return dict(entry)
    return None


@dataclass(frozen=True)
class Trial:
    """What was foretold of a program, and what came."""

    program: Program
    #: Seconds, of each recording.
    recorded: tuple[float, ...]
    #: Seconds; None: nothing was foretold.
    ranges: tuple[tuple[float, float] | None, ...]
    #: Seconds, of reruns without tracing.
    unchanged: tuple[float, ...]
    changed: tuple[float, ...]

    @property
    def real(self) -> float:
        return statistics.median(self.changed)


def try_program(folder: Path, program: Program, rounds: int) -> Trial:
    """Record and rerun a program by turns, so that a load that comes and goes meets all of them."""
    recorded, ranges, unchanged, changed = [], [], [], []
    for turn in range(rounds):
        document = record(folder / str(turn), program)
        entry = foretold(program, document)
        recorded.append(document["capture"]["duration_ns"] / 1e9)
        ranges.append(entry and (entry["low_ns"] / 1e9, entry["high_ns"] / 1e9))
        for _ in range(2):
            changed.append(rerun(program, changed=True))
            unchanged.append(rerun(program, changed=False))
    return Trial(program, tuple(recorded), tuple(ranges), tuple(unchanged), tuple(changed))
