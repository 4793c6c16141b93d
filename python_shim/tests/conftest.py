"""Fixtures that the tests share: interpreters for kernels, kernels, and a look at what is left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest
from giltracer.bridge import BRIDGE
from giltracer.node import find_node

ROOT = Path(__file__).resolve().parents[2]
SHIM = ROOT / "python_shim"
CI = os.environ.get("CI") == "true"

pytest_plugins = (
    "pytest_jupyter.jupyter_server",
    "doctor_runs",
    "jupyter_environments",
    "live_sockets",
    "magic_kernels",
    "private_machine",
)

#: The oldest IPython that is supported, with an ipykernel of its time.
OLDEST = ("ipython==7.34.0", "ipykernel==6.9.2")


def missing(reason: str) -> None:
    """What a test needs is not on this machine: on CI that is a failure."""
    if CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def jp_server_config(request: pytest.FixtureRequest) -> dict:
    """A Jupyter server with our extension; a parameter adds to its settings."""
    return {
        "ServerApp": {
            "jpserver_extensions": {"giltracer": True},
            **getattr(request, "param", {}),
        }
    }


@pytest.fixture(scope="session")
def real_bridge() -> None:
    """Tests that trace need the bundled bridge, perf and the right to use probes."""
    if not BRIDGE.is_file():
        missing(f"{BRIDGE} is not built")
    if shutil.which("perf") is None:
        missing("perf is not installed")
    if not os.access("/sys/kernel/tracing/uprobe_events", os.W_OK):
        missing("uprobe_events can't be written to")


@pytest.fixture
def tracing_root() -> None:
    """Tests that set probes themselves."""
    if os.geteuid() != 0:
        missing("the probe helper runs as root")
    if not os.access("/sys/kernel/tracing/uprobe_events", os.W_OK):
        missing("uprobe_events can't be written to")


def _old_python() -> str | None:
    named = os.environ.get("GILTRACER_TEST_OLD_PYTHON")
    if named:
        return named
    for version in ("3.9", "3.8"):
        for python in sorted(
            Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python")
        ):
            return str(python)
        found = shutil.which(f"python{version}")
        if found and subprocess.run([found, "-c", ""], check=False).returncode == 0:
            return found
    return None


def _make_venv(python: str, name: str, requirements: tuple[str, ...]) -> Path:
    folder = os.environ.get("GILTRACER_TEST_VENVS") or str(ROOT / "build" / "test-venvs")
    venv = Path(folder) / name
    stamp = venv / "requirements.json"
    wanted = json.dumps([python, *requirements])
    if not stamp.is_file() or stamp.read_text() != wanted:
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([python, "-m", "venv", str(venv)], check=True)
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "-q", *requirements]
        subprocess.run(pip, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
        stamp.write_text(wanted)
    return venv / "bin" / "python"


@pytest.fixture(scope="session", params=["oldest", "newest"])
def kernel_python(request: pytest.FixtureRequest) -> str:
    """The interpreter of an environment with ipykernel: oldest and newest supported IPython."""
    if request.param == "newest":
        return sys.executable
    # The oldest IPython runs on every Python that pip can install it on.
    return str(_make_venv(_old_python() or sys.executable, "oldest-ipython", OLDEST))


@pytest.fixture(scope="session")
def kernel_spec(kernel_python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a kernel spec that runs `kernel_python` with this tree's giltracer."""
    data = tmp_path_factory.mktemp("jupyter")
    name = "giltracer-tests"
    spec = data / "kernels" / name
    spec.mkdir(parents=True)
    environment = {
        "GILTRACER_NODE": find_node(),
        "IPYTHONDIR": str(data / "ipython"),
        "JUPYTER_DATA_DIR": str(data / "data"),
        "PYTHONPATH": str(SHIM),
    }
    argv = [kernel_python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": name, "language": "python", "env": environment})
    )
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(data)
    yield name
    if before is None:
        del os.environ["JUPYTER_PATH"]
    else:
        os.environ["JUPYTER_PATH"] = before


def probes() -> list[str]:
    """The probes of giltracer that are set now."""
    try:
        text = Path("/sys/kernel/tracing/uprobe_events").read_text()
    except OSError:
        return []
    return [line.split()[0] for line in text.splitlines() if ":giltracer/" in line]


def wait_until(condition, seconds: float = 10.0):
    """Wait for a condition; return what it gave last."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.02)


def running(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@contextmanager
def without(variable: str) -> Iterator[None]:
    """Take a variable out of the environment for a while."""
    before = os.environ.pop(variable, None)
    try:
        yield
    finally:
        if before is not None:
            os.environ[variable] = before
