"""Every example of a declaration holds, and says where it comes from."""

from __future__ import annotations

import re

import pytest

import emulator
from emulator.functions import Kind
from emulator.kql import library

EXAMPLE = re.compile(r"(?P<call>.+?) => (?P<value>.+?)\s+\[(?P<origin>docs|recorded|reasoned)\]")
LINES = sorted(
    {
        (function.name, line.strip())
        for function in library.functions()
        if function.kind is Kind.SCALAR
        for line in function.examples.splitlines()
        if line.strip()
    }
)


@pytest.mark.parametrize(("name", "line"), LINES, ids=[line for _, line in LINES])
def test_example(name: str, line: str) -> None:
    example = EXAMPLE.fullmatch(line)
    assert example is not None, "write `call => value   [docs|recorded|reasoned]`"
    assert name in example["call"]
    answer = emulator.run(f"print a = {example['call']}, b = {example['value']}", language="kql", tables={}).to_json()
    (found, expected), (row,) = answer["columns"], answer["rows"]
    assert found["type"] == expected["type"]
    # Machines may differ in the last digit of a real.
    assert row[0] == (pytest.approx(row[1], rel=1e-12) if isinstance(row[1], float) else row[1])
