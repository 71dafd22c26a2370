"""Numbers read from texts, and printed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator.cql.numbers import format_number, parse_integer, parse_number

CASES = yaml.safe_load(Path(__file__).with_name("numbers.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"]))
def test_number(case: dict[str, str | None]) -> None:
    number = parse_number(case["text"] or "")
    assert (None if number is None else format_number(number)) == case["prints"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (10**400, "Infinity"),
        (-(10**400), "-Infinity"),
    ],
)
def test_what_no_text_reads_as(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("text", "integer"), [("12", 12), ("12.0", None), ("1e3", None), ("x", None), ("1" * 30, None)]
)
def test_integers(text: str, integer: int | None) -> None:
    assert parse_integer(text) == integer


def test_a_number_of_a_million_digits_is_none() -> None:
    assert parse_number("1" * 1_000_000) is None


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(1 << 63), (1 << 63) - 1))
def test_what_is_printed_reads_as_the_same_number(value: float) -> None:
    assert parse_number(format_number(value)) == value
