"""File descriptors in a process whose program may close them all, and use their numbers again."""

from __future__ import annotations

import os


class OwnDescriptor:
    """A descriptor that is closed only as long as it is the one that was given.

    A program that turns into a daemon closes all descriptors and opens its own under their numbers.
    """

    def __init__(self, number: int) -> None:
        #: -1 once closed.
        self.number = number
        self._identity = _identity(number)

    @property
    def is_ours(self) -> bool:
        """Whether the number still stands for the same file."""
        return self.number >= 0 and _identity(self.number) == self._identity

    def close(self) -> None:
        """Close it, if it is ours."""
        number, ours = self.number, self.is_ours
        self.number = -1
        if ours:
            os.close(number)


def _identity(descriptor: int) -> tuple[int, int]:
    try:
        status = os.fstat(descriptor)
    except OSError:
        return (-1, -1)
    return (status.st_dev, status.st_ino)
