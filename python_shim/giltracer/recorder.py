"""Records runs of this process: one at a time, through one bridge that is kept."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Sequence

from .bridge import Bridge, hello_fields
from .bridge_output import BridgeOutput
from .capture import DEFAULT_CAPTURE, Capture
from .environment import environment_info, gil_enabled
from .failure import TracingError
from .ptracer import allow_ptracer
from .source_roots import source_roots
from .store import new_run_id
from .supported_platform import check_platform
from .thread_names import ThreadNames


@dataclass
class RunResult:
    """What the bridge made of a run."""

    #: MIME type → data.
    data: dict[str, Any]
    #: The run's folder in the run store.
    directory: str
    #: Where the trace was saved as the user asked.
    saved: str | None
    #: Lines for the user.
    warnings: list[str]


class Recording:
    """A run that is being recorded; made by `Recorder.start`."""

    def __init__(
        self,
        recorder: Recorder,
        bridge: Bridge,
        run: dict[str, Any],
        capture: Capture,
        project: str | None,
    ) -> None:
        self.run = run
        #: The rung of the ladder that it is recorded on, as the bridge names it.
        self.mode = ""
        self._capture = capture
        self._project = project
        self._recorder = recorder
        self._bridge = bridge
        self._owner = os.getpid()
        self._gil_enabled = gil_enabled()
        self._modules = frozenset(sys.modules)
        self._names = ThreadNames()
        self._may_read = False
        self._began_ns = 0

    @property
    def bridge_output(self) -> BridgeOutput | None:
        """What the bridge writes while it records; None if it has ended."""
        return self._bridge.output

    def begin(self) -> None:
        """Mark the start of the user's own code: called as the last thing before it."""
        self._names.start()
        self._began_ns = time.monotonic_ns()

    def stop(
        self,
        *,
        ended_ns: int | None = None,
        save: str | None = None,
        save_relative_to: str | None = None,
        cells: Sequence[dict[str, Any]] = (),
    ) -> RunResult:
        """End the run and wait for its result.

        Args:
            ended_ns: CLOCK_MONOTONIC when the user's code ended; by default now.
            save: absolute path to save the trace at.
            save_relative_to: the folder to name that path relative to.
            cells: which file names stand for which cells; see `cell_sources`.

        Raises:
            TracingError: there is no result.
            KeyboardInterrupt: Ctrl-C in the wait; the bridge still completes the run in the store.

        """
        if ended_ns is None:
            ended_ns = time.monotonic_ns()
        fields: dict[str, Any] = {}
        if save is not None:
            fields["save"] = save
        if save_relative_to is not None:
            fields["save_relative_to"] = save_relative_to
        try:
            threads = self._names.stop()
            answer = self._bridge.request(
                "stop",
                run_id=self.run["id"],
                began_ns=self._began_ns,
                ended_ns=ended_ns,
                threads=threads,
                gil_enabled=gil_enabled(),
                environment=environment_info(with_build=False),
                source=self._source(cells),
                **fields,
            )
        except TracingError:
            raise
        except BaseException:
            # Before the request was sent? The bridge would record on, and refuse every later run.
            # After it, the run is not being recorded any more, and this does nothing.
            self._bridge.post("cancel", run_id=self.run["id"])
            raise
        finally:
            self._finish()
        data, directory = answer.get("data"), answer.get("directory")
        if not isinstance(data, dict) or not isinstance(directory, str):
            raise TracingError("the bridge's answer has no result")
        warnings = [str(warning) for warning in answer.get("warnings") or []]
        saved = answer.get("saved")
        return RunResult(
            data=data,
            directory=directory,
            saved=saved if isinstance(saved, str) else None,
            warnings=[*self._mode_warnings(), *self._gil_warnings(), *warnings],
        )

    def cancel(self) -> None:
        """End the run without a result, and without a wait."""
        self._names.stop()
        self._bridge.post("cancel", run_id=self.run["id"])
        self._finish()

    def _source(self, cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {"cells": list(cells), "roots": source_roots(self._project)}

    @property
    def in_this_process(self) -> bool:
        """False in a child that was forked while the run goes on."""
        return self._owner == os.getpid()

    def _mode_warnings(self) -> list[str]:
        wanted = self._capture.mode
        if wanted == "auto" or not self.mode or self.mode == wanted:
            return []
        return [f"this run was recorded in the mode {self.mode}, not {wanted}"]

    def _gil_warnings(self) -> list[str]:
        if self._gil_enabled or not gil_enabled():
            return []
        modules = sys.modules
        suspects = sorted(
            name
            for name in set(modules) - self._modules
            if str(getattr(modules.get(name), "__file__", "")).endswith((".so", ".pyd"))
        )
        new = f": {', '.join(suspects)}" if suspects else ""
        return [f"the GIL was switched back on in this run, by importing an extension module{new}"]

    def _finish(self) -> None:
        if self._may_read:
            allow_ptracer(0)
        self._recorder.release(self)


class Recorder:
    """Starts runs. A process has one, see `recorder`."""

    def __init__(self) -> None:
        self._bridge: Bridge | None = None
        self._recording: Recording | None = None
        self._starting = threading.Lock()

    def start(
        self,
        *,
        name: str = "",
        capture: Capture = DEFAULT_CAPTURE,
        kernel_id: str | None = None,
        save: str | None = None,
        subject: str = "notebook",
        project: str | None = None,
        launcher: Sequence[str] = (),
        cells: Sequence[dict[str, Any]] = (),
        announce: Callable[[dict[str, Any]], None] | None = None,
    ) -> Recording:
        """Start to record this process.

        Args:
            name: the user's label.
            capture: what is recorded.
            kernel_id: Jupyter's id of this kernel.
            save: absolute path to save the trace at if this process ends without a `stop`.
            subject: what is traced, 'notebook' or 'script'; for advice.
            project: the folder of the user's own code; paths in the result are relative to it.
            launcher: files, as co_filename has them, of the code that starts the user's.
            cells: which file names stand for which cells, as far as that is known before the run.
            announce: told of the run before the set-up, which may take seconds, and may fail.

        Raises:
            TracingError: it is not possible; the message names the fix.

        """
        check_platform(subject)
        if not self._starting.acquire(blocking=False):
            raise TracingError("another run is being traced", "busy")
        try:
            if self.busy_recording():
                raise TracingError("another run is being traced", "busy")
            run: dict[str, Any] = {"id": new_run_id(), "name": name}
            if kernel_id is not None:
                run["kernel_id"] = kernel_id
            if announce is not None:
                announce({**run, "started_at": _now()})
            return self._start(run, capture, save, project, launcher, cells)
        finally:
            self._starting.release()

    def busy_recording(self) -> bool:
        """Whether a recording of this process has not ended."""
        return self._recording is not None and self._recording.in_this_process

    def _start(
        self,
        run: dict[str, Any],
        capture: Capture,
        save: str | None,
        project: str | None,
        launcher: Sequence[str],
        cells: Sequence[dict[str, Any]],
    ) -> Recording:
        bridge = self._connect()
        recording = Recording(self, bridge, {**run, "started_at": _now()}, capture, project)
        fields = capture.request_fields()
        # For what is shown while it runs, and for a run that ends before it can ask for a stop.
        fields["source"] = {**recording._source(cells), "launcher": list(launcher)}
        board = recording._names.board.place()
        if board is not None:
            fields["thread_board"] = board
        if save is not None:
            fields["save"] = save
        recording._may_read = allow_ptracer(bridge.pid)
        try:
            answer = bridge.request("start", run=run, **fields)
        except BaseException as error:
            if not isinstance(error, TracingError):
                # Interrupted: it may have started, or may do so yet.
                bridge.post("cancel", run_id=run["id"])
            if recording._may_read:
                allow_ptracer(0)
            raise
        recording.mode = str(answer.get("mode", ""))
        self._recording = recording
        return recording

    def examine(self) -> dict[str, Any]:
        """Return what the bridge says can be done for this process: its DoctorReport.

        Raises:
            TracingError: there is no bridge, or a run is being recorded (`busy`).

        """
        bridge = self._connect()
        may_read = not self.busy_recording() and allow_ptracer(bridge.pid)
        try:
            report = bridge.request("doctor").get("report")
        finally:
            if may_read:
                allow_ptracer(0)
        if not isinstance(report, dict):
            raise TracingError("the bridge's answer has no report")
        return report

    def _connect(self) -> Bridge:
        bridge = self._bridge
        if bridge is None or not bridge.usable:
            bridge = Bridge()
            try:
                answer = bridge.request("hello", **hello_fields())
            except BaseException:
                bridge.close()
                raise
            bridge.pid = int(answer.get("pid", 0))
            self._bridge = bridge
        return bridge

    def release(self, recording: Recording) -> None:
        """Forget a recording that has ended."""
        if self._recording is recording:
            self._recording = None

    def close(self, wait: float = 0.0) -> None:
        """End the bridge, and a recording with it.

        Args:
            wait: how long to wait for its probes and processes to be gone, in seconds.

        """
        recording, bridge = self._recording, self._bridge
        self._recording = self._bridge = None
        if recording is not None and recording.in_this_process:
            recording.cancel()
        if bridge is not None:
            bridge.close(wait)


#: The recorder of this process.
recorder = Recorder()


def notebook_folder() -> str:
    """Return the folder of the notebook, as far as it is known; else the current one."""
    # Set by jupyter_server: the notebook's path, absolute if it is a file.
    session = os.environ.get("JPY_SESSION_NAME", "")
    folder = Path(session).parent
    if session and folder.is_absolute() and folder.is_dir():
        return str(folder)
    return str(Path.cwd())


def _now() -> str:
    from datetime import datetime, timezone

    return datetime.now(timezone.utc).astimezone().isoformat(timespec="milliseconds")
