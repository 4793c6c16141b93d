"""Configuration of the Jupyter server for the browser tests. Not for any other use: no security."""

import os
from pathlib import Path

from jupyterlab.galata import configure_jupyter_server

c = get_config()  # noqa: F821  # defined by Jupyter when it reads this file

Path(os.environ["JUPYTERLAB_GALATA_ROOT_DIR"]).mkdir(parents=True, exist_ok=True)
configure_jupyter_server(c)
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = int(os.environ["GILTRACER_UI_PORT"])
c.ServerApp.base_url = os.environ.get("GILTRACER_UI_PREFIX", "/")
c.ServerApp.allow_root = True
# What went wrong shows in the page too; the rest drowns the list of tests.
c.Application.log_level = "ERROR"
