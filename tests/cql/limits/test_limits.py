"""The product's limits: applied, and told with the result that one of them cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator

pytestmark = pytest.mark.once
LIMITS = yaml.safe_load((Path(__file__).parent / "limits.yaml").read_text("utf-8"))


def run(case: dict[str, Any]) -> emulator.Result:
    events = [{"n": str(n), "@timestamp": str(n), "k": "x"} for n in range(case["events"])]
    return emulator.run(case["query"], language="cql", tables={"events": events})


@pytest.mark.parametrize("case", LIMITS, ids=lambda case: f"{case['function']}: {case['limit']}")
def test_limit(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(emulator.QueryError) as caught:
            run(case)
        assert [str(one.code) for one in caught.value.diagnostics] == [case["refused"]]
        return
    result = run(case)
    assert len(result.rows) == case["rows"]
    cuts = [note for note in result.notes if not note.startswith("assumption ")]
    assert [case["note"] in note for note in cuts] == [True] if "note" in case else cuts == []
