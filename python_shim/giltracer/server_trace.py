"""Route that gives a run's trace file, for what a view zooms into beyond its bundle."""

from __future__ import annotations

import errno
import os
import stat
from typing import Awaitable, BinaryIO, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from .store import RUN_ID, TRACE_FILE, run_store

#: What is held of a trace at a time, in bytes. Reading so much takes well below a millisecond.
_PIECE = 256 * 1024

TRACE_MIME_TYPE = "application/vnd.giltracer.trace+zip"


class TraceHandler(APIHandler):
    """Gives the trace file of one run, in pieces: it may have gigabytes."""

    auth_resource = "kernels"

    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        """Answer the file; 404 if the run is unknown or its trace is not written yet."""
        with _open(run_id) as file:
            left = self._describe(run_id, file)
            while left > 0:
                piece = file.read(min(_PIECE, left))
                if not piece:
                    # Cut while it was read: fewer bytes than promised is an error for the reader.
                    raise web.HTTPError(500, "the run's trace became shorter")
                left -= len(piece)
                self.write(piece)
                try:
                    await self.flush()
                except StreamClosedError:
                    return
        await self._end()

    @web.authenticated
    @authorized
    async def head(self, run_id: str) -> None:
        """Answer what `get` does, without the file."""
        with _open(run_id) as file:
            self._describe(run_id, file)
        await self._end()

    def _describe(self, run_id: str, file: BinaryIO) -> int:
        size = os.fstat(file.fileno()).st_size
        self.set_header("Content-Type", TRACE_MIME_TYPE)
        self.set_header("Content-Length", str(size))
        self.set_header("Content-Disposition", f'attachment; filename="{run_id}.giltrace"')
        self.set_header("Cache-Control", "private")
        return size

    def _end(self) -> Awaitable[None]:
        # An APIHandler answers JSON if it is not told otherwise.
        return cast("Awaitable[None]", self.finish(set_content_type=TRACE_MIME_TYPE))


def _open(run_id: str) -> BinaryIO:
    """Open the trace of a run. The bridge gives it its name when it is complete.

    Raises:
        web.HTTPError: there is none, or it can't be read.

    """
    folder = run_store() / run_id
    # The store is the user's own, but a link out of it is never followed, and nothing is opened
    # that could block.
    if not RUN_ID.fullmatch(run_id) or folder.is_symlink():
        raise web.HTTPError(404, "not the id of a run")
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(folder / TRACE_FILE, flags)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO):
            raise web.HTTPError(404, "no such run, or its trace is not written (yet)") from None
        raise web.HTTPError(500, f"the run's trace can't be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise web.HTTPError(404, "the run's trace is not a file")
    return cast(BinaryIO, os.fdopen(descriptor, "rb", buffering=0))
