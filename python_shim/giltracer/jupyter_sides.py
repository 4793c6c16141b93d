"""Both sides of Jupyter: what the kernel's environment has of giltracer, and what the server's has.

The server's own Python is asked: only it knows where its Jupyter looks. It is found through the
process that started this kernel, else through the files that running servers leave in Jupyter's
runtime folder, of which only the names are read.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from .jupyter_paths import jupyter_runtime_directory
from .version import package_version

#: Longest time that a server's Python may take to answer, in seconds.
_TIMEOUT = 20.0

#: Runs in the server's Python.
_QUESTION = Path(__file__).with_name("server_side.py")

#: A server's script (`jupyter lab` becomes jupyter-lab by exec), or its module behind `-m`.
_SERVER = re.compile(
    r"jupyter[-_]?(lab|labhub|notebook|server|nbclassic|voila)|jupyterhub[-_.]singleuser"
    r"|notebook|nbclassic|voila"
)

#: A server's program will be started with a question, which others could misunderstand.
_PYTHON = re.compile(r"(python|pypy)\d*(\.\d+)*\w*(-dbg)?")

#: Python's options whose value may be the next word.
_WITH_VALUE = ("-W", "-X", "--check-hash-based-pycs")


class _NoAnswerError(Exception):
    """A server's Python could not be asked; says why."""


def examine_jupyter() -> dict[str, Any]:
    """Return what both sides have, and what is wrong between them.

    A server that was seen but could not be asked has `error` in the place of what it has.
    """
    kernel = {
        "giltracer": package_version(),
        "python": sys.executable,
        "location": str(Path(__file__).parent),
    }
    servers = [_ask_server(pid) for pid in _server_pids()]
    if not servers:
        # None runs, or none can be seen: what would one of this environment have?
        with suppress(_NoAnswerError):
            here = _ask(sys.executable, None)
            if here["jupyterlab"] or here["notebook"]:
                servers.append({"pid": None, "python": sys.executable, **here})
    asked = (side for side in servers if "error" not in side)
    problems = [problem for side in asked for problem in _problems(kernel, side)]
    return {"kernel": kernel, "servers": servers, "problems": problems}


def _server_pids() -> list[int]:
    """Return the server that started this kernel; in no kernel, the servers that run."""
    parent = os.environ.get("JPY_PARENT_PID", "")
    if parent.isdecimal() and _is_server(int(parent)):
        return [int(parent)]
    names = sorted(jupyter_runtime_directory().glob("*server-*.json"))
    matches = (re.fullmatch(r"(?:jp|nb)server-(\d+)\.json", path.name) for path in names)
    return [int(match[1]) for match in matches if match and _is_server(int(match[1]))]


def _command_line(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [word.decode("utf-8", "surrogateescape") for word in text.split(b"\0")[:-1]]


def _is_server(pid: int) -> bool:
    words = _command_line(pid)
    if not words or not is_server_command(words):
        return False
    try:
        program = Path(os.readlink(f"/proc/{pid}/exe")).name
    except OSError:
        # Another user's; it won't be asked.
        return True
    return bool(_PYTHON.fullmatch(program.replace(" (deleted)", "")))


def is_server_command(words: list[str]) -> bool:
    """Whether a Python that was started with these words runs a Jupyter server."""
    called, *rest = words
    # A program that gave itself another name (setproctitle).
    if _SERVER.fullmatch(Path(called).name):
        return True
    while rest and rest[0].startswith("-"):
        option, *rest = rest
        if option == "-m":
            return bool(rest and _SERVER.fullmatch(rest[0]))
        if option == "-c":
            return False
        if option in _WITH_VALUE:
            rest = rest[1:]
    return bool(rest and _SERVER.fullmatch(Path(rest[0]).name))


def _ask_server(pid: int) -> dict[str, Any]:
    python = _python_of(pid)
    try:
        if python is None:
            raise _NoAnswerError("it belongs to another user, or has ended")
        answer = _ask(python, pid)
    except _NoAnswerError as error:
        return {"pid": pid, "python": python, "error": str(error)}
    started = _started_at(pid)
    installed = answer.pop("installed_at")
    return {
        "pid": pid,
        "python": python,
        **answer,
        "installed_since_start": bool(started and installed and installed > started),
    }


def _python_of(pid: int) -> str | None:
    """Return the interpreter as it was called: /proc/PID/exe has lost its virtual environment."""
    words = _command_line(pid)
    try:
        actual = Path(os.readlink(f"/proc/{pid}/exe"))
        folder = Path(os.readlink(f"/proc/{pid}/cwd"))
    except OSError:
        return None
    called = words[0] if words else ""
    named = shutil.which(called) if os.sep not in called else str(folder / called)
    if named and Path(named).resolve() == actual:
        return named
    return str(actual)


def _environment_of(pid: int | None) -> dict[str, str] | None:
    """Return the variables with which the server was started: they say where its Jupyter looks."""
    if pid is None:
        return None
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    pairs = (word.decode("utf-8", "surrogateescape").partition("=") for word in words)
    return {name: value for name, equals, value in pairs if equals}


def _ask(python: str, pid: int | None) -> dict[str, Any]:
    try:
        done = subprocess.run(
            # -B: what is imported there must not leave compiled files behind.
            [python, "-B", "-c", _QUESTION.read_text(encoding="utf-8")],
            env=_environment_of(pid),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            check=False,
        )
        answer = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        raise _NoAnswerError(f"{python} gave no answer in {_TIMEOUT:.0f} s") from None
    except OSError as error:
        raise _NoAnswerError(f"{python} can't be started: {error.strerror}") from None
    except (ValueError, IndexError):
        raise _NoAnswerError(f"{python} can't say what it has") from None
    if not isinstance(answer, dict):
        raise _NoAnswerError(f"{python} has no Jupyter")
    return answer


def _started_at(pid: int) -> float | None:
    """Return the wall-clock time at which a process started; proc(5)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        boot = re.search(r"^btime (\d+)$", Path("/proc/stat").read_text(encoding="ascii"), re.M)
    except OSError:
        return None
    # Field 22, in clock ticks; the command before may hold blanks and brackets.
    ticks = int(stat.rpartition(")")[2].split()[19])
    return None if boot is None else int(boot[1]) + ticks / os.sysconf("SC_CLK_TCK")


def _problems(kernel: dict[str, Any], side: dict[str, Any]) -> list[dict[str, Any]]:
    """Compare the kernel's side with one server; each problem with what mends it."""
    install = f"{side['python']} -m pip install --upgrade giltracer"
    link = f"{kernel['python']} -m giltracer lab"
    problems = [_extension_problem(kernel, side, install, link)]
    shim = side["giltracer"]
    if shim is None:
        problems.append(
            _problem(
                "the server has no giltracer: a run that ends while its page is closed shows no "
                "result until the cell runs again",
                install,
                "restart the server",
            )
        )
    elif not side["server_extension_enabled"]:
        problems.append(
            _problem(
                "the server's extension is not enabled",
                f"{side['python']} -m jupyter server extension enable giltracer",
                "restart the server",
            )
        )
    elif side.get("installed_since_start"):
        problems.append(
            _problem(
                "giltracer was installed after the server had started", None, "restart the server"
            )
        )
    return [problem for problem in problems if problem is not None]


def _problem(what: str, command: str | None, then: str) -> dict[str, Any]:
    """Return a problem with the line to run, if there is one, and what to do after it."""
    do = then if command is None else f"{command}, then {then}"
    return {"what": what, "command": command, "then": then, "do": do}


def _extension_problem(
    kernel: dict[str, Any], side: dict[str, Any], install: str, link: str
) -> dict[str, Any] | None:
    extension = side["extension"]
    if not (side["jupyterlab"] or side["notebook"]):
        # A server without a front end of its own: an editor's, for example.
        return None
    if extension is None:
        return _problem(
            "JupyterLab has no giltracer extension: results are a picture and a table",
            link,
            "reload the page",
        )
    if side["extension_disabled"]:
        return _problem(
            "the extension is disabled in JupyterLab",
            f"{side['python']} -m jupyter labextension enable giltracer",
            "reload the page",
        )
    ours, theirs = kernel["giltracer"], str(extension["version"])
    if ours == theirs:
        return None
    what = f"the kernel has giltracer {ours}, JupyterLab's extension is {theirs}"
    if _order(theirs) > _order(ours):
        command = f"{kernel['python']} -m pip install --upgrade giltracer"
        return _problem(f"{what}: the kernel's is older", command, "restart the kernel")
    mend = link if extension["link"] else install
    return _problem(f"{what}: the extension is older", mend, "reload the page")


def _order(version: str) -> tuple[int, ...]:
    """Return what versions are sorted by; only their numbers count."""
    return tuple(int(number) for number in re.findall(r"\d+", version))
