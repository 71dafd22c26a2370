"""Functions of KQL over rows: what they give, and the diagnostics where they can't be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['prose']}")
    for file in sorted(Path(__file__).parent.glob("*.yaml"))
    for case in yaml.safe_load(file.read_text("utf8"))
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(emulator.QueryError) as caught:
            emulator.run(case["query"], language="kql", tables={})
        assert [one.code.id for one in caught.value.diagnostics] == [case["error"]]
        return
    answer = emulator.run(case["query"], language="kql", tables={}).to_json()
    assert {column["name"]: column["type"] for column in answer["columns"]} == case["columns"]
    assert answer["rows"] == case["rows"]
