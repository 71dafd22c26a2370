"""What a query says of its chart stays with its plan, for reports."""

from __future__ import annotations

import pytest

import emulator


@pytest.mark.parametrize(
    ("query", "kind", "options"),
    [
        ("sankey(a, target=b)", "sankey", {"source": "a", "target": "b"}),
        ('worldMap(lat=a, lon="b", precision=3)', "worldMap", {"lat": "a", "lon": "b", "precision": "3"}),
        ("timechart(a, span=1h, function=[count(), max(b)])", "timeChart", {"span": "1h", "series": "a"}),
        ("table([a, b], limit=3) | c := 1 | sort(c)", "table", {"fields": "[a, b]", "limit": "3"}),
    ],
)
def test_a_plan_keeps_the_drawing(query: str, kind: str, options: dict[str, str]) -> None:
    """Arguments are kept by name; later steps that choose, order or extend the rows don't matter."""
    drawing = emulator.compile(query, language="cql").plan.drawing
    assert drawing is not None
    assert drawing.kind == kind
    assert options.items() <= dict(drawing.options).items()


@pytest.mark.parametrize("query", ["timeChart(a) | count()", "groupBy(a)", "a=1"])
def test_other_rows_are_no_drawing(query: str) -> None:
    """An aggregate makes other rows."""
    assert emulator.compile(query, language="cql").plan.drawing is None
