"""What tracing adds: bare, under four plain perf probes, and under giltracer, in turn."""

import json
import platform
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Dict, List, Optional

from bridge_client import Bridge
from plain_probes import PlainProbes

WORKLOAD = Path(__file__).parent / "workload.py"
ROUNDS = 7

Sample = Dict[str, float]


def run_workload(threads: int, calls: int, tracer: Optional[str], folder: Path) -> Sample:
    """Runs the workload once: bare (None), under the four 'plain' probes, or under 'giltracer'."""
    program = subprocess.Popen(
        [sys.executable, str(WORKLOAD), str(threads), str(calls)],
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
