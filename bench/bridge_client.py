"""Speaks the bridge's protocol for a process that is not a kernel: the bench's own small client."""

import json
import re
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Dict, Optional, Type

BUNDLE = Path(__file__).parent.parent / "python_shim" / "giltracer" / "_bundle" / "bridge.cjs"


class Bridge:
    """A bridge that traces one process, as a context manager."""

    def __init__(self, pid: int, python: str, python_version: str) -> None:
        self._store = tempfile.TemporaryDirectory(prefix="giltracer-bench-")
        self._process = subprocess.Popen(
            ["node", str(BUNDLE), "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._id = 0
        self.ask(
            op="hello",
            protocol=1,
            pid=pid,
            python=python,
            python_version=python_version,
            implementation="CPython",
            free_threaded=False,
            gil_enabled=True,
            switch_interval_ns=5_000_000,
            run_store=self._store.name,
            environment={},
        )

    def __enter__(self) -> "Bridge":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._store.cleanup()

    def ask(self, **request: Any) -> Dict[str, Any]:
        """Sends a request and returns its answer; raises RuntimeError if it is refused."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._id += 1
        self._process.stdin.write(json.dumps({"id": self._id, **request}) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            answer: Dict[str, Any] = json.loads(line)
            if answer.get("id") == self._id:
                if not answer["ok"]:
                    raise RuntimeError(answer["message"])
                return answer
        raise RuntimeError("the bridge ended")

    @property
    def peak_memory(self) -> int:
        """Most memory that the bridge had at one time, in bytes (VmHWM)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]

    def start(self, run: str, mode: str = "full") -> None:
        """Begins to record."""
        self.ask(op="start", run={"id": run, "name": run}, states=True, mode=mode)
        self._began = time.monotonic_ns()

    def stop(self, run: str) -> Dict[str, Any]:
        """Ends the run; the answer's data, and the seconds that it took, are in the result."""
        ended = time.monotonic_ns()
        answer = self.ask(
            op="stop",
            run_id=run,
            began_ns=self._began,
            ended_ns=ended,
            threads=[],
            gil_enabled=True,
        )
        answer["seconds"] = (time.monotonic_ns() - ended) / 1e9
        return answer

    def settle(self) -> None:
        """Waits until the probes of the last run are gone."""
        self.ask(op="cancel", run_id="none")
