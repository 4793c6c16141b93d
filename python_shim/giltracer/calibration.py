"""A short program that takes and drops the GIL in every way there is.

The bridge runs it as a file with the interpreter of the traced process (``python -I -S``), attaches
its probes, and trusts them only if takes and drops alternate strictly in every thread. The timings
give the cost of a probe hit on this machine. It imports nothing of giltracer.

Dialogue: prints one line of JSON, the frame evidence: where it stands, and where its frames and
code objects lie; waits for a line, in just these frames; works; prints one line of JSON; waits for
the end of its input.
"""

import io
import json
import os
import sys
import threading
import time
from types import CodeType, FrameType
from typing import Dict, Iterator, List, Optional, Union

BATCHES = 24
CALLS = 500


def time_calls() -> float:
    """Nanoseconds of one ``os.stat`` (a drop and a take of the GIL): the best of some batches.

    Of CPU time: on a busy machine a batch hardly ever keeps its CPU to its end.
    """
    best = float("inf")
    stat = os.stat
    for _ in range(BATCHES):
        start = time.thread_time_ns()
        for _ in range(CALLS):
            stat("/")
        best = min(best, (time.thread_time_ns() - start) / CALLS)
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


def wait_after_calls() -> None:
    """One thread spins, the other comes back from calls: it asks for the GIL at another place."""
    until = time.perf_counter() + 0.06
    other = threading.Thread(target=spin, args=(until,))
    other.start()
    while time.perf_counter() < until:
        time.sleep(0)
    other.join()


def end_threads() -> None:
    """Threads that start and end: their last drop is in PyThreadState_DeleteCurrent."""
    threads = [threading.Thread(target=time.sleep, args=(0,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def make_calls() -> None:
    """Calls of which each has a copy of the drop in some builds (link-time optimisation)."""
    for _ in range(4):
        os.listdir("/")  # noqa: PTH208 pathlib reads folders in another way
        with os.scandir("/") as entries:
            for _entry in entries:
                pass
        with io.FileIO(__file__) as source:
            source.read(1)
            source.seek(source.tell())
            source.read()
        with io.FileIO(os.devnull, "w") as sink:
            sink.write(b" ")
        for end in os.pipe():
            os.close(end)


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


Fact = Union[int, str, None]


def frame_fact(frame: FrameType, innermost: bool) -> Dict[str, Fact]:
    """What Python knows of a frame; addresses are ``id()``."""
    code = frame.f_code
    # Attributes that are the object which the interpreter uses, not made for the caller.
    table = "co_linetable" if sys.version_info >= (3, 10) else "co_lnotab"
    name = "co_qualname" if sys.version_info >= (3, 11) else "co_name"
    names = {"filename": "co_filename", "name": name, "line_table": table}
    if sys.version_info < (3, 11):
        names["bytecode"] = "co_code"
    fact: Dict[str, Fact] = {"code": id(code), "frame": id(frame), "size": len(code.co_code)}
    for key, attribute in names.items():
        value = getattr(code, attribute)
        fact[key] = id(value) if value is getattr(code, attribute) else None
    fact["first_line"] = code.co_firstlineno
    fact["line"] = frame.f_lineno
    # The innermost frame goes on to the line after the one that asks, and waits there.
    fact["lasti"] = None if innermost else frame.f_lasti
    fact["generator"] = bool(code.co_flags & 0x20)  # CO_GENERATOR
    fact["file"] = code.co_filename
    fact["func"] = getattr(code, name)
    return fact


def frame_evidence(innermost: FrameType, nest: "Nest") -> Dict[str, object]:
    """The stack from a frame on, as ``calibrateFrameLayout`` of the bridge takes it."""
    frames: List[Dict[str, Fact]] = []
    frame: Optional[FrameType] = innermost
    while frame is not None:
        frames.append(frame_fact(frame, frame is innermost))
        frame = frame.f_back
    return {
        "thread_id": threading.get_ident(),
        "native_id": threading.get_native_id(),
        "code_type": id(CodeType),
        "nest": id(nest),
        "generator": id(nest.running),
        "switch_interval_us": round(1e6 * sys.getswitchinterval()),
        "frames": frames,
    }


def wait_for_line(nest: "Nest") -> None:
    """Says where it stands and waits: the last line must follow the one before it at once."""
    print(json.dumps(frame_evidence(sys._getframe(), nest)), flush=True)
    sys.stdin.readline()


class Nest:
    """Waits below a method and a generator: name and qualified name differ, frames lie apart."""

    def __init__(self) -> None:
        self.running = self.steps()

    def stand(self) -> None:
        """Waits in a call of a call."""
        for _ in self.running:
            pass

    def steps(self) -> Iterator[None]:
        """Waits in a generator."""
        wait_for_line(self)
        yield


def main() -> None:
    """Answers the bridge's dialogue."""
    sys.setswitchinterval(0.005)
    bare = time_calls()
    Nest().stand()
    traced = time_calls()
    make_calls()
    called_back = call_back()
    end_threads()
    force_switches()
    wait_after_calls()
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
