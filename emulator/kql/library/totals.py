"""Aggregates that add up or average numbers, durations and moments, or combine their bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from emulator.assumptions import assumption
from emulator.clock import MAX_DATETIME
from emulator.functions import Library
from emulator.kql.library.conditions import where_true
from emulator.kql.library.operators import wrap

LIBRARY = Library("kql", "totals")
NO_VALUES = assumption(
    "aggregates-of-nothing",
    "kql",
    "an average of no decimals, datetimes or timespans is null, and so are the bits of no numbers",
)
_DECIMALS = Context(prec=34)


class Sum:
    """The sum, in the order of the rows; whole numbers and ticks are exact and wrap to 64 bits at the end."""

    __slots__ = ("_total",)

    def __init__(self) -> None:
        self._total: Any = 0

    def step(self, value: float) -> None:
        self._total += value

    def merge(self, other: Sum) -> None:
        self.step(other._total)

    def finish(self) -> object:
        return wrap(self._total)


class SumOfDatetimes(Sum):
    """The sum of the ticks; null when it is no datetime."""

    __slots__ = ()

    def finish(self) -> int | None:
        return self._total if self._total <= MAX_DATETIME else None


class SumOfReals(Sum):
    """The sum of reals."""

    __slots__ = ()

    def finish(self) -> float:
        return float(self._total)


class SumOfDecimals(Sum):
    """The sum of decimals, to 34 digits."""

    __slots__ = ()

    def __init__(self) -> None:
        self._total = Decimal(0)

    def step(self, value: Any) -> None:
        self._total = _DECIMALS.add(self._total, value)

    def finish(self) -> Decimal:
        total: Decimal = self._total
        return total


class Average:
    """The mean as a real; not a number when there are no values."""

    __slots__ = ("_count", "_total")

    def __init__(self) -> None:
        self._count = 0
        self._total: Any = 0

    def step(self, value: float) -> None:
        self._count += 1
        self._total += value

    def merge(self, other: Average) -> None:
        if other._count:
            self.step(other._total)
            self._count += other._count - 1

    def finish(self) -> object:
        return self._total / self._count if self._count else math.nan


class AverageOfTicks(Average):
    """The mean of datetimes or timespans, rounded down to a tick; null when there are none."""

    __slots__ = ()

    def finish(self) -> int | None:
        return self._total // self._count if self._count else None


class AverageOfDecimals(Average):
    """The mean of decimals, to 34 digits; null when there are none."""

    __slots__ = ()

    def step(self, value: Any) -> None:
        self._count += 1
        self._total = _DECIMALS.add(self._total, value)

    def finish(self) -> Decimal | None:
        return _DECIMALS.divide(self._total, Decimal(self._count)) if self._count else None


class _Bits:
    """Whole numbers combined bit by bit; null when there are none."""

    __slots__ = ("_combine", "_result")

    def __init__(self, combine: Callable[[int, int], int]) -> None:
        self._combine = combine
        self._result: int | None = None

    def step(self, value: int) -> None:
        self._result = value if self._result is None else self._combine(self._result, value)

    def merge(self, other: _Bits) -> None:
        if other._result is not None:
            self.step(other._result)

    def finish(self) -> int | None:
        return self._result


@LIBRARY.aggregate(
    "binary_all_and(value: integer) -> integer", doc="binary-all-and-aggregation-function", assumes=(NO_VALUES.name,)
)
def all_and() -> _Bits:
    """The bits that all values have."""
    return _Bits(int.__and__)


@LIBRARY.aggregate(
    "binary_all_or(value: integer) -> integer", doc="binary-all-or-aggregation-function", assumes=(NO_VALUES.name,)
)
def all_or() -> _Bits:
    """The bits that some value has."""
    return _Bits(int.__or__)


@LIBRARY.aggregate(
    "binary_all_xor(value: integer) -> integer", doc="binary-all-xor-aggregation-function", assumes=(NO_VALUES.name,)
)
def all_xor() -> _Bits:
    """The bits that an odd number of values has."""
    return _Bits(int.__xor__)


_SUMS: tuple[tuple[str, str, type[Sum]], ...] = (
    ("integer", "long", Sum),
    ("decimal", "decimal", SumOfDecimals),
    ("timespan", "timespan", Sum),
    ("datetime", "datetime", SumOfDatetimes),
    ("real", "real", SumOfReals),
)
_AVERAGES: tuple[tuple[str, str, type[Average], tuple[str, ...]], ...] = (
    ("integer", "real", Average, ()),
    ("decimal", "decimal", AverageOfDecimals, (NO_VALUES.name,)),
    ("timespan", "timespan", AverageOfTicks, (NO_VALUES.name,)),
    ("datetime", "datetime", AverageOfTicks, (NO_VALUES.name,)),
    ("real", "real", Average, ()),
)
for _type, _gives, _sum in _SUMS:
    LIBRARY.aggregate(f"sum(value: {_type}) -> {_gives}", doc="sum-aggregation-function")(_sum)
    LIBRARY.aggregate(f"sumif(value: {_type}, predicate: bool) -> {_gives}", doc="sumif-aggregation-function")(
        where_true(_sum)
    )
for _type, _gives, _average, _assumes in _AVERAGES:
    LIBRARY.aggregate(f"avg(value: {_type}) -> {_gives}", doc="avg-aggregation-function", assumes=_assumes)(_average)
    LIBRARY.aggregate(
        f"avgif(value: {_type}, predicate: bool) -> {_gives}", doc="avgif-aggregation-function", assumes=_assumes
    )(where_true(_average))
