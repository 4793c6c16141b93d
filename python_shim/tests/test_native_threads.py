"""Threads that a library starts and that never touch Python."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import missing
from ground_truth import Truth, check_program

pytestmark = pytest.mark.usefixtures("real_bridge")

LIBRARY = r"""
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <time.h>
static int64_t now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}
static volatile unsigned work;
static int64_t until, used[64];
static pthread_t threads[64];
static void *spin(void *index) {
    while (now(CLOCK_MONOTONIC) < until)
        for (int i = 0; i < 20000; i++) work += i;
    used[(intptr_t)index] = now(CLOCK_THREAD_CPUTIME_ID);
    return 0;
}
/* Returns how many were started; they spin for that long. */
int start_spinning(int count, int64_t nanoseconds) {
    until = now(CLOCK_MONOTONIC) + nanoseconds;
    for (int i = 0; i < count; i++) {
        if (pthread_create(&threads[i], 0, spin, (void *)(intptr_t)i)) return i;
        pthread_setname_np(threads[i], "spinner");
    }
    return count;
}
/* Waits for all; returns their CPU time in nanoseconds. */
int64_t join_spinning(int count) {
    int64_t sum = 0;
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], 0);
        sum += used[i];
    }
    return sum;
}
"""

PROGRAM = """
spinning = ctypes.CDLL({path!r})
spinning.join_spinning.restype = ctypes.c_int64
def wait_for_them():
    measured["cpu"] = spinning.join_spinning(6)
assert spinning.start_spinning(6, ctypes.c_int64(400_000_000)) == 6
run(wait_for_them)
"""


def test_threads_of_a_library(tmp_path: Path) -> None:
    """Each is told as native, with its library; none of them waits for or holds the GIL."""
    if shutil.which("gcc") is None:
        missing("gcc is not installed")
    source, library = tmp_path / "spinning.c", tmp_path / "libspinning.so"
    source.write_text(LIBRARY)
    command = ["gcc", "-O1", "-shared", "-fPIC", "-pthread", "-o", str(library), str(source)]
    subprocess.run(command, check=True)

    def check(truth: Truth) -> None:
        rows = [row for row in truth.document["threads"] if row["name"] == "spinner"]
        assert len(rows) == 6, [row["name"] for row in truth.document["threads"]]
        for row in rows:
            assert row["native"], row
            library = row.get("library", "")
            truth.holds("of its library", Path(library).name == "libspinning.so", row)
            states = row["states_ns"]
            held = {"running-gil", "holding-off-cpu", "waiting-gil"} & set(states)
            assert not held, row
        ran = sum(row["states_ns"].get("running", 0) for row in rows)
        truth.near("ran", ran, truth.measured["cpu"], 0.03 * truth.measured["cpu"])
        waiting = truth.thread("wait_for_them")
        truth.holds("the one that waits for them is Python's", not waiting["native"], waiting)
        truth.holds("and is of no library", "library" not in waiting, waiting)

    traced = check_program(tmp_path, PROGRAM.format(path=str(library)), check)
    # In the table that people read.
    from giltracer.bridge import BRIDGE
    from giltracer.node import find_node

    table = subprocess.run(
        [find_node(), str(BRIDGE), "report", str(traced.path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "libspinning.so" in table
