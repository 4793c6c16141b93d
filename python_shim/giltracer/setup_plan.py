"""What `giltracer setup` changes on a machine, so that a user gets exact tracing."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .failure import TracingError
from .root_owned import check_root_owned, find_interpreter
from .setup_files import Record, SystemFile

_FOLDER = Path("/usr/local/libexec/giltracer")
#: src/bridge/probes/helper-process.ts starts it.
HELPER = _FOLDER / "probe-helper"
_PACKAGE = "giltracer_probe_helper"

_SUDOERS = Path("/etc/sudoers")
_SUDOERS_FOLDER = Path("/etc/sudoers.d")
#: The last of them counts: behind 99-sysctl.conf, which is /etc/sysctl.conf on Debian.
_SYSCTL_FILE = Path("/etc/sysctl.d/99-z-giltracer.conf")

_PARANOID = "kernel.perf_event_paranoid"
_MLOCK = "kernel.perf_event_mlock_kb"

#: The highest at which the kernel lets users record own processes (perf_event_open(2)).
_HIGHEST_PARANOID = 2

#: Names that sudoers(5) takes as they are.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class User:
    """Who is to trace."""

    name: str
    uid: int

    @property
    def sudoers_file(self) -> Path:
        """The user's own file: what allows the helper."""
        return _SUDOERS_FOLDER / f"giltracer-{self.uid}"


def find_user(name: str) -> User:
    """Look up an account.

    Raises:
        TracingError: there is none of that name, or it is root's.

    """
    try:
        uid = pwd.getpwnam(name).pw_uid
    except (KeyError, ValueError):
        raise TracingError(f"there is no user {name} on this machine") from None
    if uid == 0:
        raise TracingError(f"{name} is root, who may trace as it is")
    return User(name, uid)


@dataclass(frozen=True)
class Setting:
    """A setting of the kernel."""

    name: str
    before: str
    after: str

    def apply(self, value: str) -> None:
        """Set it.

        Raises:
            TracingError: the kernel refuses.

        """
        try:
            _setting_file(self.name).write_text(f"{value}\n", encoding="ascii")
        except OSError as error:
            raise TracingError(f"{self.name} can't be set: {error.strerror}") from None


@dataclass(frozen=True)
class Plan:
    """What is missing."""

    user: User
    #: In the order in which they are written: what allows the helper comes last.
    files: tuple[SystemFile, ...]
    settings: tuple[Setting, ...]


def make_plan(user: User, record: Record, python: Path | None = None) -> Plan:
    """Find out what a user lacks.

    Args:
        user: who is to trace.
        record: of former calls.
        python: runs the helper; by default the system's own.

    Raises:
        TracingError: the machine lacks something that this can't bring; one line that names it.

    """
    find_sudo()
    interpreter = find_interpreter() if python is None else find_interpreter((python,))
    existing = next(path for path in (_FOLDER, *_FOLDER.parents) if path.exists())
    try:
        check_root_owned(existing)
    except TracingError as error:
        raise TracingError(
            f"{HELPER} would not be root's alone: {error.message}; chmod go-w or chown it first"
        ) from None
    settings = tuple(_settings())
    files = [*_helper_files(interpreter), *_sysctl_files(record, settings), _rule(user)]
    return Plan(user, tuple(file for file in files if not file.is_there()), settings)


def find_sudo() -> str:
    """Return the path of visudo.

    Raises:
        TracingError: sudo is not installed, or does not read the folder of rules.

    """
    path = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
    visudo = shutil.which("visudo", path=path)
    if visudo is None or shutil.which("sudo", path=path) is None:
        raise TracingError(
            "sudo is not installed, and the probe helper is started through it: install it "
            "(apt-get install sudo, dnf install sudo, zypper install sudo, pacman -S sudo)"
        )
    try:
        rules = _SUDOERS.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise TracingError(f"{_SUDOERS} can't be read: {error.strerror}") from None
    if not re.search(rf"^[@#]includedir\s+{_SUDOERS_FOLDER}\s*$", rules, re.MULTILINE):
        raise TracingError(f"{_SUDOERS} does not read {_SUDOERS_FOLDER}: add @includedir to it")
    return visudo


def check_rule(draft: Path) -> None:
    """Check a file of sudo's rules before it counts: a wrong one would lock everybody out.

    Raises:
        TracingError: sudo does not take it.

    """
    done = subprocess.run(
        [find_sudo(), "-c", "-q", "-f", str(draft)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise TracingError(f"sudo does not take the new rule: {done.stderr or done.stdout}")


def read_setting(name: str) -> str | None:
    """Return a setting of the kernel; None if it has none of that name."""
    try:
        return _setting_file(name).read_text(encoding="ascii").strip()
    except OSError:
        return None


def ring_memory(cpus: int) -> int:
    """Return how much memory a user's perf needs for each CPU, in KiB.

    Two rings, each with its header page: a second perf takes over when tracing costs too much. All
    rings of one perf stay below 64 MiB, as root's do (src/bridge/perf/arguments.ts).
    """
    ring = 16384
    while ring > 512 and ring * cpus > 65536:
        ring //= 2
    return 2 * (ring + 4)


def sysctl_file(settings: dict[str, dict[str, str]]) -> SystemFile:
    """Return the file that makes settings last."""
    lines = [f"{name} = {values['set']}\n" for name, values in sorted(settings.items())]
    text = "# Written by giltracer setup.\n" + "".join(lines)
    return SystemFile(_SYSCTL_FILE, text.encode("ascii"))


def _setting_file(name: str) -> Path:
    return Path("/proc/sys", *name.split("."))


def _settings() -> list[Setting]:
    paranoid, mlock = read_setting(_PARANOID), read_setting(_MLOCK)
    if paranoid is None or mlock is None:
        raise TracingError("this kernel has no perf events (CONFIG_PERF_EVENTS)")
    settings = []
    if int(paranoid) > _HIGHEST_PARANOID:
        settings.append(Setting(_PARANOID, paranoid, str(_HIGHEST_PARANOID)))
    least = ring_memory(os.cpu_count() or 1)
    if int(mlock) < least:
        settings.append(Setting(_MLOCK, mlock, str(least)))
    return settings


def _sysctl_files(record: Record, settings: tuple[Setting, ...]) -> list[SystemFile]:
    wanted = {**record.settings}
    for setting in settings:
        wanted[setting.name] = {"before": setting.before, "set": setting.after}
    return [sysctl_file(wanted)] if wanted else []


def _helper_files(interpreter: Path) -> list[SystemFile]:
    # Isolated, no compiled files beside it, no site-packages.
    program = f"""#!{interpreter} -IBS
# Written by giltracer setup. What it allows, and why no more: see {_PACKAGE}/__init__.py.
import sys

sys.path.insert(0, "{_FOLDER}")
from {_PACKAGE}.server import main

sys.exit(main())
"""
    source = Path(__file__).with_name("probe_helper")
    modules = sorted(source.glob("*.py"))
    return [
        *(SystemFile(_FOLDER / _PACKAGE / file.name, file.read_bytes()) for file in modules),
        SystemFile(HELPER, program.encode("ascii"), 0o755),
    ]


def _rule(user: User) -> SystemFile:
    who = user.name if _PLAIN_NAME.fullmatch(user.name) else f"#{user.uid}"
    text = f"""# Written by giltracer setup; giltracer setup --user {user.name} --undo removes it.
Defaults!{HELPER} !requiretty, !use_pty, env_reset
{who} ALL=(root) NOPASSWD: NOSETENV: {HELPER} ""
"""
    return SystemFile(user.sudoers_file, text.encode("utf-8"), 0o440)
