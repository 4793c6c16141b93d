"""`giltracer setup --user NAME`: an administrator lets an ordinary user trace exactly."""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path
from typing import Callable

from .cli import UsageError
from .failure import TracingError
from .setup_files import Record
from .setup_plan import (
    HELPER,
    Plan,
    Setting,
    check_rule,
    find_user,
    make_plan,
    read_setting,
)
from .supported_platform import check_platform

_WIDTH = 96

#: What everybody gains by a setting of the kernel.
_FOR_ALL = {
    "kernel.perf_event_paranoid": (
        "every user may record what the own processes do in user code; the kernel and other "
        "users' processes stay closed. This is the kernel's own default"
    ),
    "kernel.perf_event_mlock_kb": (
        "every user's perf may keep that much memory for each CPU, in KiB; with less, records of "
        "a busy program are lost"
    ),
}


def main(words: list[str]) -> int:
    """Run `giltracer setup`; return its exit status.

    Raises:
        UsageError: the arguments are wrong.

    """
    values, switches = _parse(words)
    name = values["--user"]
    ask = _asker(switches)
    try:
        if "--undo" in switches:
            undo(name, ask, _say)
        else:
            python = values.get("--python")
            set_up(name, Path(python) if python else None, ask, _say)
    except (TracingError, OSError) as error:
        sys.stdout.flush()
        why = error.message if isinstance(error, TracingError) else _of_file(error)
        sys.stderr.write(f"giltracer: {why}\n")
        return 1
    return 0


def _parse(words: list[str]) -> tuple[dict[str, str], set[str]]:
    values: dict[str, str] = {}
    switches = set()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option, equals, attached = word.partition("=")
        if option in ("--user", "--python"):
            if not equals and not rest:
                raise UsageError(f"{option} needs a value")
            values[option] = attached if equals else rest.pop(0)
        elif word in ("--undo", "--dry-run", "--yes"):
            switches.add(word)
        else:
            raise UsageError(f"setup: unknown argument {word}; see giltracer --help")
    if not values.get("--user"):
        raise UsageError("setup: name the user with --user NAME; see giltracer --help")
    return values, switches


def _asker(switches: set[str]) -> Callable[[], bool]:
    def ask() -> bool:
        if "--dry-run" in switches or "--yes" in switches:
            return "--dry-run" not in switches
        if not sys.stdin.isatty():
            raise TracingError("setup asks before it changes anything: use a terminal, or --yes")
        sys.stdout.write("Do this? [y/N] ")
        sys.stdout.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    return ask


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def set_up(
    name: str, python: Path | None, ask: Callable[[], bool], say: Callable[[str], None]
) -> None:
    """Set up a user, after `ask` has said yes; `say` gets lines for the administrator.

    Raises:
        TracingError: one line that names what stands in the way.

    """
    _check_root()
    user = find_user(name)
    record = Record()
    plan = make_plan(user, record, python)
    if not plan.files and not plan.settings:
        say(f"{name} is set up already: nothing to change.")
        return
    say(describe(plan))
    if not ask():
        say("Nothing was changed.")
        return
    _apply(plan, record)
    say(f"{name} may trace now: `giltracer run`, %%giltracer; `giltracer doctor` checks it.")


def undo(name: str, ask: Callable[[], bool], say: Callable[[str], None]) -> None:
    """Take back what `set_up` did for a user; what all share goes with the last one.

    Raises:
        TracingError: one line that names what stands in the way.

    """
    _check_root()
    record = Record()
    if name not in record.users:
        say(f"{name} was not set up by `giltracer setup`: nothing to undo.")
        return
    say("\n".join(["Put back:", *(f"  {path}" for path in _files_of(name, record))]))
    for setting in _settings_of(name, record):
        say(f"  {setting.name}: {setting.after} -> {setting.before}")
    if not ask():
        say("Nothing was changed.")
        return
    kept = _take_back(name, record)
    if kept:
        raise TracingError("; ".join(kept))
    say(f"{name} may do what {name} could before.")


def _is_last(name: str, record: Record) -> bool:
    return list(record.users) == [name]


def _files_of(name: str, record: Record) -> list[Path]:
    """What goes with a user: the own rule first, what all share with the last one."""
    own = Path(record.users[name])
    shared = [path for path in record.files if path != own] if _is_last(name, record) else []
    return [own, *shared]


def _settings_of(name: str, record: Record) -> list[Setting]:
    if not _is_last(name, record):
        return []
    items = record.settings.items()
    return [Setting(setting, values["before"], values["set"]) for setting, values in items]


def _take_back(name: str, record: Record) -> list[str]:
    """Put everything back; return a line for each thing that could not be."""
    files, settings = _files_of(name, record), _settings_of(name, record)
    kept = [line for line in map(record.put_back, files) if line is not None]
    for setting in settings:
        now = read_setting(setting.name)
        if now == setting.after:
            setting.apply(setting.before)
        elif now != setting.before:
            kept.append(f"{setting.name} was changed after giltracer setup: it stays")
        del record.settings[setting.name]
    del record.users[name]
    record.save()
    return kept


def describe(plan: Plan) -> str:
    """Return what will be changed, and who gains what by it."""
    name = plan.user.name
    lines = [f"This lets {name} trace own Python programs exactly (mode full). It will", ""]
    lines += [
        f"  {'replace' if file.path.exists() else 'write'} {file.path} (mode {file.mode:04o}, root)"
        for file in plan.files
    ]
    lines += [
        f"  set {setting.name}: {setting.before} -> {setting.after}, now and after each restart"
        for setting in plan.settings
    ]
    lines += ["", *_wrapped(_power(name))]
    for setting in plan.settings:
        lines += ["", *_wrapped(f"{setting.name}: {_FOR_ALL[setting.name]}.")]
    lines += ["", f"`giltracer setup --user {name} --undo` puts everything back."]
    return "\n".join(lines)


def _power(name: str) -> str:
    return (
        f"What {name} gains: to start one program as root without a password, {HELPER}. It sets "
        f"probes at places in the code that {name}'s own processes run, and removes them. What "
        f"they record - registers and memory of {name}'s own processes - is read by perf with "
        f"{name}'s own rights. It opens nothing of other users, of the kernel or of root, and runs "
        "no other program. Each probe takes the kernel some memory; their number is limited. "
        f"Its head says why that is all: {HELPER.parent}/giltracer_probe_helper/__init__.py."
    )


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_on_hyphens=False, break_long_words=False)


def _apply(plan: Plan, record: Record) -> None:
    """Do all of it, or nothing."""
    name = plan.user.name
    try:
        record.users[name] = str(plan.user.sudoers_file)
        for setting in plan.settings:
            known = record.settings.get(setting.name, {"before": setting.before})
            record.settings[setting.name] = {**known, "set": setting.after}
        record.save()
        for file in plan.files:
            if file.path != plan.user.sudoers_file:
                record.write(file)
        for setting in plan.settings:
            setting.apply(setting.after)
        # Last: what it allows is complete then.
        for file in plan.files:
            if file.path == plan.user.sudoers_file:
                record.write(file, check_rule)
    except (TracingError, OSError) as error:
        why = error.message if isinstance(error, TracingError) else _of_file(error)
        kept = _take_back(name, record)
        raise TracingError("; ".join([why, *(kept or ["nothing was changed"])])) from None


def _of_file(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}"


def _check_root() -> None:
    check_platform()
    if os.geteuid() != 0:
        words = " ".join(sys.argv[1:]) or "setup --user NAME"
        raise TracingError(f'setup changes the system: sudo "$(command -v giltracer)" {words}')
