"""`giltracer lab`: shows this environment's JupyterLab extension to every JupyterLab of the user.

JupyterLab looks for prebuilt extensions in the user's own data folder as well as in its own
environment. A link there is all that a server in another environment needs to show results.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from .failure import TracingError
from .jupyter_paths import jupyter_data_directory

_NAME = "giltracer"

#: What stays absent without the server's own part.
WITHOUT_SERVER = (
    "A server without giltracer in its own environment shows results as they are saved; only a run "
    "that ends while its page is closed shows nothing until the cell runs again."
)


def link_extension() -> list[str]:
    """Link the extension into the user's Jupyter data folder; return lines for the user.

    Raises:
        TracingError: there is no extension to link, or something else stands in its place.

    """
    source = find_extension()
    place = _place()
    if _same(place, source) and not place.is_symlink():
        return [f"{place} is where the extension is installed: nothing to link."]
    record = _read_record()
    if os.path.lexists(place):
        if not _is_ours(place, record):
            raise TracingError(
                f"{place} is there already, and was not made by `giltracer lab`: "
                "remove it, then try again"
            )
        _remove(place)
    # Folders that an older link needed are ours still.
    record = {
        "place": str(place),
        "source": str(source),
        "copied": False,
        "folders": [
            *record.get("folders", []),
            *_make_folders(place.parent),
            *_make_folders(_record_file().parent),
        ],
    }
    # Before the link: one that nobody knows of could not be undone.
    _write_record(record)
    copied = _link_or_copy(source, place)
    if copied:
        _write_record({**record, "copied": True})
    how = "copied to" if copied else "linked from"
    return [
        f"The extension in {source} is {how} {place}.",
        "Reload JupyterLab's page to use it; `giltracer lab --undo` removes it.",
        WITHOUT_SERVER,
    ]


def unlink_extension() -> list[str]:
    """Remove what `link_extension` made, and nothing else; return lines for the user."""
    record = _read_record()
    if not record:
        return ["There is no link that `giltracer lab` made: nothing to remove."]
    place = Path(str(record.get("place")))
    lines = []
    if not os.path.lexists(place):
        lines.append(f"{place} was gone already.")
    elif _is_ours(place, record):
        _remove(place)
        lines.append(f"{place} is removed. Reload JupyterLab's page.")
    else:
        lines.append(f"{place} is not what `giltracer lab` made any more: it stays.")
    _record_file().unlink()
    for folder in sorted(map(str, record.get("folders", [])), key=len, reverse=True):
        try:
            Path(folder).rmdir()
        except OSError:
            # Others use it by now.
            continue
    return lines


def find_extension() -> Path:
    """Return the folder of this installation's prebuilt extension.

    Raises:
        TracingError: this installation has none.

    """
    candidates = []
    try:
        for file in metadata.files(_NAME) or ():
            if file.parts[-4:] == ("jupyter", "labextensions", _NAME, "package.json"):
                candidates.append(Path(str(file.locate())).parent)
    except metadata.PackageNotFoundError:
        pass
    # An editable installation; then the place where pip puts it.
    candidates.append(Path(__file__).with_name("labextension"))
    candidates.append(Path(sys.prefix, "share", "jupyter", "labextensions", _NAME))
    for folder in candidates:
        if (folder / "package.json").is_file():
            return Path(os.path.normpath(folder))
    raise TracingError(
        "this installation of giltracer has no JupyterLab extension: install it again"
    )


def _place() -> Path:
    return jupyter_data_directory() / "labextensions" / _NAME


def _record_file() -> Path:
    return jupyter_data_directory() / _NAME / "lab-link.json"


def _read_record() -> dict[str, Any]:
    try:
        record = json.loads(_record_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _write_record(record: dict[str, Any]) -> None:
    _record_file().write_text(json.dumps(record), encoding="utf-8")


def _is_ours(place: Path, record: dict[str, Any]) -> bool:
    """Tell whether what stands there is as `link_extension` left it."""
    if record.get("place") != str(place):
        return False
    if record.get("copied"):
        return place.is_dir() and not place.is_symlink()
    return place.is_symlink() and os.readlink(place) == record.get("source")


def _same(left: Path, right: Path) -> bool:
    try:
        return left.samefile(right)
    except OSError:
        return False


def _make_folders(folder: Path) -> list[str]:
    """Make a folder and those above it; return those that were not there."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        # As Jupyter makes its own.
        path.mkdir(mode=0o700)
    return [str(path) for path in missing]


def _link_or_copy(source: Path, place: Path) -> bool:
    """Link, or copy where links are not allowed (Windows); return whether it was copied."""
    try:
        place.symlink_to(source, target_is_directory=True)
    except (OSError, NotImplementedError):
        if os.name == "posix":
            raise
        shutil.copytree(source, place)
        return True
    return False


def _remove(place: Path) -> None:
    if place.is_symlink():
        place.unlink()
    else:
        shutil.rmtree(place)
