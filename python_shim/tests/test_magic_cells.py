"""Cells of every shape through nbclient, each beside its twin without the magic.

The twin tells what is expected: values, text, errors, line numbers and the order of outputs must be
the same, and one result of ours is there as well.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

MIME = "application/vnd.giltracer.v1+json"
FAKE = Path(__file__).with_name("fake_bridge.py")

LOAD = "%load_ext giltracer"
USE_FAKE = f"""
import functools, sys, giltracer.bridge, giltracer.recorder
giltracer.recorder.Bridge = functools.partial(
    giltracer.bridge.Bridge, (sys.executable, {str(FAKE)!r}))
"""


def lone(body: str, options: str = "") -> tuple[str, str]:
    """A cell with our magic alone on its first line, and its twin."""
    return f"%%giltracer {options}\n{body}", f"#\n{body}"


CLEAR = "from IPython.display import clear_output, display\n"
FORK = """import os
pid = os.fork()
if not pid:
    os._exit(3)
os.waitpid(pid, 0)[1] >> 8"""

#: Name → (traced cell, the same cell without the magic).
TWINS = {
    "value": lone('print("out")\n42'),
    "no value": lone("x = 1", "-n x"),
    "display": lone(CLEAR + "display({'text/plain': 'd'}, raw=True)"),
    "error": lone('print("out")\ndef f():\n    1/0\nf()', '-n "two words"'),
    "await": lone('import asyncio\nawait asyncio.sleep(.01)\n"awaited"'),
    "await error": lone("import asyncio\nawait asyncio.sleep(.01)\n1/0"),
    "time above": ("%%time\n%%giltracer\nx = 1", "%%time\nx = 1"),
    "time below": ("%%giltracer\n%%time\nx = 1", "%%time\nx = 1"),
    "time error": ("%%giltracer\n%%time\n\n1/0", "%%time\n\n1/0"),
    "capture above": ("%%capture c\n%%giltracer\nprint(1)", "%%capture c\nprint(1)"),
    "capture below": ("%%giltracer\n%%capture c\nprint(1)", "%%capture c\nprint(1)"),
    "three": ("%%capture c\n%%giltracer\n%%time\nx = 1", "%%capture c\n%%time\nx = 1"),
    "bash above": ("%%bash\n%%giltracer\necho hi", "%%bash\necho hi"),
    "bash below": ("%%giltracer\n%%bash\necho hi", "%%bash\necho hi"),
    "line magics": lone("%time x = 1\n!echo hi"),
    "nested": lone('ip = get_ipython()\nip.run_cell("1/0"); ip.run_cell(""); print("end")'),
    "leading lines": (
        "\n\n%%giltracer\nimport inspect; print(inspect.currentframe().f_lineno)",
        "\n\n#\nimport inspect; print(inspect.currentframe().f_lineno)",
    ),
    "indented": ("  %%giltracer\n  print(1)\n  2", "  #\n  print(1)\n  2"),
    "blank between": ("%%giltracer\n\n%%time\nx = 1", "%%time\nx = 1"),
    "clear": lone(CLEAR + 'print("a"); clear_output(); print("b")'),
    "clear at the end": lone(CLEAR + 'print("a"); clear_output()'),
    "clear and wait": lone(CLEAR + 'print("a"); clear_output(wait=True); print("b")'),
    "wait is pending": lone(CLEAR + 'print("a"); clear_output(wait=True)'),
    "cleared, wait is pending": lone(
        CLEAR + "for i in range(3):\n    print(i); clear_output(wait=True)"
    ),
    "wait before a display": lone(
        CLEAR + "for i in range(3):\n    clear_output(wait=True); display(i)"
    ),
    "wait before a value": lone(CLEAR + 'print("a"); clear_output(wait=True)\n7'),
    "wait before an error": lone(CLEAR + 'print("a"); clear_output(wait=True)\n1/0'),
    "wait before a process": lone(CLEAR + 'print("a"); clear_output(wait=True)\n!echo hi'),
    "statement": ("%giltracer -n s sum(range(10))", "sum(range(10))"),
    "called": (
        'get_ipython().run_cell_magic("giltracer", "-n called", "print(1)\\n2 + 3")',
        "print(1)\n2 + 3",
    ),
    "twice": ("%%giltracer\n%%giltracer -n b\nprint(1)", "#\n#\nprint(1)"),
    "options": lone("print(1)", "-o r1 --no-states -n label"),
    "fork": lone(FORK),
    "no children": lone("import os\nos.waitpid(-1, 0)"),
}

#: Name → (cell, text in stderr): cells that run untraced or not at all, with one line of ours.
UNTRACED = {
    "unknown option": ("%%giltracer --frobnicate\n1 + 1", r"unknown option --frobnicate; .*--save"),
    "unknown argument": ("%%giltracer foo\n1 + 1", r"unknown argument foo; "),
    "no value": ("%%giltracer -n\n1 + 1", r"-n/--name: expected one argument"),
    "no name": ("%%giltracer -o 1x\n1 + 1", r"'1x' is not a variable's name"),
    "open quote": ('%%giltracer -n "x\n1 + 1', r"no closing quotation"),
    "empty": ("%%giltracer\n\n", r"the cell is empty"),
    "nothing": ("%%giltracer", r"the cell is empty"),
    "nested magic": (
        '%%giltracer -q\nget_ipython().run_cell("%%giltracer\\n1 + 1"); x = 1',
        r"running already; this cell runs untraced",
    ),
    "statement inside": ("%%giltracer -q\n%giltracer 1 + 1", r"already; this statement runs"),
}

OTHERS = {
    "syntax error": "%%giltracer -o r2\ndef (:\n",
    "quiet": "%%giltracer -q -o r3\nprint(1)",
    "quiet result": "r3",
    "help": "%%giltracer?",
    "line help": "%giltracer?",
    "document": "print(sorted(r1.document))",
    "old variable": "%%giltracer -o r1 --save /dev/null/x\n1",
    "statement options": "%giltracer -q -o r4 x = 'a  b'",
    "statement stored": "print(x, r4 is not None)",
    "bad statement": "%giltracer --frob x",
}


@pytest.fixture(scope="module")
def outputs(kernel_spec: str, real_bridge: None) -> dict[str, list]:
    """Outputs of all cells, run in one kernel."""
    nb = new_notebook(cells=[new_code_cell(LOAD)])
    if os.environ.get("GILTRACER_TEST_FAKE"):
        nb.cells.append(new_code_cell(USE_FAKE))
    names: list[str | None] = [None] * len(nb.cells)

    def add(name: str, source: str) -> None:
        nb.cells.append(new_code_cell(source))
        names.append(name)

    for name, (traced, twin) in TWINS.items():
        add(f"traced {name}", traced)
        add(f"twin {name}", twin)
    for name, (source, _) in UNTRACED.items():
        add(f"untraced {name}", source)
    for name, source in OTHERS.items():
        add(name, source)
    NotebookClient(nb, kernel_name=kernel_spec, timeout=120, allow_errors=True).execute()
    nbformat.validate(nb)
    assert nb.cells[0].outputs == []
    return {name: cell.outputs for name, cell in zip(names, nb.cells) if name is not None}


def is_ours(output: dict) -> bool:
    return MIME in output.get("data", {})


def comparable(outputs: list[dict]) -> list:
    """What a person sees, without numbers that differ from cell to cell; streams joined."""
    seen: list = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            if seen and seen[-1][:2] == [kind, output["name"]]:
                seen[-1][2] += output["text"]
            else:
                seen.append([kind, output["name"], output["text"]])
        elif kind == "error":
            seen.append([kind, output["ename"], output["evalue"], "\n".join(output["traceback"])])
        else:
            seen.append([kind, output["data"].get("text/plain")])
    for entry in seen:
        if isinstance(entry[-1], str):
            entry[-1] = normalised(entry[-1])
    return seen


def normalised(text: str) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"In ?\[\d+\]|In \[\d+\]", "In [N]", text)
    text = re.sub(r"ipykernel_\d+/\d+\.py|<ipython-input-[^>]*>", "CELL", text)
    text = re.sub(r"[-+\de.]+ (ns|[\u00b5\u03bcu]s|ms|s)\b", "TIME", text)
    # The twin's magic line is shorter.
    return re.sub(r"(?m)#%giltracer.*$|%%giltracer.*$", "#", text)


@pytest.mark.parametrize("name", TWINS)
def test_cell_is_as_its_twin(outputs: dict[str, list], name: str) -> None:
    traced, twin = outputs[f"traced {name}"], outputs[f"twin {name}"]
    ours = [output for output in traced if is_ours(output)]
    rest = [output for output in traced if not is_ours(output)]
    assert comparable(rest) == comparable(twin)
    assert len(ours) == 1
    assert ours[0]["data"][MIME]["run"]["state"] == "done"
    assert ours[0]["data"]["text/html"]
    assert ours[0]["data"]["text/plain"]


@pytest.mark.parametrize("name", ["value", "error", "display", "await", "statement"])
def test_result_stands_where_the_placeholder_was(outputs: dict[str, list], name: str) -> None:
    assert is_ours(outputs[f"traced {name}"][0])


@pytest.mark.parametrize("name", UNTRACED)
def test_untraced_cell_says_so_in_one_line(outputs: dict[str, list], name: str) -> None:
    _, text = UNTRACED[name]
    result = outputs[f"untraced {name}"]
    assert not any(is_ours(output) for output in result)
    lines = "".join(o["text"] for o in result if o.get("name") == "stderr").splitlines()
    assert len(lines) == 1
    assert re.match("giltracer: .*" + text, lines[0])
    if "1 + 1" in UNTRACED[name][0]:
        assert [o["data"]["text/plain"] for o in result if "data" in o] == ["2"]


def test_syntax_error_leaves_no_trace(outputs: dict[str, list]) -> None:
    assert [o["output_type"] for o in outputs["syntax error"]] == ["error"]
    assert outputs["syntax error"][0]["ename"] == "SyntaxError"
    assert "line 2" in normalised("\n".join(outputs["syntax error"][0]["traceback"]))


def test_quiet_shows_nothing_and_stores_the_result(outputs: dict[str, list]) -> None:
    assert comparable(outputs["quiet"]) == [["stream", "stdout", "1\n"]]
    (stored,) = outputs["quiet result"]
    assert stored["output_type"] == "execute_result"
    assert is_ours(stored)


def test_document_has_no_binary_parts(outputs: dict[str, list]) -> None:
    (output,) = outputs["document"]
    assert "'run'" in output["text"]
    assert "'threads'" in output["text"]
    assert "overview" not in output["text"]
    assert "windows" not in output["text"]


def test_statement_takes_options_and_keeps_the_rest(outputs: dict[str, list]) -> None:
    assert outputs["statement options"] == []
    assert comparable(outputs["statement stored"]) == [["stream", "stdout", "a  b True\n"]]


def test_wrong_option_of_a_statement_is_a_usage_error(outputs: dict[str, list]) -> None:
    text = normalised(str(outputs["bad statement"]))
    assert "unknown option --frob" in text


@pytest.mark.parametrize("name", ["help", "line help"])
def test_help_has_an_example_to_paste(
    kernel_spec: str, outputs: dict[str, list], name: str
) -> None:
    # IPython's help goes to the pager, a payload that nbclient does not store.
    assert not any(o["output_type"] == "error" for o in outputs[name])
