"""How much of the machine's CPUs other programs used while one ran."""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_left
from pathlib import Path

#: Between two looks, in seconds. The kernel counts in ticks of 10 ms.
PERIOD = 0.05


class CpuWatch:
    """Looks at /proc/stat and at one process until it is stopped."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._times: list[int] = []
        self._others: list[float] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def taken(self, begin_ns: int, duration_ns: int) -> float:
        """Part of all CPUs' time that others used in a span of CLOCK_MONOTONIC."""
        last = len(self._times) - 1
        first = min(bisect_left(self._times, begin_ns), last)
        end = min(bisect_left(self._times, begin_ns + duration_ns), last)
        passed = (self._times[end] - self._times[first]) * 1e-9 * (os.cpu_count() or 1)
        return (self._others[end] - self._others[first]) / passed if passed > 0 else 0.0

    def _look(self) -> None:
        while not self._stopped.wait(PERIOD):
            try:
                own = _used_by(self._pid)
            except OSError:
                return
            self._others.append(_used_by_all() - own)
            self._times.append(time.monotonic_ns())


def _used_by_all() -> float:
    """Seconds that CPUs were busy since the start of the machine: proc_stat(5)."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _, _, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _used_by(pid: int) -> float:
    """Seconds that a process's threads ran: proc_pid_stat(5), behind the name in brackets."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
