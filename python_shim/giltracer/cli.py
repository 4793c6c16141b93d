"""The command `giltracer`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable

from .capture import DEFAULT_CAPTURE, Capture, parse_depth, parse_mode, parse_percent
from .failure import TracingError

HELP = """\
usage: giltracer [run] [-o OUT.giltrace] [-q] [options] SCRIPT|-m MODULE [ARGS…]
       giltracer report FILE [--format text|json]
       giltracer doctor [--json] [--mode MODE]
       giltracer lab [--undo]
       giltracer setup --user NAME [--undo] [--dry-run] [--yes]
       giltracer --version | --help

Shows which thread of a Python program holds the GIL, which waits for it, and for how long.

run      Run SCRIPT, or MODULE as `python -m` does, and trace it. The word `run` may be left out.
         The program's output, exit status and signals are as without tracing. At its end a table
         of its threads goes to stderr.
           -o OUT.giltrace   save the trace there, and name the file instead of the table;
                             also if the program is killed
           -q                show no table
           --mode MODE       full: each take and drop of the GIL, by probes;
                             waits: only where a thread really waits, cheaper;
                             futex: the same without probes, where Python is stripped;
                             watch: each take and drop by a watchpoint, needs no root;
                             sample: what reading memory tells, works nearly everywhere;
                             auto: the first of full, futex, watch, sample that works (the
                             default)
           --depth N         Python frames that are read of a stack, 1 to 128 (default 64)
           --max-overhead PERCENT
                             record waits only as soon as tracing costs more than this
           --states          record whether threads are on a CPU (the default)
           --no-states       do not: cheaper, but "no gil" is not split into working and asleep
         If tracing is not possible, one line on stderr says why, and the program runs untraced.

report   Print what a trace file holds.
           --format text     a table for people (the default)
           --format json     the figures for programs; times in nanoseconds

doctor   Try what can be traced here, and print what was found, what stands in the way, and the
         commands that would lift it. Changes nothing. Exit status 0 if programs can be traced.
           --json            for programs
           --mode MODE       exit status 0 only if they can be traced in this mode

lab      Link this environment's JupyterLab extension into your own Jupyter data folder: for
         kernels in another environment than JupyterLab. Then reload the page.
           --undo            remove the link

setup    For an administrator: let NAME, who is not root, trace own programs in mode full. Prints
         what it will change and what power NAME gains, and asks. It lasts across restarts.
           --undo            put everything back
           --dry-run         print what it would change, and change nothing
           --yes             do not ask
           --python PATH     runs the part that works as root; only root may be able to change it

Examples:
  giltracer run -o work.giltrace work.py --size 100
  giltracer -m unittest tests
  giltracer report work.giltrace --format json
"""


#: How long the end of a command waits for the bridge's processes to be gone, in seconds.
_CLEANING = 10.0


class UsageError(Exception):
    """The command line is wrong; the message is one line."""


@dataclass
class RunArguments:
    """Arguments of `giltracer run`."""

    target: str = ""
    arguments: tuple[str, ...] = ()
    is_module: bool = False
    #: Absolute.
    output: str | None = None
    quiet: bool = False
    capture: Capture = DEFAULT_CAPTURE


#: Option with a value → field of Capture, parser.
_CAPTURE_OPTIONS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "--mode": ("mode", parse_mode),
    "--depth": ("depth", parse_depth),
    "--max-overhead": ("max_overhead", parse_percent),
}


def parse_run(words: list[str]) -> RunArguments:
    """Parse what follows `giltracer run`; all after SCRIPT or MODULE is the program's own.

    Raises:
        UsageError: names what is wrong.

    """
    result = RunArguments()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option, equals, attached = word.partition("=")
        if option in _CAPTURE_OPTIONS:
            if not equals and not rest:
                raise UsageError(f"{option} needs a value")
            field, parse = _CAPTURE_OPTIONS[option]
            try:
                value = parse(attached if equals else rest.pop(0))
            except ValueError as error:
                raise UsageError(f"{option}: {error}") from None
            result.capture = replace(result.capture, **{field: value})
        elif word in ("-o", "-m", "--output"):
            if not rest:
                raise UsageError(f"{word} needs a value")
            value = rest.pop(0)
            if word == "-m":
                result.is_module, result.target = True, value
                break
            if not value.endswith(".giltrace"):
                raise UsageError(f"{word} {value}: the name of a trace ends in .giltrace")
            result.output = str(Path(value).expanduser().absolute())
        elif word in ("-q", "--quiet"):
            result.quiet = True
        elif word in ("--states", "--state-detect"):
            result.capture = replace(result.capture, states=True)
        elif word == "--no-states":
            result.capture = replace(result.capture, states=False)
        elif word == "--" and rest:
            result.target = rest.pop(0)
            break
        elif word.startswith("-"):
            raise UsageError(f"unknown option {word}; see giltracer --help")
        else:
            result.target = word
            break
    if not result.target:
        raise UsageError("name a script, or a module with -m; see giltracer --help")
    result.arguments = tuple(rest)
    return result


def main() -> int:
    """Run the command; return its exit status. A traced program's exceptions come out."""
    words = sys.argv[1:]
    command = words[0] if words else "--help"
    rest = words[1:] if command in ("run", *_COMMANDS) else words
    if command == "help" or not words or rest[:1] in (["-h"], ["--help"]):
        sys.stdout.write(HELP)
        return 0 if words else 2
    if command in ("-V", "--version"):
        from .version import package_version

        sys.stdout.write(f"giltracer {package_version()}\n")
        return 0
    try:
        if command in _COMMANDS:
            return _COMMANDS[command](rest)
        arguments = parse_run(rest)
    except UsageError as error:
        sys.stderr.write(f"giltracer: {error}\n")
        return 2
    from .traced_program import run_traced

    return run_traced(arguments)


def _doctor(words: list[str]) -> int:
    """Print what can be traced here."""
    as_json, mode = False, "auto"
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option, equals, attached = word.partition("=")
        if word == "--json":
            as_json = True
        elif option == "--mode":
            if not equals and not rest:
                raise UsageError("--mode needs a value")
            try:
                mode = parse_mode(attached if equals else rest.pop(0))
            except ValueError as error:
                raise UsageError(f"--mode: {error}") from None
        else:
            raise UsageError(f"doctor: unknown argument {word}; see giltracer --help")
    from .doctor import examine, exit_status
    from .recorder import recorder

    try:
        report = examine()
    finally:
        recorder.close(_CLEANING)
    if as_json:
        import json

        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        from .doctor_text import doctor_text

        sys.stdout.write(doctor_text(report))
    return exit_status(report, mode)


def _lab(words: list[str]) -> int:
    """Link the JupyterLab extension for this user, or remove the link."""
    if words not in ([], ["--undo"]):
        raise UsageError(f"lab: unknown argument {words[-1]}; see giltracer --help")
    from .lab_link import link_extension, unlink_extension

    try:
        lines = unlink_extension() if words else link_extension()
    except (TracingError, OSError) as error:
        sys.stderr.write(f"giltracer: {error}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _setup(words: list[str]) -> int:
    """Set up a user of this machine, or take that back."""
    from .setup import main as setup

    return setup(words)


def _report(words: list[str]) -> int:
    """Become the bridge's `report`."""
    from .bridge import BRIDGE
    from .node import find_node, node_environment

    try:
        node = find_node()
    except TracingError as error:
        sys.stderr.write(f"giltracer: {error.message}\n")
        return 1
    command = [node, str(BRIDGE), "report", *words]
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(node, command, node_environment())  # noqa: S606
    import subprocess

    return subprocess.call(command, env=node_environment())


_COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "doctor": _doctor,
    "lab": _lab,
    "report": _report,
    "setup": _setup,
}
