"""Shows which thread holds the GIL, which waits for it, and on which line.

Importing this package is cheap and needs nothing but the standard library: IPython and
jupyter_server are imported by the functions that they call themselves.
"""

from __future__ import annotations

# As typing's, whose import would cost more than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    # Given by __getattr__ below.
    __version__: str

__all__ = ["__version__", "load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Register ``%%giltracer``; called by ``%load_ext giltracer``."""
    from .magic import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Take everything back that `load_ipython_extension` did."""
    from .magic import unload

    unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "giltracer"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "giltracer.server"}]


def __getattr__(name: str) -> str:
    if name == "__version__":
        from .version import package_version

        return package_version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
