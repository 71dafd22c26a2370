"""Aggregates that count: rows, rows where something holds, and distinct values."""

from __future__ import annotations

from collections.abc import Hashable

from emulator.assumptions import assumption
from emulator.functions import Library, Nulls
from emulator.kql.library.conditions import where_true
from emulator.kql.library.equality import identity

LIBRARY = Library("kql", "counting")
EXACT_DISTINCT = assumption(
    "exact-distinct",
    "kql",
    "distinct values are counted exactly; the product estimates beyond about 1,000 of them",
)
COUNTED_VALUES = assumption(
    "counted-values",
    "kql",
    "count(x) of a bool counts the rows where it is true; documented is that count(x) of another type counts all rows",
)
_ESTIMATES = (EXACT_DISTINCT.name,)


@LIBRARY.aggregate("count() -> long", doc="count-aggregation-function")
@LIBRARY.aggregate("cnt() -> long", doc="count-aggregation-function")
@LIBRARY.aggregate("count(value: scalar) -> long", nulls=Nulls.TOTAL, doc="summarize-operator")
@LIBRARY.aggregate("count(value: bool) -> long", doc="count-aggregation-function", assumes=(COUNTED_VALUES.name,))
class Count:
    """The number of rows."""

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows = 0

    def step(self, *values: object) -> None:
        if not values or values[0] is not False:
            self._rows += 1

    def merge(self, other: Count) -> None:
        self._rows += other._rows

    def finish(self) -> int:
        return self._rows


LIBRARY.aggregate("countif(predicate: bool) -> long", doc="countif-aggregation-function")(where_true(Count))


@LIBRARY.aggregate("count_distinct(value: not_dynamic) -> long", doc="count-distinct-aggregation-function")
@LIBRARY.aggregate(
    "dcount(value: not_dynamic, const accuracy: long = 1) -> long",
    doc="dcount-aggregation-function",
    assumes=_ESTIMATES,
)
class Distinct:
    """The number of distinct values, whatever accuracy was asked for."""

    __slots__ = ("_seen",)

    def __init__(self, _accuracy: int = 1) -> None:
        self._seen: set[Hashable] = set()

    def step(self, value: Hashable) -> None:
        # A NaN differs from itself: None stands for all of them.
        self._seen.add(value if value == value else None)

    def merge(self, other: Distinct) -> None:
        self._seen |= other._seen

    def finish(self) -> int:
        return len(self._seen)


@LIBRARY.aggregate(
    "dcount(value: dynamic, const accuracy: long = 1) -> long",
    doc="dcount-aggregation-function",
    assumes=_ESTIMATES,
)
class DistinctDynamics(Distinct):
    """The number of distinct dynamic values: an array or a bag counts as a whole."""

    __slots__ = ()

    def step(self, value: object) -> None:
        super().step(identity(value))


LIBRARY.aggregate(
    "count_distinctif(value: not_dynamic, predicate: bool) -> long", doc="count-distinctif-aggregation-function"
)(where_true(Distinct))
for _type, _meaning in (("not_dynamic", Distinct), ("dynamic", DistinctDynamics)):
    LIBRARY.aggregate(
        f"dcountif(value: {_type}, predicate: bool, const accuracy: long = 1) -> long",
        doc="dcountif-aggregation-function",
        assumes=_ESTIMATES,
    )(where_true(_meaning))
