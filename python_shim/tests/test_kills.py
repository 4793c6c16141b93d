"""Kill -9 of each part in mid-cell, with the real bridge: nothing stays, the next cell works."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Iterator

import pytest
from conftest import SHIM, probes, running, wait_until
from magic_kernels import Kernel

BUSY = """%%giltracer
import threading, time
stop = time.monotonic() + SECONDS
def spin():
    while time.monotonic() < stop: pass
threads = [threading.Thread(target=spin) for _ in range(2)]
for t in threads: t.start()
print("up", flush=True)
for t in threads: t.join()
"""


def group(bridge: int) -> set[int]:
    """The bridge, its supervisor and all that it started: they share one process group."""
    fields = Path(f"/proc/{bridge}/stat").read_text().rpartition(")")[2].split()
    members = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            other = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if other[2] == fields[2]:
            members.add(int(stat.parent.name))
    return members


def named(pids: set[int], name: str) -> set[int]:
    found = set()
    for pid in pids:
        # The perf of the run before may be about to end.
        with suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                found.add(pid)
    return found


@pytest.fixture
def kernel(kernel_spec: str, real_bridge: None, tmp_path: Path) -> Iterator[Kernel]:
    kernel = Kernel(kernel_spec, tmp_path)
    kernel.run("%load_ext giltracer\nimport giltracer.recorder as r, giltracer.store as s")
    # The first traced cell starts the bridge.
    assert [run["state"] for run in kernel.run("%%giltracer\n1").runs()] == ["running", "done"]
    yield kernel
    kernel.close()


@pytest.mark.parametrize("victim", ["kernel", "bridge", "perf", "supervisor"])
def test_kill_in_mid_cell(kernel: Kernel, victim: str, tmp_path: Path) -> None:
    bridge, kernel_pid, store = json.loads(
        kernel.run(
            "import json, os\n"
            "print(json.dumps([r.recorder._bridge.pid, os.getpid(), str(s.run_store())]))"
        ).texts("stdout")
    )
    members = group(bridge)
    seconds = 20 if victim == "kernel" else 1
    identity = kernel.client.execute(BUSY.replace("SECONDS", str(seconds)))
    messages = []
    while not any("up" in m["content"].get("text", "") for m in messages):
        messages.append(kernel.client.get_iopub_msg(timeout=60))
    members |= group(bridge)
    mine = [probe for probe in probes() if probe.endswith(f"_{bridge}")]
    assert mine
    targets = {
        "kernel": {kernel_pid},
        "bridge": {bridge},
        "perf": named(members, "perf"),
        "supervisor": named(members, "sh"),
    }[victim]
    assert targets
    for target in targets:
        os.kill(target, signal.SIGKILL)
    if victim == "kernel":
        run = next(
            m["content"]["data"]["application/vnd.giltracer.v1+json"]["run"]
            for m in messages
            if m["msg_type"] == "display_data" and m["parent_header"]["msg_id"] == identity
        )
        bundle = Path(store) / run["id"] / "bundle.json"
        assert wait_until(bundle.is_file, 20)
        assert json.loads(bundle.read_text())["run"]["state"] == "partial"
    else:
        while True:
            reply = kernel.client.get_shell_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == identity:
                break
        assert reply["content"]["status"] == "ok"
        again = kernel.run("%%giltracer\nprint('next')")
        assert [run["state"] for run in again.runs()] == ["running", "done"]
        assert again.texts("stderr") == ""
        kernel.run("%unload_ext giltracer")
    assert wait_until(lambda: not any(map(running, members)), 20)
    assert wait_until(lambda: not set(mine) & set(probes()), 20)


def test_terminal(kernel_python: str, real_bridge: None, tmp_path: Path) -> None:
    """IPython in a terminal has no updates: the table alone, after the value."""
    lines = (
        "%load_ext giltracer\n%%giltracer -n in-terminal\nimport time\ntime.sleep(0.01)\n5\n\n\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SHIM), "IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run(
        [kernel_python, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"],
        input=lines + "print('still', 'here')\nexit\n",
        env={**environment, "JUPYTER_DATA_DIR": str(tmp_path), "GILTRACER_NODE": _node()},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "Out[2]: 5" in done.stdout
    assert "in-terminal" in done.stdout
    assert "MainThread" in done.stdout
    assert done.stdout.index("Out[2]: 5") < done.stdout.index("MainThread")
    assert "tracing…" not in done.stdout
    assert "still here" in done.stdout
    assert "giltracer:" not in done.stdout + done.stderr


def _node() -> str:
    from giltracer.node import find_node

    return find_node()
