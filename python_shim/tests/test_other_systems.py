"""Where tracing is not possible at all: cells and programs run untraced, and one line says why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SHIM

#: IPython in a process of its own that takes itself to be another system's.
SHELL = """
import json, sys, sysconfig
# Python's own notes of its build are found by the true name.
sysconfig.get_config_vars()
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
sys.platform = {platform!r}
shell.run_cell("%load_ext giltracer")
result = shell.run_cell("%%giltracer -o run\\nimport threading\\nx = 6 * 7\\nx")
line = shell.run_cell("%giltracer y = x + 1")
shell.run_cell("%giltracer_doctor")
print(json.dumps([result.result, result.success, shell.user_ns["y"], shell.user_ns["run"]]))
"""


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": str(SHIM), "IPYTHONDIR": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_cells_run_untraced(platform: str, tmp_path: Path) -> None:
    done = run(tmp_path, "-c", SHELL.format(platform=platform))
    assert json.loads(done.stdout.splitlines()[-1]) == [42, True, 43, None], done.stderr
    cell, statement = done.stderr.splitlines()
    assert cell.startswith("giltracer: this cell runs untraced: tracing needs Linux; with Docker: ")
    assert statement.startswith("giltracer: this statement runs untraced: tracing needs Linux")
    assert "docker run " in cell
    # In PowerShell `$PWD:` would be the variable of a scope, and a quotation ends within a word.
    assert ' -v "${PWD}:/work" ' in cell
    # The doctor says no more than that.
    assert "Nothing can be traced here: tracing needs Linux; with Docker: docker run" in (
        " ".join(done.stdout.split())
    )


def test_programs_run_untraced_and_the_doctor_says_no(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("print('ran'); raise SystemExit(5)")
    start = (
        "import sys, sysconfig; sysconfig.get_config_vars(); sys.platform = 'darwin'; "
        "from giltracer.cli import main; "
    )
    code = start + "sys.argv[1:] = ['program.py']; sys.exit(main())"
    done = run(tmp_path, "-c", code)
    assert (done.stdout, done.returncode) == ("ran\n", 5)
    assert done.stderr.count("\n") == 1
    assert "giltracer run SCRIPT" in done.stderr
    code = start + "sys.argv[1:] = ['doctor', '--json']; sys.exit(main())"
    done = run(tmp_path, "-c", code)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["rungs"] == []
    assert report["obstacle"].startswith("tracing needs Linux")
    assert report["jupyter"]["kernel"]["python"] == sys.executable
