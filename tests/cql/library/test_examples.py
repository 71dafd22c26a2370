"""Every example of a declaration holds, and says where it comes from; every signature reads as one."""

from __future__ import annotations

import re
import shlex

import pytest

import emulator
from emulator.cql import library
from emulator.functions import Function, Kind

EXAMPLE = re.compile(r"(?P<call>.+) of(?P<fields>(?: .+?)?) => (?P<value>.+?)\s+\[(?:docs|reasoned)\]")
FUNCTIONS = library.functions()
LINES = [
    (name, line.strip())
    for name, function in FUNCTIONS.items()
    for line in function.examples.splitlines()
    if line.strip()
]


@pytest.mark.parametrize(("name", "line"), LINES, ids=[line for _, line in LINES])
def test_example(name: str, line: str) -> None:
    example = EXAMPLE.fullmatch(line)
    assert example is not None, "write `call of field=value … => value   [docs|reasoned]`"
    event = dict(part.split("=", 1) for part in shlex.split(example["fields"]))
    wanted = None if example["value"] == "null" else example["value"].strip('"')
    is_filter = FUNCTIONS[name].kind is Kind.FILTER
    query = f"{example['call']} | _out := true" if is_filter else f"_out := {example['call']}"
    result = emulator.run(query, language="cql", tables={"events": [event or {"@id": "1"}]})
    rows = [dict(zip([column.name for column in result.columns], row, strict=True)) for row in result.rows]
    assert [row.get("_out") for row in rows] == ([] if is_filter and wanted == "false" else [wanted])


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_signature(function: Function) -> None:
    assert function.signature.name == function.name
    assert function.python.__doc__ or function.name.startswith("operator:")
