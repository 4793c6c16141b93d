"""Finds and removes the line `%%giltracer …` of a cell. Pure: no IPython, no state."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OWN = re.compile(r"%%giltracer(?=\s|$)")
_NOT_MAGIC = re.compile(r"%%\w+\?")


@dataclass(frozen=True)
class MagicLine:
    """The `%%giltracer` in the leading run of a cell's magic lines."""

    #: Index of the line; of all, if somebody wrote it more than once.
    indexes: tuple[int, ...]
    #: What follows the (first) magic's name.
    options: str
    #: Whether other cell magics stand above or below it.
    stacked: bool
    #: Whether anything but magic lines follows.
    has_body: bool


def find_magic(lines: list[str]) -> MagicLine | None:
    """Look at the leading run of `%%` and blank lines of a cell.

    Args:
        lines: the cell, with line ends, without leading blank lines and indentation.

    """
    own: list[int] = []
    stacked = False
    position = 0
    while position < len(lines):
        line = lines[position]
        if line.startswith("%%"):
            if _NOT_MAGIC.match(line):
                break
            if _OWN.match(line):
                own.append(position)
            else:
                stacked = True
        elif line.strip():
            break
        position += 1
    if not own:
        return None
    return MagicLine(
        indexes=tuple(own),
        options=lines[own[0]][len("%%giltracer") :].strip(),
        stacked=stacked,
        has_body=stacked or any(line.strip() for line in lines[position:]),
    )


def remove_magic(lines: list[str]) -> list[str]:
    """Return the cell as IPython shall see it.

    A line that stands alone becomes a comment of the same length: nothing moves. Beside other
    cell magics it is removed: the first line of a cell must be theirs.
    """
    magic = find_magic(lines)
    if magic is None:
        return lines
    if magic.stacked:
        return [lines[index] for index in kept_lines(lines, magic)]
    return ["#" + line[1:] if index in magic.indexes else line for index, line in enumerate(lines)]


def kept_lines(lines: list[str], magic: MagicLine | None) -> list[int]:
    """Return the indexes of the lines that `remove_magic` keeps.

    Args:
        lines: as above.
        magic: what `find_magic` gave for them.

    """
    kept = list(range(len(lines)))
    if magic is not None and magic.stacked:
        kept = [index for index in kept if index not in magic.indexes]
        while not lines[kept[0]].strip():
            del kept[0]
    return kept


def clean_cell(lines: list[str]) -> list[str]:
    """Do `remove_magic`, as IPython's input-cleanup transformer."""
    return remove_magic(lines)


# IPython's check whether a cell is complete skips transformers with side effects. This one has
# none, but must be skipped there: the check shall see the magic's line, and so wait for a blank
# line as it does for every cell magic.
clean_cell.has_side_effects = True  # type: ignore[attr-defined]
