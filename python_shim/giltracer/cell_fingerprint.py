"""What each line of a cell was when it ran: so a reader can tell which has changed since.

Pure: no IPython, no state.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from zlib import crc32

#: Where the editors of notebooks end a line (CodeMirror's default, @codemirror/state Text.of).
_LINE_END = re.compile("\r\n?|\n")
#: Lines that are told of one cell, and of all: a request must stay far below the longest that the
#: bridge reads (src/bridge/protocol/json-lines.ts), and longer cells hardly exist.
_MOST_LINES = 2000
_MOST_LINES_IN_ALL = 32_000
#: Characters of a sum.
_DIGITS = 8


@lru_cache(maxsize=1000)
def line_sums(raw: str) -> dict[str, str]:
    """Return the `line_crc32` of a cell's entry, eight digits a line; nothing if it is too long."""
    lines = _LINE_END.split(raw)
    if len(lines) > _MOST_LINES:
        return {}
    return {
        "line_crc32": "".join(f"{crc32(line.encode('utf-8', 'replace')):08x}" for line in lines)
    }


def bound_sums(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the `cells` of the bridge's `source`; if they are many, only the newest keep sums."""
    left = _MOST_LINES_IN_ALL * _DIGITS
    bounded = []
    for cell in reversed(cells):
        left -= len(cell.get("line_crc32", ""))
        if left < 0:
            cell = {key: value for key, value in cell.items() if key != "line_crc32"}
        bounded.append(cell)
    return bounded[::-1]
