"""The doctor's report for the page in JupyterLab, which asks for it by a silent request."""

from __future__ import annotations

from typing import Any

#: The page is made for reports of this form.
MIME_TYPE = "application/vnd.giltracer.doctor.v1+json"


class DoctorAnswer:
    """A report, or why there is none now, as a value that Jupyter takes for data."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {MIME_TYPE: self._content, "text/plain": "the doctor's report"}


def answer() -> DoctorAnswer:
    """Examine this process; takes a second or two.

    Returns:
        An answer with `report`, as `giltracer.doctor.examine` returns it, and `words`, what
        `giltracer doctor` says of it; or with `busy`, the reason why the doctor can't work now.

    """
    from .doctor import examine
    from .failure import TracingError

    try:
        report = examine()
    except TracingError as error:
        return DoctorAnswer({"busy": error.message})
    return DoctorAnswer({"report": report, "words": _words(report)})


def _words(report: dict[str, Any]) -> dict[str, Any]:
    from . import doctor_text as text

    examined = bool(report["rungs"])
    return {
        "subject": text.subject(report),
        "verdict": text.verdict(report),
        "names": text.NAMES,
        "cpus": text.cpus(report["cpus"]) if examined else None,
        "kernel": text.privileges(report["privileges"]) if examined else None,
        "jupyter": text.jupyter_sides(report["jupyter"]),
    }
