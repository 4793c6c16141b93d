"""Lines of cells, as the bridge is told to count them, against the lines in the cells' text.

Each shape runs in a real kernel. A function that the cells call notes file and line of its caller's
frame: what the bridge will read. The expected line is counted in the text of the cell.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import zlib
from pathlib import Path
from typing import Any, Iterator

import pytest
from conftest import SHIM, wait_until
from giltracer.cell_alignment import clean, numbered_lines, shift
from giltracer.node import find_node
from magic_kernels import SETUP, Kernel

NOTES = """
import json, sys
class Notes(list):
    def __call__(self, mark):
        frame = sys._getframe(1)
        self.append((mark, frame.f_code.co_filename, frame.f_lineno))
here = Notes()
"""

#: Name → cell. Each `here("…")` must be found again on its line.
MAPPED = {
    "plain": '%%giltracer\nhere("a")\n\nhere("b")',
    "one line": '%%giltracer\nhere("a")',
    "leading lines": '\n  \n\n%%giltracer\n\nhere("a")\n',
    "indented": '\n  %%giltracer\n  here("a")\n  if True:\n    here("b")',
    "tabs": '%%giltracer\nif True:\n\there("a")',
    "twice": '%%giltracer -q\n%%giltracer\n\nhere("a")',
    "line magics": '%%giltracer\n%config\n!true\nx = !true\nhere("a")\nimport os?\nhere("b")',
    "prompts": '%%giltracer\n>>> if True:\n...     here("a")\n>>> here("b")',
    "prompts of IPython": 'In [1]: %%giltracer\n   ...: here("a")\n   ...: here("b")',
    "function": '%%giltracer\ndef f():\n    here("a")\nf()\n[here("b") for _ in "1"]',
    "decorated": '%%giltracer\ndef d(f): return f\n@d\n@d\ndef f():\n    here("a")\nf()',
    "string": '%%giltracer\ntext = """\n\n%%time\n!ls\n"""\nhere("a")',
    "over lines": '%%giltracer\nx = (1,\n  here("a"),\n  2)\nx = 1 + \\\n  2\nhere("b")',
    "await": '%%giltracer\nimport asyncio\nawait asyncio.sleep(0)\nhere("a")',
    "thread": (
        '%%giltracer\nimport threading\ndef f():\n    here("a")\n'
        "t = threading.Thread(target=f); t.start(); t.join()"
    ),
    "error": '%%giltracer\n\nhere("a"); 1/0',
    "windows": '\r\n%%giltracer\r\n\r\nhere("a")\r\n',
    "time above": '%%time\n%%giltracer\nhere("a")\nhere("b")',
    "time above, blank": '\n%%time\n\n%%giltracer\n\n\nhere("a")\n\nhere("b"); x = 1',
    "time below": '%%giltracer\n%%time\nhere("a")\nx = here("b")',
    "time below, blank": '\n%%giltracer\n\n%%time\n\n\nhere("a")\nx = here("b")',
    "time of one expression": '%%giltracer\n%%time\n\nhere("a")',
    "capture above": '%%capture c\n%%giltracer\nhere("a")\nhere("b")',
    "capture above, blank": '\n%%capture c\n%%giltracer\n\n\nhere("a")',
    "capture below": '%%giltracer\n%%capture c\n\nhere("a")',
    "capture, time": '%%capture c\n%%giltracer\n%%time\n\nhere("a")\nx = 1',
    "capture, time, ours": '%%capture c\n%%time\n%%giltracer\n\nhere("a")\nx = 1',
    "time, capture": '%%giltracer\n%%time\n%%capture c\n\nhere("a")\nx = 1',
    "time, blank, capture": '%%time\n%%giltracer\n\n%%capture c\n\nhere("a")\nx = 1',
    "capture in capture": '%%capture c\n%%giltracer\n%%capture d\n\nhere("a")\nx = 1',
    "statement": '\n\nx = 1\n%giltracer here("a")',
    "statement in a function": 'def f():\n    x = 1\n    %giltracer -q here("a")\nf()',
    "statement below time": '%%time\nx = 1\n%giltracer here("a")',
    "statement below capture": '%%capture c\n\nx = 1\n%giltracer here("a")',
}

#: Shapes whose lines can't be told.
NOT_MAPPED = {
    "line magic over lines": '%%giltracer\n!true \\\n  x\nhere("a")',
    "assignment over lines": '%%giltracer\nx = !true \\\n  x\nhere("a")',
    "other line ends": '%%giltracer\nx = "\u2028"\nhere("a")',
    "timeit": '%%giltracer\n%%timeit -n1 -r1\nhere("a")',
    "prun": '%%giltracer\n%%prun -q\nhere("a")',
    "time twice": '%%giltracer\n%%time\n%time x = 1\nhere("a")',
    "nested cell": "%%giltracer\n\nget_ipython().run_cell(\"\\nhere('a')\")",
    "run_cell_magic": (
        '\n\nget_ipython().run_cell_magic("giltracer", "", "\\nhere(\'a\')\\nx = 1\\n")'
    ),
    "statement over lines": 'x = 1\n%giltracer x = 2;\\\n  here("a")\nx = 1',
}


class Tracing:
    """A kernel whose bridge writes down what it is asked."""

    def __init__(self, kernel: Kernel, log: Path) -> None:
        self.kernel = kernel
        self.log = log

    def requests(self, operation: str) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [r for r in map(json.loads, lines) if r.get("op") == operation]

    def run(self, cell: str, **options: Any) -> tuple[list[tuple[str, str, int]], list[dict]]:
        """Run a cell; return what `here` has noted and the cells that the bridge is told of."""
        before = len(self.requests("stop"))
        self.kernel.run(cell, **options)
        text = self.kernel.run("print(json.dumps(here)); here.clear()").texts("stdout")
        stops = self.requests("stop")[before:]
        return json.loads(text), stops[0]["source"]["cells"] if stops else []

    @property
    def names_depend_on_the_result(self) -> bool:
        """Whether a cell's name is made of the code that IPython has made of it."""
        text = self.kernel.run(
            "name = get_ipython().compile.get_code_name\n"
            "print(name('a', 'b', 1) != name('a', 'c', 1))"
        ).texts("stdout")
        return text.strip() == "True"

    def restart(self) -> None:
        self.kernel.manager.restart_kernel(now=True)
        self.kernel.client.wait_for_ready(timeout=60)
        self.set_up()

    def set_up(self) -> None:
        log = f"import os\nos.environ['FAKE_BRIDGE_LOG'] = {str(self.log)!r}\n"
        assert self.kernel.run(NOTES).status == "ok"
        # After an error an old ipykernel aborts what arrives within a tenth of a second.
        assert self.kernel.run(log + SETUP).status == "ok"


@pytest.fixture(scope="module")
def tracing(kernel_spec: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracing]:
    folder = tmp_path_factory.mktemp("cells")
    tracing = Tracing(Kernel(kernel_spec, folder), folder / "log")
    tracing.set_up()
    yield tracing
    tracing.kernel.close()


def expected_line(cell: str, mark: str) -> int:
    (line,) = [
        number
        for number, text in enumerate(cell.replace("\r\n", "\n").split("\n"), 1)
        if f'here("{mark}")' in text
    ]
    return line


def author_line(cells: list[dict], file: str, line: int) -> int | None:
    found = [cell["first_line"] + line for cell in cells if cell["file"] == file]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("name", MAPPED)
def test_lines_are_those_of_the_cell(tracing: Tracing, name: str) -> None:
    cell = MAPPED[name]
    wait_until(lambda: tracing.kernel.run("1").status == "ok")
    notes, cells = tracing.run(cell)
    assert len(notes) == cell.count("here(")
    for mark, file, line in notes:
        assert author_line(cells, file, line) == expected_line(cell, mark), (file, line, cells)


@pytest.mark.parametrize("name", sorted(MAPPED.keys() - {"error"}))
def test_lines_before_the_cell_has_run(tracing: Tracing, name: str) -> None:
    """What is shown of the cell while it runs is right, or not told."""
    # A cell that never ran: of one that did, the lines are known already.
    cell = MAPPED[name].replace('here("a")', 'here("a") or 1')
    wait_until(lambda: tracing.kernel.run("1").status == "ok")
    before = len(tracing.requests("start"))
    notes, _ = tracing.run(cell)
    starts = tracing.requests("start")[before:]
    told = [author_line(start["source"]["cells"], *notes[0][1:]) for start in starts[:1]]
    assert told in ([], [None], [expected_line(cell, notes[0][0])])
    if name in ("plain", "leading lines", "function", "over lines", "thread"):
        assert told != [None] or tracing.names_depend_on_the_result


@pytest.mark.parametrize("name", NOT_MAPPED)
def test_what_cannot_be_told_is_left_out(tracing: Tracing, name: str) -> None:
    wait_until(lambda: tracing.kernel.run("1").status == "ok")
    notes, cells = tracing.run(NOT_MAPPED[name])
    assert len(notes) == 1
    assert author_line(cells, *notes[0][1:]) is None


@pytest.mark.parametrize("name", ["plain", "leading lines", "windows", "time above, blank"])
def test_the_bridge_is_told_what_each_line_was(tracing: Tracing, name: str) -> None:
    """So that a notebook can tell which lines were changed since."""
    cell = MAPPED[name] + "# größe 日本"
    wait_until(lambda: tracing.kernel.run("1").status == "ok")
    _, cells = tracing.run(cell, cell_id="the-cell")
    lines = cell.replace("\r\n", "\n").split("\n")
    expected = "".join(f"{zlib.crc32(line.encode()):08x}" for line in lines)
    assert [c["line_crc32"] for c in cells if c.get("cell_id") == "the-cell"][-1:] == [expected]


IN_A_TERMINAL = """
import contextlib, io, json, sys
from IPython.core.interactiveshell import InteractiveShell
shapes = json.load(sys.stdin)
shell = InteractiveShell.instance()
shell.run_cell(shapes.pop("set up"), store_history=True)
(tracer,) = sys.modules["giltracer.magic"]._loaded.values()
here, found = shell.user_ns["here"], {}
for name, cell in shapes.items():
    with contextlib.redirect_stdout(io.StringIO()):
        shell.run_cell(cell, store_history=True)
    lines = {c["file"]: c["first_line"] for c in tracer.sources.cells()}
    found[name] = [(mark, lines[file] + line if file in lines else 0) for mark, file, line in here]
    here.clear()
shell.run_cell("%unload_ext giltracer")
print(json.dumps(found))
"""


def test_shapes_in_a_terminal(kernel_python: str) -> None:
    """IPython without a kernel names its cells in another way."""
    # Top-level await needs a running loop here, as prompt_toolkit has one.
    shapes = {name: cell for name, cell in {**MAPPED, **NOT_MAPPED}.items() if name != "await"}
    done = subprocess.run(
        [kernel_python, "-W", "ignore", "-c", IN_A_TERMINAL],
        input=json.dumps({"set up": NOTES + SETUP, **shapes}),
        env={**os.environ, "PYTHONPATH": str(SHIM), "GILTRACER_NODE": find_node()},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    expected = {
        name: [[mark, expected_line(cell, mark)] for mark in re.findall(r'here\("(.)"\)', cell)]
        for name, cell in MAPPED.items()
        if name in shapes
    }
    assert found == {**expected, **{name: [["a", 0]] for name in NOT_MAPPED}}


def test_functions_of_other_cells(tracing: Tracing) -> None:
    """Cells before `%load_ext`, after it, captured and run again."""
    tracing.restart()
    try:
        definitions = {
            "a": '\n\ndef a():\n    here("a")',
            "b": '%%capture c\n\n\ndef b():\n    here("b")',
            "c": '%%time\n\ndef c():\n    here("c")',
        }
        for source in definitions.values():
            assert tracing.kernel.run(source, store_history=True).status == "ok"
        count = tracing.kernel.run("1").content["execution_count"] + 1
        caller = "\n%%giltracer\na(), b(), c()"
        notes, cells = tracing.run(caller, store_history=True)
        assert [mark for mark, _, _ in notes] == ["a", "b", "c"]
        for mark, file, line in notes:
            assert author_line(cells, file, line) == expected_line(definitions[mark], mark)
        (own,) = [cell for cell in cells if cell.get("execution_count") == count]
        assert own["first_line"] == 1
        # A second cell with %%time whose code lives on: it can't be told which is meant.
        tracing.kernel.run("%%time\n\n\ndef d():\n    here('d')")
        notes, cells = tracing.run(caller + "; d()")
        lines = {mark: author_line(cells, file, line) for mark, file, line in notes}
        assert lines == {"a": 4, "b": 5, "c": None, "d": None}
    finally:
        tracing.restart()


def test_cells_before_the_extension(tracing: Tracing) -> None:
    try:
        tracing.kernel.run("%unload_ext giltracer\nhere = None")
        tracing.kernel.run(NOTES)
        tracing.kernel.run('\n\ndef early():\n\n    here("a")', store_history=True)
        tracing.kernel.run("%load_ext giltracer")
        notes, cells = tracing.run("%%giltracer\nearly()")
        assert [author_line(cells, *note[1:]) for note in notes] == [5]
    finally:
        tracing.kernel.run("%load_ext giltracer")


def test_id_and_number_of_the_cell(tracing: Tracing) -> None:
    before = len(tracing.requests("stop"))
    counts = [
        tracing.kernel.run(code, cell_id=name).content["execution_count"]
        for name, code in (
            ("cell-1", "def f1():\n    pass"),
            ("cell-2", "%%capture c\n%%giltracer\nf1(), 2"),
        )
    ]
    stop = tracing.requests("stop")[before]
    found = [
        (cell["cell_id"], cell["execution_count"], cell["first_line"])
        for cell in stop["source"]["cells"]
        if "cell_id" in cell
    ]
    # The call of the magic, and what it called.
    assert sorted(found) == [
        ("cell-1", counts[0], 0),
        ("cell-2", counts[1], 0),
        ("cell-2", counts[1], 2),
    ]


def test_roots(tracing: Tracing) -> None:
    tracing.run("%%giltracer\n1")
    for operation in ("start", "stop"):
        roots = tracing.requests(operation)[-1]["source"]["roots"]
        text = tracing.kernel.run(
            "import os, sysconfig, json\n"
            "names = 'stdlib platstdlib purelib platlib'.split()\n"
            "paths = [sysconfig.get_path(name) for name in names] + [os.__file__[:-6]]\n"
            "paths += [os.path.realpath(path) for path in paths]\n"
            "print(json.dumps([paths, os.getcwd(), os.path.expanduser('~')]))"
        ).texts("stdout")
        paths, project, home = json.loads(text)
        assert set(paths) <= set(roots["libraries"])
        assert str(SHIM / "giltracer") in roots["libraries"]
        assert roots["project"] == project
        assert roots["home"] == home


def test_many_cells_cost_little(tracing: Tracing) -> None:
    """The map is bounded, and what was found is not sought again."""
    try:
        tracing.kernel.run(
            "import time\nip = get_ipython()\nbody = 'x = 1\\n' * 50\n"
            "for i in range(1200): ip.run_cell(f'# {i}\\n' + body)"
        )
        text = tracing.kernel.run(
            "from giltracer import magic\n"
            "(tracer,) = magic._loaded.values()\n"
            "times = []\n"
            "for _ in range(2):\n"
            "    began = time.perf_counter(); found = tracer.sources.cells()\n"
            "    times.append(time.perf_counter() - began)\n"
            "print(json.dumps([len(found), times]))"
        ).texts("stdout")
        count, (first, second) = json.loads(text)
        assert count <= 1000
        assert first < 2
        assert second < 0.1
    finally:
        tracing.restart()


@pytest.mark.parametrize(
    ("raw", "code", "expected"),
    [
        ("x\ny", "x\ny", 0),
        ("\n\nx\ny", "x\ny", 2),
        ("x\n!a \\\nb\ny", "x\nget_ipython().system('a b')\ny", None),
        ("x\ny", "x\nz", None),
        ("x\ny\nz", "x\nz", None),
        ("x", "get_ipython().run_cell_magic('capture', '', 'x')", None),
        ("x\n%y", "x\nget_ipython().run_line_magic('y', '')", 0),
        ("x\ny", "x\nget_ipython().run_line_magic('y', '')", None),
        ("%%time\nx", "get_ipython().run_cell_magic('time', '', 'x\\n')", 0),
        ("\n%%giltracer\n%%time\nx", "get_ipython().run_cell_magic('time', '', 'x\\n')", 2),
        ("%%time\nx", "#\nx", None),
        ("\n%%giltracer -n a\nx", "#%giltracer -n a\nx", 1),
        ("", "", None),
        ("x\x0cy\nz", "x\x0cy\nz", None),
    ],
)
def test_shift(raw: str, code: str, expected: int | None) -> None:
    lines = numbered_lines(raw)
    assert (None if lines is None else shift(clean(lines), code.splitlines())) == expected
