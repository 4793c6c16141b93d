"""Measures the figures that the project promises, all in one run, and writes them as JSON.

``python bench/run.py [OUT.json]``. Ratios are of medians of interleaved rounds: machines are noisy,
and only what was measured side by side can be compared. Exit status 1 if a figure misses its bound.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

from bridge_client import Bridge
from plain_probes import PlainProbes

HERE = Path(__file__).parent
ROUNDS = 7
BUNDLE_LIMIT = 256 * 1024

Sample = Dict[str, float]


def run_workload(threads: int, calls: int, tracer: Optional[str], folder: Path) -> Sample:
    """Runs the workload once: bare (None), under the four 'plain' probes, or under 'giltracer'."""
    program = subprocess.Popen(
        [sys.executable, str(HERE / "workload.py"), str(threads), str(calls)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdin is not None and program.stdout is not None
    program.stdout.readline()
    with ExitStack() as stack:
        bridge: Optional[Bridge] = None
        if tracer == "plain":
            stack.enter_context(PlainProbes(program.pid, folder / "plain.perf"))
        elif tracer == "giltracer":
            bridge = stack.enter_context(
                Bridge(program.pid, sys.executable, platform.python_version())
            )
            bridge.start("bench")
        program.stdin.write("\n")
        program.stdin.flush()
        sample: Sample = json.loads(program.stdout.readline())
        if bridge is not None:
            answer = bridge.stop("bench")
            bundle = answer["data"]["application/vnd.giltracer.v1+json"]
            sample["result_seconds"] = answer["seconds"]
            sample["events"] = bundle["capture"]["events"]
            sample["lost"] = bundle["capture"]["lost"]
            sample["bundle_bytes"] = len(
                json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()
            )
    program.stdin.close()
    program.wait(30)
    return sample


def compare(threads: int, calls: int, folder: Path) -> Dict[str, Any]:
    """Bare, plain and giltracer in turn: what each adds to the median bare time."""
    rounds: Dict[str, List[Sample]] = {"bare": [], "plain": [], "giltracer": []}
    for _ in range(ROUNDS):
        for name, samples in rounds.items():
            samples.append(run_workload(threads, calls, None if name == "bare" else name, folder))

    def median(name: str, key: str) -> float:
        return statistics.median(sample[key] for sample in rounds[name])

    bare = median("bare", "seconds")
    plain_adds = median("plain", "seconds") - bare
    ours_adds = median("giltracer", "seconds") - bare
    return {
        "threads": threads,
        "calls_per_thread": calls,
        "rounds": ROUNDS,
        "bare_seconds": bare,
        "plain_adds_seconds": plain_adds,
        "giltracer_adds_seconds": ours_adds,
        "ratio_to_plain": ours_adds / plain_adds,
        "voluntary_switches": {name: median(name, "voluntary") for name in rounds},
        "switches_ratio_to_bare": median("giltracer", "voluntary")
        / max(1.0, median("bare", "voluntary")),
        "lost": sum(sample["lost"] for sample in rounds["giltracer"]),
        "bundle_bytes": max(sample["bundle_bytes"] for sample in rounds["giltracer"]),
    }


CELL = """%%giltracer
import os, threading, time
def call(n=200_000, stat=os.stat):
    for _ in range(n): stat("/")
threads = [threading.Thread(target=call) for _ in range(2)]
for t in threads: t.start()
for t in threads: t.join()
print(time.monotonic_ns())
"""


def run_traced_cell(client: Any) -> Sample:
    """Seconds from the cell's last line to the result at the client."""
    ended: List[int] = []
    arrived: List[int] = []
    capture: Dict[str, Any] = {}

    def on_message(message: Dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream" and content["name"] == "stdout":
            ended.append(int(content["text"]))
        elif message["msg_type"] == "update_display_data":
            arrived.append(time.monotonic_ns())
            capture.update(content["data"]["application/vnd.giltracer.v1+json"]["capture"])

    client.execute_interactive(CELL, timeout=120, output_hook=on_message)
    return {
        "seconds": (arrived[-1] - ended[0]) / 1e9,
        "events": capture["events"],
        "lost": capture["lost"],
    }


def cell_to_result() -> Dict[str, Any]:
    """A real kernel runs the cell, three times."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()
    try:
        client.execute_interactive("%load_ext giltracer", timeout=60)
        samples = [run_traced_cell(client) for _ in range(3)]
        return {
            "seconds": statistics.median(sample["seconds"] for sample in samples),
            "events": samples[-1]["events"],
            "lost": sum(sample["lost"] for sample in samples),
        }
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def record_stream(folder: Path) -> Path:
    """The stream of that cell's work, caught between perf and the bridge by a wrapper of perf."""
    stream = folder / "stream.perf"
    wrapper = folder / "bin" / "perf"
    wrapper.parent.mkdir()
    wrapper.write_text(
        f'#!/bin/bash\nexec > >(tee "{stream}")\nexec "{shutil.which("perf")}" "$@" 2>/dev/null\n'
    )
    wrapper.chmod(0o755)
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{wrapper.parent}:{path}"
    try:
        run_workload(2, 200_000, "giltracer", folder)
    finally:
        os.environ["PATH"] = path
    return stream


def reader_speed(folder: Path) -> Dict[str, Any]:
    """Our reader and `perf script` on the same stream, in events a second."""
    stream = record_stream(folder)
    program = folder / "read-stream.cjs"
    subprocess.run(
        [
            str(HERE.parent / "node_modules" / ".bin" / "esbuild"),
            str(HERE / "read-stream.ts"),
            "--bundle",
            "--platform=node",
            "--log-level=warning",
            f"--outfile={program}",
        ],
        check=True,
    )
    ours = json.loads(subprocess.check_output(["node", str(program), str(stream)]))
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(
            ["perf", "script", "-i", str(stream)],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        seconds.append(time.perf_counter() - start)
    events_per_second = ours["events"] / ours["seconds"]
    script_per_second = ours["events"] / min(seconds)
    return {
        "events": ours["events"],
        "bytes": ours["bytes"],
        "events_per_second": events_per_second,
        "bytes_per_second": ours["bytes"] / ours["seconds"],
        "perf_script_events_per_second": script_per_second,
        "ratio": events_per_second / script_per_second,
    }


def main() -> int:
    """Measures, prints and writes everything; 1 if a bound is missed."""
    with tempfile.TemporaryDirectory(prefix="giltracer-bench-") as name:
        folder = Path(name)
        figures = {
            "one_thread": compare(1, 200_000, folder),
            "two_threads": compare(2, 100_000, folder),
            "cell_to_result": cell_to_result(),
            "reader": reader_speed(folder),
        }
    one, two = figures["one_thread"], figures["two_threads"]
    cell, reader = figures["cell_to_result"], figures["reader"]
    lost = one["lost"] + two["lost"] + cell["lost"]
    bundle = max(one["bundle_bytes"], two["bundle_bytes"])
    bounds: List[Any] = [
        ("one thread: added / four plain probes", one["ratio_to_plain"], "<=", 0.65),
        ("two threads: added / four plain probes", two["ratio_to_plain"], "<=", 0.45),
        ("two threads: voluntary switches / bare", two["switches_ratio_to_bare"], "<=", 5),
        ("cell's end to result, seconds", cell["seconds"], "<=", 2),
        ("records lost", lost, "<=", 0),
        ("reader / perf script, events a second", reader["ratio"], ">=", 10),
        ("bundle, bytes", bundle, "<=", BUNDLE_LIMIT),
    ]
    tests: Dict[str, Callable[[float, float], bool]] = {
        "<=": lambda value, bound: value <= bound,
        ">=": lambda value, bound: value >= bound,
    }
    missed = 0
    for text, value, relation, bound in bounds:
        good = tests[relation](value, bound)
        missed += not good
        print(f"{'ok    ' if good else 'MISSED'} {text}: {value:.3g} (bound {relation} {bound})")
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "out" / "figures.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"python": platform.python_version(), **figures}, indent=2) + "\n")
    print(f"all figures: {out}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
