"""Kernel and server in two environments: what the doctor says, and what `giltracer lab` does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest
from conftest import SHIM, wait_until
from giltracer.version import package_version
from jupyter_environments import GILTRACER, SIDES, Server


@pytest.fixture
def running(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    """A JupyterLab that runs in the server's environment."""
    process = subprocess.Popen(
        [
            *(server.python, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ServerApp.port=0", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"),
        ],
        env=server.variables,
        cwd=server.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        file = server.data / "runtime" / f"jpserver-{process.pid}.json"
        assert wait_until(file.exists, 60)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def problems(sides: dict[str, Any]) -> list[str]:
    return [f"{problem['what']}: {problem['do']}" for problem in sides["problems"]]


def test_link_and_undo(server: Server) -> None:
    text = server.lab()
    assert "Reload JupyterLab's page" in text
    assert "without giltracer in its own environment" in text
    listed = server.extensions()
    assert f"giltracer v{package_version()}" in listed
    assert "enabled" in listed
    assert "OK" in listed
    assert (server.data / "labextensions" / "giltracer").is_symlink()
    # Once more changes nothing.
    before = tree(server.data)
    server.lab()
    assert tree(server.data) == before
    assert "is removed" in server.lab("--undo")
    assert server.extensions() == ""
    assert not server.data.exists()
    assert "nothing to remove" in server.lab("--undo")


def test_undo_removes_only_what_it_made(server: Server) -> None:
    other = server.data / "labextensions" / "other"
    other.mkdir(parents=True)
    server.lab()
    (server.data / "giltracer" / "runs").mkdir()
    server.lab("--undo")
    assert tree(server.data) == [
        "giltracer",
        "giltracer/runs",
        "labextensions",
        "labextensions/other",
    ]


def test_what_others_put_there_stays(server: Server) -> None:
    place = server.data / "labextensions" / "giltracer"
    place.mkdir(parents=True)
    (place / "package.json").write_text("{}")
    done = subprocess.run(
        [*GILTRACER, "lab"],
        env={**server.variables, "PYTHONPATH": str(SHIM)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "was not made by `giltracer lab`" in done.stderr
    assert done.stderr.count("\n") == 1
    assert tree(server.data) == [
        "labextensions",
        "labextensions/giltracer",
        "labextensions/giltracer/package.json",
    ]


def test_a_link_that_was_changed_stays(server: Server) -> None:
    server.lab()
    place = server.data / "labextensions" / "giltracer"
    place.unlink()
    place.symlink_to(server.folder)
    assert "it stays" in server.lab("--undo")
    assert place.resolve() == server.folder


def test_a_link_into_an_environment_that_is_gone_is_renewed(server: Server) -> None:
    server.lab()
    record = server.data / "giltracer" / "lab-link.json"
    gone = str(server.folder / "gone")
    record.write_text(json.dumps({**json.loads(record.read_text()), "source": gone}))
    place = server.data / "labextensions" / "giltracer"
    place.unlink()
    place.symlink_to(gone)
    server.lab()
    assert (place / "package.json").is_file()
    server.lab("--undo")
    assert not server.data.exists()


def test_a_running_server_of_another_environment(
    server: Server, running: subprocess.Popen[bytes]
) -> None:
    """It is found by its files, or as the kernel's parent; the link gives it the extension."""
    for variables in ({}, {"JPY_PARENT_PID": str(running.pid), "JUPYTER_RUNTIME_DIR": "/nowhere"}):
        sides = server.sides(**variables)
        (side,) = sides["servers"]
        assert (side["pid"], side["python"]) == (running.pid, str(server.python))
        assert (side["extension"], side["giltracer"]) == (None, None)
        extension, shim = problems(sides)
        assert "has no giltracer extension" in extension
        assert f"{sys.executable} -m giltracer lab, then reload the page" in extension
        assert f"{server.python} -m pip install --upgrade giltracer, then restart" in shim
    server.lab()
    sides = server.sides()
    (side,) = sides["servers"]
    assert side["extension"]["version"] == package_version()
    assert [text.split(":")[0] for text in problems(sides)] == ["the server has no giltracer"]
    server.install_shim(package_version())
    # As a wheel's files are: older than their installation.
    os.utime(server.site_packages / "giltracer" / "__init__.py", (0, 0))
    (text,) = problems(server.sides())
    assert text == "giltracer was installed after the server had started: restart the server"


def test_which_side_is_older(server: Server) -> None:
    """The versions of the server's environment, which is asked as if a server of it ran."""
    script = server.folder / "jupyter-lab"
    script.write_text("import time; time.sleep(600)")
    asleep = subprocess.Popen([server.python, script], env=server.variables)
    try:
        ours = package_version()
        kernel = {"JPY_PARENT_PID": str(asleep.pid)}
        assert wait_until(lambda: server.sides(**kernel)["servers"])
        server.install_shim("0.0.1")
        server.install_extension("0.0.1")
        before = tree(server.prefix)
        (text, *_) = problems(server.sides(**kernel))
        assert tree(server.prefix) == before
        assert f"the kernel has giltracer {ours}, JupyterLab's extension is 0.0.1" in text
        assert f"the extension is older: {server.python} -m pip install --upgrade" in text
        server.install_extension("99.0.0")
        (text, *_) = problems(server.sides(**kernel))
        assert f"the kernel's is older: {sys.executable} -m pip install --upgrade" in text
        assert "restart the kernel" in text
        server.install_extension(ours)
        server.install_shim(ours, enabled=False)
        (text,) = problems(server.sides(**kernel))
        assert "jupyter server extension enable giltracer" in text
        config = server.prefix / "etc" / "jupyter" / "labconfig"
        config.mkdir()
        (config / "page_config.json").write_text('{"disabledExtensions": {"giltracer": true}}')
        (text, *_) = problems(server.sides(**kernel))
        assert "jupyter labextension enable giltracer" in text
    finally:
        asleep.kill()
        asleep.wait()


def test_no_jupyter_at_all(server: Server) -> None:
    """A plain Python with the shim alone."""
    answer = server.run(sys._base_executable, "-S", "-c", SIDES, PYTHONPATH=str(SHIM))
    sides = json.loads(answer)
    assert sides["servers"] == []
    assert sides["problems"] == []
    assert sides["kernel"]["giltracer"] == package_version()
