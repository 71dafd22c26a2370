"""Answers are those that the real engine gave, but for the cases that a file lists with the reason why not."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

import emulator
from emulator.interpreter.context import Limits

pytestmark = [pytest.mark.once, pytest.mark.untraced]
NOT_RIGHT = dict(
    line.split("\t")
    for line in (Path(__file__).parent / "answers_not_right.tsv").read_text("utf8").splitlines()
    if not line.startswith("#")
)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d*?)?0*Z?")


def plain(value: Any, kind: str) -> Any:
    """A value in the one form that the same values have."""
    match value:
        case bool() | None:
            return value
        case int() | float():
            return value if kind in ("int", "long") else float(value)
        case list():
            return [plain(item, kind) for item in value]
        case dict():
            return {name: plain(item, kind) for name, item in value.items()}
        case _ if kind in ("real", "decimal"):
            return float(value)
        case _:
            found = MOMENT.fullmatch(value)
            return (found[1], found[2], (found[3] or "").rstrip(".")) if found and kind != "string" else value


def same(left: Any, right: Any) -> bool:
    """True for equal values; reals may differ in what no double of the same sum has in common."""
    match left, right:
        case float(), float():
            return math.isclose(left, right, rel_tol=1e-9) or (math.isnan(left) and math.isnan(right))
        case list(), list():
            return len(left) == len(right) and all(map(same, left, right))
        case dict(), dict():
            return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
        case _:
            return bool(left == right)


def is_right(case: dict[str, Any]) -> bool:
    """True when names, types and rows are the engine's; rows in any order."""
    try:
        answer = emulator.run(case["query"], language="kql", tables={}, limits=Limits(seconds=100.0)).to_json()
    except emulator.QueryError:
        return False
    types = [column["type"] for column in answer["columns"]]
    if [column["name"] for column in answer["columns"]] != case["columns"] or types != case["types"]:
        return False
    wanted, found = (
        [[plain(value, kind) for value, kind in zip(row, types, strict=True)] for row in rows]
        for rows in (case["rows"], answer["rows"])
    )
    for row in wanted:
        place = next((place for place, other in enumerate(found) if same(row, other)), None)
        if place is None:
            return False
        del found[place]
    return not found


def test_answers_are_the_engine_s(truth: Path) -> None:
    cases = [json.loads(line) for line in truth.read_text("utf8").splitlines()]
    assert {case["id"] for case in cases if not case["nondet"] and not is_right(case)} == set(NOT_RIGHT)


def test_every_exception_has_a_reason() -> None:
    assert all(len(reason.split()) > 3 for reason in NOT_RIGHT.values())
