"""Probe helpers that tests start, and programs of ordinary users for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import sandboxes
from conftest import SHIM, wait_until
from giltracer.probe_helper.target import CodeMapping, parse_mapping

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
