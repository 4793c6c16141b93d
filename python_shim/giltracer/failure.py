"""The error that a person meets."""

from __future__ import annotations

#: Codes of failures that have to do with the machine or the installation: the doctor explains them.
_OF_THE_MACHINE = frozenset(
    {
        "no-node",
        "no-perf",
        "no-permission",
        "no-symbols",
        "no-tracefs",
        "no-watchpoint",
        "not-trusted",
        "perf-failed",
        "unsupported-python",
    }
)


class TracingError(Exception):
    """Tracing is not possible or has ended early; the message is one line that names the fix."""

    def __init__(self, message: str, code: str = "internal") -> None:
        super().__init__(" ".join(message.split()))
        self.code = code

    @property
    def message(self) -> str:
        """The line for the user."""
        return str(self.args[0])

    def advice(self, doctor: str) -> str:
        """Return the line for the user, and where the doctor can tell more, its command."""
        return f"{self.message} (run {doctor})" if self.code in _OF_THE_MACHINE else self.message
