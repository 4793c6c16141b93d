"""Where tracing is not possible: one line that names the fix, and the program runs as ever."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import SHIM
from interpreters import stripped_copy
from stripping import hide_unwind_table

#: Without it a lower rung would be taken, see test_sampled.py.
FULL = ("--mode", "full")

PROGRAM = "import sys; print('ran', *sys.argv[1:]); sys.exit(7)"


def run_script(
    folder: Path,
    python: str = sys.executable,
    prefix: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run the program under `giltracer run`."""
    script = folder / "script.py"
    script.write_text(PROGRAM)
    return subprocess.run(
        [*prefix, python, "-m", "giltracer", "run", *options, str(script), "a", "b"],
        env={**os.environ, "PYTHONPATH": str(SHIM), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def assert_untraced(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """Check that the program was itself, and that one line said why and what to do."""
    assert result.stdout == "ran a b\n"
    assert result.returncode == 7
    (line,) = result.stderr.splitlines()
    assert line.startswith("giltracer: the program runs untraced: "), line
    for word in words:
        assert word in line


def test_without_perf(tmp_path: Path, real_bridge: None) -> None:
    """PATH has node and the tools of the shell, but no perf."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("node", "sh", "sleep", "rm"):
        found = shutil.which(name)
        assert found, name
        (programs / name).symlink_to(found)
    result = run_script(tmp_path, options=FULL, PATH=str(programs))
    assert_untraced(result, "perf was not found", "apt install linux-perf")


def test_without_tracefs(tmp_path: Path, real_bridge: None) -> None:
    """In a mount namespace of its own tracefs is not mounted."""
    unmount = 'umount -l /sys/kernel/tracing; umount -l /sys/kernel/debug 2>/dev/null; exec "$@"'
    prefix = ("unshare", "-m", "sh", "-c", unmount, "sh")
    result = run_script(tmp_path, prefix=prefix, options=FULL)
    assert_untraced(result, "tracefs is not mounted", "mount -t tracefs")


def test_without_capabilities(tmp_path: Path, real_bridge: None) -> None:
    """User 0 of a container that gives no capabilities."""
    prefix = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    result = run_script(tmp_path, prefix=prefix, options=FULL)
    assert_untraced(result, "root", "--privileged")


def test_nothing_tells_where_functions_are(tmp_path: Path, real_bridge: None) -> None:
    """A stripped libpython without unwind table: its code can't be told from anything."""
    copy = stripped_copy(tmp_path)
    hide_unwind_table(copy.library)
    for rung in ("full", "waits"):
        options = ("--mode", rung)
        result = run_script(tmp_path, copy.interpreter.path, options=options, **copy.environment)
        assert_untraced(result, str(copy.library), "take_gil", "stripped", "keeps its symbols")


def test_nothing_is_left(tmp_path: Path, real_bridge: None) -> None:
    """A refusal in the middle of the preparations leaves no probe and no process."""
    prefix = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    events = Path("/sys/kernel/tracing/uprobe_events")
    # Others may trace, too.
    before = set(events.read_text().splitlines())
    result = run_script(tmp_path, prefix=prefix, options=FULL)
    assert result.returncode == 7
    left = set(events.read_text().splitlines()) - before
    assert not {line for line in left if "giltracer/" in line}
