"""The routes of the history: what a list shows of the runs, their names, and their end."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest
from authorizers import OnlyRead
from giltracer.store import STORE_CAP
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

RUN = "20260101-120000-000-0a1b2c3d"
LATER = "20260102-120000-000-0a1b2c3d"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("giltracer.server_runs.run_store", lambda: tmp_path / "runs")
    (tmp_path / "secret").write_text("secret")
    return tmp_path / "runs"


def verdict(run_id: str, **more) -> dict:
    return {
        "format": "giltracer-verdict",
        "version": 1,
        "run": {
            "id": run_id,
            "name": "two loops",
            "state": "done",
            "started_at": "2026-01-01T12:00:00Z",
        },
        "label": "In [3]",
        "capture": {"mode": "full", "python": "3.11.7", "duration_ns": 1_500_000_000},
        "findings": [{"kind": "gil-bound", "text": "Two threads fight.", "evidence": []}],
        **more,
    }


def add(store: Path, run_id: str = RUN, file: str = "verdict.json", **more) -> Path:
    folder = store / run_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(json.dumps(verdict(run_id, **more)))
    (folder / "trace.giltrace").write_bytes(b"x" * 1000)
    return folder


async def listed(jp_fetch, **params) -> dict:
    response = await jp_fetch("giltracer", "runs", params={"limit": "200", **params})
    return json.loads(response.body)


async def status(jp_fetch, *parts: str, **options) -> int:
    with pytest.raises(HTTPClientError) as error:
        await jp_fetch("giltracer", "runs", *parts, **options)
    return error.value.code


def rename(jp_fetch, name: object, run_id: str = RUN, **options):
    return jp_fetch(
        "giltracer", "runs", run_id, method="PATCH", body=json.dumps({"name": name}), **options
    )


def delete(jp_fetch, run_id: str = RUN, **options):
    return jp_fetch("giltracer", "runs", run_id, method="DELETE", **options)


async def test_tells_what_a_list_shows(jp_fetch, store: Path) -> None:
    folder = add(store)
    size = sum(file.stat().st_size for file in folder.iterdir())
    assert await listed(jp_fetch) == {
        "runs": [
            {
                "id": RUN,
                "name": "two loops",
                "label": "In [3]",
                "state": "done",
                "started_at": "2026-01-01T12:00:00Z",
                "mode": "full",
                "python": "3.11.7",
                "duration_ns": 1_500_000_000,
                "verdict": "Two threads fight.",
                "bytes": size,
                "writing": False,
            }
        ],
        "next": None,
        "count": 1,
        "bytes": size,
        "most_bytes": STORE_CAP,
    }


async def test_tells_how_much_may_be_stored(
    jp_fetch, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, size in (("10G", 10 << 30), ("lots", STORE_CAP)):
        monkeypatch.setenv("GILTRACER_STORE_SIZE", text)
        assert (await listed(jp_fetch))["most_bytes"] == size


async def test_run_without_a_verdict_is_told_of_from_its_bundle(jp_fetch, store: Path) -> None:
    add(store, file="bundle.json")
    [run] = (await listed(jp_fetch))["runs"]
    assert (run["name"], run["verdict"], run["mode"]) == ("two loops", "Two threads fight.", "full")


async def test_pages_show_each_run_once(jp_fetch, store: Path) -> None:
    ids = [f"2026010{day}-120000-000-0a1b2c3d" for day in range(1, 8)]
    for run_id in ids:
        add(store, run_id)
    seen: list[str] = []
    more: dict = {}
    for expected in (3, 3, 1):
        page = await listed(jp_fetch, limit="3", **more)
        assert len(page["runs"]) == expected
        assert page["count"] == 7 + len(seen) // 3
        assert ("bytes" in page) == (more == {})
        seen += [run["id"] for run in page["runs"]]
        more = {"before": page["next"]}
        # A run that is made meanwhile moves none of those that are still to come.
        add(store, f"20270101-{len(seen):06}-000-0a1b2c3d")
    assert page["next"] is None
    assert seen == ids[::-1]


async def test_tells_cheaply_whether_there_is_news(jp_fetch, store: Path) -> None:
    folder = add(store)
    # The clock of a file system may be coarse.
    os.utime(folder, (1, 1))

    async def asked(known: str | None) -> tuple[int, str, bytes]:
        answer = await jp_fetch(
            "giltracer",
            "runs",
            params={"limit": "200"},
            headers={} if known is None else {"If-None-Match": known},
            raise_error=False,
        )
        return answer.code, answer.headers["ETag"], answer.body

    code, first, body = await asked(None)
    assert (code, json.loads(body)["count"]) == (200, 1)
    assert await asked(first) == (304, first, b"")
    await rename(jp_fetch, "mine")
    code, renamed, body = await asked(first)
    assert (code, json.loads(body)["runs"][0]["name"]) == (200, "mine")
    assert renamed != first
    add(store, LATER)
    code, two, _ = await asked(renamed)
    assert code == 200
    await delete(jp_fetch, LATER)
    assert (await asked(two))[:2] == (200, renamed)


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "", "1e2", "9" * 5000])
async def test_page_has_bounds(jp_fetch, store: Path, limit: str) -> None:
    assert await status(jp_fetch, params={"limit": limit}) == 400


async def test_hostile_run_spoils_no_other(jp_fetch, store: Path) -> None:
    def hostile(name: str) -> Path:
        folder = store / name
        folder.mkdir()
        return folder / "verdict.json"

    add(store)
    hostile("a-list").write_text("[1]")
    hostile("b-deep").write_text("[" * 30_000)
    hostile("c-bytes").write_bytes(b"\xff\xfe")
    hostile("d-large").write_text(json.dumps({"run": {"name": "x" * 100_000}}))
    hostile("e-link").symlink_to(store.parent / "secret")
    os.mkfifo(hostile("f-pipe"))
    hostile("g-folder").mkdir()
    hostile("h-types").write_text(
        json.dumps(
            {
                "run": {"name": 3, "state": ["done"], "started_at": {}},
                "capture": [1],
                "findings": {"0": {"text": "x"}},
            }
        )
    )
    hostile("i-long").write_text(json.dumps({"run": {"name": "x" * 5000}, "label": None}))
    hostile("j-numbers").write_text('{"capture": {"duration_ns": 1' + "0" * 400 + "}}")
    hostile("k-not-a-number").write_text('{"capture": {"duration_ns": NaN}, "findings": [7]}')
    (store / "l-file").write_text("no folder")
    (store / "m-link").symlink_to(store / RUN)
    hostile("n-name").write_text(json.dumps(verdict("n")))
    (store / "n-name" / "name.json").symlink_to(store.parent / "secret")
    answer = await listed(jp_fetch)
    runs = {run.pop("id"): run for run in answer["runs"]}
    assert set(runs) == {RUN, *(each.name for each in store.glob("[a-kn]-*"))}
    assert runs[RUN]["verdict"] == "Two threads fight."
    assert runs["n-name"]["name"] == "two loops"
    assert len(runs["i-long"]["name"]) == 1000
    for folder in store.glob("[a-hjk]-*"):
        assert set(runs[folder.name]) == {"bytes", "writing"}, folder.name
    assert "secret" not in json.dumps(answer)


async def test_renames_and_takes_the_name_back(jp_fetch, store: Path) -> None:
    folder = add(store)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    answer = json.loads((await rename(jp_fetch, "  Über 👨‍👩‍👧  ")).body)
    assert (answer["id"], answer["name"]) == (RUN, "Über 👨‍👩‍👧")
    assert (await listed(jp_fetch))["runs"][0]["name"] == "Über 👨‍👩‍👧"
    assert (folder / "name.json").stat().st_mode & 0o777 == 0o600
    # What was recorded is as it was.
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert json.loads((await rename(jp_fetch, "")).body)["name"] == "two loops"
    assert {file.name for file in folder.iterdir()} == set(before)


@pytest.mark.parametrize("name", [3, None, ["x"], "x" * 201, "a\nb", "a\u2028b", "\ud800", "a\0"])
async def test_what_is_no_name_is_refused(jp_fetch, store: Path, name: object) -> None:
    add(store)
    with pytest.raises(HTTPClientError) as error:
        await rename(jp_fetch, name)
    assert error.value.code == 400
    assert not (store / RUN / "name.json").exists()


@pytest.mark.parametrize(
    "body", ["", "[", "[]", "{}", '{"name": "x", "id": "y"}', '"name"', "[" * 3000]
)
async def test_what_is_no_request_is_refused(jp_fetch, store: Path, body: str) -> None:
    add(store)
    assert await status(jp_fetch, RUN, method="PATCH", body=body) == 400


async def test_long_request_is_refused(jp_fetch, store: Path) -> None:
    add(store)
    body = json.dumps({"name": "x" * 5000})
    assert await status(jp_fetch, RUN, method="PATCH", body=body) == 413


async def test_name_is_not_written_through_a_link(jp_fetch, store: Path) -> None:
    secret = store.parent / "secret"
    (add(store) / "name.json").symlink_to(secret)
    await rename(jp_fetch, "mine")
    assert secret.read_text() == "secret"
    assert not (store / RUN / "name.json").is_symlink()
    assert (await listed(jp_fetch))["runs"][0]["name"] == "mine"


async def test_deletes_one_run(jp_fetch, store: Path) -> None:
    add(store)
    add(store, LATER)
    # What a server left that was killed while it deleted.
    (store / ".deleted-x").mkdir()
    (store / ".deleted-x" / "trace.giltrace").write_text("x")
    assert (await delete(jp_fetch)).code == 204
    assert [entry.name for entry in store.iterdir()] == [LATER]
    with pytest.raises(HTTPClientError) as error:
        await delete(jp_fetch)
    assert error.value.code == 404


async def test_run_that_is_being_written_is_kept(jp_fetch, store: Path) -> None:
    folder = add(store)
    (folder / "trace.giltrace").rename(folder / "trace.giltrace.part")
    assert (await listed(jp_fetch))["runs"][0]["writing"] is True
    assert await status(jp_fetch, RUN, method="DELETE") == 409
    assert (folder / "verdict.json").exists()
    # The bridge was killed: nobody will finish it.
    for path in [*folder.iterdir(), folder]:
        os.utime(path, (time.time() - 300,) * 2)
    assert (await listed(jp_fetch))["runs"][0]["writing"] is False
    assert (await delete(jp_fetch)).code == 204


async def test_link_is_never_followed_or_deleted(jp_fetch, store: Path) -> None:
    outside = store.parent / "outside"
    outside.mkdir()
    (outside / "trace.giltrace").write_text("outside")
    store.mkdir()
    (store / "link").symlink_to(outside)
    assert await status(jp_fetch, "link", method="DELETE") == 404
    body = json.dumps({"name": "x"})
    assert await status(jp_fetch, "link", method="PATCH", body=body) == 404
    assert [file.name for file in outside.iterdir()] == ["trace.giltrace"]
    # A link within a run goes, and what it leads to stays.
    (add(store) / "more").symlink_to(outside)
    assert (await delete(jp_fetch)).code == 204
    assert (outside / "trace.giltrace").read_text() == "outside"


@pytest.mark.parametrize("run_id", ["unknown", "%2e%2e", "..%2F..", "a%2Fb", ".deleted-x", "a%20b"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_only_runs_are_changed(jp_fetch, store: Path, run_id: str, method: str) -> None:
    (store / ".deleted-x").mkdir(parents=True)
    (store / "a b").mkdir()
    options = {"body": json.dumps({"name": "x"})} if method == "PATCH" else {}
    assert await status(jp_fetch, run_id, method=method, **options) == 404
    assert sorted(entry.name for entry in store.iterdir()) == [".deleted-x", "a b"]
    assert (store.parent / "secret").exists()


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_changes_need_authentication(jp_fetch, store: Path, method: str) -> None:
    add(store)
    options = {"body": json.dumps({"name": "x"})} if method == "PATCH" else {}
    wrong = {"Authorization": "token wrong"}
    assert await status(jp_fetch, RUN, method=method, headers=wrong, **options) == 403
    assert sorted(file.name for file in (store / RUN).iterdir()) == [
        "trace.giltrace",
        "verdict.json",
    ]


@pytest.mark.parametrize("jp_server_config", [{"authorizer_class": OnlyRead}], indirect=True)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_who_may_only_read_changes_nothing(jp_fetch, store: Path, method: str) -> None:
    add(store)
    options = {"body": json.dumps({"name": "x"})} if method == "PATCH" else {}
    assert await status(jp_fetch, RUN, method=method, **options) == 403
    assert (await listed(jp_fetch))["runs"][0]["name"] == "two loops"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_page_of_another_site_changes_nothing(
    jp_serverapp, jp_fetch, store: Path, method: str
) -> None:
    """What it makes a browser send has the cookies, but not the XSRF token beside them."""
    add(store)
    client = AsyncHTTPClient()
    base = jp_serverapp.connection_url
    # A browser that has logged in.
    login = f"{base}login?token={jp_serverapp.identity_provider.token}"
    answer = await client.fetch(login, follow_redirects=False, raise_error=False)
    cookies = [each.split(";")[0] for each in answer.headers.get_list("Set-Cookie")]
    headers = {"Cookie": "; ".join(cookies), "Content-Type": "text/plain"}
    assert (await client.fetch(f"{base}giltracer/runs", headers=headers)).code == 200
    options = {"body": json.dumps({"name": "x"})} if method == "PATCH" else {}
    with pytest.raises(HTTPClientError) as error:
        await client.fetch(f"{base}giltracer/runs/{RUN}", method=method, headers=headers, **options)
    assert error.value.code == 403
    assert sorted(file.name for file in (store / RUN).iterdir()) == [
        "trace.giltrace",
        "verdict.json",
    ]


async def test_thousand_runs_are_listed_quickly(jp_fetch, store: Path) -> None:
    for number in range(1000):
        add(store, f"20260101-120000-{number:03}-0a1b2c3d")
    began = time.process_time()
    page = await listed(jp_fetch)
    assert len(page["runs"]) == 200
    assert page["count"] == 1000
    # CPU time of client and server; measured for the server alone: 0.03 s.
    assert time.process_time() - began < 1


def test_cap_is_the_bridges() -> None:
    source = Path(__file__).parents[2] / "src" / "bridge" / "run" / "run-store.ts"
    found = re.search(r"STORE_CAP = (\d+) \* 1024 \*\* 3;", source.read_text())
    assert found is not None
    assert int(found.group(1)) * 1024**3 == STORE_CAP
