"""The error that a person meets."""

from __future__ import annotations


class TracingError(Exception):
    """Tracing is not possible or has ended early; the message is one line that names the fix."""

    def __init__(self, message: str, code: str = "internal") -> None:
        super().__init__(" ".join(message.split()))
        self.code = code

    @property
    def message(self) -> str:
        """The line for the user."""
        return str(self.args[0])
