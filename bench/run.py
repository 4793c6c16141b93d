"""Measures the figures that the project promises, all in one run, and writes them as JSON.

``python bench/run.py [OUT.json]``. Ratios are of medians of interleaved rounds: machines are noisy,
and only what was measured side by side can be compared. Exit status 1 if a figure misses its bound.
"""

import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Tuple

import cost
import engine
import kernel_cell
import large
import live
import sample
import waits

import viewer

BUNDLE_LIMIT = 256 * 1024
#: A ratio "about 1" that a run on a noisy machine may state.
Bound = Tuple[str, float, str, float]


def measure() -> Dict[str, Any]:
    """All figures, by part."""
    with tempfile.TemporaryDirectory(prefix="giltracer-bench-") as name:
        folder = Path(name)
        return {
            "one_thread": cost.compare(1, 200_000, folder),
            "two_threads": cost.compare(2, 100_000, folder),
            "waits": waits.measure(),
            "sample": sample.measure(),
            "cell_to_result": kernel_cell.cell_to_result(),
            "large": large.measure(),
            "live": live.measure(),
            **engine.measure(folder),
            "viewer": viewer.measure(folder),
        }


def bounds(figures: Dict[str, Any]) -> List[Bound]:
    """What was promised: text, value, relation, bound."""
    one, two, rung = figures["one_thread"], figures["two_threads"], figures["waits"]
    cell, many, reader = figures["cell_to_result"], figures["large"], figures["reader"]
    lost = one["lost"] + two["lost"] + cell["lost"] + many["lost"]
    waits_hits = rung["one_thread_stat"]["hits"] + rung["one_thread_hash"]["hits"]
    memory = many["peak_memory_bytes"] / many["memory_limit_bytes"]
    timeline, view = figures["timeline"], figures["viewer"]
    return [
        (
            "one thread, full with lines: added / four plain probes",
            one["ratio_to_plain"],
            "<=",
            0.75,
        ),
        ("two threads that fight: added / four plain probes", two["ratio_to_plain"], "<=", 0.45),
        ("two threads: voluntary switches / bare", two["switches_ratio_to_bare"], "<=", 5),
        ("waits, one thread, os.stat: traced / bare", rung["one_thread_stat"]["ratio"], "<=", 1.02),
        ("waits, one thread, hashing: traced / bare", rung["one_thread_hash"]["ratio"], "<=", 1.02),
        ("waits, one thread: probe hits", waits_hits, "<=", 0),
        ("waits: (8 threads / bare) / (1 thread / bare)", rung["contention_ratio"], "<=", 1.1),
        (
            "sample, 8 threads that fight for the GIL: traced / bare",
            figures["sample"]["fight_for_the_gil"]["ratio"],
            "<=",
            1.01,
        ),
        (
            "sample, one thread, os.stat: traced / bare",
            figures["sample"]["one_thread_stat"]["ratio"],
            "<=",
            1.01,
        ),
        (
            "sample: ms between two rounds, 8 threads",
            figures["sample"]["fight_for_the_gil"]["sampling"]["period_ns"] / 1e6,
            "<=",
            1,
        ),
        ("cell's end to result, 0.9 M records, seconds", cell["seconds"], "<=", 2),
        ("10 M events: seconds to the result", many["result_seconds"], "<=", 5),
        ("10 M events: memory / (300 MiB + 16 bytes an interval)", memory, "<=", 1),
        (
            "live: ms from event to pixel, 95th percentile, 100 000 events a second",
            figures["live"]["latency"]["p95_ms"],
            "<=",
            250,
        ),
        ("live: watched / not watched", figures["live"]["on_off"]["ratio"], "<=", 1.02),
        ("records lost", lost, "<=", 0),
        ("reading, GB a second", reader["bytes_per_second"] / 1e9, ">=", 1),
        ("reading, M events a second", reader["events_per_second"] / 1e6, ">=", 10),
        ("reading / perf script", reader["ratio"], ">=", 25),
        (
            "to intervals, blame and sums, M events a second",
            figures["analysis"]["events_per_second"] / 1e6,
            ">=",
            4,
        ),
        ("timeline: ms a frame, worst 95th percentile", timeline["worst_p95_cpu_ms"], "<=", 17),
        ("timeline: error of sums, ns", timeline["totals_error_ns"], "<=", 1),
        ("viewer: ms between frames, 10 M intervals, 95 %", view["frame_gap_p95_ms"], "<=", 17),
        ("viewer: ms to the first paint of a bundle", view["first_paint_p50_ms"], "<=", 150),
        (
            "viewer: ms to the first paint, 512 threads",
            view["first_paint_512_threads_p50_ms"],
            "<=",
            300,
        ),
        ("viewer: MB that 20 results take", view["twenty_results_bytes"] / 1e6, "<=", 150),
        ("bundle, bytes", max(one["bundle_bytes"], two["bundle_bytes"]), "<=", BUNDLE_LIMIT),
    ]


def main() -> int:
    """Measures, prints and writes everything; 1 if a bound is missed."""
    figures = measure()
    missed = 0
    for text, value, relation, bound in bounds(figures):
        good = value <= bound if relation == "<=" else value >= bound
        missed += not good
        print(f"{'ok    ' if good else 'MISSED'} {text}: {value:.3g} (bound {relation} {bound})")
    for name in ("one_thread_stat", "one_thread_hash", "eight_threads_hash"):
        low, high = figures["waits"][name]["interval"]
        print(f"       waits, {name}: 95 % interval {low:.3f} to {high:.3f}")
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "out" / "figures.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"python": platform.python_version(), **figures}, indent=2) + "\n")
    print(f"all figures: {out}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
