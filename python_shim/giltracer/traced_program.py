"""`giltracer run`: traces a program that runs in this process."""

from __future__ import annotations

import atexit
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .failure import TracingError
from .program import Program, launcher_files, report_as_python
from .recorder import Recording, notebook_folder, recorder
from .source_roots import program_folder

if TYPE_CHECKING:
    from .cli import RunArguments

#: How long the end of the command waits for probes and processes to be gone, in seconds.
_CLEANING = 10.0


def run_traced(arguments: RunArguments) -> int:
    """Run the program and trace it from its first line to the end of its last thread.

    Returns:
        The exit status; the program's exceptions, SystemExit too, come out.

    """
    try:
        program = Program(
            arguments.target, list(arguments.arguments), is_module=arguments.is_module
        )
    except OSError as error:
        _say(f"can't open file {arguments.target!r}: [Errno {error.errno}] {error.strerror}")
        return 2
    except Exception as error:
        # A SyntaxError: Python prints it without a traceback.
        report_as_python(error)
        raise
    recording = _start(arguments)
    if recording is not None:
        # The first to be registered runs last: after the program's own handlers, and after its
        # threads, which the interpreter joins before all handlers.
        atexit.register(_finish, recording, arguments)
    else:
        atexit.register(recorder.close)
    try:
        program.enter()
        if recording is not None:
            recording.begin()
        program.run()
    except SystemExit:
        raise
    except BaseException as error:
        report_as_python(error)
        raise
    return 0


def _start(arguments: RunArguments) -> Recording | None:
    try:
        return recorder.start(
            name=arguments.target if arguments.is_module else Path(arguments.target).name,
            capture=arguments.capture,
            save=arguments.output,
            subject="script",
            project=program_folder(arguments.target, is_module=arguments.is_module),
            launcher=launcher_files(),
        )
    except TracingError as error:
        _say(f"the program runs untraced: {error.advice('giltracer doctor')}")
    except Exception as error:
        _say(f"the program runs untraced: {type(error).__name__}: {error}")
    return None


def _finish(recording: Recording, arguments: RunArguments) -> None:
    """Stop and say what came out; whatever happens here, the exit status stays."""
    ended_ns = time.monotonic_ns()
    if not recording.in_this_process:
        return
    try:
        result = recording.stop(
            ended_ns=ended_ns,
            save=arguments.output,
            save_relative_to=notebook_folder() if arguments.output else None,
        )
        if not arguments.quiet:
            if arguments.output is None:
                _write(str(result.data.get("text/plain", "")).rstrip("\n") + "\n")
            elif result.saved is not None:
                _say(f"wrote {result.saved}")
        for warning in result.warnings:
            _say(warning)
        recorder.close(_CLEANING)
    except KeyboardInterrupt:
        _say("interrupted: no result")
    except TracingError as error:
        _say(f"no result: {error.message}")
    except Exception as error:
        _say(f"no result: {type(error).__name__}: {error}")


def _say(message: str) -> None:
    _write(f"giltracer: {message}\n")


def _write(text: str) -> None:
    # The process's own stderr: the program may have put another object, or nothing, there.
    stream = sys.__stderr__
    if stream is not None:
        with suppress(OSError, ValueError):
            stream.write(text)
            stream.flush()
