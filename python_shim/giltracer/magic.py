"""Registers ``%%giltracer`` and ``%giltracer`` in IPython.

A cell is not run by the magic: its line is turned into a comment before IPython parses the cell,
and run events start and stop the recording around it. So top-level await, the cell's value, its
errors, line numbers and Ctrl-C are as without the magic. The registered magics serve help,
completion, ``run_cell_magic`` and statements.

A silent request (`silent=True`) fires no run events in IPython: its cell runs untraced.
"""

from __future__ import annotations

import ast
import threading
import time
from contextlib import suppress
from typing import Any

from . import doctor_magic
from .capture import MODES
from .cell_lines import MagicLine, clean_cell, find_magic
from .cell_sources import CellSources
from .displays import say
from .options import OptionError, Options, matching_options, parse_cell_options, parse_statement
from .recorder import recorder
from .session import Session

_NAMES = ("%%giltracer", "%giltracer")


class CellTracer:
    """Starts and stops the recording of cells that begin with ``%%giltracer``."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self.sources = CellSources(shell)
        self._info: Any = None
        self._session: Session | None = None
        self._thread = 0
        self._request: str | None = None
        self._ended_ns: int | None = None
        # Infos of cells that began while ours runs: nested run_cell, a subshell's.
        self._others: list[Any] = []

    def register(self) -> None:
        """Add the hooks to IPython."""
        self._shell.input_transformers_cleanup.append(clean_cell)
        events = self._shell.events
        events.register("pre_run_cell", self._pre_run_cell)
        events.register("post_run_cell", self._post_run_cell)
        events.register("post_execute", self._post_execute)
        # The cell has ended before other extensions' callbacks run, such as the one of matplotlib
        # that draws figures: ours takes the time first.
        callbacks = events.callbacks["post_execute"]
        callbacks.insert(0, callbacks.pop(callbacks.index(self._post_execute)))

    def unregister(self) -> None:
        """Take it all back; ends a recording."""
        self._end_abandoned()
        with suppress(ValueError):
            self._shell.input_transformers_cleanup.remove(clean_cell)
        events = self._shell.events
        for name, callback in (
            ("pre_run_cell", self._pre_run_cell),
            ("post_run_cell", self._post_run_cell),
            ("post_execute", self._post_execute),
        ):
            with suppress(ValueError):
                events.unregister(name, callback)

    def _pre_run_cell(self, info: Any) -> None:
        # Called for each cell: without this one, lines of cells can't be told, and that is all.
        with suppress(Exception):
            self.sources.note(info)
        if self._info is not None and self._was_abandoned():
            self._end_abandoned()
        if self._info is not None:
            self._others.append(info)
        magic = self._find_magic(info.raw_cell)
        if magic is None:
            return
        if self._info is not None:
            say("a traced cell is running already; this cell runs untraced")
            return
        try:
            options = parse_cell_options(magic.options)
        except OptionError as error:
            say(f"this cell runs untraced: {error}")
            return
        if not magic.has_body:
            say("the cell is empty: there is nothing to trace")
            return
        self._arm(info, options)

    def _arm(self, info: Any, options: Options) -> None:
        # The recording starts when IPython has parsed the cell, in `visit`: a cell with a syntax
        # error is not traced, and what IPython does before is not in the trace.
        self._info = info
        self._session = Session(self._shell, self.sources, options)
        self._thread = threading.get_ident()
        self._request = _request_id(self._shell)
        self._ended_ns = None
        self._others = []
        self._shell.ast_transformers.append(self)

    def visit(self, node: ast.AST) -> ast.AST:
        """Start the recording; called by IPython as an AST transformer."""
        session = self._session
        if session is not None and threading.get_ident() == self._thread:
            self._disarm()
            try:
                started = session.start()
            except KeyboardInterrupt:
                raise _interrupted() from None
            if not started:
                self._session = None
        return node

    def _disarm(self) -> None:
        # A new list: IPython is iterating over the old one.
        self._shell.ast_transformers = [
            transformer for transformer in self._shell.ast_transformers if transformer is not self
        ]

    def _post_execute(self) -> None:
        if self._session is not None and threading.get_ident() == self._thread:
            # Fires for nested cells too: the last one before post_run_cell counts.
            self._ended_ns = time.monotonic_ns()

    def _post_run_cell(self, result: Any) -> None:
        if self._info is None or not self._is_own(result):
            return
        session, ended_ns = self._session, self._ended_ns
        self._forget()
        if session is not None:
            session.stop(ended_ns)

    def _is_own(self, result: Any) -> bool:
        info = getattr(result, "info", None)
        if info is self._info:
            return True
        for index, other in enumerate(self._others):
            if other is info:
                del self._others[index]
                return False
        # When an exception escapes from the cell's run, IPython gives a new info, or no result.
        return threading.get_ident() == self._thread and (
            info is None or info.raw_cell == self._info.raw_cell
        )

    def _was_abandoned(self) -> bool:
        """Tell whether our cell ended without post_run_cell: another request runs in its thread."""
        return threading.get_ident() == self._thread and _request_id(self._shell) != self._request

    def _end_abandoned(self) -> None:
        session = self._session
        self._forget()
        if session is not None:
            session.cancel()

    def _forget(self) -> None:
        self._disarm()
        self._info = self._session = None
        self._others = []

    def _find_magic(self, raw_cell: str) -> MagicLine | None:
        if "%%giltracer" not in raw_cell:
            return None
        # As IPython's pipeline does: the transformers before ours drop blank lines, indentation
        # and prompts.
        lines = raw_cell.splitlines(keepends=True)
        for transform in self._shell.input_transformers_cleanup:
            if transform is clean_cell:
                break
            lines = transform(lines)
        return find_magic(lines)


def _request_id(shell: Any) -> str | None:
    # Not display_pub's: %%capture puts another one in its place.
    get_parent = getattr(shell, "get_parent", None)
    identity = get_parent().get("header", {}).get("msg_id") if get_parent else None
    return identity if isinstance(identity, str) else None


def _interrupted() -> Exception:
    """Return the error of a cell that was interrupted before it ran.

    A KeyboardInterrupt itself, raised while IPython runs a cell with a top-level await, would go
    through the kernel's event loop and end the kernel.
    """
    from IPython.core.error import InputRejected

    text = "KeyboardInterrupt: interrupted before the cell ran"
    kind = type("KeyboardInterrupt", (InputRejected,), {"_render_traceback_": lambda _: [text]})
    error: Exception = kind("interrupted before the cell ran")
    return error


def _magics_class() -> Any:
    from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

    # The texts are the help that `%%giltracer?` shows.
    @magics_class
    class GilTracerMagics(Magics):
        """The magics that IPython finds by name."""

        @no_var_expand
        @line_cell_magic
        def giltracer(self, line: str, cell: str | None = None) -> Any:
            """Show which thread holds the GIL, which waits for it, and for how long.

            Put it on the first line of a cell, or before a statement:

                %%giltracer [options]
                %giltracer [options] STATEMENT

            An example to paste:

                %%giltracer -n two-loops
                import threading

                def work():
                    sum(i * i for i in range(2_000_000))

                threads = [threading.Thread(target=work) for _ in range(2)]
                for t in threads:
                    t.start()
                for t in threads:
                    t.join()

            Options:
              -n, --name LABEL   a name for this run
              -o VAR             store the result in this variable: VAR.document has the figures
              -q                 show no result
              --mode MODE        full: each take and drop of the GIL, by probes;
                                 waits: only where a thread really waits, cheaper;
                                 futex: the same without probes, where Python is stripped;
                                 watch: each take and drop by a watchpoint, needs no root;
                                 sample: what reading memory tells, works nearly everywhere;
                                 auto: the first of full, futex, watch, sample that works (the
                                 default)
              --depth N          Python frames that are read of a stack, 1 to 128 (default 64)
              --max-overhead PERCENT
                                 record waits only as soon as tracing costs more than this
              --states           record whether threads are on a CPU (the default)
              --no-states        do not: cheaper, but "no gil" is not split into working and asleep
              --save PATH        save the trace there, to share it or to read it with DataFrames

            The cell's value, errors and output stay as they are. If tracing is not possible,
            one line says why and how to make it so, and the cell runs untraced.
            """
            try:
                if cell is None:
                    options, source = parse_statement(line)
                    what = "this statement"
                else:
                    options, source, what = parse_cell_options(line), cell, "this cell"
            except OptionError as error:
                # What of the line is the statement can't be told.
                if cell is None:
                    from IPython.core.error import UsageError

                    raise UsageError(f"%giltracer: {error}") from None
                say(f"this cell runs untraced: {error}")
                options, source, what = None, cell, "this cell"
            if not source.strip():
                say("there is nothing to trace; %giltracer? shows the help")
                return None
            return _run_source(self.shell, source, options, what)

    return GilTracerMagics


def _run_source(shell: Any, source: str, options: Options | None, what: str) -> Any:
    """Run code as IPython's ``%%time`` does; return the value of a last expression."""
    code = shell.transform_cell(source)
    name = shell.compile.cache(code)
    sources = _loaded[id(shell)].sources
    sources.note_statement(name, code)
    module = shell.compile.ast_parse(code, filename=name)
    module = shell.transform_ast(module)
    last = module.body[-1] if module.body else None
    expression = None
    if isinstance(last, ast.Expr):
        module.body.pop()
        expression = shell.compile(ast.Expression(last.value), name, "eval")
    statements = shell.compile(module, name, "exec")
    session = None if options is None else Session(shell, sources, options, what)
    value = None
    if session is not None:
        session.start()
    try:
        exec(statements, shell.user_ns)  # noqa: S102
        if expression is not None:
            value = eval(expression, shell.user_ns)  # noqa: S307
    finally:
        if session is not None:
            session.stop()
    return value


def _complete(_shell: Any, event: Any) -> list[str]:
    """Complete options and their values; IPython's hook `complete_command`."""
    symbol = getattr(event, "symbol", "")
    words = getattr(event, "text_until_cursor", "").split()
    if words[-1 if not symbol else -2 :][:1] == ["--mode"]:
        return [mode for mode in MODES if mode.startswith(symbol)]
    return matching_options(symbol) if symbol.startswith("-") or not symbol else []


_loaded: dict[int, CellTracer] = {}


def load(shell: Any) -> None:
    """Register everything in a shell."""
    if id(shell) in _loaded:
        return
    tracer = CellTracer(shell)
    tracer.register()
    shell.register_magics(_magics_class())
    for name in _NAMES:
        shell.set_hook("complete_command", _complete, str_key=name)
    doctor_magic.load(shell)
    _loaded[id(shell)] = tracer


def unload(shell: Any) -> None:
    """Undo `load`, and end the bridge."""
    tracer = _loaded.pop(id(shell), None)
    if tracer is None:
        return
    tracer.unregister()
    for kind in ("cell", "line"):
        shell.magics_manager.magics[kind].pop("giltracer", None)
    dispatcher = getattr(shell, "strdispatchers", {}).get("complete_command")
    for name in _NAMES:
        if dispatcher is not None:
            dispatcher.strs.pop(name, None)
    doctor_magic.unload(shell)
    if not _loaded:
        recorder.close()
