"""Rules of one shape share their generated code, and nothing else."""

from __future__ import annotations

import pytest

import emulator
from emulator.interpreter import code

ROWS = [{"S": text, "N": number} for number, text in enumerate(("a", "b", "c", "True", "1"))]


def found(text: str) -> list[tuple[object, ...]]:
    query = emulator.compile(text, language="kql", schemas={"T": {"S": "string", "N": "long"}})
    return query.run({"T": ROWS}).rows


def test_constants_are_each_rules_own() -> None:
    for number, row in enumerate(ROWS):
        assert found(f"T | where S == '{row['S']}' and N == {number} | project N") == [(number,)]


def test_rules_that_differ_in_a_literal_of_the_code_share_none() -> None:
    for constant, value in (("true", True), ("1", 1), ("false", False), ("0", 0), ("bool(null)", None)):
        ((made,),) = found(f"T | where N == 0 | project Made = {constant}")
        assert made is value


@pytest.mark.parametrize(("codes", "parts"), [(2, 2000), (128, 0)])
def test_more_shapes_than_are_remembered(codes: int, parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "_MOST_CODES", codes)
    monkeypatch.setattr(code, "_MOST_PARTS", parts)
    known: dict[object, object] = {}
    monkeypatch.setattr(code, "_codes", known)
    for most in (1, 2, 3, 4, 1, 2):
        conditions = " or ".join(f"N == {number}" for number in range(most))
        assert len(found(f"T | where {conditions}")) == most
        assert len(known) <= (codes if parts else 0)
