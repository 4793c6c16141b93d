"""The folders that paths in a result are relative to."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

#: Names of folders that packages are installed in; the second is Debian's.
_PACKAGE_FOLDERS = ("site-packages", "dist-packages")


def source_roots(project: str | None) -> dict[str, Any]:
    """Return the `roots` of the bridge's `source`.

    Args:
        project: the folder of the user's own code.

    """
    roots: dict[str, Any] = {"libraries": library_folders()}
    if project is not None and _is_folder(project):
        roots["project"] = project
    home = os.path.expanduser("~")  # noqa: PTH111 (Path.home() raises where there is none)
    if _is_folder(home):
        roots["home"] = home
    return roots


def library_folders() -> list[str]:
    """Return the folders of code that is not the user's own, the innermost first.

    The standard library, installed packages, and this package. Each as it is written in code
    objects, which take it from sys.path, and with its links resolved.
    """
    import sysconfig

    found: list[str | None] = [
        sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
    ]
    # Where the standard library is in truth: another one in a virtual environment.
    found.append(str(Path(os.__file__).parent))
    site = sys.modules.get("site")
    if site is not None:
        found.append(getattr(site, "USER_SITE", None))
    found += [path for path in list(sys.path) if Path(str(path)).name in _PACKAGE_FOLDERS]
    found.append(str(Path(__file__).parent))
    folders: dict[str, None] = {}
    for path in found:
        if path:
            for folder in (path, os.path.realpath(path)):
                if _is_folder(folder):
                    folders[folder] = None
    return sorted(folders, key=lambda folder: -len(Path(folder).parts))


def program_folder(target: str, *, is_module: bool) -> str | None:
    """Return the project of a program: the current folder, else that of a script outside it."""
    try:
        current = Path.cwd()
    except OSError:
        # It was removed.
        return None
    if is_module:
        return str(current)
    folder = Path(target).resolve().parent
    return str(current if current == folder or current in folder.parents else folder)


def _is_folder(path: str) -> bool:
    # Everything is below the root folder: it says nothing.
    return Path(path).is_absolute() and path != os.sep
