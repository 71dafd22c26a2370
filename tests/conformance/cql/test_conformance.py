"""What queries give for events, from the documentation or by reasoning: one file of cases for each family."""

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
OPTIONS = ("given", "parameters", "now", "time_range", "assume")


def run(case: dict[str, Any]) -> emulator.Result:
    assert case["from"] in ("docs", "reasoned")
    options = {name: case[name] for name in OPTIONS if name in case}
    return emulator.run(case["query"], language="cql", tables={"events": case.get("events", [])}, **options)


@pytest.mark.parametrize("case", [case for case in CASES if "error" in case.values[0]])
def test_errors(case: dict[str, Any]) -> None:
    with pytest.raises(emulator.QueryError) as caught:
        run(case)
    assert [str(one.code) for one in caught.value.diagnostics] == [case["error"]]
    assert case.get("help", "") in (caught.value.diagnostics[0].help or "")


@pytest.mark.parametrize("case", [case for case in CASES if "error" not in case.values[0]])
def test_rows(case: dict[str, Any]) -> None:
    result = run(case)
    shown = [column.name for column in result.columns]
    rows = [{k: v for k, v in zip(shown, row, strict=True) if v is not None} for row in result.rows]
    assert rows == [{name: str(value) for name, value in row.items()} for row in case["rows"]]
    assert shown == case.get("columns", shown)
    assert all(any(part in note for note in result.notes) for part in case.get("notes", []))
