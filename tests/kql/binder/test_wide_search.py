"""`search` over so many columns that one function looks through a row finds what it finds over few."""

from __future__ import annotations

import pytest

import emulator

ROWS = [{"text": "a foo", "number": 42}, {"text": "foo barx"}, {"number": 0}, {"text": "q"}]
COLUMNS = {"text": "string", "number": "long"}


def found(query: str, extra_tables: int) -> list[object]:
    """The text and number of the rows that a query finds among some tables."""
    schemas = {f"T{n}": {**COLUMNS, **{f"c{n}_{m}": "string" for m in range(9)}} for n in range(extra_tables)}
    answer = emulator.run(query, language="kql", schemas=schemas, tables={"T0": ROWS})
    places = [[column.name for column in answer.columns].index(name) for name in ("$table", "text", "number")]
    return [tuple(row[place] for place in places) for row in answer.rows]


@pytest.mark.parametrize(
    "query", ['search "foo" and not("bar*")', 'search "*oo" or "0"', 'search "*4*"', "search *", 'search "T0"']
)
def test_as_over_few_columns(query: str) -> None:
    assert found(query, 80) == found(query, 2)
