"""What the engine gives and raises, however its rows are fetched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

import emulator
from emulator.interpreter.context import LimitReached, Limits

pytestmark = pytest.mark.once
MEMORY = 64 << 20


def rows(query: str, seconds: float = 60.0) -> Iterator[tuple[object, ...]]:
    from sqlglot import parse_one

    from emulator.columnar.duckdb.connection import DuckDB

    limits = Limits(seconds=seconds, memory=MEMORY)
    with DuckDB([], limits, time.monotonic() + seconds) as engine:
        yield from engine.read(parse_one(query, dialect="duckdb"))


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("SELECT 1, 'a', TRUE, 1.5::DOUBLE, NULL::VARCHAR", (1, "a", True, 1.5, None)),
        ("SELECT 'a', 1.5::DECIMAL(3, 1)", ("a", Decimal("1.5"))),
        ("SELECT 1::HUGEINT", (1,)),
    ],
)
def test_values_are_those_of_python(query: str, row: tuple[object, ...]) -> None:
    assert [list(map(repr, one)) for one in rows(query)] == [list(map(repr, row))]


def test_rows_come_in_parts() -> None:
    assert list(rows("SELECT range::VARCHAR AS n FROM range(10000)")) == [(str(n),) for n in range(10_000)]


def test_a_row_that_fails_ends_the_rows() -> None:
    with pytest.raises(emulator.QueryError, match="unreadable"):
        list(rows("SELECT CASE WHEN n < 100000 THEN n ELSE error('unreadable') END FROM range(200000) AS t(n)"))


def test_memory_is_bounded() -> None:
    with pytest.raises(MemoryError):
        list(rows("SELECT len(list(repeat('x', 200) || range)) FROM range(2000000)"))


def test_the_time_that_is_left_ends_the_rows() -> None:
    found = rows("SELECT range AS n FROM range(1000000000)", seconds=0.5)
    with pytest.raises(LimitReached, match=r"0\.5 seconds"):
        for _ in found:
            pass
