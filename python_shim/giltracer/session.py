"""One traced cell or statement: start, output, stop."""

from __future__ import annotations

from typing import Any, Callable

from .cell_sources import CellSources
from .displays import TRACING, RunDisplay, live_placeholder, placeholder, say
from .failure import TracingError
from .kernel_connection import kernel_id
from .live_refresh import LiveRefresh, iopub_loop
from .options import Options
from .recorder import Recording, notebook_folder, recorder
from .result import Result

_INTERRUPTED = (
    "the wait for the result was interrupted; the run is still completed in the run store"
)


class Session:
    """Traces what runs between `start` and `stop`, and shows the result in the running cell.

    No method raises because tracing failed: that is one line for the user, and the code runs.
    """

    def __init__(
        self, shell: Any, sources: CellSources, options: Options, what: str = "this cell"
    ) -> None:
        self._shell = shell
        self._sources = sources
        self._options = options
        self._what = what
        self._recording: Recording | None = None
        self._display: RunDisplay | None = None
        self._refresh: LiveRefresh | None = None

    @property
    def active(self) -> bool:
        """Whether it records, in this process and not in the parent of a forked child."""
        return self._recording is not None and self._recording.in_this_process

    def start(self) -> bool:
        """Start to record, and show the placeholder.

        Returns:
            Whether it records; if not, the user has been told why.

        Raises:
            KeyboardInterrupt: Ctrl-C; then nothing is recorded.

        """
        options = self._options
        if options.variable is not None:
            # Not the result of an earlier run, if this one gives none.
            self._shell.user_ns[options.variable] = None
        try:
            recording = recorder.start(
                name=options.name,
                capture=options.capture,
                kernel_id=kernel_id(),
                save=options.save,
                project=notebook_folder(),
                cells=self._cells(self._sources.cells_so_far),
                announce=None if options.quiet else self._open,
            )
        except KeyboardInterrupt:
            self._withdraw()
            raise
        except Exception as error:
            self._withdraw()
            self._say_untraced(error)
            return False
        self._recording = recording
        try:
            if self._display is not None:
                self._refresh = self._start_refresh(recording, self._display)
        except KeyboardInterrupt:
            self.cancel()
            raise
        except Exception as error:
            say(f"the placeholder can't be refreshed: {type(error).__name__}: {error}")
        recording.begin()
        return True

    def _open(self, run: dict[str, Any]) -> None:
        """Show the placeholder."""
        display = RunDisplay(self._shell, run["id"])
        try:
            display.open(placeholder(run, "running", TRACING))
        except Exception as error:
            say(f"the placeholder can't be shown: {type(error).__name__}: {error}")
        self._display = display

    def _withdraw(self) -> None:
        """Take the placeholder away: nothing is recorded."""
        display, self._display = self._display, None
        if display is None:
            return
        try:
            display.withdraw()
        except Exception as error:
            say(f"the placeholder can't be taken away: {type(error).__name__}: {error}")

    def _start_refresh(self, recording: Recording, display: RunDisplay) -> LiveRefresh | None:
        loop, output = iopub_loop(self._shell), recording.bridge_output
        if not display.can_refresh or loop is None or output is None:
            return None
        refresh = LiveRefresh(
            loop,
            output,
            recording.run["id"],
            lambda text, frame: display.refresh(live_placeholder(recording.run, text, frame)),
        )
        refresh.start()
        return refresh

    def _say_untraced(self, error: Exception) -> None:
        if not isinstance(error, TracingError):
            say(f"{self._what} runs untraced: {type(error).__name__}: {error}")
        elif error.code == "busy":
            say(f"a traced cell is running already; {self._what} runs untraced")
        else:
            say(f"{self._what} runs untraced: {error.advice('%giltracer_doctor')}")

    def stop(self, ended_ns: int | None = None) -> None:
        """Stop, wait for the result and show it. Ctrl-C ends the wait with one line.

        Args:
            ended_ns: CLOCK_MONOTONIC when the user's code ended; by default now.

        """
        recording, self._recording = self._recording, None
        if recording is None or not recording.in_this_process:
            return
        self._stop_refresh()
        try:
            result = recording.stop(
                ended_ns=ended_ns,
                save=self._options.save,
                save_relative_to=notebook_folder() if self._options.save else None,
                cells=self._cells(self._sources.cells),
            )
        except KeyboardInterrupt:
            # Still `running` for the extension, which asks the run store for the result.
            self._close(placeholder(recording.run, "running", _INTERRUPTED))
            say(_INTERRUPTED)
        except Exception as error:
            message = error.message if isinstance(error, TracingError) else repr(error)
            self._close(placeholder(recording.run, "failed", f"no result: {message}"))
            say(f"no result: {message}")
        else:
            if self._options.variable is not None:
                self._shell.user_ns[self._options.variable] = Result(result.data, result.directory)
            self._close(result.data)
            for warning in result.warnings:
                say(warning)

    def _cells(self, ask: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        try:
            return ask()
        except Exception as error:
            # Lines are then shown with the names that Python knows.
            say(f"the lines of cells can't be told: {type(error).__name__}: {error}")
            return []

    def cancel(self) -> None:
        """Stop without a result."""
        recording, self._recording = self._recording, None
        if recording is not None and recording.in_this_process:
            self._stop_refresh()
            recording.cancel()
            self._close(placeholder(recording.run, "failed", "the cell did not run"))

    def _stop_refresh(self) -> None:
        refresh, self._refresh = self._refresh, None
        if refresh is not None:
            refresh.stop()

    def _close(self, data: dict[str, Any]) -> None:
        display, self._display = self._display, None
        if display is None:
            return
        try:
            display.close(data)
        except Exception as error:
            # The cell's own result is worth more than ours.
            say(f"the result can't be shown: {type(error).__name__}: {error}")
