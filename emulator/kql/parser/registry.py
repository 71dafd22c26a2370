"""The table of operators by keyword: each family of operators adds its own."""

from __future__ import annotations

from collections.abc import Callable

from emulator.kql.parser.protocol import OperatorParser

OPERATORS: dict[str, OperatorParser] = {}
"""What parses an operator, by each keyword that begins it."""
CHARTS = frozenset(
    (
        *(
            "table",
            "list",
            "barchart",
            "piechart",
            "ladderchart",
            "timechart",
            "linechart",
            "anomalychart",
            "pivotchart",
        ),
        *("areachart", "stackedareachart", "scatterchart", "timepivot", "columnchart", "timeline", "3Dchart", "card"),
        *("treemap", "plotly", "graph", "sankey"),
    )
)
"""The kinds of chart, which tell `render` the operator from `render` the name."""


def operator(*keywords: str) -> Callable[[OperatorParser], OperatorParser]:
    """Register the parser of an operator under its keywords. Raises ValueError for one that is taken."""

    def register(parse: OperatorParser) -> OperatorParser:
        for keyword in keywords:
            if keyword in OPERATORS:
                raise ValueError(f"the operator `{keyword}` has two parsers")
            OPERATORS[keyword] = parse
        return parse

    return register
