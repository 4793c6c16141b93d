"""Routes that give the runs of the run store to the notebook that waits for one.

A placeholder that still says "running" while its run has ended asks here for the result.
"""

from __future__ import annotations

import json
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from .store import BUNDLE_FILE, RUN_ID, run_store

#: Larger than any bundle: 256 KiB, and something for a newer version.
_LARGEST = 1024 * 1024


class RunsHandler(APIHandler):
    """Lists the runs of the store, newest first."""

    auth_resource = "kernels"

    @web.authenticated
    @authorized
    def get(self) -> None:
        """Answer `{"runs": [run id, …]}`."""
        store = run_store()
        ids: list[str] = []
        if store.is_dir():
            ids = [
                entry.name
                for entry in store.iterdir()
                if RUN_ID.fullmatch(entry.name) and entry.is_dir()
            ]
        self.finish(json.dumps({"runs": sorted(ids, reverse=True)}))


class RunHandler(APIHandler):
    """Gives the bundle of one run."""

    auth_resource = "kernels"

    @web.authenticated
    @authorized
    def get(self, run_id: str) -> None:
        """Answer the bundle; 404 if the run is unknown or has none yet."""
        self.finish(_bundle(run_id))


def _bundle(run_id: str) -> str:
    if not RUN_ID.fullmatch(run_id):
        raise web.HTTPError(404, "not the id of a run")
    path = run_store() / run_id / BUNDLE_FILE
    try:
        text = _read(path)
        if not isinstance(json.loads(text), dict):
            raise ValueError("not an object")
    except FileNotFoundError:
        raise web.HTTPError(404, "no such run, or it has no result yet") from None
    except (OSError, ValueError) as error:
        raise web.HTTPError(500, f"the run's bundle can't be read: {error}") from error
    return text


def _read(path: Path) -> str:
    # The store is the user's own, but a link out of it is never followed.
    if path.is_symlink() or path.parent.is_symlink():
        raise FileNotFoundError(path)
    if path.stat().st_size > _LARGEST:
        raise ValueError("too large")
    return path.read_text(encoding="utf-8")
