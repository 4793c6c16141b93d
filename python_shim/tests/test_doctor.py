"""The doctor, with one capability after the other taken away for real: it must name that one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import sandboxes
from conftest import probes, wait_until
from doctor_runs import (
    BY_ROOT,
    DOCTOR,
    EVERYTHING,
    WITHOUT_PROBES,
    WITHOUT_TRACEFS,
    Place,
    finding,
    found,
    pasted,
    rungs,
)

pytestmark = pytest.mark.usefixtures("real_bridge")


def test_nothing_is_missing(place: Place) -> None:
    report = place.report()
    assert found(report) == EVERYTHING
    assert all(rungs(report).values())
    assert pasted(report) == ""
    assert report["obstacle"] is None
    assert report["python"]["version"] == sys.version.split()[0]


def test_its_probes_are_gone_when_it_ends(place: Place) -> None:
    """Others may trace at the same time: a probe's name ends with the pid of its bridge."""
    ours: set[str] = set()
    seen: set[str] = set()

    def own_probes() -> set[str]:
        return {probe for probe in probes() if probe.rpartition("_")[2] in ours}

    command = (*DOCTOR, "--mode", "full")
    with subprocess.Popen(
        command, env=place.variables, cwd=place.folder, stdout=subprocess.DEVNULL
    ) as doctor:
        while doctor.poll() is None:
            ours |= pids_with(f"HOME={place.folder}")
            seen |= own_probes()
            time.sleep(0.02)
    assert doctor.returncode == 0
    assert seen
    assert wait_until(lambda: not own_probes())


def pids_with(variable: str) -> set[str]:
    """Processes that have it in their environment."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if variable.encode() in file.read_bytes().split(b"\0"):
                found.add(file.parent.name)
    return found


def test_perf_is_not_on_the_path(place: Place, perfless: str) -> None:
    report = place.report(PATH=perfless)
    assert found(report) == {
        **EVERYTHING,
        "perf": False,
        "probes": None,
        "trust": None,
        "futex": None,
        "watchpoint": None,
        "watch-trust": None,
    }
    assert rungs(report) == {**BY_ROOT, "watch": False, "sample": True}
    assert report["rungs"][0]["why"] == "perf is not on PATH"
    assert report["rungs"][0]["fix"] == ["install-perf"]


@pytest.mark.parametrize(
    ("release", "command"),
    [
        ("ID=debian", "apt-get install -y linux-perf"),
        ("ID=linuxmint\nID_LIKE='ubuntu debian'", "apt-get install -y linux-tools-"),
        ('ID="rhel"\nID_LIKE="fedora"', "dnf install -y perf"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"', "zypper --non-interactive install perf"),
        ("ID=manjaro\nID_LIKE=arch", "pacman -Syu? --noconfirm perf"),
        ("ID=alpine", "apk add (--no-cache )?perf"),
    ],
)
def test_the_package_of_this_distribution(
    place: Place, perfless: str, release: str, command: str
) -> None:
    file = place.folder / "os-release"
    file.write_text(f'PRETTY_NAME="That System 1"\n{release}\n')
    report = place.report(sandboxes.with_file("/etc/os-release", file), PATH=perfless)
    assert report["place"]["distribution"] == "That System 1"
    # Some have other options in an image, and the tests may run in a container.
    assert re.search(command, pasted(report))


def write_perf(place: Place, script: str) -> str:
    """A `perf` that comes first on PATH; returns that PATH."""
    folder = place.folder / "wrapper"
    folder.mkdir()
    wrapper = folder / "perf"
    wrapper.write_text(f"#!/bin/sh\n{script}\n")
    wrapper.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_perf_for_another_kernel(place: Place) -> None:
    """Ubuntu's /usr/bin/perf where the package of the running kernel is not installed."""
    script = "echo 'WARNING: perf not found for kernel 5.15.0-91' >&2; exit 2"
    report = place.report(PATH=write_perf(place, script))
    assert found(report)["perf"] is False
    assert "perf not found for kernel 5.15.0-91" in finding(report, "perf")["why"]
    assert report["rungs"][0]["fix"] == ["install-matching-perf"]
    assert rungs(report)["sample"]


def test_perf_without_tracepoints(place: Place) -> None:
    """What a perf says that was built without libtraceevent (tools/perf/util/parse-events.y)."""
    script = f"""
case "$*" in *giltracer:*|*syscalls:*|*sched:*)
  echo "event syntax error: 'giltracer:doctor_1'" >&2
  echo "unsupported tracepoint" >&2
  echo "libtraceevent is necessary for tracepoint support" >&2
  exit 129
esac
exec {shutil.which("perf")} "$@"
"""
    report = place.report(PATH=write_perf(place, script))
    assert found(report) == WITHOUT_PROBES
    assert "built without tracepoints" in report["rungs"][0]["why"]
    assert report["rungs"][0]["fix"] == ["install-complete-perf"]


def test_tracefs_is_not_mounted(place: Place) -> None:
    report = place.report(sandboxes.without_tracefs())
    assert found(report) == WITHOUT_TRACEFS
    assert report["rungs"][0]["why"] == "tracefs is not mounted"
    assert "mount -t tracefs nodev /sys/kernel/tracing" in pasted(report)


def test_tracefs_is_read_only(place: Place) -> None:
    report = place.report(sandboxes.read_only_tracefs())
    assert found(report) == {**WITHOUT_TRACEFS, "futex": True}
    assert "read-only" in report["rungs"][0]["why"]


def test_an_ordinary_user(place: Place) -> None:
    user = sandboxes.ordinary_user()
    report = place.report(user)
    assert found(report) == WITHOUT_TRACEFS
    assert report["privileges"]["uid"] == sandboxes.ORDINARY_USER
    assert rungs(report) == {**BY_ROOT, "watch": True, "sample": True}
    assert set(report["rungs"][0]["fix"]) == {"open-tracefs", "grant-perfmon", "grant-ipc-lock"}
    assert place.run((*user, *DOCTOR, "--mode=waits")).returncode == 1


def test_the_three_capabilities_of_the_hubs_line_are_enough(place: Place) -> None:
    """src/bridge/doctor/remedies/machine.ts names them for SystemdSpawner."""
    user = sandboxes.ordinary_user(capabilities="perfmon,ipc_lock,dac_override")
    assert found(place.report(user)) == EVERYTHING


def test_root_without_capabilities(place: Place) -> None:
    report = place.report(sandboxes.without_capabilities())
    assert found(report) == WITHOUT_PROBES
    assert "CAP_PERFMON" in report["rungs"][0]["why"]
    assert report["privileges"]["capabilities"] == []


def test_what_is_to_be_pasted_depends_on_who_started_it(place: Place, perfless: str) -> None:
    pod = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "PATH": perfless}
    prefix = sandboxes.without_capabilities()
    report = place.report(prefix, **pod)
    assert report["place"]["container"] == "kubernetes"
    assert 'capabilities: {"add":["PERFMON","IPC_LOCK"]}' in pasted(report)
    report = place.report(prefix, **pod, JUPYTERHUB_SERVICE_PREFIX="/user/x/")
    assert "c.KubeSpawner.container_security_context = " in pasted(report)


def test_buffers_that_may_not_be_locked(place: Place) -> None:
    docker = sandboxes.DOCKER_CAPABILITIES
    report = place.report(sandboxes.with_capabilities(f"{docker},perfmon"))
    assert found(report) == WITHOUT_PROBES
    assert "CAP_IPC_LOCK" in report["rungs"][0]["why"]
    # What is named is enough.
    capabilities = f"{docker},perfmon,ipc_lock"
    assert found(place.report(sandboxes.with_capabilities(capabilities))) == EVERYTHING


def test_root_of_a_user_namespace(place: Place) -> None:
    report = place.report(sandboxes.user_namespace())
    assert found(report)["probes"] is False
    assert "user namespace" in report["rungs"][0]["why"]
    assert "leave-user-namespace" in report["rungs"][0]["fix"]


def test_a_seccomp_filter(place: Place) -> None:
    report = place.report(sandboxes.without_perf_event_open())
    assert found(report) == {**WITHOUT_PROBES, "watchpoint": False, "watch-trust": None}
    assert "seccomp" in report["rungs"][0]["why"]
    assert report["rungs"][0]["fix"] == ["lift-seccomp"]
    assert "seccomp" in finding(report, "watchpoint")["why"]


def test_a_machine_that_lets_no_user_watch(place: Place) -> None:
    """Ubuntu's default. Here the setting only reads so, and a filter refuses in its place."""
    file = place.folder / "paranoid"
    file.write_text("4\n")
    report = place.report(
        (
            *sandboxes.with_file("/proc/sys/kernel/perf_event_paranoid", file),
            *sandboxes.without_perf_event_open(),
            *sandboxes.ordinary_user(),
        )
    )
    assert rungs(report) == {**BY_ROOT, "watch": False, "sample": True}
    assert "kernel.perf_event_paranoid is 4" in report["rungs"][3]["why"]
    # In a container its filter may be in the way as well.
    first, *_ = report["rungs"][3]["remedies"]
    assert first["lines"][-1].endswith("sysctl kernel.perf_event_paranoid=2")


def test_a_process_that_is_not_dumpable(place: Place, perfless: str) -> None:
    """Its memory is closed even to its own user; prctl(2), PR_SET_DUMPABLE."""
    code = (
        "import ctypes, sys; from giltracer.cli import main; "
        "ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); "
        "sys.argv[1:] = ['doctor', '--json']; sys.exit(main())"
    )
    user = sandboxes.ordinary_user()
    done = place.run((*user, sys.executable, "-c", code), PATH=perfless)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert found(report)["memory"] is False
    assert "not dumpable" in finding(report, "memory")["why"]
    assert not any(rungs(report).values())
