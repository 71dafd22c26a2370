"""Functions of shapes on Earth, case by case: a call and what it gives, or the code that refuses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator

pytestmark = pytest.mark.once

CASES = [
    pytest.param(file.stem, case, id=f"{file.stem}: {case['prose']}")
    for file in sorted(Path(__file__).parent.glob("*.yaml"))
    for case in yaml.safe_load(file.read_text("utf8"))
]
SHAPES = yaml.safe_load((Path(__file__).parent / "shapes.yml").read_text("utf8"))


def close(value: object) -> object:
    """A value in which reals may be off by their last digits."""
    if isinstance(value, list):
        return [close(item) for item in value]
    if isinstance(value, dict):
        return {key: close(item) for key, item in value.items()}
    return pytest.approx(value, rel=1e-11, abs=1e-11) if isinstance(value, float) else value


@pytest.mark.parametrize(("family", "case"), CASES)
def test_case(family: str, case: dict[str, Any]) -> None:
    assert case["from"] in ("docs", "recorded", "reasoned", "s2"), family
    shapes = "".join(f"let {name} = dynamic({text});\n" for name, text in SHAPES.items() if name in case["call"])
    query = f"{shapes}{case.get('rows', 'print 1')} | project value = {case['call']}"
    if "error" in case:
        with pytest.raises(emulator.QueryError) as refused:
            emulator.run(query, language="kql", tables={})
        assert [one.code.id for one in refused.value.diagnostics] == [case["error"]]
        return
    rows = emulator.run(query, language="kql", tables={}).to_json()["rows"]
    values = [row[0] for row in rows]
    assert values == close(case["values"] if "rows" in case else [case["gives"]])
