"""Ten million events: the time from the end to the result, and the memory of the bridge."""

import platform
import sys
from contextlib import ExitStack
from typing import Any, Dict

from bridge_client import Bridge
from waits import Program

#: Each call is a take and a drop.
CALLS = 2_500_000
THREADS = 2

MIB = 1 << 20


def measure() -> Dict[str, Any]:
    """One run."""
    with ExitStack() as stack:
        program = stack.enter_context(Program(THREADS, CALLS, "stat"))
        bridge = stack.enter_context(Bridge(program.pid, sys.executable, platform.python_version()))
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
