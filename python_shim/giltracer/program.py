"""Runs a script or module in this process as `python SCRIPT` or `python -m MODULE` would.

What a program can see of itself is as without us: ``sys.argv``, ``sys.path[0]``, ``__main__``,
``sys.orig_argv``, the text of an uncaught exception, the exit status, and how a KeyboardInterrupt
ends it. The one difference: the frames of this package are below its own on the stack
(``traceback.print_stack``, the depth at which a RecursionError comes). A trace leaves them out.
"""

from __future__ import annotations

import io
import os
import runpy
import sys
from importlib.machinery import SourceFileLoader, SourcelessFileLoader
from pathlib import Path
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import Any, Callable

_PACKAGE = str(Path(__file__).parent)

#: Modules whose globals must outlive the program: this was `__main__` before.
_kept: list[ModuleType] = []


class Program:
    """A program that is ready to run.

    Args:
        target: the path of a script, or of a folder or zip file with a `__main__`; or a
            module's name.
        arguments: the program's own.
        is_module: whether the target is a module's name.

    Raises:
        OSError: the script can't be read.
        SyntaxError: it is no Python.

    """

    def __init__(self, target: str, arguments: list[str], *, is_module: bool) -> None:
        self._target = target
        self._arguments = arguments
        self._is_module = is_module
        self._code: CodeType | None = None
        self._archive = not is_module and _has_main(target)
        if not is_module and not self._archive:
            self._code = _load(target)

    def enter(self) -> None:
        """Make this process look like the program's."""
        arguments = ["-m"] if self._is_module else [self._target]
        if hasattr(sys, "orig_argv"):
            own = _own_arguments(sys.orig_argv)
            named = ["-m", self._target] if self._is_module else [self._target]
            sys.orig_argv = [*own, *named, *self._arguments]
        sys.argv = [*arguments, *self._arguments]
        self._enter_path()
        main = sys.modules["__main__"]
        _kept.append(main)
        new = ModuleType("__main__")
        new.__dict__["__builtins__"] = main.__dict__["__builtins__"]
        # Python/pylifecycle.c add_main_module (until 3.13).
        if "__annotations__" in main.__dict__:
            new.__dict__.update(__annotations__={})
        if not self._is_module and not self._archive:
            path = _absolute(self._target)
            loader = SourcelessFileLoader if path.endswith(".pyc") else SourceFileLoader
            new.__dict__.update(__file__=path, __loader__=loader("__main__", path))
            if sys.version_info < (3, 15):
                new.__dict__["__cached__"] = None
        sys.modules["__main__"] = new

    def _enter_path(self) -> None:
        safe = getattr(sys.flags, "safe_path", False) or sys.flags.isolated
        # What Python put there for this command: the folder of `giltracer`, or the current one.
        if not safe and sys.path:
            del sys.path[0]
        if self._archive:
            # Python does so even in isolated mode: it is how the `__main__` is found.
            sys.path.insert(0, _absolute(self._target))
        elif not safe:
            folder = Path.cwd() if self._is_module else Path(self._target).resolve().parent
            sys.path.insert(0, str(folder))

    def run(self) -> None:
        """Run it; its exceptions come out."""
        if self._code is None:
            run_as_main: Callable[[str, bool], Any] = runpy._run_module_as_main  # type: ignore[attr-defined]
            # As Modules/main.c pymain_run_module calls it.
            if self._is_module:
                run_as_main(self._target, True)
            else:
                run_as_main("__main__", False)
            return
        exec(self._code, sys.modules["__main__"].__dict__)  # noqa: S102


def launcher_files() -> list[str]:
    """Return the files, as in co_filename, of the frames that are below a program's own.

    Those of the frames that are on the stack now, and those through which `Program.run` goes.
    """
    functions = (Program.run, runpy._run_module_as_main)  # type: ignore[attr-defined]
    files = [function.__code__.co_filename for function in functions]
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        files.append(frame.f_code.co_filename)
        frame = frame.f_back
    return sorted(set(files))


def report_as_python(error: BaseException) -> None:
    """Prepare an exception to leave this process: without our frames in its traceback.

    The exception is then raised on: the interpreter itself must see it, for the exit status (a
    KeyboardInterrupt ends the process by SIGINT) and the order of all that follows.
    """
    traceback = _without_own_frames(error.__traceback__)
    hook = sys.excepthook

    def excepthook(
        kind: type[BaseException], value: BaseException, _: TracebackType | None
    ) -> None:
        sys.excepthook = hook
        value.__traceback__ = traceback
        sys.last_traceback = traceback
        hook(kind, value, traceback)

    sys.excepthook = excepthook


def _without_own_frames(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and _is_own(traceback.tb_frame.f_code.co_filename):
        traceback = traceback.tb_next
    return traceback


def _is_own(filename: str) -> bool:
    return str(Path(filename).parent) == _PACKAGE


def _load(path: str) -> CodeType:
    if path.endswith(".pyc"):
        loader = SourcelessFileLoader("__main__", path)
        code = loader.get_code("__main__")
        if code is None:
            raise ImportError(f"{path} holds no code")
        return code
    with io.open_code(path) as file:
        source = file.read()
    return compile(source, _absolute(path), "exec", dont_inherit=True)


def _absolute(path: str) -> str:
    """Return a script's path as Python shows it: absolute since 3.9, never simplified."""
    if sys.version_info < (3, 9):
        return path
    return os.path.join(Path.cwd(), path)  # noqa: PTH118 (which would simplify it)


def _has_main(path: str) -> bool:
    """Tell whether a path is a folder or zip file, of which Python runs the `__main__`."""
    if Path(path).is_dir():
        return True
    if not Path(path).is_file():
        return False
    import zipfile

    return zipfile.is_zipfile(path)


def _own_arguments(arguments: list[str]) -> list[str]:
    """Return the interpreter and its options, of a command line that runs this package."""
    own = arguments[: len(arguments) - len(sys.argv) + 1]
    # `python [options] -m giltracer`, else `python [options] …/bin/giltracer`.
    if own[-2:] == ["-m", __package__]:
        return own[:-2]
    return own[:-1] if len(own) > 1 else own
