"""Which file names stand for which cells: code objects of a cell name a file that does not exist.

The bridge is told, for each such name, the cell and how far its lines are from those that the
author counts. IPython drops leading blank lines, cell magics are called with what is below them,
our own line may be removed. What can't be told for certain is left out.
"""

from __future__ import annotations

import ast
import linecache
import re
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Iterator

from .cell_alignment import CleanedCell, NumberedLine, clean, numbered_lines, same_lines, shift
from .cell_fingerprint import bound_sums, line_sums

#: Cells that are remembered.
_MOST_CELLS = 1000

#: `%time`, `%%time`, and the call that IPython makes of them.
_TIME = re.compile(r"(?<![\w%])%{1,2}time\b|_magic\(\s*[\"']time[\"']")
#: Lines that IPython rewrites: magics, commands of the shell, questions.
_MAGIC = re.compile(r"\s*[%!?]|.*\?\s*$|.*=\s*[%!]")
#: File names that IPython gives to all that `%time` and `%%time` run.
_TIMED_FILES = ("<timed exec>", "<timed eval>")
#: Code that can be called when its cell has ended.
_LASTING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp)


@dataclass(eq=False)
class CellRun:
    """One call of IPython's `run_cell`."""

    raw: str
    #: Execution count that it was compiled with.
    number: int
    cell_id: str | None = None
    info: Any = None
    #: The one that called it: `%%capture` does, and users may.
    parent: CellRun | None = None
    #: Whether it was called by something that is not known.
    orphan: bool = False
    #: File → lines to add; known once it was compiled.
    shifts: dict[str, int] = field(default_factory=dict)
    #: Whether nothing more will be known of it.
    ended: bool = False

    @property
    def root(self) -> CellRun:
        """The cell of the notebook."""
        return self if self.parent is None else self.parent.root

    def lines(self) -> list[NumberedLine] | None:
        """Return its lines with the numbers that the notebook's author sees; None if unknown."""
        lines = None if self.orphan else numbered_lines(self.raw)
        if lines is None or self.parent is None:
            return lines
        above = self.parent.lines()
        if above is None:
            return None
        # What a cell magic handed on.
        for body in clean(above).bodies:
            if same_lines(body, lines):
                return body
        return None

    def cleaned(self) -> CleanedCell | None:
        """Return it as IPython's cleanup leaves it; None if its lines' numbers are unknown."""
        lines = self.lines()
        return None if lines is None else clean(lines)


@dataclass(frozen=True)
class _Statement:
    """What `%giltracer STATEMENT` has compiled."""

    file: str
    #: File and line of the frames that called it, innermost first.
    callers: list[tuple[str, int]]
    one_line: bool


class CellSources:
    """Remembers the cells of a shell."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._runs: deque[CellRun] = deque(maxlen=_MOST_CELLS)
        self._statements: deque[_Statement] = deque(maxlen=_MOST_CELLS)
        # What ran before us: without ids, and without cells that were not stored.
        self._earlier: list[CellRun] = []
        with suppress(Exception):
            history = list(shell.history_manager.input_hist_raw)
            runs = [CellRun(str(raw), number) for number, raw in enumerate(history)]
            # The last is the one that loads us; it is not compiled anew.
            self._earlier = runs[-_MOST_CELLS:]

    def note(self, info: Any) -> None:
        """Remember a cell that is about to be compiled; called in `pre_run_cell`."""
        running = list(_running_cells())
        own = running[0] if running and running[0].get("info") is info else {}
        run = CellRun(
            raw=info.raw_cell,
            number=own.get("execution_count", self._shell.execution_count),
            cell_id=self._cell_id(info),
            info=info,
        )
        if len(running) > 1:
            outer = running[1].get("info")
            parents = [known for known in self._runs if known.info is outer]
            run.parent = parents[-1] if parents else None
            run.orphan = run.parent is None
        self._runs.append(run)

    def note_statement(self, file: str, code: str) -> None:
        """Remember code that `%giltracer` has compiled; called by the magic."""
        frame: Any = sys._getframe(1)
        callers = []
        while frame is not None:
            callers.append((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back
        self._statements.append(_Statement(file, callers, len(code.splitlines()) == 1))

    def cells(self) -> list[dict[str, Any]]:
        """Return the `cells` of the bridge's `source`."""
        names = self._names_by_number()
        newest = self._runs[-1].root if self._runs else None
        entries: dict[str, dict[str, Any] | None] = {}
        # The same text run again has the same name: the newest is what the author sees.
        for run in [*self._earlier, *self._runs]:
            if not run.ended:
                self._find_shifts(run, names)
                run.ended = run.root is not newest
            for file, first_line in run.shifts.items():
                entries[file] = _entry(file, run, first_line)
        for file in _TIMED_FILES:
            entries.pop(file, None)
        entries.update(self._timed(newest))
        self._add_statements(entries, {name for found in names.values() for name in found})
        return bound_sums([entry for entry in entries.values() if entry is not None])

    def cells_so_far(self) -> list[dict[str, Any]]:
        """Return the same before the newest cell is compiled, with that one if it is certain."""
        found = {entry["file"]: entry for entry in self.cells()}
        for file in _TIMED_FILES:
            found.pop(file, None)
        newest = self._runs[-1] if self._runs else None
        for run in [*self._earlier, *self._runs]:
            # A part of the newest cell may be run under the name that the same text had before.
            if newest is not None and run.raw.strip() in newest.raw:
                for file in run.shifts:
                    found.pop(file, None)
        return [*found.values(), *self._expected()]

    def _expected(self) -> list[dict[str, Any]]:
        """Return what `cells` will say of the cell that is about to be compiled.

        Only for a cell of plain Python below our own magic: what IPython makes of the syntax of
        its own is seen when it is done.
        """
        run = self._runs[-1] if self._runs else None
        cell = run.cleaned() if run is not None and run.parent is None else None
        if run is None or cell is None or any(_MAGIC.match(line.text) for line in cell.lines[1:]):
            return []
        first_line = shift(cell, [line.text for line in cell.lines])
        get_name = getattr(self._shell.compile, "get_code_name", None)
        if cell.magic is not None or first_line is None or get_name is None:
            return []
        # ipykernel names a cell after its text as it was typed.
        name = get_name(run.raw, run.raw, run.number)
        return [_entry(name, run, first_line)]

    def _names_by_number(self) -> dict[int, list[str]]:
        """Return the names of compiled cells by the execution count that they were given."""
        names: dict[int, list[str]] = {}
        # Since IPython 8.0.
        known = getattr(self._shell.compile, "_filename_map", None)
        if known is not None:
            for name, number in list(known.items()):
                names.setdefault(number, []).append(name)
            return names
        for name in list(linecache.cache):
            match = re.fullmatch(r"<ipython-input-(\d+)-\w+>", str(name))
            if match:
                names.setdefault(int(match[1]), []).append(str(name))
        return names

    def _find_shifts(self, run: CellRun, names: dict[int, list[str]]) -> None:
        if run.shifts or not run.raw.strip():
            return
        candidates = names.get(run.number, [])
        if not names:
            # IPython 7 with ipykernel, whose names depend on the text alone.
            with suppress(Exception):
                candidates = [self._shell.compile.get_code_name(run.raw, run.raw, run.number)]
        compiled = {name: _compiled_lines(name) for name in candidates}
        cell = run.cleaned() if any(compiled.values()) else None
        if cell is None:
            return
        for name, code in compiled.items():
            first_line = shift(cell, code)
            if first_line is not None:
                run.shifts[name] = first_line

    def _timed(self, newest: CellRun | None) -> dict[str, dict[str, Any] | None]:
        """Return the entry of what `%%time` ran, if only one such cell can have code that runs."""
        users: dict[str, CellRun] = {}
        for run in [*self._earlier, *self._runs]:
            # What a cell runs is counted as part of it, if it stands there.
            if _TIME.search(run.raw) and (run.parent is None or run.lines() is None):
                users[run.raw] = run
        relevant = [run for run in users.values() if run.root is newest or self._lasts(run)]
        if len(relevant) != 1 or len(_TIME.findall(relevant[0].raw)) != 1:
            return {}
        for run in [*self._runs, *self._earlier]:
            if run.root is relevant[0]:
                found = self._timed_body(run)
                if found is not None:
                    file, first_line, _ = found
                    return {file: _entry(file, run, first_line)}
        return {}

    def _lasts(self, run: CellRun) -> bool:
        """Tell whether code that `%time` or `%%time` ran may be called later."""
        found = self._timed_body(run)
        if found is not None:
            return any(isinstance(node, _LASTING) for node in ast.walk(found[2]))
        # A line, or a call of ours: not worth parsing.
        return re.search(r"\b(def|lambda|for)\b", run.raw) is not None

    def _timed_body(self, run: CellRun) -> tuple[str, int, ast.Module] | None:
        """Return the file, the lines to add and the tree of what `%%time` ran of a cell."""
        cell = run.cleaned()
        if cell is None or cell.magic != "time":
            return None
        body = cell.body
        # As the magic does (IPython 7.34 to 9, core/magics/execution.py `time`).
        try:
            code = self._shell.transform_cell("".join(line.text for line in body))
            tree = ast.parse(code)
        except Exception:
            return None
        first_line = shift(clean(body), code.splitlines())
        if first_line is None:
            return None
        is_expression = len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr)
        return _TIMED_FILES[is_expression], first_line, tree

    def _add_statements(self, entries: dict[str, dict[str, Any] | None], known: set[str]) -> None:
        known = known | set(_TIMED_FILES) | entries.keys()
        for statement in self._statements:
            # The innermost frame of a cell is where the magic stands.
            caller = next((place for place in statement.callers if place[0] in known), None)
            above = None if caller is None else entries.get(caller[0])
            if caller is None or above is None or not statement.one_line:
                entries[statement.file] = None
            else:
                first_line = above["first_line"] + caller[1] - 1
                entries[statement.file] = {
                    **above,
                    "file": statement.file,
                    "first_line": first_line,
                }

    def _cell_id(self, info: Any) -> str | None:
        identity = getattr(info, "cell_id", None)
        if identity is None:
            # Before IPython 8.4: JupyterLab tells it the kernel all the same.
            get_parent = getattr(self._shell, "get_parent", None)
            with suppress(Exception):
                identity = get_parent()["metadata"]["cellId"] if get_parent else None
        return identity if isinstance(identity, str) and identity else None


def _entry(file: str, run: CellRun, first_line: int) -> dict[str, Any]:
    root = run.root
    entry: dict[str, Any] = {"file": file, "first_line": first_line}
    if root.cell_id is not None:
        entry["cell_id"] = root.cell_id
        entry.update(line_sums(root.raw))
    if root.number > 0:
        entry["execution_count"] = root.number
    return entry


def _compiled_lines(name: str) -> list[str]:
    entry = linecache.cache.get(name)
    # Entries that are read only when they are asked for are shorter.
    return list(entry[2]) if entry is not None and len(entry) == 4 else []


def _running_cells() -> Iterator[dict[str, Any]]:
    """Yield the local variables of IPython's frames that run cells, innermost first.

    IPython 7.34 to 9, core/interactiveshell.py `run_cell_async`: `info`, and since 9.16
    `execution_count`.
    """
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "run_cell_async":
            yield frame.f_locals
        frame = frame.f_back
