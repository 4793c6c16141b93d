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
def archives(tmp_path_factory: pytest.TempPathFactory) -> list[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("trace")
    node = str(find_node())
    script = folder / "write-example.cjs"
    esbuild = ROOT / "node_modules/esbuild/bin/esbuild"
    bundle = [str(WRITER), "--bundle", "--platform=node", f"--outfile={script}"]
    subprocess.run([node, str(esbuild), *bundle, "--log-level=error"], check=True, cwd=ROOT)
    files = [folder / "run.giltrace", folder / "large.giltrace"]
    subprocess.run([node, str(script), *map(str, files)], check=True)
    return [zipfile.ZipFile(file) for file in files]


@pytest.fixture(scope="module")
def archive(archives: list[zipfile.ZipFile]) -> zipfile.ZipFile:
    return archives[0]


def table(archive: zipfile.ZipFile, name: str) -> pa.Table:
    return feather.read_table(io.BytesIO(archive.read(name)))


def test_archive_is_sound(archive: zipfile.ZipFile) -> None:
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == [
        "collections.arrow",
        "holds.arrow",
        "intervals.arrow",
        "line_pools.arrow",
        "lines.arrow",
        "lock_waits.arrow",
        "meta.json",
        "sightings.arrow",
        "stacks.arrow",
        "waits.arrow",
    ]


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
            "stack_id": 1,
            "holder_stack_id": 2,
            "waker": 0,
            "waker_tid": 4711,
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
            "stack_id": None,
            "holder_stack_id": None,
            "waker": None,
            "waker_tid": None,
        },
    ]


def test_lines_and_stacks(archive: zipfile.ZipFile) -> None:
    assert table(archive, "lines.arrow").to_pylist() == [
        {"file": "In [3]", "line": 4, "function": "wörk", "cell": "c0ffee", "owner": "cell"},
        {
            "file": "queue.py",
            "line": 171,
            "function": "Queue.get",
            "cell": None,
            "owner": "other",
        },
    ]
    assert table(archive, "stacks.arrow").to_pylist() == [
        {"parent": None, "line": 0},
        {"parent": 0, "line": 1},
        {"parent": None, "line": 0},
    ]


def test_holds(archive: zipfile.ZipFile) -> None:
    rows = [tuple(row.values()) for row in table(archive, "holds.arrow").to_pylist()]
    middle = ORIGIN + 5_000_002_000
    assert rows == [
        (0, 4711, ORIGIN + 1000, middle, 1, 5_000_000_000, 0),
        (1, 4712, middle, middle + 1, 0, 0, 0),
    ]


def test_lock_waits_and_collections(archive: zipfile.ZipFile) -> None:
    rows = [tuple(row.values()) for row in table(archive, "lock_waits.arrow").to_pylist()]
    lock = 0x7F00_0000_1000
    assert rows == [
        (1, 4712, ORIGIN + 1500, ORIGIN + 1900, lock, 0, 4711, 1),
        (0, 4711, ORIGIN + 6_000_000_000, ORIGIN + 7_000_000_000, lock, None, None, None),
    ]
    assert table(archive, "collections.arrow").to_pylist() == [
        {
            "thread": 0,
            "tid": 4711,
            "start_ns": ORIGIN + 2_000_000_000,
            "end_ns": ORIGIN + 2_000_000_300,
        }
    ]


def test_pandas_finds_lines_of_waits(archive: zipfile.ZipFile) -> None:
    waits, stacks, lines = (
        table(archive, f"{name}.arrow").to_pandas() for name in ("waits", "stacks", "lines")
    )
    waits["ns"] = waits.end_ns - waits.start_ns
    waits = waits.dropna(subset="stack_id")
    place = lines.iloc[stacks.line[waits.stack_id.astype(int)].astype(int)]
    sums = waits.ns.groupby([place.file.values, place.line.values]).sum()
    assert sums.to_dict() == {("queue.py", 171): 5_000_000_000}


def test_pandas_sums_states(archive: zipfile.ZipFile) -> None:
    intervals = table(archive, "intervals.arrow").to_pandas()
    intervals["ns"] = intervals.end_ns - intervals.start_ns
    sums = intervals.groupby(["tid", "state"], observed=True).ns.sum()
    assert sums[(4711, "running-gil")] == 5_000_001_000
    assert sums[(4712, "waiting-gil")] == 5_000_000_000


def test_long_tables_come_in_batches(archives: list[zipfile.ZipFile]) -> None:
    large = archives[1]
    assert large.testzip() is None
    with pa.ipc.open_file(io.BytesIO(large.read("intervals.arrow"))) as reader:
        batches = [reader.get_batch(index).num_rows for index in range(reader.num_record_batches)]
        table(large, "intervals.arrow").validate(full=True)
    assert batches == [65_536, 100_000 - 65_536]
    intervals = table(large, "intervals.arrow").to_pandas()
    assert (intervals.tid == [1] * 50_000 + [2] * 50_000).all()
    assert (intervals.start_ns == [10 * index for index in range(50_000)] * 2).all()
    assert (intervals.end_ns - intervals.start_ns == 10).all()
    assert (intervals.state == ["running-gil", "off-cpu"] * 50_000).all()
    waits = table(large, "waits.arrow").to_pandas()
    assert (waits.start_ns == list(range(70_000))).all()
    assert waits.holder.dropna().to_dict() == {69_999: 0}
    assert waits.kind.value_counts().to_dict() == {
        "contended": 69_999,
        "forced": 1,
        **{kind: 0 for kind in waits.kind.cat.categories if kind not in ("contended", "forced")},
    }
