"""Aggregates that tell how far values spread: variance, standard deviation, covariance."""

from __future__ import annotations

import math

from emulator.assumptions import assumption
from emulator.functions import Library
from emulator.kql.library.conditions import where_true

LIBRARY = Library("kql", "statistics")
SPREAD_OF_TICKS = assumption(
    "spread-of-ticks",
    "kql",
    "variance, deviation and covariance of datetimes and timespans, which are not documented, count ticks",
)
_DIGITS = 10


class _Spread:
    """The mean of pairs and the sum of the products of their distances from it, in one pass (Welford, Chan)."""

    __slots__ = ("_count", "_left", "_products", "_right")

    def __init__(self) -> None:
        self._count = 0
        self._left = self._right = self._products = 0.0

    def step(self, left: float, right: float) -> None:
        self._count += 1
        away = float(left) - self._left
        self._left += away / self._count
        self._right += (float(right) - self._right) / self._count
        self._products += away * (float(right) - self._right)

    def merge(self, other: _Spread) -> None:
        if not other._count:
            return
        count = self._count + other._count
        left, right = other._left - self._left, other._right - self._right
        self._products += other._products + left * right * self._count * other._count / count
        self._left += left * other._count / count
        self._right += right * other._count / count
        self._count = count

    def _mean(self, less: int) -> float:
        """The mean product, one value less counted for a sample; 0 when there are too few."""
        return self._products / (self._count - less) if self._count > less else 0.0


class Covariance(_Spread):
    """The covariance of a sample."""

    __slots__ = ()

    def finish(self) -> float:
        return self._mean(1)


class CovarianceOfAll(_Spread):
    """The covariance of a whole population."""

    __slots__ = ()

    def finish(self) -> float:
        return self._mean(0)


class _OfOne(_Spread):
    """The spread of one value: how it varies with itself."""

    __slots__ = ()

    def step(self, *values: float) -> None:
        super().step(values[0], values[0])


class Variance(_OfOne):
    """The variance of a sample. The engine rounds it to ten decimals (measured)."""

    __slots__ = ()

    def finish(self) -> float:
        return round(self._mean(1), _DIGITS)


class VarianceOfAll(_OfOne):
    """The variance of a whole population, rounded in the same way."""

    __slots__ = ()

    def finish(self) -> float:
        return round(self._mean(0), _DIGITS)


class Deviation(_OfOne):
    """The standard deviation of a sample."""

    __slots__ = ()

    def finish(self) -> float:
        return math.sqrt(self._mean(1))


class DeviationOfAll(_OfOne):
    """The standard deviation of a whole population."""

    __slots__ = ()

    def finish(self) -> float:
        return math.sqrt(self._mean(0))


_TYPES = (("integer|real|decimal", ()), ("datetime|timespan", (SPREAD_OF_TICKS.name,)))
for _types, _assumes in _TYPES:
    for _name, _meaning in (
        ("variance", Variance),
        ("variancep", VarianceOfAll),
        ("stdev", Deviation),
        ("stdevp", DeviationOfAll),
    ):
        LIBRARY.aggregate(f"{_name}(value: {_types}) -> real", doc=f"{_name}-aggregation-function", assumes=_assumes)(
            _meaning
        )
        if _name != "stdevp":
            LIBRARY.aggregate(
                f"{_name}if(value: {_types}, predicate: bool) -> real",
                doc=f"{_name}if-aggregation-function",
                assumes=_assumes,
            )(where_true(_meaning))
for _types, _assumes in (("number", ()), ("summable", (SPREAD_OF_TICKS.name,))):
    for _name, _pairs in (("covariance", Covariance), ("covariancep", CovarianceOfAll)):
        LIBRARY.aggregate(
            f"{_name}(left: {_types}, right: {_types}) -> real",
            doc=f"{_name}-aggregation-function",
            assumes=_assumes,
        )(_pairs)
        LIBRARY.aggregate(
            f"{_name}if(left: {_types}, right: {_types}, predicate: bool) -> real",
            doc=f"{_name}if-aggregation-function",
            assumes=_assumes,
        )(where_true(_pairs))
