"""The Jupyter server's part: what a browser may ask for, and where.

Each route asks who comes, and whether they may read kernels: a run shows what its kernel did.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.utils import url_path_join

from .server_live import LiveHandler
from .server_runs import RunHandler, RunsHandler
from .server_trace import TraceHandler


def _load_jupyter_server_extension(app: Any) -> None:
    base = app.web_app.settings["base_url"]
    app.web_app.add_handlers(
        ".*$",
        [
            (url_path_join(base, "giltracer", "runs"), RunsHandler),
            (url_path_join(base, "giltracer", "runs", "([^/]+)"), RunHandler),
            (url_path_join(base, "giltracer", "runs", "([^/]+)", "trace"), TraceHandler),
            (url_path_join(base, "giltracer", "live", "([^/]+)"), LiveHandler),
        ],
    )
