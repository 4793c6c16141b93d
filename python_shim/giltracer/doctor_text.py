"""The doctor's report for people."""

from __future__ import annotations

import textwrap
from typing import Any, Iterator

from .doctor import usable_rungs

_WIDTH = 100

#: Capability → what it is called in the table.
NAMES = {
    "python": "this Python",
    "memory": "its memory",
    "frames": "its frames",
    "gil-functions": "its functions",
    "perf": "perf",
    "tracefs": "tracefs",
    "probes": "probes",
    "trust": "trust test",
    "futex": "futex test",
    "watchpoint": "watchpoint",
    "watch-trust": "watch test",
}


def doctor_text(report: dict[str, Any]) -> str:
    """Return the report as text."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: dict[str, Any]) -> Iterator[str]:
    for text in subject(report):
        yield from _wrapped("", text)
    yield ""
    yield from _wrapped("", verdict(report))
    if report["rungs"]:
        yield ""
        yield from _table(
            ("rung", "here", "what it tells, or why not"),
            [
                (rung["mode"], _answer(rung["available"]), rung["why"] or rung["gives"])
                for rung in report["rungs"]
            ],
        )
        yield ""
        yield from _table(
            ("tried", "here", "what was found"),
            [
                (
                    NAMES.get(tried["name"], tried["name"]),
                    _answer(tried["available"]),
                    tried["why"],
                )
                for tried in report["capabilities"]
            ],
        )
        yield ""
        yield from _wrapped("", f"CPUs: {cpus(report['cpus'])}")
        yield from _wrapped("", f"Kernel: {privileges(report['privileges'])}")
    yield ""
    yield from _jupyter(report["jupyter"])
    for rung in report["rungs"]:
        if rung["remedies"]:
            yield ""
            yield f"To get `{rung['mode']}`"
            for remedy in rung["remedies"]:
                yield from _remedy(remedy)


def subject(report: dict[str, Any]) -> list[str]:
    """Return what was examined: the Python, and the machine."""
    python = report["python"]
    kind = " without GIL" if python["free_threaded"] and not python["gil_enabled"] else ""
    place = report.get("place")
    where = [report["system"]]
    if place is not None:
        where.append(place["distribution"])
        if place.get("container"):
            where.append(
                f"in a container ({place['container']})"
                if place["container"] != "other"
                else "in a container"
            )
        if place["hub"]:
            where.append("started by JupyterHub")
    return [
        f"giltracer {report['giltracer']}, {python['implementation']} {python['version']}{kind} "
        f"({python['executable']})",
        ", ".join(where),
    ]


def verdict(report: dict[str, Any]) -> str:
    """Return what is traced here, in a sentence."""
    usable = usable_rungs(report)
    if report["obstacle"] is not None:
        return f"Nothing can be traced here: {report['obstacle']}"
    if not usable:
        return "Nothing can be traced here; cells run untraced."
    more = any(rung["remedies"] for rung in report["rungs"])
    below = " What would give more stands below." if more else ""
    return f"Cells are traced on the rung `{usable[0]}`.{below}"


def _answer(available: bool | None) -> str:
    return {True: "yes", False: "no", None: "?"}[available]


def _table(head: tuple[str, str, str], rows: list[tuple[str, str, str]]) -> Iterator[str]:
    width = max(len(row[0]) for row in [head, *rows])
    for name, answer, text in [head, *rows]:
        yield from _wrapped(f"{name:<{width}}  {answer:<4}  ", text)


def cpus(found: dict[str, Any]) -> str:
    """Return how many CPUs there are for the process."""
    online, usable, quota = found["online"], found.get("usable"), found.get("quota")
    parts = [
        f"{usable} of {online} may be used" if usable is not None else f"{online} are online",
        "no quota" if quota is None else f"the cgroup's quota is {quota:g} CPUs",
    ]
    return "; ".join(parts)


def privileges(found: dict[str, Any]) -> str:
    """Return what the kernel lets the process do."""
    parts = [
        f"user {found['uid']}",
        f"capabilities {', '.join(found['capabilities']) or 'none that matter'}",
    ]
    for name in ("perf_event_paranoid", "kptr_restrict"):
        if name in found:
            parts.append(f"{name} {found[name]}")
    parts.append(f"Yama ptrace_scope {found['yama']}" if "yama" in found else "no Yama")
    parts.append({0: "no seccomp", 1: "strict seccomp"}.get(found["seccomp"], "a seccomp filter"))
    if "confinement" in found:
        parts.append(f"{found['confinement']['module']} {found['confinement']['name']}")
    if not found["initial_user_namespace"]:
        parts.append("a user namespace")
    if found.get("lockdown", "none") != "none":
        parts.append(f"lockdown {found['lockdown']}")
    return ", ".join(parts)


def jupyter_sides(jupyter: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what each side of Jupyter has: its name, and the words."""
    kernel = jupyter["kernel"]
    sides = [("kernel", f"giltracer {kernel['giltracer']} in {kernel['location']}")]
    if not jupyter["servers"]:
        sides.append(("server", "none was found, and this environment has no JupyterLab"))
    return [*sides, *(("server", _server(side)) for side in jupyter["servers"])]


def _jupyter(jupyter: dict[str, Any]) -> Iterator[str]:
    yield "Jupyter"
    for name, text in jupyter_sides(jupyter):
        yield from _wrapped(f"  {name}: ", text)
    for problem in jupyter["problems"]:
        yield from _wrapped("  ! ", f"{problem['what']}. {problem['do']}")


def _server(side: dict[str, Any]) -> str:
    who = "not running" if side["pid"] is None else f"process {side['pid']}"
    if "error" in side:
        return f"{who}; what it has is not known: {side['error']}"
    hosts = [
        f"{n} {side[k]}"
        for n, k in (("JupyterLab", "jupyterlab"), ("Notebook", "notebook"))
        if side[k]
    ]
    extension = side["extension"]
    shows = (
        "no extension"
        if extension is None
        else f"extension {extension['version']} in {extension['path']}"
    )
    shim = side["giltracer"]
    serves = "no server extension" if shim is None else f"server extension {shim}"
    if shim is not None and not side["server_extension_enabled"]:
        serves += " (not enabled)"
    return f"{who}, {', '.join([*hosts, side['python']])}; {shows}; {serves}"


def _remedy(remedy: dict[str, Any]) -> Iterator[str]:
    lines = remedy["lines"]
    yield from _wrapped("  ", f"{remedy['title']}{':' if lines else '.'}")
    # Never wrapped: they are there to be pasted.
    for line in lines:
        yield f"      {line}"


def _wrapped(prefix: str, text: str) -> Iterator[str]:
    """Wrap a text behind a prefix; further lines are indented as far as the prefix."""
    yield from textwrap.wrap(
        text,
        width=_WIDTH,
        initial_indent=prefix,
        subsequent_indent=" " * max(len(prefix), 2),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [prefix]
