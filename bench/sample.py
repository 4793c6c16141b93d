"""What the rung `sample` costs: threads that fight for the GIL, and threads that need none."""

from typing import Any, Dict

import waits

#: Threads of the program where there are many.
THREADS = 8


def measure() -> Dict[str, Any]:
    """All figures of this rung."""
    return {
        "threads": THREADS,
        # One thread runs at a time, a CPU is idle.
        "fight_for_the_gil": waits.pairs(THREADS, 2_000, "loop", "sample"),
        "one_thread_stat": waits.pairs(1, 300_000, "stat", "sample"),
        # All CPUs are busy: whatever reads takes its time from the program.
        "all_cpus_busy": waits.pairs(THREADS, 125, "hash", "sample"),
    }
