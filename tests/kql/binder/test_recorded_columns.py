"""The names of columns are those that the real engine gave, wherever they do not depend on the rows."""

from __future__ import annotations

import json
from pathlib import Path

from emulator.diagnostics import QueryError
from emulator.kql.binder import bind
from emulator.kql.parser import parse
from emulator.schema import BUILT_IN
from emulator.source import Source


def names_given(text: str) -> list[str] | None:
    """The names that a query gives; None for a gap and for names that only the rows tell."""
    source = Source("query.kql", text)
    try:
        plan = bind(parse(source), source, BUILT_IN)
    except QueryError:
        return None
    return None if plan.needs_rows else [column.name for column in plan.root.row.visible]


def test_names_are_the_engine_s(truth: Path) -> None:
    cases = [json.loads(line) for line in truth.read_text("utf8").splitlines()]
    found = {case["id"]: (names_given(case["query"]), case["columns"]) for case in cases}
    assert {name: pair for name, pair in found.items() if pair[0] is not None and pair[0] != pair[1]} == {}
