"""`giltracer run` beside plain `python`: a traced program must not differ.

Most programs run with a stand-in for the bridge, which is quick; some with the real one.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from conftest import SHIM, probes, running, wait_until

FAKE = Path(__file__).with_name("fake_bridge.py")
WRAPPER = f"""
import functools, sys
import giltracer.bridge, giltracer.recorder
giltracer.recorder.Bridge = functools.partial(
    giltracer.bridge.Bridge, (sys.executable, {str(FAKE)!r}))
from giltracer.cli import main
sys.exit(main())
"""
REAL = [sys.executable, "-m", "giltracer"]

#: Name → source of prog.py.
PROGRAMS = {
    "output": "import sys\nprint('out'); print('err', file=sys.stderr)",
    "bytes": "import sys\nsys.stdout.buffer.write(bytes(range(256)))",
    "identity": (
        "import sys, os\nfrom pathlib import Path\n"
        "print(sys.argv, sys.path[0], __file__, __name__, __spec__, __package__, __doc__)\n"
        "print(sorted(globals()), type(__loader__), vars(sys.modules['__main__']) is globals())\n"
        "print(__loader__.path, __loader__.name, __loader__.get_source('__main__')[:6])"
    ),
    "input": "print(input(), input())",
    "exit 3": "import sys\nprint(1); sys.exit(3)",
    "exit text": "import sys\nsys.exit('bad news')",
    "exit none": "raise SystemExit",
    "exception": "def f(x):\n    return 1 / x\n\nprint(1)\nf(0)",
    "chained": "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('b') from e",
    "note": "class E(Exception):\n    def __str__(self): return 'two\\nlines'\nraise E",
    "thread error": "import threading as t\nx = t.Thread(target=lambda: 1/0); x.start(); x.join()",
    "own excepthook": (
        "import sys\ndef hook(t, v, tb):\n"
        "    n = 0\n    while tb: n += 1; tb = tb.tb_next\n"
        "    print('hook', t, v, n)\nsys.excepthook = hook\ndef f(): 1/0\nf()"
    ),
    "last traceback": (
        "import atexit, sys, traceback\n"
        "atexit.register(lambda: traceback.print_tb(sys.last_traceback))\n"
        "atexit.register(lambda: print(sys.excepthook is sys.__excepthook__))\n1/0"
    ),
    "syntax error": "x = 1\ndef f(:\n    pass",
    "indentation": "if True:\nx = 1",
    "encoding": "# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))",
    "interrupt": "print(1, flush=True)\nraise KeyboardInterrupt",
    "interrupt handled": "try: raise KeyboardInterrupt\nexcept KeyboardInterrupt: print('ok')",
    "system exit in thread": (
        "import threading as t, sys\nx = t.Thread(target=sys.exit); x.start(); x.join(); print(2)"
    ),
    "late thread": (
        "import atexit, threading, time\natexit.register(print, 'atexit')\n"
        "def late(): time.sleep(0.2); print('late')\nthreading.Thread(target=late).start()\n"
        "print('end of main')"
    ),
    "atexit error": "import atexit\natexit.register(lambda: 1/0)\nprint(1)",
    "os._exit": "import os\nprint(1, flush=True); os._exit(5)",
    "SIGTERM": "import os, signal\nprint(1, flush=True); os.kill(os.getpid(), signal.SIGTERM)",
    "SIGKILL": "import os, signal\nprint(1, flush=True); os.kill(os.getpid(), signal.SIGKILL)",
    "abort": "import os\nprint(1, flush=True); os.abort()",
    "stdout closed": "import sys\nprint(1); sys.stdout.close()",
    "fork and exit": (
        "import os, sys\npid = os.fork()\n"
        "if not pid:\n    print('child', flush=True); sys.exit(4)\n"
        "print(os.waitpid(pid, 0)[1] >> 8)"
    ),
    "no children": "import os\ntry:\n    os.wait()\nexcept ChildProcessError as e:\n    print(e)",
    "exec": "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'print(7)'])",
    "pickle": (
        "import pickle, inspect\nclass A:\n    pass\n"
        "print(type(pickle.loads(pickle.dumps(A()))) is A, inspect.getsource(A))"
    ),
    "warning": "import warnings\ndef f(): warnings.warn('careful', stacklevel=2)\nf()",
    "all descriptors closed": (
        "import os\nprint(1, flush=True)\nos.closerange(3, 100)\n"
        "f = [open('own%d' % i, 'w') for i in range(8)]\nfor x in f: x.write('mine')\n"
        "[x.close() for x in f]; print({open('own%d' % i).read() for i in range(8)})"
    ),
    "signal handler": (
        "import signal, os\nsignal.signal(signal.SIGUSR1, lambda *a: print('usr1'))\n"
        "os.kill(os.getpid(), signal.SIGUSR1)\nprint(signal.getsignal(signal.SIGINT))"
    ),
    "default sigpipe": (
        "import signal, os\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"
        "r, w = os.pipe(); os.close(r); print(1, flush=True); os.write(w, b'x')"
    ),
    "spawn": (
        "import multiprocessing as m\ndef f(x): return x * 2\nif __name__ == '__main__':\n"
        "    with m.get_context('spawn').Pool(1) as p: print(p.map(f, [1, 2]), __name__)"
    ),
    "fork pool": (
        "import multiprocessing as m\ndef f(x): return x * 2\nif __name__ == '__main__':\n"
        "    with m.get_context('fork').Pool(1) as p: print(p.map(f, [1, 2]), __name__)"
    ),
    "future": "from __future__ import annotations\ndef f(x: y): pass\nprint(f.__annotations__)",
    "no future": "def f(x: 1 + 1): pass\nprint(f.__annotations__)",
}


class Place:
    """A folder in which programs run, plain and traced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "wrapper").mkdir()
        self.wrapper = folder / "wrapper" / "giltracer"
        self.wrapper.write_text(WRAPPER)

    def run(
        self, command: list[str], wanted: int | None = None, **options
    ) -> subprocess.CompletedProcess:
        environment = {
            **os.environ,
            "PYTHONPATH": str(SHIM),
            "PYTHONHASHSEED": "0",
            "JUPYTER_DATA_DIR": str(self.folder / "data"),
            **options.pop("env", {}),
        }
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            input=b"a\nb\n",
            capture_output=True,
            timeout=60,
            check=False,
            **options,
        )
        if wanted is not None:
            assert done.returncode == wanted, done.stderr
        return done

    def compare(self, *words: str) -> subprocess.CompletedProcess:
        """Run both; only line numbers of the interpreter's own frames may differ."""
        plain = self.run([sys.executable, *words])
        traced = self.run([sys.executable, str(self.wrapper), "run", "-q", *words])
        assert traced.returncode == plain.returncode
        assert traced.stdout == plain.stdout
        assert without_addresses(traced.stderr) == without_addresses(plain.stderr)
        return plain


def without_addresses(text: bytes) -> str:
    # A run without a result is told of in any case.
    lost = r"giltracer: no result: the bridge has ended \(its descriptors were closed\)\n"
    return re.sub(lost, "", re.sub("0x[0-9a-f]+", "0x", text.decode()))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_is_as_without_tracing(place: Place, name: str) -> None:
    (place.folder / "prog.py").write_text(PROGRAMS[name], encoding="latin-1")
    place.compare("prog.py", "-x", "--", "last arg")


def test_script_elsewhere_and_linked(place: Place) -> None:
    (place.folder / "a").mkdir()
    (place.folder / "a" / "prog.py").write_text(
        "import sys, beside\nprint(sys.argv, sys.path[0], __file__)"
    )
    (place.folder / "a" / "beside.py").write_text("")
    (place.folder / "link.py").symlink_to("a/prog.py")
    assert b"a/prog.py" in place.compare("a/prog.py").stdout
    assert place.compare("link.py").returncode == 0
    assert place.compare("./a/../a/prog.py").returncode == 0


def test_folder_and_zip_file(place: Place) -> None:
    source = (
        "import sys\n"
        "print(sys.argv, sys.path[0], __name__, __file__, __spec__.name, __package__)\n1/0"
    )
    (place.folder / "app").mkdir()
    (place.folder / "app" / "__main__.py").write_text(source)
    with zipfile.ZipFile(place.folder / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", source)
    assert b"ZeroDivisionError" in place.compare("app", "1").stderr
    assert b"ZeroDivisionError" in place.compare("app.pyz").stderr


def test_module(place: Place) -> None:
    package = place.folder / "pkg"
    package.mkdir()
    (package / "__init__.py").write_text("import sys\nprint(sys.argv, sys.path[0])")
    (package / "__main__.py").write_text(
        "import sys\nfrom . import mod\n"
        "print(sys.argv, sys.path[0], __name__, __file__, __spec__.name, __package__)\n"
        "print(sorted(globals()))"
    )
    (package / "mod.py").write_text("def f(): 1/0\nif __name__ == '__main__': f()")
    (package / "bad.py").write_text("def f(:")
    (package / "stop.py").write_text("raise KeyboardInterrupt")
    place.compare("-m", "pkg", "-o", "x")
    assert b"ZeroDivisionError" in place.compare("-m", "pkg.mod").stderr
    assert b"SyntaxError" in place.compare("-m", "pkg.bad").stderr
    assert b"KeyboardInterrupt" in place.compare("-m", "pkg.stop").stderr
    assert b"No module named" in place.compare("-m", "pkg.missing").stderr
    place.compare("-m", "pkg.mod.missing")


def test_exit_by_interrupt_is_death_by_sigint(place: Place) -> None:
    (place.folder / "prog.py").write_text("raise KeyboardInterrupt")
    plain = place.run([sys.executable, "prog.py"])
    for command in ([sys.executable, str(place.wrapper)], REAL):
        assert place.run([*command, "run", "-q", "prog.py"]).returncode == plain.returncode


def test_missing_script(place: Place) -> None:
    done = place.run([*REAL, "run", "nowhere.py"], 2)
    assert done.stderr == (
        b"giltracer: can't open file 'nowhere.py': [Errno 2] No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["run"], "name a script"),
        (["run", "--frob", "x.py"], "unknown option --frob"),
        (["run", "-o"], "-o needs a value"),
        (["run", "-o", "x.html", "x.py"], "ends in .giltrace"),
        (["--frob"], "unknown option --frob"),
        (["doctor", "--frob"], "unknown argument --frob"),
        (["doctor", "--mode"], "--mode needs a value"),
        (["doctor", "--mode=frob"], "'frob' is not a mode"),
        (["lab", "--frob"], "unknown argument --frob"),
    ],
)
def test_usage_errors_are_one_line(place: Place, words: list[str], text: str) -> None:
    done = place.run([*REAL, *words], 2)
    assert done.stdout == b""
    assert done.stderr.decode().count("\n") == 1
    assert text in done.stderr.decode()


def test_help_and_version(place: Place) -> None:
    commands = ("run", "report", "doctor", "lab", "setup")
    for words in (["--help"], ["run", "-h"], *([command, "--help"] for command in commands)):
        done = place.run([*REAL, *words], 0)
        assert b"giltracer run -o work.giltrace work.py" in done.stdout
    assert re.fullmatch(rb"giltracer \S+\n", place.run([*REAL, "--version"], 0).stdout)
    assert place.run(REAL, 2).stdout


def test_untraced_is_one_line_and_the_program_runs(place: Place) -> None:
    (place.folder / "prog.py").write_text("import sys\nprint('ran'); sys.exit(3)")
    fake = [sys.executable, str(place.wrapper), "prog.py"]
    for environment, text in (
        ({"FAKE_BRIDGE": "refuse"}, "perf was not found. Install it: apt install linux-perf"),
        ({"FAKE_BRIDGE": "die"}, "the bridge has ended"),
        ({"FAKE_BRIDGE": "", "GILTRACER_NODE": "/bin/sh"}, None),
    ):
        command = fake if text else [*REAL, "prog.py"]
        done = place.run(command, 3, env=environment)
        assert done.stdout == b"ran\n"
        assert done.stderr.decode().count("\n") == 1
        assert done.stderr.decode().startswith("giltracer: the program runs untraced: ")
        assert (text or "is not Node.js") in done.stderr.decode()
        # What has to do with the machine is the doctor's.
        assert ("(run giltracer doctor)" in done.stderr.decode()) is (
            environment["FAKE_BRIDGE"] != "die"
        )


def test_wrong_size_of_the_store_is_one_line(place: Place) -> None:
    (place.folder / "prog.py").write_text("print('ran')")
    fake = [sys.executable, str(place.wrapper), "prog.py"]
    done = place.run(fake, 0, env={"GILTRACER_STORE_SIZE": "lots"})
    assert done.stdout == b"ran\n"
    assert done.stderr.decode() == (
        "giltracer: the program runs untraced: "
        "GILTRACER_STORE_SIZE=lots: expected a size, such as 500M or 10G\n"
    )


def test_what_the_bridge_is_asked(place: Place) -> None:
    """How to record, and the folders of the source; a rung that was not asked for is told."""
    (place.folder / "sub").mkdir()
    (place.folder / "sub" / "prog.py").write_text("import os; os.chdir('/'); print('ran')")
    log = place.folder / "log"
    options = ["--mode", "waits", "--depth", "9", "--max-overhead", "20%", "-q"]
    done = place.run(
        [sys.executable, str(place.wrapper), "run", *options, "sub/prog.py"],
        0,
        env={"FAKE_BRIDGE_LOG": str(log)},
    )
    # The stand-in answers what it likes.
    assert done.stderr == b"giltracer: this run was recorded in the mode full, not waits\n"
    requests = {r["op"]: r for r in map(json.loads, log.read_text().splitlines()) if "op" in r}
    start = requests["start"]
    assert (start["mode"], start["depth"], start["max_overhead"]) == ("waits", 9, 20.0)
    for operation in ("start", "stop"):
        source = requests[operation]["source"]
        assert source["cells"] == []
        assert source["roots"]["project"] == str(place.folder)
        assert str(Path(os.__file__).parent) in source["roots"]["libraries"]


def test_bridge_that_dies_under_way(place: Place) -> None:
    (place.folder / "prog.py").write_text(
        "import os, signal, giltracer.recorder as r\n"
        "os.kill(r.recorder._bridge.pid, signal.SIGKILL); print('ran'); raise SystemExit(6)"
    )
    done = place.run([sys.executable, str(place.wrapper), "prog.py"], 6)
    assert done.stdout == b"ran\n"
    assert done.stderr.startswith(b"giltracer: no result: the bridge has ended")


def test_interrupt_while_the_result_is_built(place: Place) -> None:
    (place.folder / "prog.py").write_text("print('ran', flush=True)")
    process = subprocess.Popen(
        [sys.executable, str(place.wrapper), "prog.py"],
        cwd=place.folder,
        env={**os.environ, "PYTHONPATH": str(SHIM), "FAKE_BRIDGE": "slow"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ran\n"
    time.sleep(0.4)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=20)
    assert (process.returncode, error) == (0, b"giltracer: interrupted: no result\n")


# With the real bridge.

FIGHT = """
import sys, threading
def work():
    n = 0
    for i in range(300_000): n += i
threads = [threading.Thread(target=work, name=f"fighter-{i}") for i in range(2)]
for t in threads: t.start()
for t in threads: t.join()
print("done")
sys.exit(9)
"""


def test_table_goes_to_stderr(place: Place, real_bridge: None) -> None:
    (place.folder / "prog.py").write_text(FIGHT)
    before = probes()
    runs = place.folder / "data" / "giltracer" / "runs"
    (runs / "20200101-000000-000-0a1b2c3d").mkdir(parents=True)
    (runs / "20200101-000000-000-0a1b2c3d" / "trace.giltrace").write_bytes(b"x" * 2000)
    done = place.run([*REAL, "prog.py"], 9, env={"GILTRACER_STORE_SIZE": "1K"})
    assert done.stdout == b"done\n"
    assert b"fighter-0" in done.stderr
    assert b"fighter-1" in done.stderr
    # The command has ended: nothing is left of it.
    assert set(probes()) <= set(before)
    # What is older than this run is too much for the store.
    [kept] = runs.iterdir()
    assert kept.name > "20200102"
    assert (kept / "trace.giltrace").is_file()


def test_trace_is_saved_and_reported(place: Place, real_bridge: None) -> None:
    (place.folder / "prog.py").write_text(FIGHT)
    done = place.run([*REAL, "run", "-o", "out.giltrace", "prog.py"], 9)
    assert done.stderr.decode() == f"giltracer: wrote {place.folder / 'out.giltrace'}\n"
    text = place.run([*REAL, "report", "out.giltrace"], 0).stdout.decode()
    assert "fighter-0" in text
    report = json.loads(place.run([*REAL, "report", "out.giltrace", "--format", "json"], 0).stdout)
    names = [thread["name"] for thread in report["threads"]]
    assert {"MainThread", "fighter-0", "fighter-1"} <= set(names)
    assert report["run"]["state"] == "done"
    assert report["capture"]["python"] == sys.version.split()[0]


def test_report_of_no_trace(place: Place, real_bridge: None) -> None:
    (place.folder / "x.giltrace").write_text("no zip")
    for name in ("x.giltrace", "missing.giltrace"):
        done = place.run([*REAL, "report", name], 1)
        assert done.stdout == b""
        assert name in done.stderr.decode()
        assert done.stderr.decode().count("\n") == 1


@pytest.mark.parametrize("end", ["os._exit(5)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_killed_program_leaves_a_partial_trace(place: Place, real_bridge: None, end: str) -> None:
    (place.folder / "prog.py").write_text(
        "import os, signal\n" + FIGHT.replace("sys.exit(9)", "sys.stdout.flush(); " + end)
    )
    before = probes()
    done = place.run([*REAL, "run", "-o", "out.giltrace", "prog.py"])
    assert done.returncode == (5 if "_exit" in end else -signal.SIGKILL)
    assert done.stdout == b"done\n"
    # The command is gone; the bridge finishes on its own.
    assert wait_until((place.folder / "out.giltrace").exists, 20)
    assert wait_until(lambda: set(probes()) <= set(before), 20)

    def state() -> str:
        done = place.run([*REAL, "report", "out.giltrace", "--format", "json"])
        return json.loads(done.stdout)["run"]["state"] if done.returncode == 0 else ""

    assert wait_until(state, 20) == "partial"


def test_orphaned_bridge_ends(place: Place) -> None:
    log = place.folder / "log"
    (place.folder / "prog.py").write_text("import os\nos._exit(0)")
    command = [sys.executable, str(place.wrapper), "-q", "prog.py"]
    place.run(command, 0, env={"FAKE_BRIDGE": "children", "FAKE_BRIDGE_LOG": str(log)})
    notes = [json.loads(line) for line in log.read_text().splitlines()]
    pids = [note["pid"] for note in notes if note.get("event") in ("up", "child")]
    assert len(pids) == 2
    assert wait_until(lambda: not any(map(running, pids)))
