"""How fast the viewer paints and moves in a real browser, and what memory it takes."""

import subprocess
from pathlib import Path
from typing import Any, Dict

from engine import HERE, ROOT, run_node


def measure(folder: Path) -> Dict[str, Any]:
    """The figures of one run of Chromium."""
    page = folder / "viewer-page.js"
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    options = ["--bundle", "--format=iife", "--log-level=warning", f"--outfile={page}"]
    subprocess.run([str(esbuild), str(HERE / "viewer-page.ts"), *options], check=True)
    styles = [str(each) for each in sorted((ROOT / "style").glob("*.css")) if each.stem != "index"]
    return run_node(str(HERE / "viewer.cjs"), str(page), *styles)
