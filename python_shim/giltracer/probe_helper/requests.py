"""What a request may hold: the grammar of names, numbers and fetch arguments."""

from __future__ import annotations

import re
from typing import Any

#: Of what the kernel takes (MAX_ARGSTR_LEN of kernel/trace/trace_probe.h).
_LONGEST_FETCH = 2000
_DEEPEST_FETCH = 16

#: SITE, the copy's number, the bridge's pid. The kernel's limit is 64 characters.
PROBE_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}_([1-9][0-9]{0,9})")

_FIELD = re.compile(r"([a-z][a-z0-9_]{0,30})=([^=:]{1,100}):(?:[us](?:8|16|32|64)|x(?:8|16|32|64))")
_INNERMOST = re.compile(r"%[a-z][a-z0-9]{1,4}|\$stack[0-9]{1,3}|@0x[0-9a-f]{1,16}")
_DEREFERENCE = re.compile(r"[+-][0-9]{1,9}\((.*)\)")


class RefusedError(Exception):
    """What was asked for is not done; one line that says why."""


def check_fetch(text: Any) -> str:
    """Return fetch arguments that may be written to the kernel.

    Raises:
        RefusedError: they are not of the grammar that this helper takes.

    """
    if not isinstance(text, str) or len(text) > _LONGEST_FETCH:
        raise RefusedError("fetch arguments are no text, or too long")
    if text == "":
        return text
    for field in text.split(" "):
        match = _FIELD.fullmatch(field)
        if match is None or not _is_value(match.group(2)):
            raise RefusedError(f"fetch argument {field!r} is not allowed")
    return text


def _is_value(text: str) -> bool:
    for _ in range(_DEEPEST_FETCH):
        if _INNERMOST.fullmatch(text):
            return True
        outer = _DEREFERENCE.fullmatch(text)
        if outer is None:
            return False
        text = outer.group(1)
    return False


def check_name(text: Any, bridge: int) -> str:
    """Return the name of a probe of this bridge.

    Raises:
        RefusedError: it is not one.

    """
    match = PROBE_NAME.fullmatch(text) if isinstance(text, str) else None
    if match is None or match.group(1) != str(bridge):
        raise RefusedError(f"{text!r} is no name of a probe of process {bridge}")
    return match.group(0)


def check_number(value: Any, what: str, limit: int) -> int:
    """Return a number from 0 to below the limit.

    Raises:
        RefusedError: it is not one.

    """
    # True is an int, too.
    if type(value) is not int or not 0 <= value < limit:
        raise RefusedError(f"{what} {value!r} is no number that can be")
    return value
