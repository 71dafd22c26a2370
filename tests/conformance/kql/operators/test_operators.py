"""What operators give: names, types and rows of whole queries, one file of cases for each operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['prose']}")
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text("utf-8"))
]
ANSWER = ("columns", "types", "rows", "more", "error")
RUN = {"tables", "schemas", "assume", "given", "parameters"}


@pytest.mark.parametrize("case", CASES)
def test_conformance(case: dict[str, Any]) -> None:
    assert case["from"] in ("docs", "recorded", "reasoned")
    assert answer(case) == {key: case[key] for key in ANSWER if key in case}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """What a query gives, in the form that cases are written in."""
    options = {"tables": {}, **{name: case[name] for name in RUN & case.keys()}}
    try:
        result = emulator.run(case["query"], language="kql", **options)
    except emulator.QueryError as error:
        return {"error": " ".join(str(one.code) for one in error.diagnostics)}
    more = {"more": [{"name": one.name, **shown(one)} for one in result.more]} if result.more else {}
    return {**shown(result), **more}


def shown(table: Any) -> dict[str, Any]:
    """A table in the form that cases are written in."""
    answer = table.to_json()
    return {
        "columns": [column["name"] for column in answer["columns"]],
        "types": [column["type"] for column in answer["columns"]],
        "rows": answer["rows"],
    }
