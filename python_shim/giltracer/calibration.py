"""A short program that takes and drops the GIL in every way there is.

The bridge runs it as a file with the interpreter of the traced process (``python -I -S``), attaches
its probes, and trusts them only if takes and drops alternate strictly in every thread. The timings
give the cost of a probe hit on this machine. It imports nothing of giltracer.

Dialogue: prints ``ready``; waits for a line; works; prints one line of JSON; waits for the end of
its input.
"""

import json
import os
import sys
import threading
import time

BATCHES = 8
CALLS = 1500


def time_calls() -> float:
    """Nanoseconds of one ``os.stat`` (a drop and a take of the GIL): the best of some batches."""
    best = float("inf")
    stat = os.stat
    for _ in range(BATCHES):
        start = time.perf_counter_ns()
        for _ in range(CALLS):
            stat("/")
        best = min(best, (time.perf_counter_ns() - start) / CALLS)
    return best


def spin(until: float) -> None:
    """Keeps the GIL until it is asked to drop it: forced switches."""
    while time.perf_counter() < until:
        pass


def force_switches() -> None:
    """Two threads that spin against each other."""
    until = time.perf_counter() + 0.06
    other = threading.Thread(target=spin, args=(until,))
    other.start()
    spin(until)
    other.join()


def end_threads() -> None:
    """Threads that start and end: their last drop is in PyThreadState_DeleteCurrent."""
    threads = [threading.Thread(target=time.sleep, args=(0,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def call_back() -> bool:
    """PyGILState_Ensure and Release: qsort runs without the GIL and calls Python back."""
    try:
        import ctypes
    except ImportError:  # a Python built without ctypes
        return False
    compare_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    numbers = (ctypes.c_int * 16)(*range(16))
    ctypes.CDLL(None).qsort(
        numbers, ctypes.c_size_t(16), ctypes.c_size_t(4), compare_type(lambda a, b: 0)
    )
    return True


def main() -> None:
    """Answers the bridge's dialogue."""
    sys.setswitchinterval(0.005)
    bare = time_calls()
    print("ready", flush=True)
    sys.stdin.readline()
    traced = time_calls()
    called_back = call_back()
    end_threads()
    force_switches()
    report = {
        "bare_ns": bare,
        "traced_ns": traced,
        "takes": BATCHES * CALLS,
        "called_back": called_back,
    }
    print(json.dumps(report), flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
