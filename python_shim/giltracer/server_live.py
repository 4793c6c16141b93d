"""Route of the live view: a WebSocket that relays a kernel's frames to a browser."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from .live_relay import LiveRelay, RelayEndedError
from .live_socket import UnsafeSocketError, live_socket

#: Why a connection ends, for the browser (schema/formats/server-routes.md).
GONE = 4404
NOT_PRIVATE = 4403
REMOTE = 4501

_STATUS = {"format": "giltracer-live-status", "version": 1}


class LiveHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """One browser that watches one kernel; shaped as the handler of jupyter_server's kernels.

    The browser names a kernel, never a path. Who may read kernels may watch; nothing that the
    browser says is carried to the kernel.
    """

    auth_resource = "kernels"

    _kernel_id = ""
    _relaying: asyncio.Task[None] | None = None
    _doubted = False

    def set_default_headers(self) -> None:
        """Undo those of JupyterHandler, which make no sense for a WebSocket."""

    def get_compression_options(self) -> dict[str, Any] | None:
        """Return the server's setting for all WebSockets."""
        options: dict[str, Any] | None = self.settings.get("websocket_compression_options")
        return options

    @property
    def max_message_size(self) -> int:
        """Nothing is expected of the browser."""
        return 1024

    @ws_authenticated
    @authorized
    async def get(self, kernel_id: str) -> None:
        """Accept the connection; 404 if the kernel is not one of this server's."""
        if kernel_id not in self.kernel_manager:
            raise web.HTTPError(404, "no such kernel")
        self._kernel_id = kernel_id
        await super().get(kernel_id)

    def open(self, *_: str) -> None:
        """Begin to relay."""
        # Begins to ping.
        super().open()
        self.set_nodelay(True)
        self._relaying = asyncio.ensure_future(self._relay())

    def on_message(self, _: str | bytes) -> None:
        """Refuse what the browser says."""
        self.close(1003, "this connection only tells")

    def on_close(self) -> None:
        """End the relay."""
        if self._relaying is not None:
            self._relaying.cancel()

    async def _relay(self) -> None:
        try:
            await LiveRelay(self._find, self._send, self._tell).run()
        except RelayEndedError as end:
            self.close(end.code, end.reason)
        except WebSocketClosedError:
            # The browser has gone.
            pass
        except Exception:
            self.log.exception("the live view of kernel %s failed", self._kernel_id)
            self.close(1011, "the live view failed")

    async def _send(self, text: str) -> None:
        await self.write_message(text)

    async def _tell(self, state: str) -> None:
        await self._send(json.dumps({**_STATUS, "state": state}))

    def _find(self) -> Path | None:
        if self._kernel_id not in self.kernel_manager:
            raise RelayEndedError(GONE, "the kernel has ended")
        connection_file = _local_connection_file(self.kernel_manager.get_kernel(self._kernel_id))
        if connection_file is None:
            raise RelayEndedError(
                REMOTE, "the kernel runs elsewhere: its output is refreshed instead"
            )
        try:
            path = live_socket(connection_file)
        except UnsafeSocketError as error:
            # A socket gets its mode a moment after it is made: what is seen twice is so.
            if self._doubted:
                raise RelayEndedError(NOT_PRIVATE, str(error)[:100]) from error
            self._doubted = True
            return None
        self._doubted = False
        return path


def _local_connection_file(kernel: Any) -> str | None:
    """Return the connection file of a kernel of this machine.

    A gateway's kernel has none (jupyter_server/gateway/managers.py), a remote provisioner's names
    the address of another machine.
    """
    file = getattr(kernel, "connection_file", None)
    if not file:
        return None
    address = str(getattr(kernel, "ip", ""))
    if getattr(kernel, "transport", "tcp") != "tcp" or address.startswith("127."):
        return str(file)
    from jupyter_client.localinterfaces import is_local_ip

    return str(file) if address in ("localhost", "::1") or is_local_ip(address) else None
