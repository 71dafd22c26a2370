"""Aggregates of numbers: states that are stepped once for each event."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from emulator.assumptions import assumption
from emulator.cql.library.values import Value, number, show
from emulator.cql.numbers import NOTATION
from emulator.functions import Library, Nulls

LIBRARY = Library("cql", "aggregates")

EXACT_DISTINCT = assumption(
    "exact-count-distinct",
    "cql",
    "`count(distinct=true)` counts exactly; the product estimates, with an error of about 2 % for many values",
)
EXACT_PERCENTILE = assumption(
    "exact-percentile",
    "cql",
    "`percentile()` gives the value of the nearest rank; the product estimates, within its `accuracy` (1 % by default)",
)
POPULATION = assumption(
    "stddev-population",
    "cql",
    "`stdDev()` divides by the number of values (population); the documented example fits neither this nor the sample",
)


@dataclass(slots=True)
class _ExactSum:
    """A sum that does not depend on the order of its values: whole numbers and fractions apart, both exact."""

    whole: int = 0
    fraction: Fraction = field(default_factory=Fraction)
    count: int = 0

    def add(self, value: float) -> None:
        self.count += 1
        if isinstance(value, int):
            self.whole += value
        else:
            self.fraction += Fraction(value)

    def merge(self, other: _ExactSum) -> None:
        self.whole += other.whole
        self.fraction += other.fraction
        self.count += other.count

    @property
    def total(self) -> Fraction:
        return self.whole + self.fraction

    @property
    def value(self) -> float | int:
        return self.whole if not self.fraction else _as_number(self.total)


def _as_number(value: Fraction) -> float | int:
    if value.denominator == 1:
        return value.numerator
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


@LIBRARY.aggregate(
    "count(field: field = none, distinct: bool = false, as: text = _count) -> text",
    nulls=Nulls.STRICT,
    doc="count",
    assumes=(f"{EXACT_DISTINCT.name} where distinct=true",),
)
class Count:
    """How many events there are, or have the field, or how many values it has."""

    def __init__(self, *how: object) -> None:
        self.distinct = how[-1] is True
        self.events = 0
        self.values: set[str] = set()

    def step(self, value: str = "") -> None:
        """Count one event."""
        self.events += 1
        if self.distinct:
            self.values.add(value)

    def merge(self, other: Count) -> None:
        """Take in another part."""
        self.events += other.events
        self.values |= other.values

    def finish(self) -> str:
        """The number."""
        return str(len(self.values) if self.distinct else self.events)


@LIBRARY.aggregate("sum(field: field, as: text = _sum) -> text", doc="sum")
class Sum:
    """The sum of a field; 0 when no event has a number in it."""

    def __init__(self) -> None:
        self.sum = _ExactSum()

    def step(self, value: Value) -> None:
        """Add one event's number."""
        found = number(value)
        if found is not None:
            self.sum.add(found)

    def merge(self, other: Sum) -> None:
        """Take in another part."""
        self.sum.merge(other.sum)

    def finish(self) -> str | None:
        """The sum."""
        return show(self.sum.value)


@LIBRARY.aggregate("avg(field: field, as: text = _avg) -> text", doc="avg", assumes=(NOTATION.name,))
class Average(Sum):
    """The mean of a field."""

    def finish(self) -> str | None:
        """The mean."""
        return show(_as_number(self.sum.total / self.sum.count)) if self.sum.count else None


class _Extreme:
    """The least and the greatest number of a field."""

    def __init__(self, *how: object) -> None:
        del how
        self.least: float | int | None = None
        self.most: float | int | None = None

    def step(self, value: Value) -> None:
        """Look at one event's number."""
        found = number(value)
        if found is None:
            return
        self.least = found if self.least is None else min(self.least, found)
        self.most = found if self.most is None else max(self.most, found)

    def merge(self, other: _Extreme) -> None:
        """Take in another part."""
        for value in (other.least, other.most):
            self.step(value)


@LIBRARY.aggregate("min(field: field, type: text = none, as: text = _min) -> text", doc="min")
class Minimum(_Extreme):
    """The least number of a field."""

    def finish(self) -> str | None:
        """The number."""
        return show(self.least)


@LIBRARY.aggregate("max(field: field, type: text = none, as: text = _max) -> text", doc="max")
class Maximum(_Extreme):
    """The greatest number of a field."""

    def finish(self) -> str | None:
        """The number."""
        return show(self.most)


@LIBRARY.aggregate("range(field: field, as: text = _range) -> text", doc="range")
class Range(_Extreme):
    """The difference between the greatest and the least number of a field."""

    def finish(self) -> str | None:
        """The difference."""
        return None if self.least is None or self.most is None else show(self.most - self.least)


@LIBRARY.aggregate(
    "stdDev(field: field, as: text = _stddev) -> text", doc="stddev", assumes=(POPULATION.name, NOTATION.name)
)
class StandardDeviation(Sum):
    """How far the numbers of a field lie from their mean."""

    def __init__(self) -> None:
        super().__init__()
        self.squares = Fraction()

    def step(self, value: Value) -> None:
        """Add one event's number and its square."""
        found = number(value)
        if found is not None:
            self.sum.add(found)
            self.squares += Fraction(found) ** 2

    def merge(self, other: Sum) -> None:
        """Take in another part."""
        super().merge(other)
        assert isinstance(other, StandardDeviation)
        self.squares += other.squares

    def finish(self) -> str | None:
        """The root of the mean square distance."""
        if not self.sum.count:
            return None
        mean = self.sum.total / self.sum.count
        return show(_whole(math.sqrt(self.squares / self.sum.count - mean**2)))


@LIBRARY.aggregate("counterAsRate(field: field, at: time, as: text = _rate) -> text", doc="counterasrate")
class CounterAsRate:
    """How much a counter grows in a second; nothing when it falls on the way, or was seen at one instant only."""

    def __init__(self) -> None:
        self.points: list[tuple[float | int, float | int]] = []

    def step(self, value: Value, at: Value) -> None:
        """Keep one event's time and number."""
        found, time = number(value), number(at)
        if found is not None and time is not None:
            self.points.append((time, found))

    def merge(self, other: CounterAsRate) -> None:
        """Take in another part."""
        self.points += other.points

    def finish(self) -> str | None:
        """The rate from the oldest to the newest event."""
        points = sorted(self.points)
        if not points or points[0][0] == points[-1][0]:
            return None
        if any(later < earlier for (_, earlier), (_, later) in pairwise(points)):
            return None
        (start, first), (end, last) = points[0], points[-1]
        return show(_as_number((Fraction(last) - Fraction(first)) * 1000 / (Fraction(end) - Fraction(start))))


_CALLED: dict[str, Callable[[], Count | Sum | _Extreme]] = {
    "avg": Average,
    "count": lambda: Count(False),  # noqa: FBT003 - not distinct
    "max": Maximum,
    "min": Minimum,
    "range": Range,
    "sum": Sum,
}


@LIBRARY.aggregate(
    "callFunction(function: choice[avg|count|max|min|range|sum], field: field, as: text = _function) -> text",
    doc="callfunction",
)
class CallFunction:
    """The aggregate of a name, which a parameter of the query may give."""

    def __init__(self, name: str) -> None:
        self.state: Any = _CALLED[name]()

    def step(self, value: Value) -> None:
        """Take in one event's value."""
        self.state.step(value)

    def merge(self, other: CallFunction) -> None:
        """Take in another part."""
        self.state.merge(other.state)

    def finish(self) -> str | None:
        """What the aggregate gives."""
        value: str | None = self.state.finish()
        return value


def _whole(value: float) -> float | int:
    return int(value) if value.is_integer() else value


@LIBRARY.aggregate(
    "percentile(field: field, percentiles: numbers = [50,75,99], accuracy: number = 0.01, as: text = none) -> fields",
    doc="percentile",
    assumes=(EXACT_PERCENTILE.name,),
)
class Percentile:
    """The numbers of a field below which given shares of them lie."""

    def __init__(self, percentiles: tuple[float | int, ...], accuracy: float, name: str | None) -> None:
        del accuracy
        self.names = {percent: f"{name or ''}_{show(percent)}" for percent in percentiles}
        self.values: list[float | int] = []

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields it gives."""
        return tuple(self.names.values())

    def step(self, value: Value) -> None:
        """Keep one event's number; those below 0 do not count."""
        found = number(value)
        if found is not None and found >= 0:
            self.values.append(found)

    def merge(self, other: Percentile) -> None:
        """Take in another part."""
        self.values += other.values

    def finish(self) -> dict[str, str | None]:
        """A field for each percentile."""
        ordered = sorted(self.values)
        if not ordered:
            return {}
        return {name: show(ordered[_rank(percent, len(ordered))]) for percent, name in self.names.items()}


def _rank(percent: float, count: int) -> int:
    return min(max(math.ceil(Fraction(percent) / 100 * count), 1), count) - 1
