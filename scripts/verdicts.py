"""Run programs of known causes on each rung, and print how many verdicts hit.

Exit status 1 if a program's verdict hits less than nine of ten times, or names another's cause.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from programs_of_known_cause import MODES, Program, possible_programs
from verdict_runs import TAKEN, Run, complaint, run_program

#: Part of the runs that must hit.
LEAST = 0.9


def names_anothers_cause(program: Program, mode: str, run: Run, causes: set[str]) -> bool:
    """Whether it is wrong even for a miss. That other programs took the CPUs may be so."""
    if run.kind == "busy-machine" and run.taken > TAKEN:
        return False
    return run.kind != program.causes[mode] and run.kind in causes


def passes(program: Program, mode: str, runs: int, causes: set[str]) -> bool:
    """Run a program so often, and print a line, and what was wrong."""
    complaints: list[str] = []
    kinds: Counter[str] = Counter()
    taken = []
    anothers = 0
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            run = run_program(program, mode, Path(folder))
        found = complaint(program, mode, run)
        complaints += [] if found is None else [found]
        anothers += names_anothers_cause(program, mode, run, causes)
        kinds[run.kind] += 1
        taken.append(run.taken)
    good = runs - len(complaints)
    said = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
    others = f"others {min(taken):.0%} to {max(taken):.0%} of the CPUs"
    print(f"{program.name:24}{mode:8}{good:>3}/{runs}  {said}; {others}")
    for text in complaints:
        print(f"    {text}")
    sys.stdout.flush()
    return good >= LEAST * runs and anothers == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="of each program on each rung")
    parser.add_argument("names", nargs="*", metavar="PROGRAM", help="default: all")
    arguments = parser.parse_args()
    programs = possible_programs()
    unknown = set(arguments.names) - {program.name for program in programs}
    if unknown:
        parser.error(f"no such program: {', '.join(sorted(unknown))}")
    causes = {cause for program in programs for cause in program.causes.values()}
    results = [
        passes(program, mode, arguments.runs, causes)
        for program in programs
        if not arguments.names or program.name in arguments.names
        for mode in MODES
    ]
    print(f"{sum(results)} of {len(results)} are right in at least {LEAST:.0%} of the runs")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
