"""The first sentence of a run's verdict names the cause that its program is known to have.

`make verdicts` runs all programs ten times on each rung. Here so many are run as a minute allows,
in an order by lot: GILTRACER_VERDICT_SEED repeats one.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from magic_kernels import Kernel
from programs_of_known_cause import FOLDER, MODES, Program, all_programs, possible_programs
from verdict_runs import Run, complaint, run_program

PROGRAMS = {program.name: program for program in all_programs()}

#: Of the programs that are run as scripts, in seconds.
TIME_BOX = 20.0

#: A run whose verdict is wrong is repeated: most of so many must be right.
OF = 3

#: What runs in a cell as it does in a script, and leaves nothing behind in the kernel.
IN_CELLS = ("foreign_call", "lock_hog", "regular_expression", "sleep", "sorting", "two_loops")


def test_the_table_is_whole() -> None:
    """The programs that must be in it, with their causes."""
    required = {
        "two_loops": "gil-bound",
        "numpy_sum_beside_loop": "convoy",
        "pandas_apply": "gil-bound",
        "joblib_blas": "oversubscription",
        "quota": "few-cpus",
        "lock_hog": "lock",
        "starved_queue": "queue",
        "foreign_call": "call-keeps-gil",
        "regular_expression": "call-keeps-gil",
        "io_convoy": "convoy",
        "scrapers": "gil-bound",
        "serial_stretch": "serial",
        "collector_storm": "collector",
        "fine": "fine",
    }
    assert {name: PROGRAMS[name].causes["full"] for name in required} == required


def test_every_cause_has_a_program() -> None:
    """Each kind that may stand first, on the rung that knows most."""
    source = (FOLDER.parents[2] / "src/core/findings/finding.ts").read_text()
    (kinds,) = re.findall(r"FINDING_KINDS = \[(.*?)\]", source, re.DOTALL)
    assert set(re.findall(r"^  '([\w-]+)'", kinds, re.MULTILINE)) - {"scaling", "parallel"} == {
        program.causes["full"] for program in PROGRAMS.values()
    }


PROGRAM = Program("p", "", {"full": "lock"}, (7,), None)
RIGHT: dict[str, Any] = {
    "kind": "lock",
    "text": "Threads wait on p.py:7 for a lock. Nobody else.",
    "evidence": [{"from": 16, "to": 22, "table": "locks", "line": {"file": "x/p.py", "line": 7}}],
}


def moved(evidence: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    return [{**evidence, **fields}]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        # Two code units of UTF-16, one character of Python.
        (
            {
                "text": "\U0001f40d Threads wait on p.py:7 for a lock.",
                "evidence": moved(RIGHT["evidence"][0], **{"from": 19, "to": 25}),
            },
            None,
        ),
        ({"kind": "queue"}, "queue instead of lock"),
        ({"evidence": []}, "lock, but not line"),
        (
            {"evidence": moved(RIGHT["evidence"][0], line={"file": "p.py", "line": 8})},
            "lock, but not line",
        ),
        (
            {"evidence": moved(RIGHT["evidence"][0], line={"file": "q.py", "line": 7})},
            "lock, but not line",
        ),
        ({"text": "Threads wait on p.py:9 for a lock."}, "lock, but not line"),
        ({"text": "Threads wait. On p.py:7 for a lock."}, "lock, but not line"),
    ],
)
def test_complaints(change: dict[str, Any], expected: str | None) -> None:
    found = complaint(PROGRAM, "full", Run({"findings": [{**RIGHT, **change}]}, 0))
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.startswith(expected)


def test_when_other_programs_excuse_a_verdict() -> None:
    """Only where they were, and nothing was wrong with the program itself."""
    busy = {"findings": [{**RIGHT, "kind": "busy-machine"}]}
    fine = replace(PROGRAM, causes={"full": "fine"})
    assert complaint(fine, "full", Run(busy, 0.5)) is None
    assert complaint(fine, "full", Run(busy, 0.05)) is not None
    assert complaint(PROGRAM, "full", Run(busy, 0.5)) is not None
    assert complaint(PROGRAM, "full", Run({"findings": []}, 0)) is not None


def by_lot(names: list[str]) -> list[str]:
    seed = int(os.environ.get("GILTRACER_VERDICT_SEED") or time.time())
    print(f"GILTRACER_VERDICT_SEED={seed}")  # noqa: T201
    names = sorted(names)
    random.Random(seed).shuffle(names)
    return names


def most_are_right(results: list[str | None]) -> bool | None:
    """None: not known before another run. If the first is right, no other is needed."""
    right = results.count(None)
    if results[:1] == [None] or right > OF // 2:
        return True
    return False if len(results) - right > OF // 2 else None


@pytest.mark.usefixtures("real_bridge")
def test_verdicts_of_scripts(tmp_path: Path) -> None:
    """On both rungs, as many programs as there is time for."""
    until = time.monotonic() + TIME_BOX
    wrong = []
    for name in by_lot([program.name for program in possible_programs()]):
        for mode in MODES:
            results: list[str | None] = []
            while (right := most_are_right(results)) is None:
                folder = tmp_path / f"{name}-{mode}-{len(results)}"
                folder.mkdir()
                run = run_program(PROGRAMS[name], mode, folder)
                results.append(complaint(PROGRAMS[name], mode, run))
                print(f"{name} {mode}, others {run.taken:.0%}: {results[-1]}")  # noqa: T201
            wrong += [] if right else [(name, mode, results)]
        if time.monotonic() > until:
            break
    assert not wrong


@pytest.mark.parametrize("kernel_python", ["newest"], indirect=True)
@pytest.mark.usefixtures("real_bridge")
def test_verdicts_of_cells(kernel_spec: str, tmp_path: Path) -> None:
    """Two programs as cells of a notebook, on both rungs."""
    # The first start of a trace tries out the probes, which takes long on a loaded machine.
    kernel = Kernel(kernel_spec, tmp_path, patience=90)
    wrong = []
    try:
        assert kernel.run("import json\n%load_ext giltracer").status == "ok"
        for name in by_lot(list(IN_CELLS))[:2]:
            source = (FOLDER / f"{name}.py").read_text()
            for mode in MODES:
                results: list[str | None] = []
                while (right := most_are_right(results)) is None:
                    cell = f"{name}-{mode}-{len(results)}"
                    code = f"%%giltracer -q --mode {mode} -o traced\n{source}"
                    reply = kernel.run(code, cell_id=cell)
                    assert reply.status == "ok", reply.content
                    document = kernel.run("print(json.dumps(traced.document))").texts("stdout")
                    run = Run(json.loads(document), 0)
                    results.append(complaint(PROGRAMS[name], mode, run, cell))
                    print(f"{cell}: {results[-1]}")  # noqa: T201
                wrong += [] if right else [(name, mode, results)]
    finally:
        kernel.close()
    assert not wrong
