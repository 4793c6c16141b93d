"""The version of this package."""

from __future__ import annotations


def package_version() -> str:
    """Return the version: what the build wrote, else what the installer knows."""
    from importlib import import_module, metadata

    try:
        return str(import_module("._version", __package__).__version__)
    except ImportError:
        pass

    try:
        return metadata.version("giltracer")
    except metadata.PackageNotFoundError:
        return "0+unknown"
