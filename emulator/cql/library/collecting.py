"""Aggregates that keep values of fields: sets of them, the newest, or those of the event with the greatest number."""

from __future__ import annotations

from emulator.assumptions import assumption
from emulator.cql.library.pipeline import MODE_GAP
from emulator.cql.library.values import Value, number
from emulator.functions import Library, MeaningError, Nulls

LIBRARY = Library("cql", "collecting")

COLLECT_ORDER = assumption(
    "collect-order",
    "cql",
    "`collect()` gives values in the order in which they first appear; the documentation leaves the order open",
)
_DIFFERENT = 2
"""So many sets of values are not all the same."""


@LIBRARY.aggregate(
    "collect(fields: fields, limit: limit = 2000, multival: bool = true, separator: text = '\\n', as: text = none)"
    " -> fields",
    assumes=(COLLECT_ORDER.name,),
    nulls=Nulls.TOTAL,
    doc="collect",
)
class Collect:
    """The distinct values of each field, joined; or each as a row of its own.

    Rows of several fields are certain where all events have the same values: whichever way the product pairs them, they
    give one row.
    """

    cut = False

    def __init__(
        self, fields: tuple[str, ...], limit: int | None, multival: bool, separator: str, name: str | None
    ) -> None:
        self.multival = multival
        self.columns = (name,) if name is not None and len(fields) == 1 else fields
        self.limit = limit
        self.separator = separator
        self.values: list[dict[str, None]] = [{} for _ in fields]
        self.together: set[tuple[str | None, ...]] = set()

    @property
    def gives_rows(self) -> bool:
        """True when it gives a row for each value."""
        return not self.multival

    def step(self, *values: str | None) -> None:
        """Keep one event's values that are new."""
        if not self.multival and len(self.together) < _DIFFERENT and any(value is not None for value in values):
            self.together.add(values)
        for kept, value in zip(self.values, values, strict=True):
            if value is not None:
                self._keep(kept, value)

    def merge(self, other: Collect) -> None:
        """Take in another part."""
        self.cut |= other.cut
        self.together |= other.together
        for kept, more in zip(self.values, other.values, strict=True):
            for value in more:
                self._keep(kept, value)

    def _keep(self, kept: dict[str, None], value: str) -> None:
        if self.limit is None or len(kept) < self.limit:
            kept[value] = None
        elif value not in kept:
            self.cut = True

    def finish(self) -> dict[str, str | None] | list[dict[str, str]]:
        """The values of each field, one after the other."""
        if self.multival:
            return {
                name: self.separator.join(kept) if kept else None
                for name, kept in zip(self.columns, self.values, strict=True)
            }
        if len(self.columns) == 1:
            return [{self.columns[0]: value} for value in self.values[0]]
        if len(self.together) >= _DIFFERENT:
            help = "collect one field, or leave `multival` out"
            message = "how `multival=false` pairs different values of several fields is unknown"
            raise MeaningError(MODE_GAP, message, help)
        return [
            {name: value for name, value in zip(self.columns, values, strict=True) if value is not None}
            for values in self.together
        ]


@LIBRARY.aggregate("selectLast(fields: fields, at: time) -> fields", nulls=Nulls.TOTAL, doc="selectlast")
class SelectLast:
    """For each field its value in the newest event that has it; of events at the same time the last counts."""

    def __init__(self, fields: tuple[str, ...], name: str | None) -> None:
        del name
        self.columns = fields
        self.times: list[float] = [float("-inf")] * len(fields)
        self.values: list[str | None] = [None] * len(fields)

    def step(self, *given: str | None) -> None:
        """Keep one event's values that are newer."""
        *values, at = given
        time = number(at)
        self._keep(values, [float("-inf") if time is None else time] * len(values))

    def _keep(self, values: list[str | None], times: list[float]) -> None:
        for position, (value, time) in enumerate(zip(values, times, strict=True)):
            if value is not None and time >= self.times[position]:
                self.values[position], self.times[position] = value, time

    def merge(self, other: SelectLast) -> None:
        """Take in another part."""
        self._keep(other.values, other.times)

    def finish(self) -> dict[str, str | None]:
        """The values."""
        return dict(zip(self.columns, self.values, strict=True))


class _SelectFrom:
    """Fields of the event with an extreme number; of several such events the first counts."""

    sign = 1

    def __init__(self, fields: tuple[str, ...], name: str | None) -> None:
        del name
        self.columns = fields
        self.best: float | int | None = None
        self.values: list[str | None] = []

    def step(self, by: Value, *values: str | None) -> None:
        """Keep one event's fields when its number is better."""
        found = number(by)
        if found is not None and (self.best is None or self.sign * found > self.sign * self.best):
            self.best, self.values = found, list(values)

    def merge(self, other: _SelectFrom) -> None:
        """Take in another part."""
        if other.best is not None and (self.best is None or self.sign * other.best > self.sign * self.best):
            self.best, self.values = other.best, other.values

    def finish(self) -> dict[str, str | None]:
        """The fields."""
        return dict(zip(self.columns, self.values, strict=False))


@LIBRARY.aggregate("selectFromMax(field: field, include: fields) -> fields", nulls=Nulls.TOTAL, doc="selectfrommax")
class SelectFromMax(_SelectFrom):
    """Fields of the event in which a number is greatest."""


@LIBRARY.aggregate("selectFromMin(field: field, include: fields) -> fields", nulls=Nulls.TOTAL, doc="selectfrommin")
class SelectFromMin(_SelectFrom):
    """Fields of the event in which a number is least."""

    sign = -1
