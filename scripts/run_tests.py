"""Run every test runner of the project, with seconds per part and one total line at the end.

With CI=true a machine that can't trace, or has no browser, is a failure: nothing is skipped there.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "test-results"
CI = os.environ.get("CI") == "true"


@dataclass
class Count:
    """How many tests passed and failed."""

    passed: int = 0
    failed: int = 0

    def add(self, other: Count) -> None:
        self.passed += other.passed
        self.failed += other.failed


@dataclass
class Command:
    """One program to run, and how to count its tests (a check that counts none: None)."""

    argv: Sequence[str]
    count: Callable[[], Count] | None = None
    cwd: Path = ROOT
    env: dict[str, str] | None = None


class Deadline:
    """The time after which nothing may run any more."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def run(self, command: Command) -> int | None:
        """Run a command to its end; its exit status, or None if the time was up."""
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            return None
        process = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env={**os.environ, **(command.env or {})},
            stdin=subprocess.DEVNULL,
            # A group of its own, so that all of it can be ended when the time is up.
            start_new_session=True,
        )
        try:
            return process.wait(timeout=remaining)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def count_jest(file: Path) -> Count:
    """Read the JSON of `jest --json`; a suite that could not start counts as one failure."""
    result = json.loads(file.read_text())
    return Count(
        result["numPassedTests"], result["numFailedTests"] + result["numRuntimeErrorTestSuites"]
    )


def count_junit(file: Path) -> Count:
    """Read the XML of `pytest --junit-xml`."""
    suites = list(ElementTree.parse(file).getroot().iter("testsuite"))
    total, failures, errors, skipped = (
        sum(int(suite.get(key, 0)) for suite in suites)
        for key in ("tests", "failures", "errors", "skipped")
    )
    return Count(total - failures - errors - skipped, failures + errors)


def count_playwright(file: Path) -> Count:
    """Read the JSON of Playwright's json reporter; a flaky test passed in the end."""
    stats = json.loads(file.read_text())["stats"]
    return Count(stats["expected"] + stats["flaky"], stats["unexpected"])


def count_tap(file: Path) -> Count:
    """Read the closing lines of node's TAP reporter."""
    text = file.read_text()
    found = {key: re.search(rf"^# {key} (\d+)$", text, re.M) for key in ("pass", "fail")}
    return Count(*(int(match[1]) if match else 0 for match in found.values()))


def tool(name: str) -> str:
    """Path of a program of node_modules."""
    return str(ROOT / "node_modules" / ".bin" / name)


def lint() -> list[Command]:
    python = sys.executable
    tap = OUT / "boundaries.tap"
    return [
        Command([tool("tsc"), "--noEmit", "-p", "tsconfig.test.json"]),
        Command([tool("tsc"), "--noEmit", "-p", "ui-tests"]),
        Command(["jlpm", "stylelint:check"]),
        Command(["node", "scripts/messages.mjs", "--check"]),
        Command(["jlpm", "prettier:check"]),
        Command(["jlpm", "eslint:check", "--max-warnings", "0"]),
        Command([python, "-m", "ruff", "check", "--quiet", "."]),
        Command([python, "-m", "ruff", "format", "--quiet", "--check", "."]),
        Command([python, "-m", "mypy", "--no-error-summary"]),
        Command(
            [
                "node",
                "--test",
                "--test-reporter=tap",
                f"--test-reporter-destination={tap}",
                *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "scripts").rglob("*.test.mjs"))),
            ],
            lambda: count_tap(tap),
        ),
    ]


def jest() -> list[Command]:
    out = OUT / "jest.json"
    # With --outputFile the JSON goes there only: what a person reads stays readable.
    argv = [tool("jest"), "--json", f"--outputFile={out}"]
    return [Command(argv, lambda: count_jest(out))]


def pytest(name: str, *arguments: str) -> list[Command]:
    out = OUT / f"{name}.xml"
    argv = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={out}", *arguments]
    return [Command(argv, lambda: count_junit(out))]


def galata() -> list[Command]:
    out = OUT / "playwright.json"
    chromium = os.environ.get("PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH") or shutil.which("chromium")
    env = {
        "PLAYWRIGHT_JSON_OUTPUT_NAME": str(out),
        "PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH": chromium or "",
    }
    argv = ["jlpm", "playwright", "test", "--reporter=list,json"]
    return [Command(argv, lambda: count_playwright(out), cwd=ROOT / "ui-tests", env=env)]


WHEEL_TEST = "python_shim/tests/test_wheel.py"
PARTS: dict[str, Callable[[], list[Command]]] = {
    "lint": lint,
    "jest": jest,
    "pytest": lambda: pytest("pytest", "python_shim/tests", f"--ignore={WHEEL_TEST}"),
    "wheel": lambda: pytest("wheel", WHEEL_TEST),
    "galata": galata,
}


def missing_abilities() -> list[str]:
    """What this machine lacks for the tests that trace and the ones that look."""
    missing = []
    try:
        subprocess.run(["perf", "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        missing.append("perf can't be run")
    if not os.access("/sys/kernel/tracing/uprobe_events", os.W_OK):
        missing.append("/sys/kernel/tracing/uprobe_events can't be written")
    if not (shutil.which("chromium") or os.environ.get("PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH")):
        missing.append("chromium was not found")
    return missing


def run_part(name: str, deadline: Deadline) -> Count:
    """Run the commands of one part. A command that fails without a failed test counts as one."""
    total = Count()
    for command in PARTS[name]():
        shown = " ".join(os.path.relpath(a, ROOT) if a.startswith("/") else a for a in command.argv)
        status = deadline.run(command)
        count = Count()
        if command.count is not None and status is not None:
            try:
                count = command.count()
            except (OSError, KeyError, ValueError, ElementTree.ParseError) as error:
                print(f"{name}: no result of `{shown}`: {error}", flush=True)
            if status == 0 and count.passed + count.failed == 0:
                print(f"{name}: `{shown}` ran no test", flush=True)
                count.failed = 1
        if status is None:
            print(f"{name}: `{shown}` was ended: the time was up", flush=True)
        elif status != 0:
            print(f"{name}: `{shown}` ended with status {status}", flush=True)
        if status != 0 and count.failed == 0:
            count.failed = 1
        total.add(count)
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--setup-seconds", type=float, default=0)
    parser.add_argument("--limit-seconds", type=float, default=1800)
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown part: {', '.join(sorted(unknown))}")

    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    deadline = Deadline(options.limit_seconds - options.setup_seconds)
    total = Count()
    rows = []
    if options.setup_seconds:
        rows.append(("setup", options.setup_seconds, None))
    if not options.parts:
        for problem in missing_abilities():
            print(f"This machine can't run all tests: {problem}", flush=True)
            total.failed += 1 if CI else 0
    for name in options.parts or PARTS:
        print(f"\n== {name}", flush=True)
        start = time.monotonic()
        count = run_part(name, deadline)
        total.add(count)
        rows.append((name, time.monotonic() - start, count))

    print("\nSeconds per part")
    for name, seconds, part in rows:
        counts = f"{part.passed} passed, {part.failed} failed" if part else ""
        print(f"  {name:<8}{seconds:>6.0f} s  {counts}".rstrip())
    print(f"  {'total':<8}{sum(row[1] for row in rows):>6.0f} s\n")
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
