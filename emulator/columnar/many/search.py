"""The rows of a table that may matter to each of many legs, one batch after the other.

Of each condition one part drives the search: the tests of which, on a first batch, the fewest rows were found. The
rest is asked of the rows that those find.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias, assert_never

import numpy as np

from emulator.columnar.many.columns import Held, Mask, Texts
from emulator.columnar.many.conditions import Anything, Condition, Either, Every, Nothing, Test
from emulator.columnar.many.matching import Rows
from emulator.columnar.many.probes import Probe
from emulator.nodes import record
from emulator.types import ScalarType

_EFFORT_OF_TEXTS = 0.5
"""What looking for a text costs beside the rows that it finds: of two rare tests, the one of few values is taken."""
_LEAST_OF_ALL = 0.01
"""The share of rows that a test without an index counts for at least: a mask of all rows is made for it."""
_RARE = 0.0005
"""A leg whose driving tests find fewer of the rows than this needs no better ones."""


Place: TypeAlias = tuple[str, ScalarType]
"""A column by its name in the file, and the type that values are read as."""


def place_of(probe: Probe) -> Place:
    """The column that a probe asks."""
    return probe.column, probe.type


@record
class Drive:
    """The tests whose rows are looked at for a leg, and how many rows of the sample they find."""

    tests: tuple[Test, ...]
    rows: float


class Search:
    """Conditions by number, over columns by name."""

    def __init__(self, columns: Mapping[Place, Held]) -> None:
        self._columns = columns
        self._rows = 0
        self._conditions: dict[int, Condition] = {}
        self._by_probe: dict[Probe, list[int]] = {}
        self._dense: list[tuple[Test, list[int]]] = []

    def load(self, batch: Mapping[str, Any], rows: int) -> None:
        """Take the next batch: its columns by name, and its rows."""
        self._rows = rows
        for (name, _), column in self._columns.items():
            column.load(batch[name])

    def plan(self, conditions: Mapping[int, Condition]) -> dict[int, float]:
        """Choose what drives each condition by the batch that is loaded; the share of its rows that each finds."""
        counts = self._counts(conditions.values(), texts=False)
        drives = {number: _drive(condition, counts) for number, condition in conditions.items()}
        enough = max(1.0, _RARE * self._rows)
        dear = [conditions[number] for number, drive in drives.items() if drive.rows > enough]
        if dear:
            counts |= self._counts(dear, texts=True)
            drives = {number: _drive(condition, counts) for number, condition in conditions.items()}
        self._conditions = dict(conditions)
        self._follow(drives)
        return {number: drive.rows / max(1, self._rows) for number, drive in drives.items()}

    def narrow(self, tests: Iterable[Test]) -> list[str]:
        """Let go of columns that no planned search reads and that decide no test; the names of the others."""
        needed = {place_of(probe) for probe in self._by_probe} | {place_of(test.probe) for test, _ in self._dense}
        needed.update(place_of(one.probe) for one in tests if self._columns[place_of(one.probe)].decides(one.probe))
        self._columns = {place: column for place, column in self._columns.items() if place in needed}
        return list(dict.fromkeys(name for name, _ in self._columns))

    def drop(self, number: int) -> None:
        """Look for a condition no longer."""
        self._conditions.pop(number, None)

    def _counts(self, conditions: Iterable[Condition], *, texts: bool) -> dict[Test, float]:
        """How many rows of the batch each test of values finds; with `texts`, each test of texts that mostly differ."""
        by_place: dict[Place, list[Test]] = defaultdict(list)
        for test in dict.fromkeys(test for condition in conditions for test in tests_of(condition)):
            by_place[place_of(test.probe)].append(test)
        counts: dict[Test, float] = {}
        for place, tests in by_place.items():
            column = self._columns[place]
            if isinstance(column, Texts) is texts:
                counts.update(_counts_of_texts(column, tests) if texts else self._counts_of_values(column, tests))
        return counts

    def _counts_of_values(self, column: Held, tests: Iterable[Test]) -> Iterator[tuple[Test, float]]:
        for test in tests:
            mask = column.holds(test.probe, slice(None), wanted=test.wanted)
            count = self._rows if mask is None else int(mask.sum())
            is_indexed = test.wanted and column.reaches(test.probe)
            yield test, count if is_indexed else max(count, _LEAST_OF_ALL * self._rows)

    def _follow(self, drives: Mapping[int, Drive]) -> None:
        """Tell the columns what to look for."""
        self._by_probe = defaultdict(list)
        dense: dict[Test, list[int]] = defaultdict(list)
        for number, drive in drives.items():
            for test in drive.tests:
                if test.wanted and self._columns[place_of(test.probe)].reaches(test.probe):
                    self._by_probe[test.probe].append(number)
                else:
                    dense[test].append(number)
        self._dense = list(dense.items())
        for place, column in self._columns.items():
            column.drive([probe for probe in self._by_probe if place_of(probe) == place])

    def candidates(self) -> dict[int, Rows]:
        """The rows of the batch that may matter to each condition, in order; those without any are left out."""
        found: dict[int, list[Rows]] = defaultdict(list)
        for column in self._columns.values():
            for probe, rows in column.found():
                for number in self._by_probe[probe]:
                    found[number].append(rows)
        for test, numbers in self._dense:
            mask = self._columns[place_of(test.probe)].holds(test.probe, slice(None), wanted=test.wanted)
            rows = np.arange(self._rows) if mask is None else np.flatnonzero(mask)
            if len(rows):
                for number in numbers:
                    found[number].append(rows)
        kept = {}
        for number, parts in found.items():
            condition = self._conditions.get(number)
            if condition is not None and len(rows := self._checked(condition, _together(parts))):
                kept[number] = rows
        return kept

    def _checked(self, condition: Condition, rows: Rows) -> Rows:
        """The rows on which all of a condition may hold."""
        mask = self.holds(condition, rows)
        return rows if mask is None else rows[mask]

    def holds(self, condition: Condition, rows: Rows | slice) -> Mask | None:
        """Whether a condition may hold on some rows; None when it may on all."""
        match condition:
            case Anything():
                return None
            case Nothing():
                return np.zeros(self._rows, dtype=bool)[rows]
            case Test(probe=probe, wanted=wanted):
                column = self._columns.get(place_of(probe))
                return None if column is None else column.holds(probe, rows, wanted=wanted)
            case Every(parts=parts):
                known = [mask for part in parts if (mask := self.holds(part, rows)) is not None]
                return reduce(np.logical_and, known) if known else None
            case Either(parts=parts):
                masks = [self.holds(part, rows) for part in parts]
                known = [mask for mask in masks if mask is not None]
                return reduce(np.logical_or, known) if len(known) == len(masks) else None
            case _:
                assert_never(condition)


def _together(parts: Sequence[Rows]) -> Rows:
    """The rows of any part, in order and once."""
    return np.unique(parts[0] if len(parts) == 1 else np.concatenate(parts))


def tests_of(condition: Condition) -> list[Test]:
    """The tests of a condition."""
    match condition:
        case Test():
            return [condition]
        case Every(parts=parts) | Either(parts=parts):
            return [test for part in parts for test in tests_of(part)]
        case _:
            return []


def _counts_of_texts(column: Held, tests: Iterable[Test]) -> dict[Test, float]:
    probes = list(dict.fromkeys(test.probe for test in tests if test.wanted and column.reaches(test.probe)))
    column.drive(probes)
    found: dict[Probe, int] = defaultdict(int)
    for probe, rows in column.found():
        found[probe] += len(rows)
    return {Test(probe, wanted=True): found[probe] + _EFFORT_OF_TEXTS for probe in probes}


_NEVER = float("inf")


def _drive(condition: Condition, counts: Mapping[Test, float]) -> Drive:
    """The tests that find all rows of a condition, and the fewest besides."""
    match condition:
        case Test():
            return Drive((condition,), counts.get(condition, _NEVER))
        case Nothing():
            return Drive((), 0)
        case Anything():
            return Drive((), _NEVER)
        case Every(parts=parts):
            return min((_drive(part, counts) for part in parts), key=lambda drive: drive.rows)
        case Either(parts=parts):
            ways = [_drive(part, counts) for part in parts]
            return Drive(
                tuple(dict.fromkeys(test for way in ways for test in way.tests)), sum(way.rows for way in ways)
            )
        case _:
            assert_never(condition)
