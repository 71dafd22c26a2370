"""What Spark is asked in the place of a condition, and what a line of JSON has to hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.once
CASES = yaml.safe_load(Path(__file__).with_name("conditions.yaml").read_text("utf8"))
LINES = yaml.safe_load(Path(__file__).with_name("lines.yaml").read_text("utf8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["ours"])
def test_conditions(case: dict[str, Any]) -> None:
    import sqlglot
    from sqlglot import exp

    from emulator.columnar.spark.conditions import Conditions

    conditions = Conditions()
    made = conditions.weaker(sqlglot.parse_one(case["ours"], dialect="duckdb"))
    texts = {name: exp.Literal.string(text) for name, text in conditions.parameters.items()}
    shown = made.transform(lambda one: texts[one.name] if isinstance(one, exp.Placeholder) else one)
    assert shown.sql("spark") == case["spark"]


@pytest.mark.parametrize("case", LINES, ids=lambda case: case["ours"])
def test_lines(case: dict[str, Any]) -> None:
    import sqlglot
    from sqlglot import exp

    from emulator.columnar.spark import needles

    known = {needles.ESCAPED: "escaped", needles.FOLDED: "beyond_ascii"}
    asked, texts = needles.texts_as_parameters(needles.needed(sqlglot.parse_one(case["ours"], dialect="duckdb")))
    shown = {
        name: exp.column(known[text]) if text in known else exp.Literal.string(text) for name, text in texts.items()
    }
    made = asked.transform(lambda one: shown[one.name] if isinstance(one, exp.Placeholder) else one)
    assert made.sql("spark").replace("line RLIKE ", "") == case["asked"]
