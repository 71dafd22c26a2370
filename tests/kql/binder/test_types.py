"""The type that each operator gives for each pair of types, and the pairs that it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from emulator.diagnostics import QueryError
from emulator.kql.binder import bind
from emulator.kql.parser import parse
from emulator.schema import BUILT_IN
from emulator.source import Source

ORDER, *FORMS = yaml.safe_load((Path(__file__).parent / "pairs.yml").read_text("utf8"))
TYPES = ORDER["order"].split(", ")


def type_of(expression: str) -> str:
    """The type of an expression over a column of each type, `-` or `gap` when it is refused."""
    table = f"datatable({', '.join(f'{kind}_: {kind}' for kind in TYPES)}) []"
    source = Source("query.kql", f"{table} | project r = {expression}")
    try:
        return bind(parse(source), source, BUILT_IN).root.row.columns[0].type.value
    except QueryError as error:
        return "gap" if error.diagnostics[0].code.is_gap else "-"


@pytest.mark.parametrize("form", FORMS, ids=[form["form"] for form in FORMS])
@pytest.mark.parametrize("left", TYPES)
def test_type_of_pair(form: dict[str, dict[str, str]], left: str) -> None:
    written = str(form["form"]).replace("A", f"{left}_")
    assert ", ".join(type_of(written.replace("B", f"{right}_")) for right in TYPES) == form["types"][left]
