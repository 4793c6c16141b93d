"""Which processes the doctor takes for Jupyter servers, and what it learns of them."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest
from conftest import wait_until
from giltracer import server_side
from giltracer.doctor_text import doctor_text
from giltracer.jupyter_sides import is_server_command
from jupyter_environments import Server


@contextmanager
def asleep(server: Server, *command: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=server.variables)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("command", "server"),
    [
        ("/env/bin/python3 /env/bin/jupyter-lab --no-browser", True),
        ("/env/bin/python3.11 -m jupyterlab", True),
        ("python -Xfrozen_modules=off -X dev -W ignore -m notebook", True),
        ("python /env/bin/jupyterhub-singleuser --port=0", True),
        ("python -m jupyterhub.singleuser", True),
        ("python /env/bin/jupyter-labhub", True),
        ("jupyter-notebook", True),
        ("python /env/bin/papermill notebook.ipynb out.ipynb", False),
        ("python /env/bin/papermill notebook", False),
        ("python -c pass notebook", False),
        ("python -m pytest notebook", False),
        ("python /env/bin/jupyter-nbconvert notebook", False),
        ("python", False),
    ],
)
def test_what_is_a_server(command: str, server: bool) -> None:
    assert is_server_command(command.split()) == server


def test_a_program_that_is_no_python_is_not_started(server: Server) -> None:
    """The doctor would run it once more, to ask it."""
    program = server.folder / "jupyter-lab"
    program.symlink_to("/bin/sleep")
    with asleep(server, program, "600") as process:
        sides = server.sides(JPY_PARENT_PID=str(process.pid))
        assert process.pid not in [side["pid"] for side in sides["servers"]]


def test_a_server_that_can_not_be_asked_is_not_forgotten(server: Server) -> None:
    (server.site_packages / "jupyterlab-of-the-tests.pth").unlink()
    script = server.folder / "jupyter-lab"
    script.write_text("import time; time.sleep(600)")
    with asleep(server, server.python, script) as process:
        kernel = {"JPY_PARENT_PID": str(process.pid)}
        assert wait_until(lambda: server.sides(**kernel)["servers"])
        sides = server.sides(**kernel)
        error = f"{server.python} has no Jupyter"
        assert sides["servers"] == [
            {"pid": process.pid, "python": str(server.python), "error": error}
        ]
        assert sides["problems"] == []
    report = {
        "giltracer": "1",
        "python": {
            "version": "3.12.1",
            "implementation": "CPython",
            "executable": "python",
            "free_threaded": False,
            "gil_enabled": True,
        },
        "system": "Linux",
        "obstacle": "nothing was tried",
        "rungs": [],
        "jupyter": sides,
    }
    text = " ".join(doctor_text(report).split())
    assert f"process {process.pid}; what it has is not known: {error}" in text


def test_the_first_folder_has_the_last_word(tmp_path: Path) -> None:
    """jupyter_config_path() has the user's first; jupyterlab_server merges all of them so."""

    def write(folder: str, disabled: object, enabled: object) -> None:
        place = tmp_path / folder
        (place / "labconfig").mkdir(parents=True)
        page = {"disabledExtensions": disabled}
        (place / "labconfig" / "page_config.json").write_text(json.dumps(page))
        (place / "jupyter_server_config.json").write_text(json.dumps(enabled))

    def extensions(value: object) -> object:
        return {"ServerApp": {"jpserver_extensions": value}}

    write("user", {"giltracer": False}, extensions({"giltracer": False}))
    write("env", {"giltracer": True}, extensions({"giltracer": True}))
    write("odd", ["giltracer"], extensions(["giltracer"]))
    write("odder", "giltracer", {"ServerApp": None})
    for folders, disabled, enabled in (
        (["user", "env"], False, False),
        (["env", "user"], True, True),
        (["odd", "env", "odder"], True, True),
        (["odd", "odder", "nowhere"], False, False),
    ):
        configs = [str(tmp_path / folder) for folder in folders]
        assert server_side.extension_disabled(configs) == disabled
        assert server_side.server_extension_enabled(configs) == enabled
