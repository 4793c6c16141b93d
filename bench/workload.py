"""The measured program: threads that do one of several kinds of work.

``python workload.py THREADS CALLS [KIND]``: prints ``ready``; at each line of its input it works
and prints one line of JSON: seconds, and voluntary and involuntary context switches of the whole
process meanwhile. KIND is ``stat`` (each call of os.stat is one drop and one take of the GIL) or
``hash`` (each call hashes a buffer with the GIL released: no contention) or ``loop``
(nothing but Python code).
"""

import hashlib
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


def hash_buffers(calls: int) -> None:
    """The same with work that needs no GIL."""
    buffer = bytes(1 << 20)
    for _ in range(calls):
        hashlib.sha256(buffer).digest()


def loop(calls: int) -> None:
    """Python code that never lets go of the GIL by itself: the threads fight for it."""
    for _ in range(calls):
        for _ in range(1000):
            pass


WORK = {"stat": call, "hash": hash_buffers, "loop": loop}


def switches() -> Tuple[int, int]:
    """Voluntary and involuntary context switches so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_nvcsw, usage.ru_nivcsw


def main() -> None:
    """Runs the work between two readings."""
    threads, calls = int(sys.argv[1]), int(sys.argv[2])
    work = WORK[sys.argv[3] if len(sys.argv) > 3 else "stat"]
    print("ready", flush=True)
    for _ in sys.stdin:
        before = switches()
        start = time.perf_counter()
        others = [threading.Thread(target=work, args=(calls,)) for _ in range(threads - 1)]
        for thread in others:
            thread.start()
        work(calls)
        for thread in others:
            thread.join()
        seconds = time.perf_counter() - start
        after = switches()
        report = {
            "seconds": seconds,
            "voluntary": after[0] - before[0],
            "involuntary": after[1] - before[1],
        }
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
