"""The same notebook through nbclient, papermill and nbconvert: each leaves a whole result."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

BUNDLE = "application/vnd.giltracer.v1+json"
CELL = """%%giltracer -n fight -o run
import threading
def count(n):
    while n:
        n -= 1
threads = [threading.Thread(target=count, args=(400_000,), name=f"count-{i}") for i in (1, 2)]
for t in threads: t.start()
for t in threads: t.join()
"done"
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a notebook that has not run."""
    path = tmp_path_factory.mktemp("notebook") / "fight.ipynb"
    cells = [
        new_code_cell("%load_ext giltracer"),
        new_code_cell(CELL),
        new_code_cell('print(sorted(row["name"] for row in run.document["threads"]))'),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def by_nbclient(source: Path, target: Path) -> None:
    """Run in this process."""
    notebook = nbformat.read(source, as_version=4)
    NotebookClient(notebook, timeout=120).execute()
    nbformat.write(notebook, target)


def by_papermill(source: Path, target: Path) -> None:
    """Run by the command of papermill."""
    command = ["papermill", "--no-progress-bar", "-k", "python3", str(source), str(target)]
    subprocess.run([sys.executable, "-m", *command], check=True, timeout=180)


def by_nbconvert(source: Path, target: Path) -> None:
    """Run by the command of nbconvert."""
    command = ["nbconvert", "--to", "notebook", "--execute", str(source)]
    output = ["--output", target.name, "--output-dir", str(target.parent)]
    subprocess.run([sys.executable, "-m", *command, *output], check=True, timeout=180)


def outputs_of(path: Path) -> list[dict[str, Any]]:
    """Return the traced cell's outputs, and check the cell after it."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    traced = next(i for i, cell in enumerate(code) if cell.source.startswith("%%giltracer"))
    (printed,) = code[traced + 1].outputs
    # -o: the variable was there when the next cell ran.
    assert "'count-1', 'count-2'" in printed["text"]
    return list(code[traced].outputs)


@pytest.mark.parametrize("run", [by_nbclient, by_papermill, by_nbconvert])
def test_result_is_whole(run: Any, notebook: Path, tmp_path: Path, real_bridge: None) -> None:
    """One display with all four forms, and the cell's own value."""
    target = tmp_path / "out.ipynb"
    run(notebook, target)
    shown, value = outputs_of(target)
    assert value["output_type"] == "execute_result"
    assert value["data"]["text/plain"] == "'done'"
    data = shown["data"]
    assert set(data) == {BUNDLE, "text/html", "image/png", "text/plain"}
    assert data[BUNDLE]["run"]["state"] == "done"
    assert data[BUNDLE]["capture"]["lost"] == 0
    names = {row["name"] for row in data[BUNDLE]["threads"]}
    assert {"count-1", "count-2"} <= names
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG\r\n")
    assert "count-1" in data["text/html"]
    assert "<script" not in data["text/html"]
    assert "count-2" in data["text/plain"]


def test_html_page_shows_table_and_picture(
    notebook: Path, tmp_path: Path, real_bridge: None
) -> None:
    """A page made by nbconvert needs no extension."""
    command = ["nbconvert", "--to", "html", "--execute", str(notebook)]
    output = ["--output", "page.html", "--output-dir", str(tmp_path)]
    subprocess.run([sys.executable, "-m", *command, *output], check=True, timeout=180)
    page = (tmp_path / "page.html").read_text()
    assert "Who made others wait for the GIL" in page
    assert page.count("count-1") >= 2
    assert "data:image/png;base64," in page
