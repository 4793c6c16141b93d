"""The kernel's table of uprobe events (Documentation/trace/uprobetracer.rst)."""

from __future__ import annotations

import errno
import os
import re
import time
from pathlib import Path

from .requests import PROBE_NAME, RefusedError

GROUP = "giltracer"

_PLACES = (Path("/sys/kernel/tracing"), Path("/sys/kernel/debug/tracing"))

_MOST_PROBES = 128
#: Of all bridges.
_MOST_OF_ALL = 4096

#: Waits before each new try to remove a probe that perf still holds, in seconds.
_REMOVE_DELAYS = (0.0, *([0.1] * 100))


class UprobeEvents:
    """The kernel's table of uprobe events, of which this helper knows those that it defined."""

    def __init__(self) -> None:
        """Find it.

        Raises:
            RefusedError: tracefs is not mounted.

        """
        for place in _PLACES:
            if (place / "uprobe_events").exists():
                self._tracefs = place
                break
        else:
            raise RefusedError(
                f"tracefs is not mounted: mount -t tracefs nodev {_PLACES[0]} (as root)"
            )
        #: Names of own events.
        self.own: set[str] = set()

    def define(self, name: str, at_return: bool, descriptor: int, offset: int, fetch: str) -> None:
        """Define an event, or add a place to one.

        Raises:
            RefusedError: the kernel refuses.

        """
        kind = "r" if at_return else "p"
        place = f"/proc/self/fd/{descriptor}:0x{offset:x}"
        # Before: what was half defined is removed, too.
        self.own.add(name)
        try:
            self._command(f"{kind}:{GROUP}/{name} {place} {fetch}".rstrip())
        except OSError as error:
            raise RefusedError(f"the kernel refused the probe {name}: {error.strerror}") from None

    def format(self, name: str) -> str:
        """Return what perf must know of an event: its number, and the fields of its records."""
        file = self._tracefs / "events" / GROUP / name / "format"
        return file.read_text(encoding="ascii")

    def hits(self) -> dict[str, int]:
        """Return how often each of its own events was hit."""
        hits = {}
        with (self._tracefs / "uprobe_profile").open(encoding="latin-1") as file:
            for line in file:
                words = line.split()
                if len(words) >= 3 and words[-2] in self.own:
                    hits[words[-2]] = int(words[-1])
        return hits

    def remove(self, name: str) -> bool:
        """Remove an own event; return whether it is gone. It is not as long as perf holds it."""
        try:
            self._command(f"-:{GROUP}/{name}")
        except OSError as error:
            if error.errno == errno.EBUSY:
                return False
            if error.errno != errno.ENOENT:
                raise
        self.own.discard(name)
        return True

    def remove_all(self) -> None:
        """Remove all own events, as soon as perf has let go of them."""
        for delay in _REMOVE_DELAYS:
            time.sleep(delay)
            for name in sorted(self.own):
                self.remove(name)
            if not self.own:
                return

    def remove_leftovers(self) -> None:
        """Remove what bridges have left behind that run no longer."""
        for name in self._defined():
            match = PROBE_NAME.fullmatch(name)
            if match is not None and not Path("/proc", match.group(1)).exists():
                self.remove(name)

    def remove_of(self, bridge: int) -> None:
        """Remove the events of a bridge."""
        for name in self._defined():
            match = PROBE_NAME.fullmatch(name)
            if match is not None and match.group(1) == str(bridge):
                self.remove(name)

    def check_room(self, more: int) -> None:
        """Raise RefusedError if there are too many events."""
        if len(self.own) + more > _MOST_PROBES:
            raise RefusedError(f"more than {_MOST_PROBES} probes")
        if len(self._defined()) + more > _MOST_OF_ALL:
            raise RefusedError(f"more than {_MOST_OF_ALL} probes on this machine")

    def check_free(self, names: set[str]) -> None:
        """Raise RefusedError if another helper, or root, has an event of such a name."""
        taken = (names - self.own).intersection(self._defined())
        if taken:
            raise RefusedError(f"the probe {min(taken)} is there already")

    def _defined(self) -> list[str]:
        with (self._tracefs / "uprobe_events").open(encoding="latin-1") as file:
            matches = (re.match(rf"[pr][^: ]*:{GROUP}/(\S+) ", line) for line in file)
            return [match.group(1) for match in matches if match is not None]

    def _command(self, text: str) -> None:
        # For append only: O_TRUNC would remove everybody's probes.
        file = os.open(self._tracefs / "uprobe_events", os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            os.write(file, text.encode("ascii") + b"\n")
        finally:
            os.close(file)
