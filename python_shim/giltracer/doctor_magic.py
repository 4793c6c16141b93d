"""The magic `%giltracer_doctor`."""

from __future__ import annotations

import sys
from typing import Any

from .displays import say
from .failure import TracingError

_NAME = "giltracer_doctor"
_OPTION = "--json"


def load(shell: Any) -> None:
    """Register the magic and its completion."""
    shell.register_magics(_magics_class())
    shell.set_hook("complete_command", _complete, str_key=f"%{_NAME}")


def unload(shell: Any) -> None:
    """Undo `load`."""
    shell.magics_manager.magics["line"].pop(_NAME, None)
    dispatcher = getattr(shell, "strdispatchers", {}).get("complete_command")
    if dispatcher is not None:
        dispatcher.strs.pop(f"%{_NAME}", None)


def _complete(_shell: Any, event: Any) -> list[str]:
    return [_OPTION] if _OPTION.startswith(getattr(event, "symbol", "")) else []


def _magics_class() -> Any:
    from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand

    # The text is the help that `%giltracer_doctor?` shows.
    @magics_class
    class GilTracerDoctor(Magics):
        """The magic that IPython finds by name."""

        @no_var_expand
        @line_magic
        def giltracer_doctor(self, line: str) -> None:
            """Print what can be traced here, what stands in the way, and what would lift it.

                %giltracer_doctor [--json]

            Each capability is tried for real, which takes a second or two. Nothing is changed.

            Options:
              --json   print the report for programs
            """
            _print_report(line.split())

    return GilTracerDoctor


def _print_report(words: list[str]) -> None:
    from .doctor import examine

    if words not in ([], [_OPTION]):
        from IPython.core.error import UsageError

        raise UsageError(f"%{_NAME}: the only option is {_OPTION}")
    try:
        report = examine()
    except TracingError as error:
        say(f"the doctor can't work now: {error.message}")
        return
    if words:
        import json

        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        from .doctor_text import doctor_text

        sys.stdout.write(doctor_text(report))
