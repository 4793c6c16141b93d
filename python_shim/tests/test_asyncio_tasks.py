"""Which asyncio task made others wait, by the tasks' own clocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ground_truth import Truth, check_program
from interpreters import interpreters

pytestmark = pytest.mark.usefixtures("real_bridge")

MILLISECOND = 1_000_000

PROGRAM = """
import asyncio
async def fetch(microseconds):
    await asyncio.sleep(0.005)
    start = begun()
    libc.usleep(microseconds)  # mark: fetch
    name = asyncio.current_task().get_name()
    measured[name] = {**ended(start), "least": 1000 * microseconds}
async def multiply():
    start = begun()
    product = huge * huge  # mark: multiply
    measured["multiply"] = ended(start)
async def little():
    await asyncio.sleep(0)
    libc.usleep(2_000)  # mark: little
async def main():
    loop = asyncio.get_running_loop()
    waiters = [loop.run_in_executor(None, want_now_and_then) for _ in range(2)]
    await asyncio.gather(
        loop.create_task(fetch(120_000), name="fetch the long one"),
        loop.create_task(fetch(60_000), name="fetch-2"),
        loop.create_task(multiply(), name="\\u0394"),
    )
    start = begun()
    await asyncio.gather(*(little() for _ in range(25)))
    measured["little"] = {**ended(start), "least": 50 * 10**6}
    finished.set()
    await asyncio.gather(*waiters)
huge = big
while repetitions(lambda: huge * huge, 80 * 10**6) > 1:
    huge *= huge
asyncio.run(main())
"""

TASK = "<asyncio task>"

#: Threads that want the GIL begin to wait some time after a task has got it.
LATE = 12 * MILLISECOND


def check_task(truth: Truth, rows: dict[str, Any], name: str, mark: str) -> None:
    """What one task held, and how long two threads waited for it."""
    row, span = rows[name], truth.measured[name if mark == "fetch" else mark]
    truth.within(f"{name} held", row["total_held_ns"], span, 4 * MILLISECOND)
    waited = {"least": 2 * (span["least"] - LATE), "most": 2 * span["most"]}
    truth.within(f"for {name}", row["made_wait_ns"], waited, 4 * MILLISECOND)
    of_line = sum(
        blame["wait_ns"]
        for blame in truth.document["blame"]
        if truth.is_at(blame.get("holder", {}), mark) and blame["holder"].get("task") == name
    )
    truth.near(f"for {name} on its line", of_line, row["made_wait_ns"], 4 * MILLISECOND)


@pytest.mark.parametrize("age", ["oldest", "newest"])
def test_tasks_are_told_apart(tmp_path: Path, age: str) -> None:
    """Two tasks on one line, one in a native operation, and many without a name."""
    traced = interpreters()
    python = traced[0 if age == "oldest" else -1]

    def check(truth: Truth) -> None:
        lines = [row for row in truth.document["lines"] if row["file"] == TASK]
        rows = {row["function"]: row for row in lines}
        assert len(rows) == len(lines), lines
        named = {"fetch the long one": "fetch", "fetch-2": "fetch", "Δ": "multiply"}
        truth.holds("each has a row", {*named, "Task-… of little"} <= set(rows), set(rows))
        if truth.found:
            return
        for name, mark in named.items():
            check_task(truth, rows, name, mark)
        # 25 steps of 2 ms are short beside the millisecond between two readings.
        little, span = rows["Task-… of little"], truth.measured["little"]
        truth.within("those without name", little["total_held_ns"], span, 10 * MILLISECOND)
        others = set(rows) - set(named) - {"Task-… of little", "Task-… of main"}
        assert not others, others
        # Threads of the executor run no task.
        for blame in truth.document["blame"]:
            thread = next(
                row for row in truth.document["threads"] if row["tid"] == blame["waiter"]["tid"]
            )
            assert thread["main"] or "task" not in blame["waiter"], blame

    check_program(tmp_path, PROGRAM, check, python=python.path)
