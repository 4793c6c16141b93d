"""Routes of the run store: its runs for a list, the result of one, its name, its end.

A placeholder that still says "running" while its run has ended asks here for the result; the
sidebar shows the runs.
"""

from __future__ import annotations

import asyncio
import json
import unicodedata
from pathlib import Path
from typing import Any, Callable, TypeVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from .run_folder import NoSuchRunError, RunFolder, UnreadableError, object_of
from .store import BUNDLE_FILE, STORE_CAP, run_store, store_cap
from .stored_runs import (
    LARGEST_BUNDLE,
    LONGEST_NAME,
    BeingWrittenError,
    delete_run,
    describe_run,
    rename_run,
    run_ids,
    store_stamp,
    total_bytes,
)

#: Runs that are described in one answer.
MOST_DETAILS = 200

#: Control characters, halves of pairs, ends of lines and paragraphs.
_NO_LINE = {"Cc", "Cs", "Zl", "Zp"}

#: Bytes of a request that gives a name.
_LARGEST_REQUEST = 4096

Result = TypeVar("Result")


class RunsHandler(APIHandler):
    """Lists the runs of the store, newest first."""

    auth_resource = "kernels"

    _stamp: str | None = None

    def compute_etag(self) -> str | None:
        """Return the ETag of a list: what the store was when it was read, else of the answer."""
        return super().compute_etag() if self._stamp is None else f'"{self._stamp}"'

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer `{"runs": [run id, …]}`; with `?limit=N` what a list shows of the N newest.

        Such a list costs a few small reads for each run. Whoever has one may ask with its ETag
        whether there is another by now: that costs a look at the folders alone.
        """
        limit = self.get_query_argument("limit", None)
        before = self.get_query_argument("before", None)
        store = run_store()
        if limit is None:
            answer: dict[str, Any] = {"runs": await _beside(lambda: run_ids(store))}
        elif limit.isdecimal() and 0 < int(limit[:9]) <= MOST_DETAILS:
            count = int(limit)
            # Before the list is made: what changes meanwhile must be news the next time.
            self._stamp = await _beside(lambda: store_stamp(store))
            self.set_etag_header()
            if self.check_etag_header():
                self.set_status(304)
                self.finish()
                return
            answer = await _beside(lambda: _page(store, count, before))
        else:
            raise web.HTTPError(400, f"limit must be a number from 1 to {MOST_DETAILS}")
        self.finish(json.dumps(answer))


class RunHandler(APIHandler):
    """One run: its bundle, its name, its end."""

    auth_resource = "kernels"

    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        """Answer the bundle; 404 if the run is unknown or has none yet."""
        store = run_store()
        self.finish(await _beside(lambda: _bundle(store, run_id)))

    @web.authenticated
    @authorized
    async def patch(self, run_id: str) -> None:
        """Take `{"name": text}` as the run's name, and answer what a list shows of it."""
        name = self._name()
        store = run_store()

        def rename() -> dict[str, Any]:
            rename_run(store, run_id, name)
            return describe_run(store, run_id)

        self.finish(json.dumps(await _beside(rename)))

    @web.authenticated
    @authorized
    async def delete(self, run_id: str) -> None:
        """Delete the run for good; 409 while it is being written."""
        store = run_store()
        await _beside(lambda: delete_run(store, run_id))
        self.set_status(204)
        self.finish()

    def _name(self) -> str:
        if len(self.request.body) > _LARGEST_REQUEST:
            raise web.HTTPError(413, "the name is too long")
        body = self.get_json_body()
        name = body.get("name") if isinstance(body, dict) and set(body) == {"name"} else None
        if not isinstance(name, str):
            raise web.HTTPError(400, 'expected {"name": text}')
        name = name.strip()
        if len(name) > LONGEST_NAME:
            raise web.HTTPError(400, f"a name has at most {LONGEST_NAME} characters")
        if any(unicodedata.category(character) in _NO_LINE for character in name):
            raise web.HTTPError(400, "a name is one line of text")
        return name


def _page(store: Path, count: int, before: str | None) -> dict[str, Any]:
    ids = run_ids(store)
    rest = ids if before is None else [run_id for run_id in ids if run_id < before]
    runs = []
    for run_id in rest[:count]:
        try:
            runs.append(describe_run(store, run_id))
        except (NoSuchRunError, OSError):
            # Removed meanwhile, or not ours to read.
            continue
    return {
        "runs": runs,
        "next": rest[count - 1] if len(rest) > count else None,
        "count": len(ids),
        # The first page is enough.
        **({"bytes": total_bytes(store, ids)} if before is None else {}),
        "most_bytes": _cap(),
    }


def _cap() -> int:
    try:
        return store_cap()
    except ValueError:
        # Who traces is told of it.
        return STORE_CAP


def _bundle(store: Path, run_id: str) -> str:
    try:
        with RunFolder(store, run_id) as folder:
            text = folder.read_text(BUNDLE_FILE, LARGEST_BUNDLE)
        object_of(text)
        return text
    except FileNotFoundError:
        raise web.HTTPError(404, "this run has no result yet") from None
    except UnreadableError as error:
        raise web.HTTPError(500, f"the run's bundle can't be read: {error}") from None


async def _beside(work: Callable[[], Result]) -> Result:
    """Do what reads files beside the server's loop: the disk may be slow.

    Raises:
        web.HTTPError: for what the store says no to.

    """
    try:
        return await asyncio.get_running_loop().run_in_executor(None, work)
    except NoSuchRunError as error:
        raise web.HTTPError(404, str(error)) from None
    except BeingWrittenError:
        raise web.HTTPError(409, "this run is still being written") from None
    except OSError as error:
        raise web.HTTPError(500, f"the run store can't be used: {error.strerror}") from error
