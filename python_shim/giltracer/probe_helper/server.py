"""Answers the requests of one bridge, as root."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any, Callable, List, Tuple

from .events import UprobeEvents
from .requests import RefusedError, check_fetch, check_name, check_number
from .target import CodeMapping, Process, shows

#: Version of requests and answers.
PROTOCOL = 1

#: Folder of the locks that count a user's helpers.
_LOCKS = Path("/run/giltracer")
_MOST_HELPERS = 32

_MOST_OFFSETS = 32
_LONGEST_LINE = 1 << 20


#: Name, whether it fires at the return, descriptors of files and offsets in them, fetch arguments.
CheckedProbe = Tuple[str, bool, List[Tuple[int, int]], str]


class Server:
    """Answers the requests of one bridge."""

    def __init__(self, uid: int, events: UprobeEvents) -> None:
        """Serve a user."""
        self._uid = uid
        self._events = events
        self._bridge: int | None = None

    def answer(self, line: str) -> dict[str, Any]:
        """Do what a line asks for; return the answer."""
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise RefusedError("a request is an object")
            verbs: dict[Any, Callable[[dict[str, Any]], dict[str, Any]]] = {
                "hello": self._hello,
                "define": self._define,
                "hits": self._hits,
                "remove": self._remove,
            }
            verb = verbs.get(request["op"]) if isinstance(request.get("op"), str) else None
            if verb is None:
                raise RefusedError("no such request")
            return {"ok": True, **verb(request)}
        except RefusedError as error:
            return {"ok": False, "message": str(error)}
        except (OSError, ValueError, RecursionError) as error:
            return {"ok": False, "message": f"{type(error).__name__}: {error}"}

    def _hello(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._bridge is not None:
            raise RefusedError("hello was said already")
        bridge = check_number(request.get("bridge"), "process", 1 << 31)
        with Process(bridge, self._uid):
            self._bridge = bridge
            # Of a helper that was killed.
            self._events.remove_of(bridge)
        return {"protocol": PROTOCOL}

    def _define(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._bridge is None:
            raise RefusedError("define before hello")
        probes = request.get("probes")
        if not isinstance(probes, list) or not all(isinstance(probe, dict) for probe in probes):
            raise RefusedError("probes are a list of objects")
        self._events.check_room(len(probes))
        with Process(self._bridge, self._uid), Process(request.get("pid"), self._uid) as process:
            mappings = process.code(request.get("library"))
            if not mappings:
                raise RefusedError(f"process {request.get('pid')} does not map that file as code")
            opened: dict[CodeMapping, int] = {}
            try:
                checked = [self._check(probe, process, mappings, opened) for probe in probes]
                self._events.check_free({name for name, *_ in checked})
                # Not a set-user-id program that it has become meanwhile.
                process.check_owner()
                return {"formats": self._define_all(checked)}
            finally:
                for descriptor in opened.values():
                    os.close(descriptor)

    def _define_all(self, probes: list[CheckedProbe]) -> dict[str, str]:
        """Define all or none; return their formats."""
        try:
            for name, at_return, places, fetch in probes:
                for descriptor, offset in places:
                    self._events.define(name, at_return, descriptor, offset, fetch)
            return {name: self._events.format(name) for name, *_ in probes}
        except (RefusedError, OSError):
            for name, *_ in probes:
                self._events.remove(name)
            raise

    def _check(
        self,
        probe: dict[str, Any],
        process: Process,
        mappings: list[CodeMapping],
        opened: dict[CodeMapping, int],
    ) -> CheckedProbe:
        name = check_name(probe.get("name"), self._bridge or 0)
        at_return = probe.get("at_return", False)
        if not isinstance(at_return, bool):
            raise RefusedError("at_return is true or false")
        offsets = probe.get("offsets")
        if not isinstance(offsets, list) or not 0 < len(offsets) <= _MOST_OFFSETS:
            raise RefusedError("offsets are a list of numbers")
        places = []
        for value in offsets:
            offset = check_number(value, "offset", 1 << 62)
            mapping = next((one for one in mappings if shows(one, offset)), None)
            if mapping is None:
                raise RefusedError(f"offset 0x{offset:x} is not in the code that is mapped")
            if mapping not in opened:
                opened[mapping] = process.open_mapped(mapping)
            places.append((opened[mapping], offset))
        return name, at_return, places, check_fetch(probe.get("fetch", ""))

    def _hits(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"hits": self._events.hits()}

    def _remove(self, request: dict[str, Any]) -> dict[str, Any]:
        names = request.get("names")
        if not isinstance(names, list):
            raise RefusedError("names are a list")
        own = [name for name in names if isinstance(name, str) and name in self._events.own]
        return {"busy": [name for name in own if not self._events.remove(name)]}


def take_place(uid: int) -> int:
    """Count this helper among the user's; return the descriptor that does it until it is closed.

    Raises:
        RefusedError: the user has too many.

    """
    folder = _LOCKS / str(uid)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(_MOST_HELPERS):
        descriptor = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
        else:
            return descriptor
    raise RefusedError(f"user {uid} has {_MOST_HELPERS} probe helpers already")


def calling_user() -> int:
    """Return the user for whom sudo started this.

    Raises:
        RefusedError: sudo did not.

    """
    uid = os.environ.get("SUDO_UID", "")
    if os.geteuid() != 0 or not re.fullmatch(r"[0-9]{1,10}", uid):
        raise RefusedError("this program is started by giltracer, through sudo")
    return int(uid)


def _end(*_: object) -> None:
    # Once: a second one must not end the removal of the probes.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(0)


def _serve(server: Server) -> None:
    """Answer until stdin ends, or SIGTERM comes."""
    signal.signal(signal.SIGTERM, _end)
    try:
        while True:
            line = sys.stdin.buffer.readline(_LONGEST_LINE)
            if not line.endswith(b"\n"):
                return
            answer = server.answer(line.decode("utf-8", "replace"))
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    except BrokenPipeError:
        return
    finally:
        # The supervisor of a killed bridge sends one just when stdin ends, too.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def main() -> int:
    """Serve until stdin ends; return the exit status."""
    os.umask(0o077)
    os.chdir("/")
    # Of the user's terminal.
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
        signal.signal(ignored, signal.SIG_IGN)
    try:
        uid = calling_user()
        place = take_place(uid)
        events = UprobeEvents()
        events.remove_leftovers()
    except (RefusedError, OSError) as error:
        sys.stderr.write(f"giltracer's probe helper: {error}\n")
        return 1
    try:
        _serve(Server(uid, events))
    finally:
        events.remove_all()
        os.close(place)
    return 0
