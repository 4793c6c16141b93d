"""The server extension: gives the run store's bundles, and nothing else, to those who may read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from authorizers import NoKernels
from tornado.httpclient import HTTPClientError

RUN = "20260101-120000-000-0a1b2c3d"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("giltracer.server_runs.run_store", lambda: tmp_path / "runs")
    folder = tmp_path / "runs" / RUN
    folder.mkdir(parents=True)
    (folder / "bundle.json").write_text(json.dumps({"run": {"id": RUN, "state": "done"}}))
    (tmp_path / "runs" / "20260102-unfinished").mkdir()
    (tmp_path / "runs" / "not a run").mkdir()
    (tmp_path / "bundle.json").write_text('{"secret": 1}')
    return tmp_path / "runs"


async def status(jp_fetch, *parts: str, **options) -> int:
    with pytest.raises(HTTPClientError) as error:
        await jp_fetch("giltracer", *parts, **options)
    return error.value.code


async def test_lists_runs_newest_first(jp_fetch, store: Path) -> None:
    response = await jp_fetch("giltracer", "runs")
    assert json.loads(response.body) == {"runs": ["20260102-unfinished", RUN]}


async def test_no_store_is_an_empty_list(jp_fetch, store: Path, monkeypatch) -> None:
    monkeypatch.setattr("giltracer.server_runs.run_store", lambda: store / "nowhere")
    assert json.loads((await jp_fetch("giltracer", "runs")).body) == {"runs": []}


async def test_gives_a_bundle(jp_fetch, store: Path) -> None:
    response = await jp_fetch("giltracer", "runs", RUN)
    assert json.loads(response.body) == {"run": {"id": RUN, "state": "done"}}
    assert response.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    "run_id",
    ["unknown", "20260102-unfinished", "..", "%2e%2e", "..%2F..", "a%2Fb", "not%20a%20run"],
)
async def test_what_is_no_finished_run_is_not_found(jp_fetch, store: Path, run_id: str) -> None:
    assert await status(jp_fetch, "runs", run_id) == 404


async def test_link_out_of_the_store_is_not_followed(jp_fetch, store: Path) -> None:
    (store / "link").symlink_to(store.parent)
    (store / "link2").mkdir()
    (store / "link2" / "bundle.json").symlink_to(store.parent / "bundle.json")
    assert await status(jp_fetch, "runs", "link") == 404
    assert await status(jp_fetch, "runs", "link2") == 404


async def test_spoilt_bundle_is_an_error(jp_fetch, store: Path) -> None:
    (store / RUN / "bundle.json").write_text("[")
    assert await status(jp_fetch, "runs", RUN) == 500


@pytest.mark.parametrize("parts", [("runs",), ("runs", RUN)])
async def test_needs_authentication(jp_fetch, store: Path, parts: tuple[str, ...]) -> None:
    assert await status(jp_fetch, *parts, headers={"Authorization": "token wrong"}) == 403


@pytest.mark.parametrize("jp_server_config", [{"authorizer_class": NoKernels}], indirect=True)
@pytest.mark.parametrize("parts", [("runs",), ("runs", RUN)])
async def test_needs_the_right_to_read_kernels(jp_fetch, store: Path, parts) -> None:
    assert await status(jp_fetch, *parts) == 403


def test_shim_imports_no_server(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys, giltracer, giltracer.magic, giltracer.cli\n"
        "print({'jupyter_server', 'tornado', 'IPython', 'asyncio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
