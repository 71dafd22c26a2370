"""Functions that choose among values, or ask whether there is one."""

from __future__ import annotations

from typing import Any

from emulator.functions import Library, Nulls
from emulator.kql.library.naming import scalar

LIBRARY = Library("kql", "choosing")


@LIBRARY.scalar(
    "coalesce(first: common, second: common, ...more: common) -> common",
    nulls=Nulls.TOTAL,
    doc="coalesce-function",
    examples="""
    coalesce(tolong("not a number"), tolong("42"), 33) => 42   [docs]
    coalesce("", "a") => "a"   [recorded]
    coalesce(1, 2.5) => 1.0   [reasoned]
    coalesce(int(null), int(null)) => int(null)   [docs]
    """,
)
def coalesce(*values: object) -> object:
    """The first value that is neither null nor an empty text."""
    return next((value for value in values if value is not None and value != ""), values[-1])


@LIBRARY.scalar(
    "max_of(first: common, second: common, ...more: common) -> common",
    nulls=Nulls.TOTAL,
    doc="max-of-function",
    examples="""
    max_of(10, 1, -3, 17) => 17   [docs]
    max_of(int(null), int(2)) => int(2)   [docs]
    max_of("a", "b") => "b"   [reasoned]
    """,
)
def max_of(*values: Any) -> Any:
    """The largest value that is not null."""
    return max((value for value in values if value is not None), default=None)


@LIBRARY.scalar(
    "min_of(first: common, second: common, ...more: common) -> common",
    nulls=Nulls.TOTAL,
    doc="min-of-function",
    examples="""
    min_of(10, 1, -3, 17) => -3   [docs]
    min_of(1h, 5m) => 5m   [reasoned]
    min_of(int(null), int(null)) => int(null)   [docs]
    """,
)
def min_of(*values: Any) -> Any:
    """The smallest value that is not null."""
    return min((value for value in values if value is not None), default=None)


@LIBRARY.scalar(
    "isnull(value: scalar) -> bool",
    sql="{value} IS NULL",
    nulls=Nulls.TOTAL,
    doc="isnull-function",
    examples="""
    isnull(int(null)) => true   [docs]
    isnull("") => false   [docs]
    """,
)
def is_null(value: object) -> bool:
    """True for null; a text never is."""
    return value is None


@scalar(
    LIBRARY,
    "isnotnull notnull",
    "(value: scalar) -> bool",
    sql="{value} IS NOT NULL",
    nulls=Nulls.TOTAL,
    doc="isnotnull-function",
    examples="""
    isnotnull(5) => true   [docs]
    isnotnull(datetime(null)) => false   [docs]
    """,
)
def is_not_null(value: object) -> bool:
    """True for everything but null."""
    return value is not None
