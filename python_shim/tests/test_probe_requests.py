"""What the probe helper takes: names, numbers and fetch arguments, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from giltracer.probe_helper.requests import RefusedError, check_fetch, check_name, check_number
from giltracer.probe_helper.target import CodeMapping, parse_mapping, shows


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tstate=%di:x64",
        "a=%r14:u8 b=$stack21:s64 c=@0x7f00deadbeef:x64",
        "code=+0(+8(+72(%di))):x64 ip=-16(@0x10):s32",
    ],
)
def test_what_may_be_fetched(text: str) -> None:
    assert check_fetch(text) == text


@pytest.mark.parametrize(
    "text",
    [
        None,
        1,
        ["a=%di:x64"],
        "%di",
        "a=%di",
        "a=%di:string",
        "a=%di:ustring",
        "a=%di:x64\n",
        "a=%di:x64\np:other/x /bin/true:0x1",
        "a=%di:x64  b=%si:x64",
        " a=%di:x64",
        "a=%di:x64\tb=%si:x64",
        "a=$comm:x64",
        "a=$stack:x64",
        "a=$stack0001:x64",
        "a=@_text:x64",
        "a=@+0x10:x64",
        "a=+u8(%di):x64",
        "a=+8(%di:x64",
        "a=+8():x64",
        "a=+8(%di)):x64",
        "a=\\1:x64",
        "a=%di:x64[4]",
        "a=" + "+1(" * 17 + "%di" + ")" * 17 + ":x64",
        "A=%di:x64",
        "a=%di:x64 " * 200,
    ],
)
def test_what_may_not_be_fetched(text: Any) -> None:
    with pytest.raises(RefusedError):
        check_fetch(text)


@pytest.mark.parametrize("name", ["request_4711", "lock_wait_end_4711", "try_a_b_4711"])
def test_names(name: str) -> None:
    assert check_name(name, 4711) == name


@pytest.mark.parametrize(
    "name",
    [
        None,
        4711,
        "request",
        "request_4712",
        "request_14711",
        "request_4711_4712",
        "_4711",
        "request_4711\n",
        "request_4711 /bin/true:0x1",
        "../sched_4711",
        "a/b_4711",
        "A_4711",
        "a" * 60 + "_4711",
    ],
)
def test_names_of_nobody_or_of_another_bridge(name: Any) -> None:
    with pytest.raises(RefusedError):
        check_name(name, 4711)


@pytest.mark.parametrize("value", [None, -1, True, 1.0, "1", 10, 1 << 70])
def test_no_number(value: Any) -> None:
    with pytest.raises(RefusedError):
        check_number(value, "offset", 10)


def test_lines_of_a_memory_map() -> None:
    line = "7f1000-7f3000 r-xp 00001000 fe:01 1234                       /usr/lib/a b.so (deleted)"
    mapping = CodeMapping(0x7F1000, 0x7F3000, 0x1000, 1234, "/usr/lib/a b.so (deleted)")
    assert parse_mapping(line) == mapping
    assert [shows(mapping, offset) for offset in (0xFFF, 0x1000, 0x2FFF, 0x3000)] == [
        False,
        True,
        True,
        False,
    ]
    assert parse_mapping(line.replace("r-xp", "r--p")) is None
    assert parse_mapping("7f1000-7f3000 r-xp 00000000 00:00 0") is None
    assert parse_mapping("7ffe000-7fff000 r-xp 00000000 00:00 0          [vdso]") is None
