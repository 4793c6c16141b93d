"""The programs in known_causes/: what each says of itself, and the surroundings that it needs.

A docstring has a line ``Cause: KIND``, a kind of src/core/findings/finding.ts. It may have
``Cause for sample: KIND``, where reading memory can't know the cause, and ``Needs: SURROUNDINGS``.
A comment ``# THE LINE`` marks the line that is to be named.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, ContextManager, Iterator

FOLDER = Path(__file__).with_name("known_causes")

#: How the programs are recorded.
MODES = ("full", "sample")


@dataclass(frozen=True)
class Program:
    """One program, and what its verdict must be."""

    name: str
    source: str
    #: Mode → kind of the first finding.
    causes: dict[str, str]
    #: Numbers of the marked lines: one of them is to be named.
    lines: tuple[int, ...]
    #: Name in SURROUNDINGS.
    needs: str | None

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.py"


def read_program(path: Path) -> Program:
    """Read what a program says of itself."""
    source = path.read_text()
    stated: dict[str, str] = dict(
        re.findall(r"^(Cause|Cause for sample|Needs): ([\w-]+)$", source, re.MULTILINE)
    )
    cause = stated["Cause"]
    lines = [
        number for number, line in enumerate(source.split("\n"), 1) if line.endswith("  # THE LINE")
    ]
    assert lines, path
    return Program(
        path.stem,
        source,
        {"full": cause, "sample": stated.get("Cause for sample", cause)},
        tuple(lines),
        stated.get("Needs"),
    )


def all_programs() -> list[Program]:
    """Every program, by name."""
    return [read_program(path) for path in sorted(FOLDER.glob("*.py"))]


def possible_programs() -> list[Program]:
    """Those whose surroundings can be made here."""
    return [program for program in all_programs() if _is_possible(program)]


def _is_possible(program: Program) -> bool:
    try:
        with SURROUNDINGS[program.needs]():
            return True
    except OSError as error:
        print(f"{program.name} can't be run here: {error}")  # noqa: T201
        return False


@dataclass(frozen=True)
class Surroundings:
    """How to start a program in them."""

    prefix: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


#: Goes on as another program.
_EXEC = "; os.execvp(sys.argv[1], sys.argv[1:])"


@contextmanager
def one_cpu() -> Iterator[Surroundings]:
    """The last of the CPUs that this process may use."""
    cpu = max(os.sched_getaffinity(0))
    code = f"import os, sys; os.sched_setaffinity(0, {{{cpu}}}){_EXEC}"
    yield Surroundings((sys.executable, "-c", code))


#: Mounts of cgroup → what to write for the time of one CPU, before all others that want it.
_QUOTAS = {
    "/sys/fs/cgroup/cpu": {
        "cpu.shares": "262144",
        "cpu.cfs_period_us": "100000",
        "cpu.cfs_quota_us": "100000",
    },
    "/sys/fs/cgroup": {"cpu.weight": "10000", "cpu.max": "100000 100000"},
}


@contextmanager
def quota() -> Iterator[Surroundings]:
    """A cgroup that may use the time of one CPU.

    Raises:
        OSError: none can be made here.

    """
    mount = next(path for path in _QUOTAS if Path(path).is_dir())
    folder = Path(mount) / f"giltracer-tests-{os.getpid()}"
    folder.mkdir()
    try:
        for name, value in _QUOTAS[mount].items():
            (folder / name).write_text(value)
        procs = str(folder / "cgroup.procs")
        code = f"import os, sys; open({procs!r}, 'w').write(str(os.getpid())){_EXEC}"
        yield Surroundings((sys.executable, "-c", code))
    finally:
        folder.rmdir()


@contextmanager
def _running(commands: list[list[str]]) -> Iterator[list[subprocess.Popen[str]]]:
    """Programs that have printed a line, and go on until the end."""
    with ExitStack() as stack:
        processes = []
        for command in commands:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            stack.callback(process.wait)
            stack.callback(process.kill)
            processes.append(process)
        yield processes


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def busy_cpus() -> Iterator[Surroundings]:
    """Two other programs for each CPU that never pause."""
    code = "print('ready', flush=True)\nwhile True: pass"
    count = 2 * len(os.sched_getaffinity(0))
    with _running([[sys.executable, "-c", code]] * count) as processes:
        for process in processes:
            _first_line(process)
        yield Surroundings()


_SERVER = """
import asyncio
row = '<tr><td class="n">%d</td><td><a href="/%d">page %d</a></td></tr>'
rows = "".join(row % (i, i, i) for i in range(600))
page = f"<html><body><table>{rows}</table></body></html>".encode()
answer = b"HTTP/1.0 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%b" % (len(page), page)
async def serve(reader, writer):
    request = await reader.readuntil(b"\\r\\n\\r\\n")
    if request.startswith(b"GET /slow/"):
        await asyncio.sleep(0.15)
    writer.write(answer)
    await writer.drain()
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=500)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@contextmanager
def server() -> Iterator[Surroundings]:
    """A web server on this machine, whose address is in PAGES."""
    with _running([[sys.executable, "-c", _SERVER]]) as (process,):
        address = f"http://127.0.0.1:{_first_line(process)}"
        yield Surroundings(variables=(("PAGES", address),))


@contextmanager
def nothing() -> Iterator[Surroundings]:
    yield Surroundings()


#: What a program may need → how it is made.
SURROUNDINGS: dict[str | None, Callable[[], ContextManager[Surroundings]]] = {
    None: nothing,
    "busy-cpus": busy_cpus,
    "one-cpu": one_cpu,
    "quota": quota,
    "server": server,
}
