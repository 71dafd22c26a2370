"""Percentiles by nearest rank: the least value that so many percent of the values do not exceed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from emulator.assumptions import assumption
from emulator.functions import Library
from emulator.types import Scalar, ScalarType

LIBRARY = Library("kql", "percentiles")
NEAREST_RANK = assumption(
    "exact-percentiles",
    "kql",
    "percentiles are exact by nearest rank; the product estimates those of many values, and takes percentages below 0 "
    "and above 100 as the ends",
)
_HUNDRED = Decimal(100)


def nearest(weights: Mapping[Any, int], percentages: Iterable[object]) -> list[Any]:
    """The value at each percentage of values that count as often as their weights; null when there are none."""
    ordered = sorted(weights)
    total = sum(weights.values())
    return [_at(ordered, weights, _rank(percentage, total)) for percentage in percentages]


def _rank(percentage: object, total: int) -> int | None:
    """How many values from the least on: `ceil(percentage / 100 * total)`, reckoned in decimals, at least one."""
    if not total or isinstance(percentage, bool) or not isinstance(percentage, int | float | Decimal):
        return None
    exact = Decimal(str(percentage))
    if not exact.is_finite():
        return None
    return min(max(math.ceil(exact * total / _HUNDRED), 1), total)


def _at(ordered: Iterable[Any], weights: Mapping[Any, int], rank: int | None) -> Any:
    passed = 0
    for value in ordered if rank is not None else ():
        passed += weights[value]
        if rank is not None and passed >= rank:
            return value
    return None


class _Weighted:
    """Values and how often each counts; NaN and values of no weight are left out."""

    __slots__ = ("_percentages", "_weights")

    def __init__(self, *percentages: Any) -> None:
        listed = len(percentages) == 1 and isinstance(percentages[0], list)
        self._percentages = percentages[0] if listed else percentages
        self._weights: dict[Any, int] = {}

    def step(self, value: Any, weight: int = 1) -> None:
        if weight > 0 and value == value:
            self._weights[value] = self._weights.get(value, 0) + weight

    def merge(self, other: _Weighted) -> None:
        for value, weight in other._weights.items():
            self.step(value, weight)

    def _values(self) -> list[Any]:
        return nearest(self._weights, self._percentages)


class Percentiles(_Weighted):
    """A column for each percentage."""

    __slots__ = ()

    def finish(self) -> object:
        if not self._weights:
            return None
        values = self._values()
        return tuple(values) if len(values) > 1 else values[0]


class PercentilesOfDynamics(Percentiles):
    """The same, of the numbers among dynamic values."""

    __slots__ = ()

    def step(self, value: Any, weight: int = 1) -> None:
        if isinstance(value, int | float) and not isinstance(value, bool):
            super().step(value, weight)


class PercentileArray(_Weighted):
    """One array with a value for each percentage; null when there are no values."""

    __slots__ = ()

    def finish(self) -> list[Any] | None:
        return self._values() if self._weights else None


class PercentileArrayOfNumbers(PercentileArray):
    """The same, of the numbers among dynamic values."""

    __slots__ = ()

    def step(self, value: Any, weight: int = 1) -> None:
        if isinstance(value, int | float) and not isinstance(value, bool):
            super().step(value, weight)


class PercentileArrayOfDatetimes(PercentileArray):
    """One array of datetimes."""

    __slots__ = ()
    _type = ScalarType.DATETIME

    def finish(self) -> list[Any] | None:
        return [Scalar(self._type, value) for value in self._values()] if self._weights else None


class PercentileArrayOfTimespans(PercentileArrayOfDatetimes):
    """One array of timespans."""

    __slots__ = ()
    _type = ScalarType.TIMESPAN


_COLUMNS: tuple[tuple[str, str, type[Percentiles]], ...] = (
    ("integer", "long", Percentiles),
    ("real", "real", Percentiles),
    ("datetime", "datetime", Percentiles),
    ("timespan", "timespan", Percentiles),
    ("string", "string", Percentiles),
    ("bool", "bool", Percentiles),
    ("guid", "guid", Percentiles),
    ("dynamic", "dynamic", PercentilesOfDynamics),
)
_ARRAYS: tuple[tuple[str, type[PercentileArray]], ...] = (
    ("integer|real", PercentileArray),
    ("datetime", PercentileArrayOfDatetimes),
    ("timespan", PercentileArrayOfTimespans),
    ("string|bool|guid", PercentileArray),
    ("dynamic", PercentileArrayOfNumbers),
)
_MANY = "const percentage: number, ...const more: number"
for _weight, _suffix, _page in (
    ("", "", "percentiles-aggregation-function"),
    ("weight: integer, ", "w", "percentilesw-aggregation-function"),
):
    for _type, _gives, _columns in _COLUMNS:
        for _name, _percentages in (("percentile", "const percentage: number"), ("percentiles", _MANY)):
            LIBRARY.aggregate(
                f"{_name}{_suffix}(value: {_type}, {_weight}{_percentages}) -> {_gives}",
                doc=_page,
                assumes=(NEAREST_RANK.name,),
            )(_columns)
    for _type, _array in _ARRAYS:
        for _percentages in (_MANY, "const percentages: dynamic"):
            LIBRARY.aggregate(
                f"percentiles{_suffix}_array(value: {_type}, {_weight}{_percentages}) -> dynamic",
                doc=_page,
                assumes=(NEAREST_RANK.name,),
            )(_array)
