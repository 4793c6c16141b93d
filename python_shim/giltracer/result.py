"""The result of a run, as `-o VAR` stores it."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

BUNDLE_MIME_TYPE = "application/vnd.giltracer.v1+json"

#: Keys of the bundle that are for drawing, or say what it is.
_NOT_DOCUMENT = ("format", "version", "overview", "windows", "omitted", "reductions", "sidecar")


class Result:
    """What a traced cell gave: shows itself as the cell's output did.

    Attributes:
        data: MIME type → data, as displayed.
        directory: the run's folder, with the full trace.

    """

    def __init__(self, data: dict[str, Any], directory: str) -> None:
        self.data = data
        self.directory = directory

    @property
    def document(self) -> dict[str, Any]:
        """The run's figures, as `giltracer report --format json` prints them; times in ns."""
        bundle = self.data.get(BUNDLE_MIME_TYPE, {})
        kept = {key: value for key, value in bundle.items() if key not in _NOT_DOCUMENT}
        return copy.deepcopy(kept)

    def save(self, path: str) -> Path:
        """Copy the full trace; `giltracer report` and DataFrame libraries read it.

        Args:
            path: the new file, or a folder for it.

        Returns:
            The new file's path.

        Raises:
            FileNotFoundError: the run was removed from the run store.

        """
        traces = sorted(Path(self.directory).glob("*.giltrace"))
        if not traces:
            raise FileNotFoundError(f"{self.directory} holds no trace any more")
        return Path(shutil.copy(traces[0], Path(path).expanduser()))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self.data

    def __repr__(self) -> str:
        return str(self.data.get("text/plain", f"<giltracer result in {self.directory}>"))
