"""What the doctor says beside the capabilities, to whom, and whether a run bears it out."""

from __future__ import annotations

import json
import os
import sys

import pytest
import sandboxes
from doctor_runs import DOCTOR, EVERYTHING, Place, found, pasted
from giltracer import doctor, doctor_text
from giltracer.failure import TracingError
from giltracer.recorder import Recorder

pytestmark = pytest.mark.usefixtures("real_bridge")


def test_cpus_are_those_that_may_be_used(place: Place, perfless: str) -> None:
    """One CPU by affinity; one and a half by the cgroup, in either of its versions."""
    first = min(os.sched_getaffinity(0))
    report = place.report(("taskset", "-c", str(first)), PATH=perfless)
    assert report["cpus"]["usable"] == 1
    assert report["cpus"]["online"] == os.sysconf("SC_NPROCESSORS_ONLN")
    groups = place.folder / "cgroup"
    (groups / "cpu").mkdir(parents=True)
    (groups / "cpu.max").write_text("150000 100000\n")
    (groups / "cpu" / "cpu.cfs_quota_us").write_text("150000\n")
    (groups / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    report = place.report(sandboxes.with_file("/sys/fs/cgroup", groups), PATH=perfless)
    assert report["cpus"]["quota"] == 1.5
    assert "the cgroup's quota is 1.5 CPUs" in doctor_text.doctor_text(report)


def test_no_node(place: Place) -> None:
    report = place.report(status=1, GILTRACER_NODE="/bin/false")
    assert report["rungs"] == []
    assert "GILTRACER_NODE=/bin/false" in report["obstacle"]
    assert "Nothing can be traced here" in doctor_text.doctor_text(report)


@pytest.mark.parametrize("taken", ["nothing", "root", "perf"])
def test_a_run_is_recorded_on_the_rung_that_was_foretold(
    place: Place, perfless: str, taken: str
) -> None:
    prefix = sandboxes.ordinary_user() if taken == "root" else ()
    variables = {"PATH": perfless} if taken == "perf" else {}
    report = place.report(prefix, **variables)
    best = doctor.usable_rungs(report)[0]
    assert best == {"nothing": "full", "root": "watch", "perf": "sample"}[taken]
    (place.folder / "program.py").write_text("print(sum(range(10)))")
    command = (sys.executable, "-m", "giltracer", "run", "-o", "run.giltrace", "program.py")
    done = place.run((*prefix, *command), **variables)
    assert (done.stdout, done.returncode) == ("45\n", 0), done.stderr
    show = (sys.executable, "-m", "giltracer", "report", "run.giltrace", "--format", "json")
    assert json.loads(place.run(show).stdout)["capture"]["mode"] == best


def test_text_shows_what_the_report_says(place: Place) -> None:
    prefix = sandboxes.without_capabilities()
    text = place.run((*prefix, *DOCTOR)).stdout
    assert "Cells are traced on the rung `watch`." in text
    assert "To get `full`\n" in text
    lines = pasted(place.report(prefix)).splitlines()
    assert lines
    for line in lines:
        assert f"      {line}\n" in text
    others = (line for line in text.splitlines() if line.strip() not in lines)
    assert max(map(len, others)) <= 100


def test_not_while_a_run_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Recorder()
    monkeypatch.setattr(doctor, "recorder", own)
    recording = own.start()
    try:
        with pytest.raises(TracingError) as error:
            doctor.examine()
        assert error.value.code == "busy"
    finally:
        recording.cancel()
        own.close(10)


SHELL = """
import json, sys
from types import SimpleNamespace
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("%load_ext giltracer")
from giltracer.recorder import recorder
shell.run_cell("%giltracer_doctor --json")
shell.run_cell("%%giltracer -q\\n%giltracer_doctor")
ok = shell.run_cell("%giltracer_doctor --jsn").success
print(json.dumps([ok, shell.complete("--", "%giltracer_doctor --")[1]]))
shell.run_cell("%giltracer_doctor?")
shell.run_cell("%unload_ext giltracer")
print("giltracer_doctor" in shell.magics_manager.magics["line"])
"""


def test_the_magic(place: Place) -> None:
    done = place.run((sys.executable, "-c", SHELL), IPYTHONDIR=str(place.folder))
    end = done.stdout.index("\n}\n") + 3
    report = json.loads(done.stdout[:end])
    assert found(report) == EVERYTHING
    assert done.stderr.splitlines() == [
        "giltracer: the doctor can't work now: a cell of this kernel is being traced",
        "UsageError: %giltracer_doctor: the only option is --json",
    ]
    answers, *help_text, registered = done.stdout[end:].strip().splitlines()
    assert json.loads(answers) == [False, ["--json"]]
    assert "Each capability is tried for real" in "\n".join(help_text)
    assert registered == "False"
