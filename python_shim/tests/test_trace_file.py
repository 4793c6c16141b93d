"""A trace file read by programs that know nothing of giltracer: zipfile and pyarrow."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from giltracer.node import find_node
from pyarrow import feather

ROOT = Path(__file__).resolve().parents[2]
WRITER = ROOT / "src/core/trace/__tests__/write-example.ts"
#: CLOCK_MONOTONIC of time 0 in write-example.ts.
ORIGIN = (7 << 32) + 0xFFFFFFFF


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("trace")
    node = str(find_node())
    script = folder / "write-example.cjs"
    esbuild = ROOT / "node_modules/esbuild/bin/esbuild"
    bundle = [str(WRITER), "--bundle", "--platform=node", f"--outfile={script}"]
    subprocess.run([node, str(esbuild), *bundle, "--log-level=error"], check=True, cwd=ROOT)
    subprocess.run([node, str(script), str(folder / "run.giltrace")], check=True)
    return zipfile.ZipFile(folder / "run.giltrace")


def table(archive: zipfile.ZipFile, name: str) -> pa.Table:
    return feather.read_table(io.BytesIO(archive.read(name)))


def test_archive_is_sound(archive: zipfile.ZipFile) -> None:
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == ["intervals.arrow", "meta.json", "waits.arrow"]


def test_meta(archive: zipfile.ZipFile) -> None:
    meta = json.loads(archive.read("meta.json"))
    assert (meta["format"], meta["version"]) == ("giltrace", 1)
    assert int(meta["origin_ns"]) == ORIGIN + 1000
    assert meta["clock"] == {"monotonic_ns": "1", "wall_ns": "1700000000000000001"}
    assert [thread["name"] for thread in meta["document"]["threads"]] == ["python3", "wörker"]


def test_intervals(archive: zipfile.ZipFile) -> None:
    intervals = table(archive, "intervals.arrow")
    types = {field.name: str(field.type) for field in intervals.schema}
    assert types == {
        "thread": "uint16",
        "pid": "int32",
        "tid": "int32",
        "start_ns": "int64",
        "end_ns": "int64",
        "state": "dictionary<values=string, indices=uint8, ordered=0>",
    }
    rows = [tuple(row.values()) for row in intervals.to_pylist()]
    assert rows == [
        (0, 4711, 4711, ORIGIN + 1000, ORIGIN + 5_000_002_000, "running-gil"),
        (0, 4711, 4711, ORIGIN + 5_000_002_000, ORIGIN + 10_000_001_000, "off-cpu"),
        (1, 4711, 4712, ORIGIN + 2000, ORIGIN + 5_000_002_000, "waiting-gil"),
        (1, 4711, 4712, ORIGIN + 5_000_002_000, ORIGIN + 5_000_002_001, "running-gil"),
    ]


def test_waits(archive: zipfile.ZipFile) -> None:
    assert table(archive, "waits.arrow").to_pylist() == [
        {
            "thread": 1,
            "tid": 4712,
            "start_ns": ORIGIN + 2000,
            "end_ns": ORIGIN + 5_000_002_000,
            "holder": 0,
            "holder_tid": 4711,
            "kind": "contended",
            "ignored": 7,
            "uncertainty_ns": 0,
        },
        {
            "thread": 1,
            "tid": 4712,
            "start_ns": ORIGIN + 5_000_002_000,
            "end_ns": ORIGIN + 5_000_002_001,
            "holder": None,
            "holder_tid": None,
            "kind": "forced",
            "ignored": 0,
            "uncertainty_ns": 0,
        },
    ]


def test_pandas_sums_states(archive: zipfile.ZipFile) -> None:
    intervals = table(archive, "intervals.arrow").to_pandas()
    intervals["ns"] = intervals.end_ns - intervals.start_ns
    sums = intervals.groupby(["tid", "state"], observed=True).ns.sum()
    assert sums[(4711, "running-gil")] == 5_000_001_000
    assert sums[(4712, "waiting-gil")] == 5_000_000_000
