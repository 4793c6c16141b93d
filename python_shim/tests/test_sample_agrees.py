"""In one recording of one program, on both rungs at once, `sample` says what `full` says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ground_truth import ATTEMPTS
from two_rungs import PARTS, record, running_program

pytestmark = pytest.mark.usefixtures("real_bridge")

#: What the two may differ by, as part of the run; of what several threads sum, as part of that.
SHARE = 0.03

#: Or by so many of the stated 95 % errors: of some thirty figures one or two are beyond one.
ERRORS = 1.5

#: An error that says nothing would allow everything: no figure's may be a larger part of the run.
LARGEST_ERROR = 0.2


def differences(full: dict[str, Any], sample: dict[str, Any]) -> list[str]:
    """What differs by more than is stated."""
    found = []
    duration = full["capture"]["duration_ns"]
    by_tid = {row["tid"]: row for row in sample["threads"]}

    def compare(what: str, exact: float, sampled: float, error: float) -> None:
        if error > LARGEST_ERROR * max(duration, exact):
            found.append(f"{what}: ± {error / 1e6:.1f} ms says nothing of {exact / 1e6:.1f} ms")
        if abs(exact - sampled) > max(SHARE * max(duration, exact), ERRORS * error):
            found.append(f"{what}: {sampled / 1e6:.1f} ± {error / 1e6:.1f}, {exact / 1e6:.1f} ms")

    for row in full["threads"]:
        other = by_tid[row["tid"]]
        for part, names in PARTS.items():
            exact, sampled = (
                sum(one["states_ns"].get(name, 0) for name in names) for one in (row, other)
            )
            errors = [other["states_error_ns"].get(name, 0) for name in names]
            compare(f"{row['tid']} {part}", exact, sampled, sum(errors))
    lines = {(row["file"], row["line"]): row for row in sample["lines"]}
    for figure in ("made_wait", "held", "waited"):
        # Of several threads: their errors add up.
        top = sorted(full["lines"], key=lambda row: -row[f"{figure}_ns"])[:3]
        for row in top:
            other = lines.get((row["file"], row["line"]), {})
            sampled, error = (other.get(f"{figure}{end}", 0) for end in ("_ns", "_error_ns"))
            compare(f"line {row['line']} {figure}", row[f"{figure}_ns"], sampled, error)
    return found


def test_agrees_with_full(tmp_path: Path) -> None:
    """Within 3 %, or what the stated errors allow, for threads and for the top three lines."""
    found: list[str] = []
    for attempt in range(ATTEMPTS):
        with running_program(2) as program:
            documents = record(program, tmp_path / str(attempt))
        found = differences(documents["full"], documents["sample"])
        threads = documents["sample"]["threads"]
        assert len(threads) == len(documents["full"]["threads"]) == 6
        if not found:
            return
        print(f"attempt {attempt}:", *found, sep="\n  ")  # noqa: T201
    pytest.fail("\n".join(found))
