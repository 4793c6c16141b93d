"""What a Jupyter server's environment has of giltracer.

The doctor gives this file's text to the server's own Python (`python -c`): only that one knows
where its Jupyter looks. It imports nothing of giltracer but to ask for its version. Prints one
line of JSON; `null` where there is no Jupyter.
"""

import json
from pathlib import Path
from typing import Any, Dict, List, Optional


def version_of(distribution: str) -> Optional[str]:
    """The version of an installed package."""
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def read_object(path: Path) -> Dict[str, Any]:
    """A JSON file; {} if it is not there, or no object."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def object_in(value: Dict[str, Any], name: str) -> Dict[str, Any]:
    """What is there under a name; {} if it is nothing, or no object."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def find_extension(folders: List[str]) -> Optional[Dict[str, Any]]:
    """The extension that JupyterLab takes: the first on its path."""
    for folder in folders:
        place = Path(folder, "giltracer")
        package = read_object(place / "package.json")
        if package:
            return {
                "version": package.get("version"),
                "path": str(place),
                "link": place.is_symlink(),
            }
    return None


def extension_disabled(configs: List[str]) -> bool:
    """Whether page_config.json switches it off; the first folder has the last word."""
    disabled = False
    for folder in reversed(configs):
        page = read_object(Path(folder, "labconfig", "page_config.json"))
        disabled = bool(object_in(page, "disabledExtensions").get("giltracer", disabled))
    return disabled


def server_extension_enabled(configs: List[str]) -> bool:
    """Whether the server loads giltracer.server; the first folder has the last word."""
    enabled = False
    for folder in reversed(configs):
        parts = sorted(Path(folder, "jupyter_server_config.d").glob("*.json"))
        for file in [*parts, Path(folder, "jupyter_server_config.json")]:
            listed = object_in(object_in(read_object(file), "ServerApp"), "jpserver_extensions")
            enabled = bool(listed.get("giltracer", enabled))
    return enabled


def describe() -> Optional[Dict[str, Any]]:
    """All of it; None without Jupyter."""
    try:
        from jupyter_core.paths import jupyter_config_path, jupyter_path
    except ImportError:
        return None
    try:
        import giltracer

        shim: Optional[str] = str(giltracer.__version__)
        # Not the time of its content, which the wheel brings.
        installed_at: Optional[float] = Path(str(giltracer.__file__)).stat().st_ctime
    except ImportError:
        shim = installed_at = None
    configs = jupyter_config_path()
    return {
        "jupyterlab": version_of("jupyterlab"),
        "notebook": version_of("notebook"),
        "giltracer": shim,
        "installed_at": installed_at,
        "extension": find_extension(jupyter_path("labextensions")),
        "extension_disabled": extension_disabled(configs),
        "server_extension_enabled": server_extension_enabled(configs),
    }


if __name__ == "__main__":
    print(json.dumps(describe()))  # noqa: T201
