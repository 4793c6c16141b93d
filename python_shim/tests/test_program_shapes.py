"""Programs of several shapes: coroutines, a hundred threads, processes, the collector, new code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ground_truth import Truth, check_program

pytestmark = pytest.mark.usefixtures("real_bridge")

MILLISECOND = 1_000_000

COROUTINES = """
import asyncio
async def keep():
    await asyncio.sleep(0.01)
    start = begun()
    libc.usleep(150_000)  # mark: keep
    measured["keep"] = ended(start)
async def compute():
    await asyncio.sleep(0)
    start = begun()
    for _ in range(count):
        product = big * big  # mark: compute
    measured["compute"] = ended(start)
async def produce():
    for _ in range(3):
        await asyncio.sleep(0.001)
        libc.usleep(30_000)  # mark: produce
        yield 1
async def consume():
    start = begun()
    async for _ in produce():  # mark: consume
        pass
    measured["consume"] = ended(start)
async def main():
    await keep()  # mark: await
    await asyncio.gather(compute(), consume())
def loop():
    asyncio.run(main())
count = repetitions(lambda: big * big, 120 * 10**6)
beside(loop)
"""


def test_coroutines(tmp_path: Path) -> None:
    """What a coroutine did is charged to its line and function, whoever awaits it."""

    def check(truth: Truth) -> None:
        keep, span = truth.line("keep"), truth.measured["keep"]
        span = {**span, "least": 150 * MILLISECOND}
        truth.within("keep", keep["held_ns"], span, 0.02 * span["most"])
        assert keep["function"] == "keep", keep
        below = truth.line("await")["total_held_ns"]
        truth.within("below its await", below, span, 0.1 * span["most"])
        compute, span = truth.line("compute"), truth.measured["compute"]
        margin = 3 * compute["held_error_ns"] + 0.03 * span["most"]
        truth.within("compute", compute["held_ns"], span, margin)
        truth.holds("compute is known well", margin < 0.25 * span["most"], compute)
        assert compute["function"] == "compute", compute
        # Three times 30 ms, and no more than all of it took.
        produce = truth.line("produce")
        span = {"least": 90 * MILLISECOND, "most": truth.measured["consume"]["most"]}
        truth.within("produce", produce["held_ns"], span, 3 * MILLISECOND)
        assert produce["function"] == "produce", produce
        below = truth.line("consume")["total_held_ns"]
        truth.within("below the loop over it", below, span, 9 * MILLISECOND)

    check_program(tmp_path, COROUTINES, check)


HUNDRED = """
def work():
    start = begun()
    while cpu() - start[1] < 2 * 10**6: pass  # mark: work
    measured[threading.current_thread().name] = ended(start)
for wave in range(20):
    threads = [
        threading.Thread(target=work, name=f"work-{5 * wave + number}") for number in range(5)
    ]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    for thread in threads: measured[thread.name]["tid"] = thread.native_id
"""


def test_a_hundred_threads(tmp_path: Path) -> None:
    """Each that started and ended in the run has a row of its own."""

    def check(truth: Truth) -> None:
        rows = [r for r in truth.document["threads"] if r["name"].startswith("work-")]
        assert sorted(row["name"] for row in rows) == sorted(truth.measured)
        for row in rows:
            span = truth.measured[row["name"]]
            assert row["tid"] == span["tid"], (row, span)
            assert not row["native"], row
            # The 2 ms are CPU time that it had the GIL for.
            life = {"least": 2 * MILLISECOND, "most": row["duration_ns"]}
            truth.within(f"{row['name']} held", truth.held(row), life, MILLISECOND // 10)
            truth.holds("its life", row["duration_ns"] >= span["most"], (row, span))
        line = truth.line("work")
        held = sum(truth.held(row) for row in rows)
        truth.holds("on one line", 0.5 * held < line["held_ns"] <= held, (line, held))

    check_program(tmp_path, HUNDRED, check)


PROCESSES = """
import subprocess
SPIN = '''
import json, os, threading, time
def spin():
    began, start = time.monotonic_ns(), time.thread_time_ns()
    while time.thread_time_ns() - start < 80 * 10**6: pass
    told = {"least": 80 * 10**6, "most": time.monotonic_ns() - began}
    print(json.dumps({**told, "pid": os.getpid(), "tid": threading.get_native_id()}))
thread = threading.Thread(target=spin)
thread.start()
thread.join()
'''
def run_other():
    start = begun()
    text = subprocess.check_output([sys.executable, "-c", SPIN])
    measured["around"] = ended(start)
    measured["other"] = json.loads(text)
run(run_other)
def fork():
    start = begun()
    pid = os.fork()
    if not pid:
        libc.usleep(80_000)  # mark: in the child
        os._exit(0)
    os.waitpid(pid, 0)
    # All that the child did lies in here: what it does after the fork before its first line, too.
    measured["child"] = {**ended(start), "pid": pid, "least": 80 * 10**6}
run(fork)
"""


def test_other_processes(tmp_path: Path) -> None:
    """A child that is forked from a thread, and one that runs a Python of its own."""

    def check(truth: Truth) -> None:
        main = next(row for row in truth.document["threads"] if row["main"])
        child, other = truth.measured["child"], truth.measured["other"]
        rows = [row for row in truth.document["threads"] if row["pid"] == child["pid"]]
        held = sum(truth.held(row) for row in rows)
        truth.within("held in the child", held, child, 5 * MILLISECOND)
        rows = [row for row in truth.document["threads"] if row["pid"] == other["pid"]]
        # If it is told of at all, then as another process.
        spun = [row for row in rows if row["tid"] == other["tid"]]
        truth.holds("the other's thread", len(spun) == 1, rows)
        held = sum(truth.held(row) for row in spun)
        truth.within("held in the other", held, other, 5 * MILLISECOND)
        # They have a GIL each: neither made a thread of this process wait.
        tids = {r["tid"] for r in truth.document["threads"] if r["pid"] == main["pid"]}
        for row in truth.document["blame"]:
            same = row["waiter"]["tid"] in tids
            holder = row.get("holder", {}).get("tid")
            assert holder is None or (holder in tids) == same, row

    check_program(tmp_path, PROCESSES, check)


COLLECTING = """
import gc
gc.disable()
heap = [[number] for number in range(300_000)]
spans = []
def note(phase, info):
    spans.append((phase, now()))
before = sum(generation["collections"] for generation in gc.get_stats())
gc.callbacks.append(note)
for _ in range(12): gc.collect()  # mark: collect
gc.callbacks.remove(note)
gc.enable()
more = [[number] for number in range(5000)]
gc.disable()
after = sum(generation["collections"] for generation in gc.get_stats())
took = [end - start for (_, start), (_, end) in zip(spans[::2], spans[1::2])]
measured.update(before=before, after=after, took=took)
"""


def test_collector(tmp_path: Path) -> None:
    """As many runs as the collector itself counts, as long as its callbacks say."""

    def check(truth: Truth) -> None:
        collections, measured = truth.document["collections"], truth.measured
        assert len(measured["took"]) == 12
        own = measured["after"] - measured["before"]
        assert own >= 12
        # `before` counts those before the begin of the run, too.
        assert own <= collections["count"] <= measured["after"] + 2, (collections, measured)
        took = sum(measured["took"])
        truth.near("their time", collections["total_ns"], took, 0.05 * took)
        longest = max(measured["took"])
        truth.near("the longest", collections["longest_ns"], longest, 0.05 * longest)

    check_program(tmp_path, COLLECTING, check)


FREED = """
import gc
def wanting():
    while not finished.is_set(): time.sleep(0.0005)
other = threading.Thread(target=wanting)
other.start()
generated = {}
for number in range(2000):
    name = f"generated_{number}.py"
    lines = [""] * (number % 7)
    lines += [f"def function_{number}():", *[""] * (number % 5), "    time.sleep(0)"]
    lines += ["    for _ in range(40): big * big", "    time.sleep(0)", f"function_{number}()"]
    scope = {"time": time, "big": big}
    exec(compile("\\n".join(lines), name, "exec"), scope)
    generated[name] = lines
    del scope
finished.set()
other.join()
measured["generated"] = generated
"""


def line_is_there(row: dict[str, Any], generated: dict[str, list[str]]) -> bool:
    """Whether a row names a line that its source has, in the function that has it."""
    lines = generated[row["file"]]
    number = re.sub(r"\D", "", row["file"])
    if not 1 <= row["line"] <= len(lines):
        return False
    text = lines[row["line"] - 1]
    definition = f"def function_{number}"
    if row["function"] == "<module>":
        return text.startswith((definition, f"function_{number}("))
    # A function's first instruction is of the line of its def (RESUME of 3.11 and later).
    return text.startswith(("    ", definition)) and row["function"] == f"function_{number}"


def test_code_that_is_freed(tmp_path: Path) -> None:
    """The memory of one function is the next one's: no line is told that no source has."""

    def check(truth: Truth) -> None:
        generated = truth.measured["generated"]
        rows = [row for row in truth.document["lines"] if row.get("file") in generated]
        wrong = [row for row in rows if not line_is_there(row, generated)]
        assert not wrong, wrong[:3]
        # Else nothing was compared.
        truth.holds("many are seen", len({row["file"] for row in rows}) > 500, len(rows))
        places = [
            place
            for row in truth.document["blame"]
            for place in (row["waiter"], row.get("holder", {}))
        ]
        places += [frame for row in truth.document["waits"] for frame in row.get("stack", [])]
        for place in places:
            if place.get("file") in generated:
                assert line_is_there(place, generated), place

    check_program(tmp_path, FREED, check)
