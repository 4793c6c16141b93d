"""From the lines of the code that IPython made of a cell to the lines that its author counts.

Pure: no IPython, no state. Whatever does not match line by line has no answer: a wrong line is
worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .cell_lines import MagicLine, find_magic, kept_lines

#: Where str.splitlines, and so IPython, ends a line, but neither Python nor an editor does.
_OTHER_LINE_ENDS = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]|\r(?!\n)")
#: As IPython's classic_prompt and ipython_prompt (core/inputtransformer2.py).
_PROMPT = re.compile(r"\s*(>>>|\.{3,}|In \[\d+\]:|\.{3,}:)( |$)")
_CELL_MAGIC = re.compile(r"%%(\w+)")
#: In every line of IPython's own syntax that becomes a call of get_ipython().
_SYNTAX = re.compile("[%!?]")
#: What IPython makes of a cell magic: one line.
_CELL_MAGIC_CALL = "get_ipython().run_cell_magic("


@dataclass(frozen=True)
class NumberedLine:
    """A line of a cell, and the number that its author sees."""

    text: str
    number: int


def numbered_lines(raw: str) -> list[NumberedLine] | None:
    """Return the lines of a cell, counted from 1; None if editor and IPython count differently."""
    if _OTHER_LINE_ENDS.search(raw):
        return None
    return [NumberedLine(text, number) for number, text in enumerate(raw.splitlines(True), 1)]


@dataclass(frozen=True)
class CleanedCell:
    """A cell as IPython's cleanup leaves it."""

    lines: list[NumberedLine]
    #: The cell magic on top; not ours.
    magic: str | None

    @property
    def body(self) -> list[NumberedLine]:
        """What is below the magic: the string that it is called with."""
        return self.lines[1:]

    @property
    def bodies(self) -> list[list[NumberedLine]]:
        """What is below the magic, what is below one on top of that, and so on."""
        return [] if self.magic is None else [self.body, *clean(self.body).bodies]


def clean(lines: list[NumberedLine]) -> CleanedCell:
    """Drop leading blank lines, indentation, prompts and, where it is removed, our own magic."""
    first = next((index for index, line in enumerate(lines) if line.text.strip()), len(lines))
    lines = lines[first:]
    indent = re.match(r"[ \t]*", lines[0].text if lines else "")
    width = 0 if indent is None else indent.end()
    # All lines alike: what is not code is told by its first characters alone.
    lines = [
        NumberedLine(line.text[width:] if line.text[:width].isspace() else line.text, line.number)
        for line in lines
    ]
    if lines and _PROMPT.match(lines[0].text):
        lines = [NumberedLine(_PROMPT.sub("", line.text, count=1), line.number) for line in lines]
    texts = [line.text for line in lines]
    magic = find_magic(texts)
    lines = [lines[index] for index in kept_lines(texts, magic)]
    return CleanedCell(lines, _other_magic(lines, magic))


def _other_magic(lines: list[NumberedLine], own: MagicLine | None) -> str | None:
    # Ours alone is a comment in truth.
    match = None
    if lines and (own is None or own.stacked):
        match = _CELL_MAGIC.match(lines[0].text)
    return None if match is None else match[1]


def shift(cell: CleanedCell, code: list[str]) -> int | None:
    """Return how many lines to add to a line of the code to get the author's.

    Args:
        cell: the cell that the code was made of.
        code: the lines of the code that was compiled.

    """
    code = _without_blank_end(code)
    if cell.magic is not None:
        if len(code) == 1 and code[0].startswith(_CELL_MAGIC_CALL):
            return cell.lines[0].number - 1
        return None
    texts = _without_blank_end([line.text for line in cell.lines])
    if not code or len(code) != len(texts):
        # A magic that goes over several lines becomes one: what follows it moves.
        return None
    if not all(_same_line(*pair) for pair in zip(texts, code)):
        return None
    first = cell.lines[0].number
    if any(line.number != first + index for index, line in enumerate(cell.lines[: len(texts)])):
        return None
    return first - 1


def _same_line(text: str, code: str) -> bool:
    text, code = text.strip(), code.strip()
    return bool(
        text == code
        # A line of IPython's own syntax: a magic, a command of the shell, a question.
        or ("get_ipython()" in code and _CELL_MAGIC_CALL not in code and _SYNTAX.search(text))
        # Ours, made a comment.
        or (text.startswith("%%") and code == "#" + text[1:])
        or _PROMPT.sub("", text, count=1).strip() == code
    )


def same_lines(lines: list[NumberedLine], others: list[NumberedLine]) -> bool:
    """Tell whether two pieces of cells have the same text, but for indentation."""
    one, two = (
        _without_blank_end([line.text.strip() for line in piece]) for piece in (lines, others)
    )
    return one == two


def _without_blank_end(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]
