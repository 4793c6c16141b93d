"""What can be traced here, what stands in the way, and what would lift it.

The bridge tries each capability for real; this side adds what it knows of Python and Jupyter.
Nothing is changed.
"""

from __future__ import annotations

import platform
import sys
from typing import Any

from .environment import free_threaded, gil_enabled
from .failure import TracingError
from .jupyter_sides import examine_jupyter
from .recorder import recorder
from .supported_platform import check_platform
from .version import package_version


def examine() -> dict[str, Any]:
    """Examine this process, this machine and both sides of Jupyter.

    Returns:
        The report as `giltracer doctor --json` prints it: the bridge's DoctorReport
        (src/bridge/doctor/examine.ts) with `giltracer`, `python`, `system`, `obstacle` and
        `jupyter`. Where there is no bridge, `obstacle` says why, and `rungs` is empty.

    Raises:
        TracingError: a run of this process is being recorded.

    """
    report: dict[str, Any] = {
        "giltracer": package_version(),
        "python": {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "executable": sys.executable,
            "free_threaded": free_threaded(),
            "gil_enabled": gil_enabled(),
        },
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "obstacle": None,
        "capabilities": [],
        "rungs": [],
    }
    try:
        check_platform()
        report.update(recorder.examine())
    except TracingError as error:
        if error.code == "busy":
            raise
        report["obstacle"] = error.message
    report["jupyter"] = examine_jupyter()
    return report


def usable_rungs(report: dict[str, Any]) -> list[str]:
    """Return the rungs that a run can be recorded on here, best first."""
    return [rung["mode"] for rung in report["rungs"] if rung["available"]]


def exit_status(report: dict[str, Any], mode: str = "auto") -> int:
    """Return 0 if a run can be recorded in this mode, else 1."""
    usable = usable_rungs(report)
    return 0 if (usable if mode == "auto" else mode in usable) else 1
