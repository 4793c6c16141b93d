"""The four probes that a person sets by hand today: entry and return of take_gil and drop_gil."""

import os
import re
import subprocess
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, List, Optional, Type

TRACEFS = Path("/sys/kernel/tracing")


def library_of(pid: int) -> Path:
    """libpython of a process, else its executable."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    found = re.search(r"(/\S*/libpython3\.\d+\S*\.so\S*)$", maps, re.M)
    return Path(found.group(1)) if found else Path(os.readlink(f"/proc/{pid}/exe"))


def offset_of(library: Path, symbol: str) -> int:
    """Offset of a function in the file, by nm and readelf."""
    names = subprocess.run(["nm", str(library)], check=True, capture_output=True, text=True).stdout
    address = int(re.search(rf"^(\w+) t {symbol}$", names, re.M).group(1), 16)  # type: ignore[union-attr]
    headers = subprocess.run(
        ["readelf", "-lW", str(library)], check=True, capture_output=True, text=True
    ).stdout
    for offset, start, size in re.findall(r"LOAD\s+0x(\w+) 0x(\w+) 0x\w+ 0x(\w+)", headers):
        if int(start, 16) <= address < int(start, 16) + int(size, 16):
            return address - int(start, 16) + int(offset, 16)
    raise LookupError(f"{symbol} is in no segment of {library}")


class PlainProbes:
    """Four probes and a `perf record` on a process, as a context manager."""

    def __init__(self, pid: int, output: Path) -> None:
        self._group = f"plain{os.getpid()}"
        self._events: List[str] = []
        library = library_of(pid)
        for symbol in ("take_gil", "drop_gil"):
            offset = offset_of(library, symbol)
            for kind in ("p", "r"):
                event = f"{symbol}_{kind}"
                self._write(f"{kind}:{self._group}/{event} {library}:0x{offset:x}")
                self._events.append(event)
        control_read, self._control = os.pipe()
        self._ack, ack_write = os.pipe()
        self._output: BinaryIO = output.open("wb")
        arguments = ["perf", "record", "-o", "-", "-p", str(pid), "-k", "CLOCK_MONOTONIC"]
        arguments += ["-m", "8M", "-D", "-1", "--control", f"fd:{control_read},{ack_write}"]
        for event in self._events:
            arguments += ["-e", f"{self._group}:{event}"]
        self._perf = subprocess.Popen(
            arguments,
            stdout=self._output,
            stderr=subprocess.DEVNULL,
            pass_fds=(control_read, ack_write),
        )
        os.close(control_read)
        os.close(ack_write)
        self._command("enable")

    def __enter__(self) -> "PlainProbes":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self._command("disable")
        self._perf.terminate()
        self._perf.wait(30)
        self._output.close()
        os.close(self._control)
        os.close(self._ack)
        for event in self._events:
            self._write(f"-:{self._group}/{event}")

    def _command(self, command: str) -> None:
        os.write(self._control, f"{command}\n".encode())
        os.read(self._ack, 16)

    @staticmethod
    def _write(line: str) -> None:
        # Not open(): it seeks to the end, which tracefs refuses.
        descriptor = os.open(TRACEFS / "uprobe_events", os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)
