"""Client of the bridge: the Node.js process that traces this one.

One JSON object a line, see src/bridge/protocol/messages.ts. Everything is synchronous: a thread
or an event loop of ours would be one more user of the GIL that is being traced.
"""

from __future__ import annotations

# The C module: libraries that patch `socket` and `select` (gevent) must not reach this client.
import _socket
import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Iterator

from .bridge_output import BridgeOutput
from .descriptors import OwnDescriptor
from .failure import TracingError
from .node import find_node, node_environment

PROTOCOL_VERSION = 1

#: Longest silence before an answer, in seconds. Progress notices are signs of life.
TIMEOUTS = {"hello": 30.0, "start": 60.0, "stop": 60.0, "cancel": 15.0, "doctor": 60.0}

_PACKAGE = Path(__file__).resolve().parent
BRIDGE = _PACKAGE / "_bundle" / "bridge.cjs"
SUPERVISOR = _PACKAGE / "supervisor.sh"


class Bridge:
    """A running bridge.

    Args:
        command: what is run, and given the word `serve`: a program and its script. By default
            Node.js and the bundled bridge.

    Raises:
        TracingError: it can't be started.

    """

    def __init__(self, command: tuple[str, str] | None = None) -> None:
        self._owner = os.getpid()
        self._id = 0
        self._requests: _OwnSocket | None = None
        self._output: BridgeOutput | None = None
        # Closed when this process ends: the supervisor's sign.
        self._alive: OwnDescriptor | None = None
        self.pid = 0
        program, script = command or (find_node(), str(BRIDGE))
        if not Path(script).is_file():
            raise TracingError(
                f"{script} is missing: this installation of giltracer is not complete, "
                "install it again"
            )
        try:
            self._spawn(program, script)
        except OSError as error:
            self.close()
            raise TracingError(f"the bridge can't be started: {error}") from error
        except BaseException:
            self.close()
            raise
        _bridges.add(self)

    def _spawn(self, program: str, script: str) -> None:
        # A socket for the requests: unlike a pipe it can be written to without a SIGPIPE, whose
        # disposition belongs to the user. All descriptors are close-on-exec (PEP 446).
        requests, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self._requests = _OwnSocket(requests)
        answers, write_end = os.pipe()
        self._output = BridgeOutput(answers)
        read_end, alive = os.pipe()
        self._alive = OwnDescriptor(alive)
        try:
            requests.settimeout(10)
            supervisor = subprocess.Popen(
                ["/bin/sh", str(SUPERVISOR), program, script],
                stdin=theirs.fileno(),
                stdout=write_end,
                stderr=read_end,
                env=_environment(),
                start_new_session=True,
            )
            # Ends at once: its second half runs in the background.
            supervisor.wait()
        finally:
            theirs.close()
            os.close(write_end)
            os.close(read_end)

    @property
    def usable(self) -> bool:
        """Whether requests can be made: not closed, and not inherited through a fork."""
        return self._requests is not None and self._owner == os.getpid()

    @property
    def output(self) -> BridgeOutput | None:
        """What the bridge writes; None if it is not usable."""
        return self._output if self.usable else None

    def request(self, operation: str, **fields: Any) -> dict[str, Any]:
        """Make a request and wait for its answer. Ctrl-C ends the wait.

        Raises:
            TracingError: refused by the bridge, or the bridge has ended or does not answer;
                then it is closed.
            KeyboardInterrupt: the answer will be dropped when it comes.

        """
        if not self.usable:
            raise TracingError("the bridge has ended", "bridge-ended")
        self._id += 1
        number = self._id
        line = json.dumps({"id": number, "op": operation, **fields}) + "\n"
        try:
            with _interruptible():
                self._send(line.encode())
                answer = self._receive(number, TIMEOUTS[operation])
        except OSError as error:
            self.close()
            raise TracingError(f"the bridge has ended ({error})", "bridge-ended") from error
        if answer.get("ok") is True:
            return answer
        raise TracingError(
            str(answer.get("message", "the bridge refused")), str(answer.get("code", "internal"))
        )

    def post(self, operation: str, **fields: Any) -> None:
        """Make a request whose answer nobody waits for."""
        if self.usable:
            self._id += 1
            line = json.dumps({"id": self._id, "op": operation, **fields}) + "\n"
            try:
                self._send(line.encode())
            except OSError:
                self.close()

    def close(self, wait: float = 0.0) -> None:
        """Let the bridge end; it finishes a running recording as partial.

        Args:
            wait: how long to wait for its probes and processes to be gone, in seconds.

        """
        requests, output, alive = self._requests, self._output, self._alive
        self._requests = self._output = self._alive = None
        if requests is not None:
            # What is not ours any more is left alone.
            if requests.is_ours:
                requests.socket.close()
            else:
                requests.socket.detach()
        if output is not None:
            if wait > 0 and output.is_ours and self._owner == os.getpid():
                with suppress(OSError, KeyboardInterrupt), _interruptible():
                    output.drain(wait)
            output.close()
        if alive is not None:
            alive.close()

    def _send(self, data: bytes) -> None:
        requests, output = self._requests, self._output
        if requests is None or output is None or not (requests.is_ours and output.is_ours):
            raise OSError("its descriptors were closed")
        view = memoryview(data)
        try:
            while view:
                view = view[requests.socket.send(view, _socket.MSG_NOSIGNAL) :]
        except KeyboardInterrupt:
            # Half a line would spoil all that follow.
            if len(view) < len(data):
                self.close()
            raise

    def _receive(self, number: int, timeout: float) -> dict[str, Any]:
        if self._output is None:
            raise OSError("its descriptors were closed")
        try:
            return self._output.answer(number, timeout)
        except TimeoutError:
            # It hangs, and would not see that its input ends.
            if self.pid:
                with suppress(OSError):
                    os.kill(self.pid, signal.SIGKILL)
            raise


class _OwnSocket:
    def __init__(self, socket: _socket.socket) -> None:
        self.socket = socket
        self._descriptor = OwnDescriptor(socket.fileno())

    @property
    def is_ours(self) -> bool:
        return self._descriptor.is_ours


_bridges: weakref.WeakSet[Bridge] = weakref.WeakSet()


def _leave_bridges_to_parent() -> None:
    # A child that lives on must not keep the bridge of a parent that has ended.
    for bridge in list(_bridges):
        bridge.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_bridges_to_parent)


def _environment() -> dict[str, str]:
    environment = node_environment()
    log = environment.get("GILTRACER_LOG")
    if log:
        # The bridge runs in another folder.
        environment["GILTRACER_LOG"] = str(Path(log).expanduser().absolute())
    return environment


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt here.

    While an asynchronous cell runs, ipykernel's handler cancels the cell's future instead, which
    would not end a wait (ipykernel/ipkernel.py `_cancel_on_sigint`).
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    if before in (signal.default_int_handler, signal.SIG_IGN, signal.SIG_DFL, None):
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def hello_fields() -> dict[str, Any]:
    """Return what the bridge's `hello` asks of this interpreter."""
    from .environment import environment_info, free_threaded, gil_enabled, switch_interval_ns
    from .kernel_connection import connection_file
    from .store import run_store, store_cap

    try:
        cap = store_cap()
    except ValueError as error:
        raise TracingError(str(error)) from None
    # The live socket lies beside it.
    file = connection_file()
    kernel = {} if file is None else {"connection_file": file}
    return {
        **kernel,
        "protocol": PROTOCOL_VERSION,
        "pid": os.getpid(),
        "python": sys.executable or "",
        "python_version": sys.version.split()[0],
        "implementation": sys.implementation.name,
        "free_threaded": free_threaded(),
        "gil_enabled": gil_enabled(),
        "switch_interval_ns": switch_interval_ns(),
        "run_store": str(run_store()),
        "store_cap": cap,
        "environment": environment_info(with_build=True),
    }
