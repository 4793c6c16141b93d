"""The live view: how soon a page shows what happens, and what watching costs the traced cell."""

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence

ROOT = Path(__file__).parent.parent
PAGE = Path(__file__).parent / "live-page.mjs"
BEGINS = 40
PAIRS = 24

#: A thread that sleeps, and wakes up to compute at times that it notes; another one that makes some
#: 100 000 events a second: a call of os.stat is a drop and a request. The time that is noted is the
#: one at which the sleep is due to end: after it the thread may have to wait for the GIL, which is
#: a state that the page shows, before it could look at a clock.
LATENCY = """%%giltracer -n latency
import json, os, random, threading, time
begins = []
def mark():
    # Until the cell ends only the kernel's name of a thread is known.
    with open(f"/proc/self/task/{{threading.get_native_id()}}/comm", "w") as comm:
        comm.write("marker")
    for pause in {pauses}:
        begins.append(time.time_ns() + int(pause * 1e9))
        time.sleep(pause)
        until = time.monotonic() + 0.05
        while time.monotonic() < until: pass
def load():
    turn = time.monotonic()
    while marker.is_alive():
        for _ in range(250): os.stat("/")
        turn += 0.005
        time.sleep(max(0, turn - time.monotonic()))
marker = threading.Thread(target=mark, name="marker")
loader = threading.Thread(target=load, name="load")
marker.start(); loader.start(); marker.join(); loader.join()
with open({out!r}, "w") as out: json.dump(begins, out)
"""

#: A second of work that two threads fight over, once two runs have told how much that is; shorter
#: than the 1.5 s after which the kernel would tell of the run itself where nobody watches.
FIXED_WORK = """%%giltracer -n on-off
import os, threading, time
runs, calls = globals().get("runs", 0) + 1, globals().get("calls", 30_000)
def count(n=100 * calls):
    while n: n -= 1
def call(n=calls, stat=os.stat):
    for _ in range(n): stat("/")
begin = time.perf_counter_ns()
threads = [threading.Thread(target=count), threading.Thread(target=call)]
for t in threads: t.start()
for t in threads: t.join()
took = time.perf_counter_ns() - begin
if runs <= 2:
    calls = int(calls * 1e9 / took)
with open({out!r}, "a") as out: print(took, file=out)
"""


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A JupyterLab without any security, for this machine alone; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
            *("--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"),
            *(f"--ServerApp.root_dir={folder}", "--Application.log_level=ERROR"),
            "--ServerApp.disable_check_xsrf=True",
        ],
        env={
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("JupyterLab does not start") from None
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def write_notebook(path: Path, cell: str) -> None:
    """Write a notebook that loads giltracer and has one cell to trace."""
    cells: List[Dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{index}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for index, source in enumerate(["%load_ext giltracer", cell])
    ]
    kernel = {"display_name": "Python 3", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook))


def watch(address: str, notebook: str, *what: str) -> Any:
    """What a page that watches has seen."""
    command = ["node", str(PAGE), address, notebook, *what]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def latency(address: str, folder: Path, begins: int) -> Dict[str, Any]:
    """Milliseconds from the begin of a state to the picture that shows it."""
    draw = random.Random(7)
    pauses = [round(draw.uniform(0.35, 0.65), 3) for _ in range(begins)]
    out = folder / "begins.json"
    write_notebook(folder / "latency.ipynb", LATENCY.format(pauses=pauses, out=str(out)))
    seen: List[float] = watch(address, "latency.ipynb", "latency")
    begun = [stamp / 1e6 for stamp in json.loads(out.read_text())]
    waits = first_seen(begun, seen)
    return {
        "begins": len(begun),
        "seen": len(waits),
        "p50_ms": statistics.median(waits),
        "p95_ms": statistics.quantiles(waits, n=20)[-1],
        "worst_ms": max(waits),
        "events_per_second": event_rate(folder),
    }


def first_seen(begun: Sequence[float], seen: Sequence[float]) -> List[float]:
    """For each begin that was seen at all, before the next one: after how long."""
    waits = []
    for index, begin in enumerate(begun):
        end = begun[index + 1] if index + 1 < len(begun) else begin + 1000
        times = [at for at in seen if begin <= at < end]
        if times:
            waits.append(times[0] - begin)
    return waits


def event_rate(folder: Path) -> float:
    """Events a second of the newest run."""
    bundles = (folder / "data" / "giltracer" / "runs").glob("*/bundle.json")
    newest = max(bundles, key=lambda path: path.stat().st_mtime)
    capture = json.loads(newest.read_text())["capture"]
    return float(capture["events"] / (capture["duration_ns"] / 1e9))


def on_off(address: str, folder: Path, pairs: int) -> Dict[str, Any]:
    """How long a traced cell takes with a page that watches, and without."""
    out = folder / "durations"
    write_notebook(folder / "on-off.ipynb", FIXED_WORK.format(out=str(out)))
    order: List[bool] = watch(address, "on-off.ipynb", "on-off", str(pairs))
    # The first two runs were for nothing.
    durations = [int(line) for line in out.read_text().split()][2:]
    ratios = []
    for first in range(0, len(order), 2):
        on = durations[first if order[first] else first + 1]
        off = durations[first + 1 if order[first] else first]
        ratios.append(on / off)
    return {
        "pairs": len(ratios),
        "seconds": statistics.median(durations) / 1e9,
        "ratio": statistics.median(ratios),
        "ratios": sorted(ratios),
    }


def measure(begins: int = BEGINS, pairs: int = PAIRS) -> Dict[str, Any]:
    """Both, in a real JupyterLab and a real browser."""
    with tempfile.TemporaryDirectory(prefix="giltracer-live-") as name:
        folder = Path(name)
        with server(folder) as address:
            return {
                "latency": latency(address, folder, begins),
                "on_off": on_off(address, folder, pairs),
            }


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:])), indent=2))
