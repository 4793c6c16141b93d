"""The options of the magic."""

from __future__ import annotations

import argparse
import io
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, NoReturn, TypeVar

from .capture import (
    DEFAULT_CAPTURE,
    DEFAULT_DEPTH,
    MOST_DEPTH,
    Capture,
    parse_depth,
    parse_mode,
    parse_percent,
)

#: Option → its help line; in the order of the help.
OPTIONS = {
    "-n": "LABEL  a name for this run (also --name)",
    "--name": "LABEL  a name for this run",
    "-o": "VAR  store the result in this variable",
    "-q": "show no result",
    "--mode": "auto|full|waits|futex|watch|sample  the rung; auto: the best that works",
    "--depth": f"N  Python frames that are read of a stack, 1 to {MOST_DEPTH} ({DEFAULT_DEPTH})",
    "--max-overhead": "PERCENT  record waits only as soon as tracing costs more than this",
    "--states": "record whether threads are on a CPU (the default)",
    "--no-states": "do not: cheaper, but 'no gil' is not split into working and asleep",
    "--state-detect": "the same as --states",
    "--save": "PATH  save the trace there, to share it or to read it with DataFrames",
}

USAGE = (
    "-n LABEL, -o VAR, -q, --mode MODE, --depth N, --max-overhead PERCENT, --states, --no-states, "
    "--save PATH"
)

#: Options that are followed by a value.
_WITH_VALUE = ("-n", "--name", "-o", "--mode", "--depth", "--max-overhead", "--save")

_T = TypeVar("_T")


class OptionError(Exception):
    """The options are wrong; the message is one line."""


@dataclass(frozen=True)
class Options:
    """The options of one traced cell or statement."""

    name: str = ""
    variable: str | None = None
    quiet: bool = False
    capture: Capture = DEFAULT_CAPTURE
    #: Absolute.
    save: str | None = None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{message}; the options are {USAGE}")


def _variable(text: str) -> str:
    if not text.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not a variable's name")
    return text


def _checked(parse: Callable[[str], _T]) -> Callable[[str], _T]:
    """Make argparse show the message of a ValueError."""

    def convert(text: str) -> _T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def _parser() -> _Parser:
    parser = _Parser(prog="%%giltracer", add_help=False, allow_abbrev=False)
    parser.add_argument("-n", "--name", default="", metavar="LABEL")
    parser.add_argument("-o", dest="variable", type=_variable, metavar="VAR")
    parser.add_argument("-q", dest="quiet", action="store_true")
    parser.add_argument("--mode", type=_checked(parse_mode), default="auto")
    parser.add_argument("--depth", type=_checked(parse_depth), default=DEFAULT_DEPTH)
    parser.add_argument("--max-overhead", type=_checked(parse_percent))
    parser.add_argument("--states", "--state-detect", action="store_true", default=True)
    parser.add_argument("--no-states", dest="states", action="store_false")
    parser.add_argument("--save", metavar="PATH")
    return parser


def _options(values: argparse.Namespace) -> Options:
    fields: dict[str, Any] = vars(values)
    names = ("states", "mode", "depth", "max_overhead")
    fields["capture"] = Capture(**{name: fields.pop(name) for name in names})
    if fields["save"] is not None:
        if not fields["save"]:
            raise OptionError("--save needs a path")
        # The cell may change the current folder.
        fields["save"] = str(Path(fields["save"]).expanduser().absolute())
    return Options(**fields)


def parse_cell_options(line: str) -> Options:
    """Parse what follows `%%giltracer`.

    Raises:
        OptionError: names what is wrong and the valid options.

    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise OptionError(f"{error} in {line!r}".lower()) from None
    values, others = _parser().parse_known_args(words)
    if others:
        kind = "option" if others[0].startswith("-") else "argument"
        raise OptionError(f"unknown {kind} {others[0]}; the options are {USAGE}")
    return _options(values)


def parse_statement(line: str) -> tuple[Options, str]:
    """Parse what follows `%giltracer`: options, then a statement, which is returned unchanged.

    Raises:
        OptionError: as above.

    """
    words: list[str] = []
    rest = line.strip()
    while rest.startswith("-"):
        word, rest = _first_word(rest)
        if word == "--":
            break
        words.append(word)
        if word in _WITH_VALUE:
            if not rest:
                raise OptionError(f"{word} needs a value; the options are {USAGE}")
            value, rest = _first_word(rest)
            words.append(value)
    values, others = _parser().parse_known_args(words)
    if others:
        raise OptionError(f"unknown option {others[0]}; the options are {USAGE}")
    return _options(values), rest


def _first_word(text: str) -> tuple[str, str]:
    """Split off the first word, quotes taken away as a shell does."""
    stream = io.StringIO(text)
    lexer = shlex.shlex(stream, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        word = lexer.get_token()
    except ValueError as error:
        raise OptionError(f"{error} in {text!r}".lower()) from None
    return word or "", text[stream.tell() :].lstrip()


def matching_options(text: str) -> list[str]:
    """Return the options that begin with a text; for completion."""
    return [option for option in OPTIONS if option.startswith(text)]
