"""What root runs for others: nobody else may be able to change it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Iterator

import pytest
from conftest import missing
from giltracer.failure import TracingError
from giltracer.root_owned import check_root_owned, find_interpreter

USER = 54321


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that only root can write to, with a file."""
    if os.geteuid() != 0:
        missing("files of root are made by root")
    # pytest's own folders are below /tmp, which everybody may write to.
    place = Path(tempfile.mkdtemp(prefix="giltracer-", dir="/var/lib"))
    place.chmod(0o755)
    (place / "bin").mkdir()
    (place / "bin" / "python").write_text("")
    yield place
    shutil.rmtree(place)


def refusal(path: Path) -> str:
    with pytest.raises(TracingError) as caught:
        check_root_owned(path)
    return caught.value.message


def test_roots_own(place: Path) -> None:
    check_root_owned(place / "bin" / "python")
    (place / "link").symlink_to("bin/../bin")
    (place / "absolute").symlink_to(place / "link" / "python")
    check_root_owned(place / "absolute")


def test_each_part_of_the_way(place: Path) -> None:
    file = place / "bin" / "python"
    for part in (file, file.parent, place):
        os.chown(part, USER, 0)
        assert refusal(file) == f"{part} does not belong to root"
        os.chown(part, 0, 0)
        part.chmod(0o757)
        assert refusal(file) == f"{part} may be written by others than root"
        part.chmod(0o775)
        check_root_owned(file)
        os.chown(part, 0, USER)
        assert refusal(file) == f"{part} may be written by others than root"
        os.chown(part, 0, 0)
        part.chmod(0o755)


def test_where_links_lead(place: Path, tmp_path: Path) -> None:
    link = place / "link"
    link.symlink_to(tmp_path)
    assert refusal(link) == "/tmp may be written by others than root"
    link.unlink()
    link.symlink_to("bin/python")
    os.chown(place / "bin", USER, 0)
    assert refusal(link) == f"{place / 'bin'} does not belong to root"
    os.chown(place / "bin", 0, 0)
    os.chown(link, USER, 0, follow_symlinks=False)
    assert refusal(link) == f"{link} does not belong to root"


def test_links_without_end_and_nothing(place: Path) -> None:
    (place / "loop").symlink_to("loop")
    assert "too many links" in refusal(place / "loop")
    assert "No such file" in refusal(place / "nothing")


def test_interpreters(place: Path) -> None:
    """One that is no Python, one that anybody can change, none at all."""
    python = place / "bin" / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(TracingError, match="can't be used: it does not run"):
        find_interpreter((place / "nothing", python))
    python.write_text("#!/bin/sh\necho '[[3, 6], []]'\n")
    with pytest.raises(TracingError, match=r"it is Python 3\.6, and 3\.8 is needed"):
        find_interpreter((python,))
    python.write_text("#!/bin/sh\necho '[[3, 8], [\"/tmp/lib\"]]'\n")
    with pytest.raises(TracingError, match="/tmp may be written by others"):
        find_interpreter((python,))
    with pytest.raises(TracingError, match="there is none of"):
        find_interpreter((place / "nothing",))
    system = Path("/usr/bin/python3")
    if system.exists():
        assert find_interpreter((place / "nothing", system)) == system
