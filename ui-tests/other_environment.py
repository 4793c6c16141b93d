"""Start JupyterLab from an environment that has no giltracer, with a kernel that has it.

As on a hub: the server belongs to somebody else. The environment has the packages of this one but
nothing that is installed in it: no extension, no server configuration, and no giltracer to import.
"""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

FOLDER = Path(os.environ["GILTRACER_UI_FOLDER"]) / "other-environment"

venv.create(FOLDER)
version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
# An editable installation is a line of a .pth file; those of a folder that is added by another
# .pth file are not read (Python, site.addpackage).
Path(FOLDER, "lib", version, "site-packages", "packages.pth").write_text(
    sysconfig.get_path("purelib") + "\n"
)
Path(FOLDER, "share", "jupyter").mkdir(parents=True)
Path(FOLDER, "share", "jupyter", "lab").symlink_to(Path(sys.prefix, "share", "jupyter", "lab"))
python = str(FOLDER / "bin" / "python")
# What leads to giltracer from here is for the kernel alone.
own = {name: os.environ.pop(name) for name in ("PYTHONPATH", "JUPYTER_PATH") if name in os.environ}
found = subprocess.run(
    [python, "-c", "import giltracer"], cwd=FOLDER, stderr=subprocess.DEVNULL, check=False
)
if found.returncode == 0:
    sys.exit("the other environment has giltracer: it would test nothing")

kernel = Path(os.environ["JUPYTER_DATA_DIR"], "kernels", "with-giltracer")
kernel.mkdir(parents=True)
command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
kernel.joinpath("kernel.json").write_text(
    json.dumps(
        {"argv": command, "display_name": "With giltracer", "language": "python", "env": own}
    )
)
config = Path(__file__).with_name("jupyter_server_test_config.py")
os.execv(python, [python, "-m", "jupyterlab", "--config", str(config)])
