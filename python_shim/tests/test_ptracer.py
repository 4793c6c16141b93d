"""The bridge may read this process's memory while a run goes on, and not before or after."""

from __future__ import annotations

import ctypes
import functools
import sys
from pathlib import Path
from typing import Any, Iterator

import giltracer.recorder as recorder_module
import pytest
from giltracer import ptracer
from giltracer.bridge import Bridge
from giltracer.failure import TracingError
from giltracer.recorder import Recorder

FAKE = Path(__file__).with_name("fake_bridge.py")


class Journal(list):
    """What happened, in order: requests to the bridge, and who may read."""

    def allow(self, pid: int) -> bool:
        self.append(("allow", pid))
        return True


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Journal:
    journal = Journal()
    request, post = Bridge.request, Bridge.post

    def noted_request(self: Bridge, operation: str, **fields: Any) -> dict[str, Any]:
        journal.append((f"{operation} asked", 0))
        try:
            return request(self, operation, **fields)
        finally:
            journal.append((f"{operation} answered", 0))

    def noted_post(self: Bridge, operation: str, **fields: Any) -> None:
        journal.append((f"{operation} posted", 0))
        post(self, operation, **fields)

    monkeypatch.setattr(Bridge, "request", noted_request)
    monkeypatch.setattr(Bridge, "post", noted_post)
    monkeypatch.setattr(recorder_module, "allow_ptracer", journal.allow)
    stand_in = functools.partial(Bridge, (sys.executable, str(FAKE)))
    monkeypatch.setattr(recorder_module, "Bridge", stand_in)
    return journal


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.close(5)


def test_in_force_from_start_to_result(journal: Journal, recorder: Recorder) -> None:
    recording = recorder.start()
    bridge = recorder._bridge
    assert bridge is not None
    assert bridge.pid > 0
    recording.begin()
    recording.stop()
    assert journal == [
        ("hello asked", 0),
        ("hello answered", 0),
        ("allow", bridge.pid),
        ("start asked", 0),
        ("start answered", 0),
        ("stop asked", 0),
        ("stop answered", 0),
        ("allow", 0),
    ]


def test_withdrawn_when_cancelled(journal: Journal, recorder: Recorder) -> None:
    recorder.start().cancel()
    assert journal[-2:] == [("cancel posted", 0), ("allow", 0)]


def test_withdrawn_when_refused(
    journal: Journal, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_BRIDGE", "refuse")
    with pytest.raises(TracingError):
        recorder.start()
    assert journal[-2:] == [("start answered", 0), ("allow", 0)]


def test_withdrawn_when_the_bridge_dies(journal: Journal, recorder: Recorder) -> None:
    recording = recorder.start()
    assert recorder._bridge is not None
    recorder._bridge.close()
    with pytest.raises(TracingError):
        recording.stop()
    assert journal[-1] == ("allow", 0)


class LibC:
    """A C library that notes its calls."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.calls: list[tuple[int, ...]] = []

    def prctl(self, option: int, *values: Any) -> int:
        self.calls.append((option, *(value.value for value in values)))
        return self.status


@pytest.mark.parametrize(
    ("scope", "status", "calls", "allowed"),
    [
        ("0\n", 0, 0, False),
        ("1\n", 0, 1, True),
        ("1\n", -1, 1, False),
        ("2\n", 0, 0, False),
        (None, 0, 0, False),
    ],
)
def test_only_where_yama_asks_for_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scope: str | None,
    status: int,
    calls: int,
    allowed: bool,
) -> None:
    file = tmp_path / "ptrace_scope"
    if scope is not None:
        file.write_text(scope)
    library = LibC(status)
    monkeypatch.setattr(ptracer, "_SCOPE", file)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    assert ptracer.allow_ptracer(4711) is allowed
    # PR_SET_PTRACER, include/uapi/linux/prctl.h.
    assert library.calls == [(0x59616D61, 4711, 0, 0, 0)] * calls
