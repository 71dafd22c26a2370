"""What aggregates, functions of series and user analytics give: whole queries, a file of cases for each family."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['prose']}")
    for folder in ("aggregates", "analytics", "series")
    for path in sorted(Path(__file__).parent.glob(f"{folder}/*.yaml"))
    for case in yaml.safe_load(path.read_text("utf-8"))
]


@pytest.mark.parametrize("case", CASES)
def test_conformance(case: dict[str, Any]) -> None:
    assert case["from"] in ("docs", "recorded", "reasoned")
    if "error" in case:
        with pytest.raises(emulator.QueryError) as refused:
            emulator.run(case["query"], language="kql", tables={})
        assert [str(one.code) for one in refused.value.diagnostics] == [case["error"]]
        return
    answer = emulator.run(case["query"], language="kql", tables={}).to_json()
    assert [column["name"] for column in answer["columns"]] == case["columns"]
    assert [column["type"] for column in answer["columns"]] == case["types"]
    assert answer["rows"] == case["rows"]
