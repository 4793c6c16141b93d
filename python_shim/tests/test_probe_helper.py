"""The probe helper, asked by an ordinary user for what it must not do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator

import pytest
import sandboxes
from conftest import SHIM, missing, probes, running, wait_until
from giltracer.probe_helper.requests import RefusedError, check_fetch, check_name, check_number
from giltracer.probe_helper.target import CodeMapping, Process, parse_mapping, shows
from giltracer.root_owned import find_interpreter

USER = sandboxes.ORDINARY_USER
OTHER = USER + 1

#: The locks that count a user's helpers are not to be left on this machine.
MAIN = """
import sys, tempfile
from pathlib import Path
from giltracer.probe_helper import server
with tempfile.TemporaryDirectory() as folder:
    server._LOCKS = Path(folder)
    status = server.main()
sys.exit(status)
"""

#: Any code will do: nothing is attached to most of these probes.
SLEEP = "/bin/sleep"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tstate=%di:x64",
        "a=%r14:u8 b=$stack21:s64 c=@0x7f00deadbeef:x64",
        "code=+0(+8(+72(%di))):x64 ip=-16(@0x10):s32",
    ],
)
def test_what_may_be_fetched(text: str) -> None:
    assert check_fetch(text) == text


@pytest.mark.parametrize(
    "text",
    [
        None,
        1,
        ["a=%di:x64"],
        "%di",
        "a=%di",
        "a=%di:string",
        "a=%di:ustring",
        "a=%di:x64\n",
        "a=%di:x64\np:other/x /bin/true:0x1",
        "a=%di:x64  b=%si:x64",
        " a=%di:x64",
        "a=%di:x64\tb=%si:x64",
        "a=$comm:x64",
        "a=$stack:x64",
        "a=$stack0001:x64",
        "a=@_text:x64",
        "a=@+0x10:x64",
        "a=+u8(%di):x64",
        "a=+8(%di:x64",
        "a=+8():x64",
        "a=+8(%di)):x64",
        "a=\\1:x64",
        "a=%di:x64[4]",
        "a=" + "+1(" * 17 + "%di" + ")" * 17 + ":x64",
        "A=%di:x64",
        "a=%di:x64 " * 200,
    ],
)
def test_what_may_not_be_fetched(text: Any) -> None:
    with pytest.raises(RefusedError):
        check_fetch(text)


@pytest.mark.parametrize("name", ["request_4711", "lock_wait_end_4711", "try_a_b_4711"])
def test_names(name: str) -> None:
    assert check_name(name, 4711) == name


@pytest.mark.parametrize(
    "name",
    [
        None,
        4711,
        "request",
        "request_4712",
        "request_14711",
        "request_4711_4712",
        "_4711",
        "request_4711\n",
        "request_4711 /bin/true:0x1",
        "../sched_4711",
        "a/b_4711",
        "A_4711",
        "a" * 60 + "_4711",
    ],
)
def test_names_of_nobody_or_of_another_bridge(name: Any) -> None:
    with pytest.raises(RefusedError):
        check_name(name, 4711)


@pytest.mark.parametrize("value", [None, -1, True, 1.0, "1", 10, 1 << 70])
def test_no_number(value: Any) -> None:
    with pytest.raises(RefusedError):
        check_number(value, "offset", 10)


def test_lines_of_a_memory_map() -> None:
    line = "7f1000-7f3000 r-xp 00001000 fe:01 1234                       /usr/lib/a b.so (deleted)"
    mapping = CodeMapping(0x7F1000, 0x7F3000, 0x1000, 1234, "/usr/lib/a b.so (deleted)")
    assert parse_mapping(line) == mapping
    assert [shows(mapping, offset) for offset in (0xFFF, 0x1000, 0x2FFF, 0x3000)] == [
        False,
        True,
        True,
        False,
    ]
    assert parse_mapping(line.replace("r-xp", "r--p")) is None
    assert parse_mapping("7f1000-7f3000 r-xp 00000000 00:00 0") is None
    assert parse_mapping("7ffe000-7fff000 r-xp 00000000 00:00 0          [vdso]") is None


class Helper:
    """A helper of root's that was started for a user, and what it answers."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", MAIN],
            env={**os.environ, "SUDO_UID": str(USER), "PYTHONPATH": str(SHIM)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, op: str, **request: Any) -> dict[str, Any]:
        return self.send(json.dumps({"op": op, **request}))

    def send(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def refuses(self, op: str, **request: Any) -> str:
        answer = self.ask(op, **request)
        assert answer["ok"] is False, answer
        assert "\n" not in answer["message"]
        return str(answer["message"])

    def close(self) -> tuple[int, str]:
        _, stderr = self._process.communicate(timeout=60)
        return self._process.returncode, stderr


class Program:
    """A process, by default an ordinary user's; or with another effective user."""

    def __init__(
        self,
        *command: str,
        uid: int = USER,
        effective: int | None = None,
        prefix: tuple[str, ...] = (),
    ) -> None:
        users = (f"--ruid={uid}", f"--euid={uid if effective is None else effective}")
        credentials = ("setpriv", *users, f"--regid={uid}", "--clear-groups")
        self.process = subprocess.Popen([*prefix, *credentials, *(command or (SLEEP, "60"))])
        self.pid = self.process.pid
        name = Path(command[0] if command else SLEEP).resolve().name
        assert wait_until(lambda: os.readlink(f"/proc/{self.pid}/exe").endswith(name))

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def root() -> None:
    if os.geteuid() != 0:
        missing("the probe helper runs as root")
    if not os.access("/sys/kernel/tracing/uprobe_events", os.W_OK):
        missing("uprobe_events can't be written to")


@pytest.fixture
def helper(root: None) -> Iterator[Helper]:
    helper = Helper()
    yield helper
    helper.close()


@pytest.fixture
def program(root: None) -> Iterator[Program]:
    program = Program()
    yield program
    program.end()


def command(text: str) -> None:
    """Append a line to the kernel's table of probes."""
    file = os.open("/sys/kernel/tracing/uprobe_events", os.O_WRONLY | os.O_APPEND)
    try:
        os.write(file, f"{text}\n".encode())
    finally:
        os.close(file)


def code_of(pid: int, path: str = "") -> CodeMapping:
    """A mapping of code: of a file, by default the program's own."""
    wanted = path or os.readlink(f"/proc/{pid}/exe")
    lines = Path(f"/proc/{pid}/maps").read_text().split("\n")
    mappings = (parse_mapping(line) for line in lines)
    return next(one for one in mappings if one is not None and one.path == wanted)


def request_for(program: Program, bridge: Program, **changes: Any) -> dict[str, Any]:
    """What is allowed, or with changes is not."""
    code = code_of(program.pid)
    probe = {"name": f"test_{bridge.pid}", "offsets": [code.offset], "fetch": "a=%di:x64"}
    whole = {"pid": program.pid, "library": code.path}
    for key, value in changes.items():
        (whole if key in ("pid", "library", "probes") else probe)[key] = value
    return {"probes": [probe], **whole}


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


def test_a_pid_that_another_process_got(root: None) -> None:
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


def test_started_without_sudo(root: None) -> None:
    environment = {**os.environ, "PYTHONPATH": str(SHIM)}
    environment.pop("SUDO_UID", None)
    for uid in ("", "root", "-1", "1 "):
        done = subprocess.run(
            [sys.executable, "-c", MAIN],
            env={**environment, "SUDO_UID": uid},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert "through sudo" in done.stderr


def test_too_many_helpers(root: None) -> None:
    code = (
        "from giltracer.probe_helper.server import take_place\n"
        "from giltracer.probe_helper.requests import RefusedError\n"
        "taken = []\n"
        "try:\n"
        "    while len(taken) < 1000: taken.append(take_place(1234))\n"
        "except RefusedError: pass\n"
        "take_place(1235)\n"
        "print(len(taken))"
    )
    prefix = sandboxes.in_mount_namespace("mount -t tmpfs none /run")
    done = subprocess.run(
        [*prefix, sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SHIM)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "32\n"


def test_ends_on_sigterm(program: Program) -> None:
    helper = Helper()
    helper.ask("hello", bridge=program.pid)
    assert helper.ask("define", **request_for(program, program))["ok"]
    began = time.monotonic()
    helper._process.terminate()
    assert helper.close()[0] == 0
    assert time.monotonic() - began < 30
    assert f"p:giltracer/test_{program.pid}" not in probes()
