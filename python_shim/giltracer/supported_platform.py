"""Where tracing is possible at all."""

from __future__ import annotations

import sys

from .failure import TracingError

#: For sh and for PowerShell, which takes `$PWD:` for a scope.
_NOTEBOOK = (
    'docker run --rm -it --privileged -p 8888:8888 -v "${PWD}:/work" -w /work python:3.13 sh -c '
    '"mount -t tracefs nodev /sys/kernel/tracing; apt-get update && apt-get install -y linux-perf '
    "&& pip install giltracer jupyterlab && "
    'jupyter lab --ip=0.0.0.0 --allow-root"'
)
_SCRIPT = (
    'docker run --rm -it --privileged -v "${PWD}:/work" -w /work python:3.13 sh -c '
    '"mount -t tracefs nodev /sys/kernel/tracing; apt-get update && apt-get install -y linux-perf '
    "&& pip install giltracer && "
    'giltracer run SCRIPT"'
)


def check_platform(subject: str = "notebook") -> None:
    """Check that this is Linux.

    Args:
        subject: what is to be traced, 'notebook' or 'script'; for advice.

    Raises:
        TracingError: it is not; the message has the command that traces in a container.

    """
    if sys.platform != "linux":
        command = _SCRIPT if subject == "script" else _NOTEBOOK
        raise TracingError(f"tracing needs Linux; with Docker: {command}", "not-linux")
