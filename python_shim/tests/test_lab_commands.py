"""What the buttons of JupyterLab write is read here, and what their pages ask is answered.

src/lab/commands/__tests__/cells.json says what is written; the TypeScript that writes is checked
against it, too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from giltracer.cell_lines import clean_cell, find_magic
from giltracer.options import parse_cell_options
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).resolve().parents[2]
TABLE = json.loads((ROOT / "src/lab/commands/__tests__/cells.json").read_text(encoding="utf-8"))


def options_of(source: str) -> str | None:
    """Return the options of the magic of a cell, as IPython prepares cells; None: not traced."""
    lines = source.splitlines(keepends=True)
    for transform in TransformerManager().cleanup_transforms:
        lines = transform(lines)
    magic = find_magic(lines)
    return None if magic is None else magic.options


@pytest.mark.parametrize("cell", TABLE["cells"], ids=lambda cell: cell["name"])
def test_cells(cell: dict[str, Any]) -> None:
    assert (options_of(cell["source"]) is not None) is cell["traced"]
    assert options_of(cell["without"]) is None
    added = options_of(cell["with"])
    assert added is not None
    if not cell["traced"]:
        assert f"%%giltracer {added}" == TABLE["line"]
        # But for the magic, IPython runs the same code.
        plain = TransformerManager()
        tracing = TransformerManager()
        tracing.cleanup_transforms.append(clean_cell)
        code = tracing.transform_cell(cell["with"])
        assert code.endswith(plain.transform_cell(cell["source"]).lstrip("\n")), code


@pytest.mark.parametrize("row", TABLE["options"], ids=lambda row: row["line"])
def test_options(row: dict[str, Any]) -> None:
    options = parse_cell_options(row["line"][len("%%giltracer") :])
    for name in ("mode", "states", "max_overhead"):
        expected = row["capture"].get(name, {"mode": "auto", "states": True}.get(name))
        assert getattr(options.capture, name) == expected
    saved = None if options.save is None else Path(options.save)
    assert saved == ((Path.cwd() / row["save"]) if "save" in row else None)


def test_the_doctor_answers_a_silent_request() -> None:
    manager, client = start_new_kernel()
    try:
        expressions = {
            "answer": "__import__('giltracer.doctor_page', fromlist=['answer']).answer()",
            "names": "sorted(n for n in globals() if 'giltracer' in n)",
        }
        reply = client.execute(
            "",
            silent=True,
            store_history=False,
            user_expressions=expressions,
            reply=True,
            timeout=120,
        )
        values = reply["content"]["user_expressions"]
        names = values["names"]["data"]["text/plain"]
        data = values["answer"]["data"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    answer = data["application/vnd.giltracer.doctor.v1+json"]
    assert names == "[]"
    modes = [rung["mode"] for rung in answer["report"]["rungs"]]
    assert modes == ["full", "waits", "futex", "watch", "sample"]
    assert any(mode in answer["words"]["verdict"] for mode in modes)
    assert answer["words"]["jupyter"][0][0] == "kernel"
