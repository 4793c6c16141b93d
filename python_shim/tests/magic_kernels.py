"""Kernels that trace with a stand-in for the bridge, and what they answer."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any, Iterator

import pytest
from conftest import wait_until
from jupyter_client import BlockingKernelClient, KernelManager

MIME = "application/vnd.giltracer.v1+json"
FAKE = Path(__file__).with_name("fake_bridge.py")
SETUP = f"""
import functools, os, sys, time
import giltracer.bridge, giltracer.recorder
giltracer.recorder.Bridge = functools.partial(
    giltracer.bridge.Bridge, (sys.executable, {str(FAKE)!r}))
def behave(how):
    os.environ["FAKE_BRIDGE"] = how
    giltracer.recorder.recorder.close(5)
%load_ext giltracer
"""


class Reply:
    """Outputs of a request in the order in which they came, and its reply."""

    def __init__(self, reply: dict[str, Any], messages: list[dict[str, Any]]) -> None:
        self.status = reply["content"]["status"]
        self.content = reply["content"]
        self.messages = messages

    def texts(self, stream: str) -> str:
        return "".join(
            m["content"]["text"]
            for m in self.messages
            if m["msg_type"] == "stream" and m["content"]["name"] == stream
        )

    def runs(self) -> list[dict[str, Any]]:
        """The run of each display and update of ours."""
        data = [m["content"].get("data", {}) for m in self.messages]
        return [bundle[MIME]["run"] for bundle in data if MIME in bundle]

    def left(self) -> list[dict[str, Any]]:
        """What stands in the cell at its end, as a front end clears and replaces outputs."""
        left: list[dict[str, Any]] = []
        clear = False
        for message in self.messages:
            kind, content = message["msg_type"], message["content"]
            if kind == "clear_output":
                clear = content["wait"]
                if not clear:
                    left = []
            elif kind in ("stream", "display_data", "execute_result", "error"):
                left = [content] if clear else [*left, content]
                clear = False
            elif kind == "update_display_data":
                same = content["transient"]["display_id"]
                left = [
                    content if old.get("transient", {}).get("display_id") == same else old
                    for old in left
                ]
        return left

    def kinds(self) -> list[str]:
        return [
            m["msg_type"] for m in self.messages if m["msg_type"] not in ("status", "execute_input")
        ]


class Kernel:
    """One kernel and a client of it.

    Args:
        spec: name of its kernel spec.
        folder: for its connection file.
        patience: how long it may say nothing while it runs a cell, in seconds.

    """

    def __init__(self, spec: str, folder: Path, patience: float = 20) -> None:
        self._patience = patience
        # Named as jupyter_server does.
        self.id = str(uuid.uuid4())
        file = str(folder / f"kernel-{self.id}.json")
        self.manager = KernelManager(kernel_name=spec, connection_file=file)
        self.manager.start_kernel()
        self.client: BlockingKernelClient = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str, interrupt_after: str | float | None = None, **options: Any) -> Reply:
        """Run code; interrupt it some seconds after its start, or when it has printed a text."""
        identity = self._send(code, **options)
        messages = []
        began = time.monotonic()
        interrupted = interrupt_after is None
        while True:
            late = isinstance(interrupt_after, float) and (
                time.monotonic() > began + interrupt_after
            )
            if late and not interrupted:
                self.manager.interrupt_kernel()
                interrupted = True
            try:
                message = self.client.get_iopub_msg(timeout=self._patience if interrupted else 0.05)
            except Exception:
                if interrupted:
                    raise
                continue
            if message["parent_header"].get("msg_id") != identity:
                continue
            messages.append(message)
            content = message["content"]
            if isinstance(interrupt_after, str) and interrupt_after in content.get("text", ""):
                self.manager.interrupt_kernel()
            if message["msg_type"] == "status" and content["execution_state"] == "idle":
                break
        while True:
            reply = self.client.get_shell_msg(timeout=self._patience)
            if reply["parent_header"].get("msg_id") == identity:
                return Reply(reply, messages)

    def _send(self, code: str, cell_id: str | None = None, **options: Any) -> str:
        if cell_id is None:
            return self.client.execute(code, **options)
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        # As JupyterLab does.
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell_id})
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def behave(self, how: str = "") -> None:
        # After an error an old ipykernel aborts what arrives within a tenth of a second.
        assert wait_until(lambda: self.run(f"behave({how!r})").status == "ok")

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def shared_kernel(kernel_spec: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel(kernel_spec, tmp_path_factory.mktemp("connection"))
    assert kernel.run(SETUP).status == "ok"
    yield kernel
    kernel.close()


@pytest.fixture
def kernel(shared_kernel: Kernel) -> Iterator[Kernel]:
    yield shared_kernel
    shared_kernel.behave()
    # Whatever happened: the next traced cell works, once an old ipykernel takes requests again.
    reply = shared_kernel.run("%%giltracer\n1")
    while reply.status == "aborted":
        reply = shared_kernel.run("%%giltracer\n1")
    assert [run["state"] for run in reply.runs()] == ["running", "done"]
    assert reply.texts("stderr") == ""
