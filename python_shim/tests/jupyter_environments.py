"""Environments of a Jupyter server beside the kernel's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SHIM

SIDES = (
    "import json; from giltracer.jupyter_sides import examine_jupyter as e; print(json.dumps(e()))"
)
GILTRACER = (sys.executable, "-m", "giltracer")


class Server:
    """An environment with JupyterLab and without giltracer, and a user of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prefix = folder / "env"
        venv.create(self.prefix, with_pip=False, symlinks=True)
        self.python = self.prefix / "bin" / "python"
        self.data = folder / "data"
        (site_packages,) = self.prefix.glob("lib/python3.*/site-packages")
        # The JupyterLab of the tests, seen from an environment of its own.
        here = next(path for path in sys.path if path.endswith("site-packages"))
        (site_packages / "jupyterlab-of-the-tests.pth").write_text(here + "\n")
        self.site_packages = site_packages
        self.variables = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "JPY_"))},
            "HOME": str(folder),
            "JUPYTER_DATA_DIR": str(self.data),
        }
        # As users have it: what is imported is compiled into a file beside it.
        for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
            self.variables.pop(name, None)

    def run(self, *command: str | Path, **variables: str) -> str:
        done = subprocess.run(
            [str(word) for word in command],
            env={**self.variables, **variables},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def lab(self, *arguments: str) -> str:
        """Run `giltracer lab` in the kernel's environment."""
        return self.run(*GILTRACER, "lab", *arguments, PYTHONPATH=str(SHIM))

    def extensions(self) -> str:
        """What `jupyter labextension list` says of giltracer."""
        text = self.run(self.python, "-m", "jupyterlab.labextensions", "list")
        return "\n".join(line for line in text.splitlines() if "giltracer" in line)

    def sides(self, **variables: str) -> dict[str, Any]:
        """What the doctor sees from the kernel's environment."""
        answer = self.run(sys.executable, "-c", SIDES, PYTHONPATH=str(SHIM), **variables)
        sides: dict[str, Any] = json.loads(answer)
        return sides

    def install_extension(self, version: str) -> None:
        """A prebuilt extension in the server's own environment."""
        place = self.prefix / "share" / "jupyter" / "labextensions" / "giltracer"
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text(json.dumps({"name": "giltracer", "version": version}))

    def install_shim(self, version: str, *, enabled: bool = True) -> None:
        """giltracer itself in the server's environment."""
        package = self.site_packages / "giltracer"
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text(f"__version__ = {version!r}\n")
        config = self.prefix / "etc" / "jupyter" / "jupyter_server_config.d"
        config.mkdir(parents=True, exist_ok=True)
        source = ROOT / "jupyter-config" / "server-config" / "giltracer.json"
        text = source.read_text()
        (config / source.name).write_text(text if enabled else text.replace("true", "false"))


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)
