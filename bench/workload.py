"""The measured program: threads that call os.stat, each call one drop and one take of the GIL.

``python workload.py THREADS CALLS``: prints ``ready``, waits for a line, works, prints one line of
JSON: seconds, and voluntary and involuntary context switches of the whole process meanwhile.
"""

import json
import os
import resource
import sys
import threading
import time
from typing import Tuple


def call(calls: int) -> None:
    """One thread's work."""
    stat = os.stat
    for _ in range(calls):
        stat("/")


def switches() -> Tuple[int, int]:
    """Voluntary and involuntary context switches so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_nvcsw, usage.ru_nivcsw


def main() -> None:
    """Runs the work between two readings."""
    threads, calls = int(sys.argv[1]), int(sys.argv[2])
    print("ready", flush=True)
    sys.stdin.readline()
    before = switches()
    start = time.perf_counter()
    others = [threading.Thread(target=call, args=(calls,)) for _ in range(threads - 1)]
    for thread in others:
        thread.start()
    call(calls)
    for thread in others:
        thread.join()
    seconds = time.perf_counter() - start
    after = switches()
    print(
        json.dumps(
            {
                "seconds": seconds,
                "voluntary": after[0] - before[0],
                "involuntary": after[1] - before[1],
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
