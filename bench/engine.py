"""How fast streams are read and analysed, beside `perf script`, and how fast a timeline answers."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Dict

from cost import run_workload

HERE = Path(__file__).parent
ROOT = HERE.parent
#: Of the reader and `perf script`, in turn.
ROUNDS = 3


def record_stream(folder: Path) -> Path:
    """The stream of two threads' work, caught between perf and the bridge by a wrapper of perf."""
    stream = folder / "stream.perf"
    wrapper = folder / "bin" / "perf"
    wrapper.parent.mkdir()
    wrapper.write_text(
        f'#!/bin/bash\nexec > >(tee "{stream}")\nexec "{shutil.which("perf")}" "$@" 2>/dev/null\n'
    )
    wrapper.chmod(0o755)
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{wrapper.parent}:{path}"
    try:
        run_workload(2, 200_000, "giltracer", folder)
    finally:
        os.environ["PATH"] = path
    return stream


def bundle(name: str, folder: Path) -> Path:
    """A TypeScript program of this folder as one file for Node."""
    program = folder / f"{name}.cjs"
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    options = ["--bundle", "--platform=node", "--log-level=warning", f"--outfile={program}"]
    subprocess.run([str(esbuild), str(HERE / f"{name}.ts"), *options], check=True)
    return program


def run_node(*arguments: str) -> Dict[str, Any]:
    """What a program prints as JSON; its exit status says whether it met its own bounds."""
    process = subprocess.run(["node", *arguments], stdout=subprocess.PIPE, text=True)
    result: Dict[str, Any] = json.loads(process.stdout)
    return result


def script_seconds(stream: Path) -> float:
    """Seconds that `perf script` takes for a stream."""
    start = time.perf_counter()
    subprocess.run(
        ["perf", "script", "-i", str(stream)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def compare_readers(program: Path, stream: Path) -> Dict[str, Any]:
    """The product's reader and `perf script`, in turn as machines are noisy: the best of each."""
    readers = []
    scripts = []
    for _ in range(ROUNDS):
        readers.append(run_node(str(program), str(stream)))
        scripts.append(script_seconds(stream))
    reader = max(readers, key=lambda each: float(each["events_per_second"]))
    script = reader["events"] / min(scripts)
    return {
        **reader,
        "perf_script_events_per_second": script,
        "ratio": reader["events_per_second"] / script,
    }


def measure(folder: Path) -> Dict[str, Any]:
    """All figures of the engine."""
    stream = record_stream(folder)
    program = bundle("read-stream", folder)
    return {
        "reader": compare_readers(program, stream),
        "analysis": run_node(str(program), str(stream), "analysis"),
        "timeline": run_node(str(bundle("timeline", folder))),
    }
