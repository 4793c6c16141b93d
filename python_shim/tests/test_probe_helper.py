"""The probe helper, asked by an ordinary user for what it must not do."""

from __future__ import annotations

import os
import re
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator

import pytest
import sandboxes
from conftest import missing, probes, running, wait_until
from giltracer.probe_helper.requests import RefusedError
from giltracer.probe_helper.target import Process
from giltracer.root_owned import find_interpreter
from probe_helpers import OTHER, SLEEP, USER, Helper, Program, code_of, command, request_for


@pytest.fixture
def helper(tracing_root: None) -> Iterator[Helper]:
    helper = Helper()
    yield helper
    helper.close()


@pytest.fixture
def program(tracing_root: None) -> Iterator[Program]:
    program = Program()
    yield program
    program.end()


def test_defines_counts_and_removes(helper: Helper, program: Program) -> None:
    assert helper.ask("hello", bridge=program.pid) == {"ok": True, "protocol": 1}
    answer = helper.ask("define", **request_for(program, program, at_return=True))
    name = f"test_{program.pid}"
    assert re.search(r"^ID: \d+$", answer["formats"][name], re.MULTILINE), answer
    assert f"r:giltracer/{name}" in probes()
    assert helper.ask("hits") == {"ok": True, "hits": {name: 0}}
    assert helper.ask("remove", names=[name]) == {"ok": True, "busy": []}
    assert f"r:giltracer/{name}" not in probes()


def test_probes_go_when_the_bridge_does(helper: Helper, program: Program) -> None:
    helper.ask("hello", bridge=program.pid)
    assert helper.ask("define", **request_for(program, program))["ok"]
    assert f"p:giltracer/test_{program.pid}" in probes()
    assert helper.close() == (0, "")
    assert f"p:giltracer/test_{program.pid}" not in probes()


def test_a_signal_while_probes_go(program: Program) -> None:
    """The supervisor of a killed bridge sends one when stdin ends: before or while they go."""
    offset = code_of(program.pid).offset
    for delay in (0.0, 0.0005, 0.001, 0.002, 0.005, 0.01):
        helper = Helper()
        helper.ask("hello", bridge=program.pid)
        wanted = [
            {"name": f"test{number}_{program.pid}", "offsets": [offset], "fetch": ""}
            for number in range(60)
        ]
        assert helper.ask("define", **request_for(program, program, probes=wanted))["ok"]
        assert helper._process.stdin is not None
        helper._process.stdin.close()
        time.sleep(delay)
        helper._process.terminate()
        assert helper._process.wait(60) == 0
        assert not [name for name in probes() if name.endswith(f"_{program.pid}")], delay


def test_a_killed_helpers_probes_are_removed_by_the_next_one(program: Program) -> None:
    first = Helper()
    first.ask("hello", bridge=program.pid)
    assert first.ask("define", **request_for(program, program))["ok"]
    first._process.kill()
    first.close()
    assert f"p:giltracer/test_{program.pid}" in probes()
    second = Helper()
    assert second.ask("hello", bridge=program.pid)["ok"]
    assert f"p:giltracer/test_{program.pid}" not in probes()
    second.close()


def test_who_may_be_its_bridge(helper: Helper, program: Program) -> None:
    other = Program(uid=OTHER)
    elevated = Program(effective=0)
    try:
        assert "is not a process of user" in helper.refuses("hello", bridge=other.pid)
        assert "is not a process of user" in helper.refuses("hello", bridge=elevated.pid)
        assert "is not a process of user" in helper.refuses("hello", bridge=1)
        assert "there is no process" in helper.refuses("hello", bridge=(1 << 31) - 1)
        for bridge in (None, "self", f"{program.pid}/../1", -1, True, [program.pid]):
            helper.refuses("hello", bridge=bridge)
        assert "before hello" in helper.refuses("define", **request_for(program, program))
        assert helper.ask("hello", bridge=program.pid)["ok"]
        assert "already" in helper.refuses("hello", bridge=program.pid)
    finally:
        other.end()
        elevated.end()


def test_processes_that_are_not_the_users(helper: Helper, program: Program) -> None:
    helper.ask("hello", bridge=program.pid)
    before = set(probes())
    other = Program(uid=OTHER)
    elevated = Program(effective=0)
    try:
        for stranger in (other, elevated):
            request = request_for(stranger, program)
            assert "is not a process of user" in helper.refuses("define", **request)
        helper.refuses("define", **request_for(program, program, pid=1))
    finally:
        other.end()
        elevated.end()
    assert set(probes()) <= before


def test_places_that_are_not_its_code(helper: Helper, program: Program) -> None:
    helper.ask("hello", bridge=program.pid)
    code = code_of(program.pid)
    size = code.end - code.start
    before = set(probes())
    for library in ("/bin/true", "/etc/passwd", "[vdso]", "", None, f"{code.path}\n", "/proc/self"):
        message = helper.refuses("define", **request_for(program, program, library=library))
        assert "does not map" in message or "no text" in message
    offsets: list[Any] = [
        *([code.offset - 1], [code.offset + size], [1 << 40], [-1], [1 << 70]),
        *([True], ["0x1000"], [float(code.offset)], [code.offset, 0], [[code.offset]]),
        *([], None, [code.offset] * 33),
    ]
    for value in offsets:
        helper.refuses("define", **request_for(program, program, offsets=value))
    assert set(probes()) <= before


def test_malformed_requests(helper: Helper, program: Program) -> None:
    helper.ask("hello", bridge=program.pid)
    before = set(probes())
    for line in ("", "x", "[]", "{}", '{"op":["define"]}', '{"op":"exec"}', "[" * 10_000, "\0"):
        assert helper.send(line)["ok"] is False
    for changes in (
        {"name": f"test_{program.pid + 1}"},
        {"name": f"test_{program.pid} /bin/true:0x0"},
        {"name": f"test_{program.pid}\n-:other/test"},
        {"fetch": "a=%di:x64\n-:other/test"},
        {"fetch": "a=$comm:string"},
        {"fetch": "a=%nothing:x64"},
        {"at_return": "yes"},
        {"probes": "all"},
        {"probes": [1]},
        {"probes": [{}] * 129},
    ):
        helper.refuses("define", **request_for(program, program, **changes))
    for names in (None, "all", 1):
        helper.refuses("remove", names=names)
    assert set(probes()) <= before


def test_all_or_none(helper: Helper, program: Program) -> None:
    """The kernel refuses the second one: a register that it does not know."""
    helper.ask("hello", bridge=program.pid)
    good = request_for(program, program)["probes"][0]
    bad = {**good, "name": f"bad_{program.pid}", "fetch": "a=%nope:x64"}
    message = helper.refuses("define", **request_for(program, program, probes=[good, bad]))
    assert "the kernel refused" in message
    assert not [name for name in probes() if name.endswith(f"_{program.pid}")]


def test_others_probes(helper: Helper, program: Program) -> None:
    """They can't be removed, added to, or counted."""
    events = Path("/sys/kernel/tracing/uprobe_events")
    code = code_of(program.pid)
    names = [f"giltracer/mine_{os.getpid()}", f"other/test_{program.pid}"]
    for name in names:
        command(f"p:{name} {code.path}:0x{code.offset:x}")
    try:
        helper.ask("hello", bridge=program.pid)
        assert helper.ask("remove", names=[name.split("/")[1] for name in names])["ok"]
        assert helper.ask("remove", names=[*names, "", "*"])["ok"]
        assert helper.ask("hits")["hits"] == {}
        helper.refuses("define", **request_for(program, program, name=f"mine_{os.getpid()}"))
        helper.close()
        text = events.read_text()
        assert all(f"p:{name} " in text for name in names)
    finally:
        for name in names:
            command(f"-:{name}")


def test_a_file_that_takes_the_name_of_another(helper: Helper) -> None:
    """What is probed is what the process runs, not what lies under its name now."""
    with tempfile.TemporaryDirectory(prefix="giltracer-helper-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        run, new = folder / "run", folder / "new"
        for file in (run, new):
            file.write_bytes(Path(SLEEP).read_bytes())
            file.chmod(0o755)
        program = Program(str(run), "60")
        try:
            helper.ask("hello", bridge=program.pid)
            request = request_for(program, program)
            new.rename(run)
            assert "does not map" in helper.refuses("define", **request)
            deleted = f"{request['library']} (deleted)"
            assert helper.ask("define", **{**request, "library": deleted})["ok"]
        finally:
            program.end()


def test_files_of_another_mount_namespace(helper: Helper, program: Program) -> None:
    """What the user mounts there may be served by a program of the user's."""
    helper.ask("hello", bridge=program.pid)
    apart = Program(prefix=sandboxes.in_mount_namespace("true"))
    try:
        message = helper.refuses("define", **request_for(apart, program))
        assert "on no file system that may be probed" in message
    finally:
        apart.end()


def test_a_file_in_memory(helper: Helper, program: Program) -> None:
    code = (
        "import mmap, os, time\n"
        "file = os.memfd_create('x')\n"
        "os.truncate(file, 4096)\n"
        "kept = mmap.mmap(file, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)\n"
        "time.sleep(60)"
    )
    helper.ask("hello", bridge=program.pid)
    memory = Program(str(find_interpreter()), "-c", code)
    path = "/memfd:x (deleted)"
    try:
        assert wait_until(lambda: path in Path(f"/proc/{memory.pid}/maps").read_text())
        request = request_for(memory, program, library=path, offsets=[0])
        assert "on no file system that may be probed" in helper.refuses("define", **request)
    finally:
        memory.end()


def test_a_pid_that_another_process_got(tracing_root: None) -> None:
    """What was opened before stays with the process that has ended."""
    last = Path("/proc/sys/kernel/ns_last_pid")
    for _ in range(20):
        first = Program()
        process = Process(first.pid, USER)
        assert process.code(code_of(first.pid).path)
        first.end()
        try:
            last.write_text(str(first.pid - 1))
        except OSError:
            missing("the kernel lets nobody choose a pid")
        second = Program()
        try:
            if second.pid != first.pid:
                continue
            assert running(first.pid)
            with pytest.raises(RefusedError, match="has ended"):
                process.code(code_of(second.pid).path)
            with pytest.raises(RefusedError, match="has ended"):
                process.check_owner()
            return
        finally:
            process.close()
            second.end()
    missing("no pid was given a second time")


def test_ends_on_sigterm(program: Program) -> None:
    helper = Helper()
    helper.ask("hello", bridge=program.pid)
    assert helper.ask("define", **request_for(program, program))["ok"]
    began = time.monotonic()
    helper._process.terminate()
    assert helper.close()[0] == 0
    assert time.monotonic() - began < 30
    assert f"p:giltracer/test_{program.pid}" not in probes()
