"""The route that gives a run's trace file: all of it, to those who may read, and nothing else."""

from __future__ import annotations

import hashlib
import os
import resource
from pathlib import Path

import pytest
from authorizers import NoKernels
from tornado.httpclient import HTTPClientError

RUN = "20260101-120000-000-0a1b2c3d"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("giltracer.server_trace.run_store", lambda: tmp_path / "runs")
    (tmp_path / "runs" / RUN).mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    return tmp_path / "runs"


def fetch(jp_fetch, run: str = RUN, **options):
    return jp_fetch("giltracer", "runs", run, "trace", **options)


async def status(jp_fetch, run: str = RUN, **options) -> int:
    with pytest.raises(HTTPClientError) as error:
        await fetch(jp_fetch, run, **options)
    return error.value.code


@pytest.mark.parametrize("size", [0, 1, 262_144, 262_145, 5_000_000])
async def test_gives_the_whole_file(jp_fetch, store: Path, size: int) -> None:
    content = os.urandom(size)
    (store / RUN / "trace.giltrace").write_bytes(content)
    response = await fetch(jp_fetch)
    assert hashlib.sha256(response.body).digest() == hashlib.sha256(content).digest()
    headers = response.headers
    assert headers["Content-Length"] == str(size)
    assert headers["Content-Type"] == "application/vnd.giltracer.trace+zip"
    assert headers["Content-Disposition"] == f'attachment; filename="{RUN}.giltrace"'
    assert headers["Cache-Control"] == "private"
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_tells_the_size_alone(jp_fetch, store: Path) -> None:
    (store / RUN / "trace.giltrace").write_bytes(b"x" * 1000)
    response = await fetch(jp_fetch, method="HEAD")
    assert response.body == b""
    assert response.headers["Content-Length"] == "1000"
    assert response.headers["Content-Type"] == "application/vnd.giltracer.trace+zip"


async def test_trace_is_never_whole_in_memory(jp_fetch, store: Path) -> None:
    # As much as the client reads.
    size = 100_000_000
    with (store / RUN / "trace.giltrace").open("wb") as file:
        file.truncate(size)
    received = 0

    def take(piece: bytes) -> None:
        nonlocal received
        received += len(piece)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await fetch(jp_fetch, streaming_callback=take, request_timeout=60)
    # In KiB. Server and client are in this process; neither may hold it.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000
    assert received == size


async def test_trace_that_is_not_there(jp_fetch, store: Path) -> None:
    # As it is while the bridge writes it, and for a run that was removed.
    (store / RUN / "trace.giltrace.part").write_bytes(b"half")
    (store / "file").write_text("")
    for run in (RUN, "unknown", "file", "..", "%2e%2e", "..%2F..", "a%2Fb", "not%20a%20run"):
        assert await status(jp_fetch, run) == 404
        assert await status(jp_fetch, run, method="HEAD") == 404


async def test_what_is_no_plain_file_is_not_given(jp_fetch, store: Path) -> None:
    secret = store.parent / "secret"
    (store / RUN / "trace.giltrace").symlink_to(secret)
    assert await status(jp_fetch) == 404
    (store / "folder").mkdir()
    (store / "folder" / "trace.giltrace").mkdir()
    assert await status(jp_fetch, "folder") == 404
    (store / "pipe").mkdir()
    os.mkfifo(store / "pipe" / "trace.giltrace")
    assert await status(jp_fetch, "pipe") == 404
    outside = store.parent / "outside"
    outside.mkdir()
    (outside / "trace.giltrace").write_text("outside")
    (store / "link").symlink_to(outside)
    assert await status(jp_fetch, "link") == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_needs_authentication(jp_fetch, store: Path, method: str) -> None:
    (store / RUN / "trace.giltrace").write_text("trace")
    wrong = {"Authorization": "token wrong"}
    assert await status(jp_fetch, headers=wrong, method=method) == 403


@pytest.mark.parametrize("jp_server_config", [{"authorizer_class": NoKernels}], indirect=True)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_needs_the_right_to_read_kernels(jp_fetch, store: Path, method: str) -> None:
    (store / RUN / "trace.giltrace").write_text("trace")
    assert await status(jp_fetch, method=method) == 403
