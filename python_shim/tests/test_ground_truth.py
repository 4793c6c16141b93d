"""Lines, waits, locks and threads against what the traced programs measured themselves."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from ground_truth import ATTEMPTS, PRELUDE, Truth, check_program
from magic_kernels import Kernel

pytestmark = pytest.mark.usefixtures("real_bridge")

MILLISECOND = 1_000_000

KEEPING = """
def beside_one_that_wants(keep):
    ready = threading.Event()
    def keep_it():
        ready.wait()
        keep()
    def want():
        ready.set()
        time.sleep(0.05)
    keep_it.__name__, want.__name__ = f"keep_{keep.__name__}", f"want_{keep.__name__}"
    run(keep_it, want)
def usleep():
    start = begun()
    libc.usleep(300_000)  # mark: usleep
    measured["usleep"] = ended(start)
def regex():
    start = begun()
    re.match(pattern, text)  # mark: regex
    measured["regex"] = ended(start)
def power():
    start = begun()
    number = 3 ** exponent  # mark: power
    measured["power"] = ended(start)
pattern, size, took = re.compile("(a+)+$"), 14, 0
while took < 15 * 10**6:
    size += 1
    began = cpu()
    pattern.match("a" * size + "b")
    took = cpu() - began
text = "a" * (size + 4) + "b"  # 16 times as long
exponent, took = 100_000, 0
while took < 15 * 10**6:
    exponent *= 2
    began = cpu()
    3 ** exponent
    took = cpu() - began
exponent *= 6  # Karatsuba: 17 times as long
for call in (usleep, regex, power): beside_one_that_wants(call)
"""

#: Functions of CPython in which each of these calls spends its time (Modules/_sre, longobject.c).
NATIVE = {
    "regex": "sre",
    "power": "^(x_mul|k_mul|k_lopsided_mul|long_mul|long_pow|x_add|x_sub|v_iadd|v_isub)",
}


def test_a_call_that_keeps_the_gil(tmp_path: Path) -> None:
    """Its line held the GIL as long as the call took, within 2 %; the native function is named."""

    def check(truth: Truth) -> None:
        for call in ("usleep", "regex", "power"):
            span = truth.measured[call]
            took = span["most"]
            if call == "usleep":
                # It does not use its CPU, but does not return any earlier either.
                span["least"] = 300 * MILLISECOND
            # With what it calls: re.match is Python code.
            held = truth.line(call)["total_held_ns"]
            truth.within(f"{call} held", held, span, took * 0.02)
            rows = [row for row in truth.document["ignored"] if truth.is_at(row, call)]
            # The other thread comes after 50 ms; the main thread may want it from the first.
            wanted = sum(row["wanted_ns"] for row in rows)
            wants = {"least": took - 50 * MILLISECOND, "most": took}
            truth.within(f"{call} wanted", wanted, wants, took * 0.1)
            keeper = truth.thread(f"keep_{call}")
            truth.holds(f"{call} by its thread", {r["tid"] for r in rows} == {keeper["tid"]}, rows)
            function = NATIVE.get(call)
            if function is not None and rows:
                named = [row.get("native_function", "") for row in rows]
                found = all(re.search(function, name, re.IGNORECASE) for name in named)
                truth.holds(f"{call} is kept by {function}", found, named)
        asleep = truth.thread("keep_usleep")["states_ns"].get("holding-off-cpu", 0)
        span = truth.measured["usleep"]
        truth.within("asleep with the GIL", asleep, span, span["most"] * 0.02)

    check_program(tmp_path, KEEPING, check)


SPANNING = """
def work():
    starts = [begun()]
    for i in range(count): a = i * i  # mark: first
    measured["first"] = ended(starts[-1])
    starts.append(begun())
    for i in range(3 * count): b = (i ^ 3) + 1  # mark: second
    measured["second"] = ended(starts[-1])
    starts.append(begun())
    for i in range(count): c = i % 7; c = c ** 2; c = c + i  # mark: third
    measured["third"] = ended(starts[-1])
count = 100 * repetitions(lambda: [i * i for i in range(100)], 70 * 10**6)
beside(work)
"""


def test_a_hold_over_several_lines(tmp_path: Path) -> None:
    """Each line has its share within 3 times the stated error."""

    def check(truth: Truth) -> None:
        lines = {mark: truth.line(mark) for mark in ("first", "second", "third")}
        held = sum(row["held_ns"] for row in lines.values())
        for mark, row in lines.items():
            error = row["held_error_ns"]
            truth.within(mark, row["held_ns"], truth.measured[mark], 3 * error + MILLISECOND)
            # An error that says nothing would allow everything.
            truth.holds(f"the error of {mark} is stated", 0 < error < 0.1 * held, error)

    check_program(tmp_path, SPANNING, check)


CHEAP_CALL = """
def cheap():
    pass  # mark: cheap
def work():
    start = begun()
    for _ in range(count):
        cheap()
    measured["cheap"] = ended(start)
    start = begun()
    for _ in range(count):
        product = big * big  # mark: hot
        cheap()  # mark: call
    measured["both"] = ended(start)
count = repetitions(lambda: big * big, 300 * 10**6)
beside(work)
"""


def test_a_hot_line_before_a_cheap_call(tmp_path: Path) -> None:
    """CPython looks for requests at calls: the call's line is not charged for the line before."""

    def check(truth: Truth) -> None:
        both, cheap = truth.measured["both"], truth.measured["cheap"]
        hot, call, body = (truth.line(mark) for mark in ("hot", "call", "cheap"))
        # The loop before calls it as often, and does nothing else.
        span = {"least": both["least"] - cheap["most"], "most": both["most"] - cheap["least"]}
        margin = 3 * hot["held_error_ns"] + 0.01 * both["most"]
        truth.within("the hot line", hot["held_ns"], span, margin)
        rest = call["held_ns"] + body["held_ns"]
        truth.holds("the call is cheap", rest < cheap["most"] + margin, (rest, cheap))
        truth.holds("it is known well", margin < 0.2 * both["most"], hot)

    check_program(tmp_path, CHEAP_CALL, check)


LIBRARY = (
    "import ctypes, time\nlibc = ctypes.PyDLL(None)\n"
    "def keep_1():\n    libc.usleep(300_000)  # mark: leaf that keeps\n"
    "def sleep_1():\n    time.sleep(0.05)  # mark: leaf that waits\n"
    + "".join(
        f"def {name}_{level}():\n    {name}_{level - 1}()\n"
        for level in range(2, 13)
        for name in ("keep", "sleep")
    )
)

#: The body of the program and of a cell.
CALLING_LIBRARY = """
import nested_library
ready = threading.Event()
def keep():
    ready.wait()
    start = begun()
    nested_library.keep_12()  # mark: keep
    measured["keep"] = ended(start)
def want():
    ready.set()
    start = begun()
    nested_library.sleep_12()  # mark: want
    measured["want"] = ended(start)
"""


def check_library(truth: Truth) -> None:
    """The wait is charged to the line that called the library, and to the library's own."""
    # It sleeps first; the keeper does not return any earlier than this.
    most = truth.measured["want"]["most"] - 50 * MILLISECOND
    waited = {"least": 235 * MILLISECOND, "most": most}
    span = {**truth.measured["keep"], "least": 300 * MILLISECOND}
    charged = sum(
        row["wait_ns"]
        for row in truth.document["blame"]
        if truth.is_at(row["waiter"], "want") and truth.is_at(row.get("holder", {}), "keep")
    )
    truth.within("charged", charged, waited, MILLISECOND)
    inner, outer = truth.line("leaf that waits"), truth.line("want")
    truth.within("waited in the library", inner["waited_ns"], waited, MILLISECOND)
    truth.within("waited below the call", outer["total_waited_ns"], waited, MILLISECOND)
    truth.near("waited in the call itself", outer["waited_ns"], 0, most * 0.02)
    inner, outer = truth.line("leaf that keeps"), truth.line("keep")
    margin = 0.02 * span["most"]
    truth.within("held in the library", inner["held_ns"], span, margin)
    truth.within("held below the call", outer["total_held_ns"], span, margin)
    truth.near("held in the call itself", outer["held_ns"], 0, margin)


def test_a_library(tmp_path: Path) -> None:
    """A wait 12 frames below the program's line."""
    body = CALLING_LIBRARY + "run(keep, want)\n"
    check_program(tmp_path, body, check_library, ("nested_library.py", LIBRARY))


SHAPES = """
import functools
def comprehension():
    start = begun()
    products = [
        big * big  # mark: comprehension
        for _ in range(count)
    ]
    measured["comprehension"] = ended(start)
def products():
    for _ in range(count):
        yield big * big  # mark: generator
def generator():
    start = begun()
    for _ in products(): pass
    measured["generator"] = ended(start)
def passing(function):
    @functools.wraps(function)
    def wrapper():
        return function()  # mark: wrapper
    return wrapper
@passing
def decorated():
    start = begun()
    for _ in range(count):
        product = big * big  # mark: decorated
    measured["decorated"] = ended(start)
count = repetitions(lambda: big * big, 150 * 10**6)
beside(comprehension, generator, decorated)
"""


def test_comprehension_generator_decorator(tmp_path: Path) -> None:
    """Code objects of their own: lines and functions are right."""
    # PEP 709: inlined since 3.12.
    inlined = sys.version_info >= (3, 12)
    functions = {
        "comprehension": "comprehension" if inlined else "<listcomp>",
        "generator": "products",
        "decorated": "decorated",
    }

    def check(truth: Truth) -> None:
        for mark, function in functions.items():
            row, span = truth.line(mark), truth.measured[mark]
            # The loop around it is about a hundredth.
            margin = 3 * row["held_error_ns"] + 0.03 * span["most"]
            truth.within(mark, row["held_ns"], span, margin)
            named = row["function"].endswith(function)
            truth.holds(f"{mark} is in {function}", named, row["function"])
            truth.holds(f"{mark} is known well", margin < 0.35 * span["most"], row)
        span = truth.measured["decorated"]
        below = truth.line("wrapper")["total_held_ns"]
        truth.within("wrapper", below, span, 0.02 * span["most"])

    check_program(tmp_path, SHAPES, check)


LOCKS = """
import queue
lock, rlock, condition, items = (
    threading.Lock(), threading.RLock(), threading.Condition(), queue.Queue()
)
began, got, released = {}, {}, {}
def holder():
    with lock, rlock:
        time.sleep(0.2)
        released["lock"] = released["rlock"] = now()
    with condition:
        released["condition"] = now()
        condition.notify()
    released["queue"] = now()
    items.put(1)
def wait_lock():
    time.sleep(0.05)
    began["lock"] = now()
    with lock:  # mark: lock
        got["lock"] = now()
def wait_rlock():
    time.sleep(0.06)
    began["rlock"] = now()
    rlock.acquire()  # mark: rlock
    got["rlock"] = now()
    rlock.release()
def wait_condition():
    with condition:
        began["condition"] = now()
        condition.wait()  # mark: condition
        got["condition"] = now()
def wait_queue():
    time.sleep(0.04)
    began["queue"] = now()
    items.get()  # mark: queue
    got["queue"] = now()
run(holder, wait_lock, wait_rlock, wait_condition, wait_queue)
for mark, start in began.items():
    measured[mark] = {"least": released[mark] - start, "most": got[mark] - start}
"""


def test_locks(tmp_path: Path) -> None:
    """Time, line and, where it is named, the holder of each kind of lock."""

    def check(truth: Truth) -> None:
        holder = truth.thread("holder")["tid"]
        for mark in ("lock", "rlock", "condition", "queue"):
            span, thread = truth.measured[mark], truth.thread(f"wait_{mark}")
            # From the clock to the wait, and from the wake-up to the clock.
            margin = 0.01 * span["most"]
            state = thread["states_ns"].get("waiting-lock", 0)
            truth.within(f"{mark}: state", state, span, margin)
            rows = [row for row in truth.document["locks"] if row["tid"] == thread["tid"]]
            there = [row for row in rows if truth.is_at(row, mark)]
            truth.within(f"{mark}: line", sum(r["wait_ns"] for r in there), span, margin)
            truth.holds(f"{mark}: on its line only", len(rows) == len(there), rows)
            names = {row.get("holder_tid", holder) for row in there}
            truth.holds(f"{mark}: released by its holder", names == {holder}, rows)

    check_program(tmp_path, LOCKS, check)


SHORT_LIVED = """
def short():
    start = begun()
    while cpu() - start[1] < 12 * 10**6: pass
    measured[threading.current_thread().name] = ended(start)
for number in range(8):
    thread = threading.Thread(target=short, name=f"short-{number}")
    start = now()
    thread.start()
    thread.join()
    measured[thread.name]["around"] = now() - start
def in_child():
    start = begun()
    while cpu() - start[1] < 100 * 10**6: pass
    told.update(ended(start), tid=threading.get_native_id())
told = {}
pid = os.fork()
if not pid:
    run(in_child)
    told["pid"] = os.getpid()
    Path(__file__).with_name("child.json").write_text(json.dumps(told))
    os._exit(0)
os.waitpid(pid, 0)
measured["child"] = json.loads(Path(__file__).with_name("child.json").read_text())
"""


def test_threads_and_children_that_end(tmp_path: Path) -> None:
    """Each short thread has its row; a forked child's threads are told by its pid."""

    def check(truth: Truth) -> None:
        main = next(row for row in truth.document["threads"] if row["main"])
        for number in range(8):
            name = f"short-{number}"
            row, span = truth.thread(name), truth.measured[name]
            # A thread that was joined has still to end.
            life = {"least": span["most"], "most": span["around"] + 3 * MILLISECOND}
            truth.within(f"{name} lived", row["duration_ns"], life, 0)
            hold = {**span, "most": span["around"]}
            truth.within(f"{name} held", truth.held(row), hold, MILLISECOND // 2)
            truth.holds(f"{name} is of the program", row["pid"] == main["pid"])
        child = truth.measured["child"]
        rows = [row for row in truth.document["threads"] if row["pid"] == child["pid"]]
        truth.holds("main thread and thread of the child", len(rows) == 2, rows)
        own = [row for row in rows if row["tid"] == child["tid"]]
        held = sum(truth.held(row) for row in own)
        truth.within("held in the child", held, child, 0.02 * child["most"])

    check_program(tmp_path, SHORT_LIVED, check)


def test_lines_of_cells(kernel_spec: str, tmp_path: Path) -> None:
    """A cell below blank lines and beside %%time, a function of an earlier cell, a library."""
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "nested_library.py").write_text(LIBRARY)
    kernel = Kernel(kernel_spec, tmp_path)
    cells = {
        "set-up": f"import sys\nsys.path.insert(0, {str(tmp_path / 'site-packages')!r})\n{PRELUDE}",
        "earlier": (
            "\n\ndef earlier():\n    start = begun()\n    libc.usleep(200_000)  # mark: earlier\n"
            '    measured["earlier"] = ended(start)'
        ),
        "load": "%load_ext giltracer",
        "traced": f"\n\n%%time\n\n%%giltracer -q -o run_of_cell\n{CALLING_LIBRARY}"
        "run(keep, want)\nrun(earlier)",
    }
    found: list[str] = []
    try:
        for name in ("set-up", "earlier", "load"):
            assert kernel.run(cells[name], cell_id=name).status == "ok"
        for _ in range(ATTEMPTS):
            reply = kernel.run(cells["traced"], cell_id="traced")
            assert reply.status == "ok", reply.content
            text = kernel.run("print(json.dumps([measured, run_of_cell.document]))").texts("stdout")
            truth = Truth({**cells, "nested_library.py": LIBRARY}, *json.loads(text))
            check_library(truth)
            span = {**truth.measured["earlier"], "least": 200 * MILLISECOND}
            # Named without an id where the cell ran before the extension was loaded.
            rows = [
                row
                for row in truth.document["lines"]
                if row["line"] == truth.place("earlier")[1] and row.get("function") == "earlier"
            ]
            held = sum(row["held_ns"] for row in rows)
            truth.within("earlier cell", held, span, 0.02 * span["most"])
            found = truth.found
            if not found:
                break
    finally:
        kernel.close()
    assert not found, "\n".join(found)
