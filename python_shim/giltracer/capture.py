"""What a run records, as the user chose it: for the magic and for the command line.

No argparse here: a program under `giltracer run` shall find few modules imported that it did not
import itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

#: Values of --mode that work.
MODES = ("auto", "full", "waits", "futex", "watch", "sample")

#: Python frames that are read of a stack, and the most that can be asked for.
DEFAULT_DEPTH = 64
MOST_DEPTH = 128


@dataclass(frozen=True)
class Capture:
    """What is recorded, and how much."""

    #: Whether scheduler states are recorded.
    states: bool = True
    #: One of MODES.
    mode: str = "auto"
    #: Python frames that are read of each stack.
    depth: int = DEFAULT_DEPTH
    #: Percent of the run's time that tracing may cost; None: no limit.
    max_overhead: float | None = None

    def request_fields(self) -> dict[str, Any]:
        """Return the keys of the bridge's `start` request."""
        fields: dict[str, Any] = {"states": self.states, "mode": self.mode, "depth": self.depth}
        if self.max_overhead is not None:
            fields["max_overhead"] = self.max_overhead
        return fields


DEFAULT_CAPTURE = Capture()


def parse_mode(text: str) -> str:
    """Return a mode.

    Raises:
        ValueError: it is none, or not one that can be asked for; the message is one line.

    """
    if text in MODES:
        return text
    known = f"choose {', '.join(MODES[:-1])} or {MODES[-1]}"
    raise ValueError(f"{text!r} is not a mode; {known}")


def parse_depth(text: str) -> int:
    """Return a number of frames.

    Raises:
        ValueError: it is out of range; the message is one line.

    """
    # isdecimal also takes digits of other scripts, as int does.
    if text.isdecimal() and 1 <= int(text) <= MOST_DEPTH:
        return int(text)
    raise ValueError(f"{text!r} is not a number of frames from 1 to {MOST_DEPTH}")


def parse_percent(text: str) -> float:
    """Return a percentage above 0; the percent sign may be there.

    Raises:
        ValueError: it is none; the message is one line.

    """
    try:
        value = float(text[:-1] if text.endswith("%") else text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ValueError(f"{text!r} is not a percentage above 0")
    return value
