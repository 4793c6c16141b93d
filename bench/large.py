"""Ten million events: how long the result takes after the end, and how much memory the bridge needs."""

import platform
import sys
from typing import Any, Dict

from bridge_client import Bridge
from waits import Program

#: Each call is a take and a drop.
CALLS = 2_500_000
THREADS = 2

MIB = 1 << 20


def measure() -> Dict[str, Any]:
    """One run."""
    with Program(THREADS, CALLS, "stat") as program:
        with Bridge(program.pid, sys.executable, platform.python_version()) as bridge:
            bridge.start("large")
            seconds = program.seconds()
            answer = bridge.stop("large")
            capture = answer["data"]["application/vnd.giltracer.v1+json"]["capture"]
            bridge.settle()
            memory = bridge.peak_memory
    # A call is one interval with the GIL and one without it, and often one of waiting.
    intervals = 2 * CALLS * THREADS
    return {
        "seconds": seconds,
        "events": capture["events"],
        "lost": capture["lost"],
        "result_seconds": answer["seconds"],
        "peak_memory_bytes": memory,
        "memory_limit_bytes": 300 * MIB + 16 * intervals,
    }
