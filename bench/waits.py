"""The rung `waits` where nobody waits: it must cost nothing, with one thread and with many."""

import json
import platform
import random
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple

from bridge_client import Bridge

WORKLOAD = Path(__file__).parent / "workload.py"
PAIRS = 24
#: Resampled medians for the confidence interval.
RESAMPLES = 2000


class Program:
    """A workload that works when it is told to, as a context manager."""

    def __init__(self, threads: int, calls: int, kind: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(WORKLOAD), str(threads), str(calls), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def seconds(self) -> float:
        """Works once."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(json.loads(self._process.stdout.readline())["seconds"])


def interval(values: List[float]) -> Tuple[float, float]:
    """95 % confidence interval of the median, by resampling."""
    draw = random.Random(1)
    medians = sorted(
        statistics.median(draw.choices(values, k=len(values))) for _ in range(RESAMPLES)
    )
    return medians[int(0.025 * RESAMPLES)], medians[int(0.975 * RESAMPLES)]


def pairs(threads: int, calls: int, kind: str, mode: str = "waits") -> Dict[str, Any]:
    """Traced over bare in one process, in turn; the first of a pair alternates."""
    ratios: List[float] = []
    hits = 0
    sampled: List[Dict[str, float]] = []
    with Program(threads, calls, kind) as program:
        program.seconds()
        with Bridge(program.pid, sys.executable, platform.python_version()) as bridge:
            for pair in range(PAIRS):
                bare = program.seconds() if pair % 2 == 0 else 0.0
                run = f"pair-{pair}"
                bridge.start(run, mode)
                traced = program.seconds()
                answer = bridge.stop(run)
                bridge.settle()
                capture = answer["data"]["application/vnd.giltracer.v1+json"]["capture"]
                hits += capture.get("hits", 0)
                sampled.append(capture.get("sampling", {}))
                ratios.append(traced / (bare or program.seconds()))
    low, high = interval(ratios)
    return {
        "threads": threads,
        "calls_per_thread": calls,
        "kind": kind,
        "pairs": PAIRS,
        "ratio": statistics.median(ratios),
        "interval": [low, high],
        "hits": hits,
        "sampling": {key: statistics.median(one[key] for one in sampled) for key in sampled[0]},
    }


def measure() -> Dict[str, Any]:
    """All figures of this rung."""
    one = pairs(1, 500, "hash")
    many = pairs(8, 125, "hash")
    return {
        "one_thread_stat": pairs(1, 300_000, "stat"),
        "one_thread_hash": one,
        "eight_threads_hash": many,
        "contention_ratio": many["ratio"] / one["ratio"],
    }
