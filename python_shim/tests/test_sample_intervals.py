"""How often the 95 % intervals of `sample` hold what `full` says of the same recording.

`make trials` takes a hundred recordings; else a few are taken.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from two_rungs import PARTS, THREADS, record, running_program

pytestmark = pytest.mark.usefixtures("real_bridge")

TRIALS = int(os.environ.get("GILTRACER_TRIALS", "6"))

#: So many of a hundred trials must hold each figure.
LEAST = 0.9

#: Of a few trials, so many of all their figures: those of one recording go together.
LEAST_OF_FEW = 0.75

SECONDS = 0.6

#: `full` knows them within so much: where a state changes it looks at two clocks.
EXACT = 1_000_000


def held_intervals(full: dict[str, Any], sample: dict[str, Any]) -> dict[str, bool]:
    """Whether the interval of a figure holds it: times of threads, and of the top three lines."""
    held = {}
    by_tid = {row["tid"]: row for row in sample["threads"]}
    rows = sorted(full["threads"], key=lambda row: int(row["tid"]))
    for name, row in zip(THREADS, rows):
        other = by_tid[row["tid"]]
        for part, states in PARTS.items():
            exact, sampled = (
                sum(one["states_ns"].get(state, 0) for state in states) for one in (row, other)
            )
            error = sum(other["states_error_ns"].get(state, 0) for state in states)
            if exact > EXACT or sampled > EXACT:
                held[f"{name} {part}"] = abs(exact - sampled) <= error + EXACT
    lines = {(row["file"], row["line"]): row for row in sample["lines"]}
    for figure in ("held", "waited"):
        top = sorted(full["lines"], key=lambda row: -row[f"{figure}_ns"])[:3]
        for place, row in enumerate(top, 1):
            other = lines.get((row["file"], row["line"]), {})
            # Which lines a holder ran is sampled by `full`, too.
            error = math.hypot(other.get(f"{figure}_error_ns", 0), row.get(f"{figure}_error_ns", 0))
            apart = abs(row[f"{figure}_ns"] - other.get(f"{figure}_ns", 0))
            held[f"line {place} {figure}"] = apart <= error + EXACT
    return held


def test_intervals_hold(tmp_path: Path) -> None:
    """Nine of ten times at least, over a hundred trials."""
    trials: dict[str, list[bool]] = defaultdict(list)
    for trial in range(TRIALS):
        with running_program(SECONDS) as program:
            documents = record(program, tmp_path / str(trial))
        for figure, holds in held_intervals(documents["full"], documents["sample"]).items():
            trials[figure].append(holds)
    for figure, all_held in sorted(trials.items()):
        print(f"{figure}: {sum(all_held)} of {len(all_held)}")  # noqa: T201
    assert len(trials) >= 12
    total = [holds for all_held in trials.values() for holds in all_held]
    assert sum(total) >= LEAST_OF_FEW * len(total)
    few = {
        figure
        for figure, all_held in trials.items()
        if len(all_held) >= 100 and sum(all_held) < LEAST * len(all_held)
    }
    assert not few
