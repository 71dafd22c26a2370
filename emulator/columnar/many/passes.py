"""One pass over the files of a table: what many legs look for is searched in each batch of rows once.

Batches are decoded ahead in a thread; the rows that may matter are read whole, the others only as far as tests ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, groupby
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from emulator.clock import TICKS_PER_MILLISECOND, UNIX_EPOCH, from_datetime
from emulator.columnar.many.columns import Held
from emulator.columnar.many.conditions import Condition, Every, Test
from emulator.columnar.many.fetching import can_fetch, fetched
from emulator.columnar.many.forms import EVENT_TIME_TYPE, Table
from emulator.columnar.many.matching import Rows
from emulator.columnar.many.probes import Bound, Probe
from emulator.columnar.many.search import Place, Search, place_of, tests_of
from emulator.nodes import node, record
from emulator.plan.expressions import Comparison

BATCH = 1 << 19
"""Rows that are searched at a time."""
_SAMPLES, _SAMPLED = 4, 8192
"""How many places of a table are looked at before the pass, and how many rows at each."""
_MOST_OF_TABLE, _SURELY_FEW = 0.1, 20_000
"""A leg that may need more of the rows than this share gains nothing from a pass, unless they are few anyway."""
_MOST_KEPT = 1_000_000
"""Rows that are kept for all legs together; beyond them the leg with most has to go."""
_FEW = 0.02
"""The share of rows below which those between them are skipped."""


@node
class Sought:
    """What a leg looks for, in a range of time if it has one, and the columns that it reads."""

    condition: Condition
    range: Condition | None
    columns: frozenset[str]


@record
class _Group:
    """Row groups of a file that are read together, and the place of their first row in the table."""

    file: int
    groups: tuple[int, ...]
    first: int
    rows: int


@record
class _Seen:
    """Rows of a group that some leg needs, in order, and the columns of them that the search has read anyway."""

    group: _Group
    places: Rows
    columns: Any


class Pass:
    """The rows that each of some legs needs, by number. `refused` are those that go without, each with its reason."""

    def __init__(self, table: Table, sought: Mapping[int, Sought], deadline: Callable[[], None]) -> None:
        self._table = table
        self._sought = dict(sought)
        self._tick = deadline
        self._kept: dict[int, list[Rows]] = {number: [] for number in sought}
        self._counts: dict[Condition, int] = {}
        self._rows: Any = None
        self._names: list[str] = []
        self._searched_names: list[str] = []
        self._seen: list[_Seen] = []
        self._places: Rows = np.empty(0, dtype=np.int64)
        self.refused: dict[int, str] = {}

    def run(self) -> None:
        """Search all files. Raises LimitReached and what pyarrow raises for files that can't be read."""
        search = Search(self._columns())
        groups = list(_groups(self._table)) if self._names else []
        self._counts.update({one.range: 0 for one in self._sought.values() if one.range is not None})
        if not groups:
            return
        with ThreadPoolExecutor(1) as reading:
            for number, share in self._planned(search, groups).items():
                if share > _MOST_OF_TABLE and share * self._table.rows > _SURELY_FEW:
                    self._refuse(search, number, "no part of its condition is rare")
            self._searched_names = search.narrow(self._tests())
            if not self._searched_names:
                return
            for group, batches in self._batches(groups, reading):
                self._searched(search, group, batches)
        if self._seen:
            self._places = np.concatenate([one.places for one in self._seen])
            self._rows = self._whole_rows()

    def rows(self, number: int) -> Any:
        """The rows that a leg needs, in order, as an Arrow table of the columns that it reads."""
        wanted = np.concatenate(self._kept[number])
        columns = [name for name in self._table.schema.names if name in self._sought[number].columns]
        return self._rows.select(columns).take(pa.array(np.searchsorted(self._places, wanted)))

    def found(self, number: int) -> int:
        """How many rows a leg needs."""
        return sum(map(len, self._kept[number]))

    def read(self, number: int) -> int | None:
        """How many rows the leg looks at: those in its range; None when the table has no rows at all."""
        if not self._table.rows:
            return None
        in_range = self._sought[number].range
        return self._table.rows if in_range is None else self._counts[in_range]

    def _columns(self) -> dict[Place, Held]:
        probes: dict[Place, dict[Probe, None]] = {}
        for test in self._tests():
            probes.setdefault(place_of(test.probe), {})[test.probe] = None
        made: dict[Place, Held] = {}
        for (name, kind), own in probes.items():
            make = self._table.held(name, kind)
            assert make is not None, "only columns that can be asked have probes"
            made[name, kind] = make(list(own))
        self._names = list(dict.fromkeys(name for name, _ in made))
        return made

    def _tests(self) -> Iterator[Test]:
        """All tests of all legs, and of their ranges."""
        for sought in self._sought.values():
            for condition in (sought.condition, sought.range):
                yield from tests_of(condition) if condition is not None else ()

    def _planned(self, search: Search, groups: Sequence[_Group]) -> dict[int, float]:
        """Look at some rows all over the table, and choose what drives each search."""
        step = max(1, len(groups) // _SAMPLES)
        parts = []
        for group in groups[step // 2 :: step][:_SAMPLES]:
            with self._open(group.file) as file:
                parts.append(next(self._read(file, group, self._names, _SAMPLED)))
        rows = sum(part.num_rows for part in parts)
        search.load(_arrays(parts), rows)
        return search.plan({number: one.condition for number, one in self._sought.items()})

    def _open(self, file: int) -> Any:
        return parquet.ParquetFile(
            self._table.paths[file], metadata=self._table.metadata[file], read_dictionary=self._table.coded
        )

    @staticmethod
    def _read(file: Any, group: _Group, names: Sequence[str], rows: int = BATCH) -> Iterator[Any]:
        yield from file.iter_batches(rows, row_groups=list(group.groups), columns=list(names))

    def _batches(
        self, groups: Sequence[_Group], pool: ThreadPoolExecutor
    ) -> Iterator[tuple[_Group, Iterator[list[Any]]]]:
        """The groups that may hold anything, each with its batches, which are read ahead."""
        wanted = [group for group in groups if self._may_matter(group)]

        def ahead() -> Iterator[tuple[_Group, Any]]:
            for group in wanted:
                with self._open(group.file) as file:
                    for parts in _gathered(self._read(file, group, self._searched_names)):
                        yield group, parts

        batches = ahead()
        waiting = pool.submit(next, batches, None)
        for group in wanted:

            def own(group: _Group = group) -> Iterator[Any]:
                nonlocal waiting
                while (found := waiting.result()) is not None and found[0] is group:
                    waiting = pool.submit(next, batches, None)
                    yield found[1]

            yield group, own()

    def _searched(self, search: Search, group: _Group, batches: Iterator[list[Any]]) -> None:
        """Search the batches of a group."""
        first = group.first
        ranges = list(dict.fromkeys(one.range for one in self._sought.values() if one.range is not None))
        for batch in batches:
            self._tick()
            size = sum(part.num_rows for part in batch)
            arrays = _arrays(batch)
            search.load(arrays, size)
            for in_range in ranges:
                mask = search.holds(in_range, slice(None))
                self._counts[in_range] += size if mask is None else int(mask.sum())
            found = search.candidates()
            for number, rows in found.items():
                self._kept[number].append(rows + first)
            if found:
                places = np.unique(np.concatenate(list(found.values())))
                self._seen.append(_Seen(group, places + first, _taken(arrays, places)))
            first += size
        self._bound(search)

    def _bound(self, search: Search) -> None:
        """Keep what is kept within bounds."""
        if sum(map(self.found, self._kept)) <= _MOST_KEPT:
            return
        while sum(map(self.found, self._kept)) > _MOST_KEPT:
            self._refuse(search, max(self._kept, key=self.found), "too many rows may matter to it")
        needed = np.concatenate([np.empty(0, dtype=np.int64), *(part for own in self._kept.values() for part in own)])
        narrowed = [(one, np.isin(one.places, needed)) for one in self._seen]
        self._seen = [
            _Seen(one.group, one.places[mask], one.columns.filter(pa.array(mask)))
            for one, mask in narrowed
            if mask.any()
        ]

    def _refuse(self, search: Search, number: int, reason: str) -> None:
        search.drop(number)
        self.refused[number] = reason
        self._kept[number] = []

    def _whole_rows(self) -> Any:
        """The rows that any leg needs, with all columns that any of these legs reads."""
        wanted = frozenset().union(*(one.columns for number, one in self._sought.items() if self._kept[number]))
        names = [name for name in self._table.schema.names if name in wanted]
        read = pa.concat_tables([one.columns for one in self._seen]).combine_chunks()
        missing = [name for name in names if name not in self._searched_names]
        fetched = pa.concat_tables(self._fetched(missing)).combine_chunks() if missing else read
        return pa.table({name: (fetched if name in missing else read).column(name) for name in names})

    def _fetched(self, names: Sequence[str]) -> Iterator[Any]:
        """The rows that any leg needs, with the columns of some names."""
        by_group = groupby(self._seen, key=lambda one: one.group)
        needed = [(group, np.concatenate([one.places for one in own])) for group, own in by_group]
        are_few = len(self._places) < _FEW * self._table.rows and can_fetch(self._table.schema)
        for file, own in groupby(needed, key=lambda one: one[0].file):
            self._tick()
            if are_few:
                places = np.concatenate([places for _, places in own]) - self._table.first_of(file)
                yield fetched(self._table.paths[file], self._table.schema, names, places)
            else:
                for group, places in own:
                    self._tick()
                    yield self._fetch(group, names, places - group.first)

    def _fetch(self, group: _Group, names: Sequence[str], places: Rows) -> Any:
        """Some rows of a group, counted from its first."""
        first, parts = 0, []
        with self._open(group.file) as file:
            for batch in self._read(file, group, names):
                low, high = np.searchsorted(places, [first, first + batch.num_rows])
                if low < high:
                    part = pa.Table.from_batches([batch]).take(pa.array(places[low:high] - first))
                    parts.append(part.cast(pa.schema([_plain(field) for field in part.schema])))
                first += batch.num_rows
        return pa.concat_tables(parts)

    def _may_matter(self, group: _Group) -> bool:
        """Whether the least and the greatest values of a group allow any condition to hold, or a range to begin."""
        metadata = self._table.metadata[group.file]
        ends = {name: _ends(metadata, group, name) for name in self._names}
        impossible: dict[Test, bool] = {}

        def can_hold(condition: Condition) -> bool:
            parts = condition.parts if isinstance(condition, Every) else (condition,)
            for part in parts:
                if isinstance(part, Test) and part.wanted and part.probe.bound is not None:
                    if part not in impossible:
                        impossible[part] = _is_impossible(part.probe.bound, _as_asked(part.probe, ends))
                    if impossible[part]:
                        return False
            return True

        matters = False
        for one in self._sought.values():
            if one.range is not None:
                matters = matters or can_hold(one.range)
            matters = matters or can_hold(one.condition)
        return matters


def _gathered(batches: Iterator[Any]) -> Iterator[list[Any]]:
    """Batches as lists of about BATCH rows: a column of codes comes in a batch for each row group."""
    waiting: list[Any] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= BATCH:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _taken(arrays: Mapping[str, Any], places: Rows) -> Any:
    """Some rows of a batch, as values."""
    taken = {name: array.take(pa.array(places)) for name, array in arrays.items()}
    return pa.table(
        {name: one.dictionary_decode() if pa.types.is_dictionary(one.type) else one for name, one in taken.items()}
    )


def _plain(field: Any) -> Any:
    """A field of values, not of codes."""
    return field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field


def _arrays(batches: Sequence[Any]) -> dict[str, Any]:
    """The columns of some batches, each in one piece."""
    if len(batches) == 1:
        return dict(zip(batches[0].schema.names, batches[0].columns, strict=True))
    table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    return {
        name: column.chunk(0) if column.num_chunks else pa.array([], column.type)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def _groups(table: Table) -> Iterator[_Group]:
    """The row groups of all files, small ones together."""
    first = 0
    for file, metadata in enumerate(table.metadata):
        sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
        starts = list(accumulate(sizes, initial=0))
        number = 0
        while number < len(sizes):
            end = number + 1
            while end < len(sizes) and starts[end + 1] - starts[number] <= BATCH:
                end += 1
            if starts[end] > starts[number]:
                yield _Group(file, tuple(range(number, end)), first + starts[number], starts[end] - starts[number])
            number = end
        first += metadata.num_rows


def _ends(metadata: Any, group: _Group, name: str) -> tuple[int, int] | None:
    """The least and the greatest number or instant of a column, where they are known and no value is missing."""
    least, most = [], []
    place = metadata.schema.names.index(name) if name in metadata.schema.names else None
    for number in group.groups if place is not None else ():
        known = metadata.row_group(number).column(place).statistics
        if known is None or not known.has_min_max or known.null_count != 0:
            return None
        try:
            least.append(_number(known.min))
            most.append(_number(known.max))
        except ValueError:  # nanoseconds, for which Python has no instant
            return None
    numbers = [one for one in (*least, *most) if one is not None]
    return (min(numbers), max(numbers)) if numbers and len(numbers) == 2 * len(group.groups) else None


def _as_asked(probe: Probe, ends: Mapping[str, tuple[int, int] | None]) -> tuple[int, int] | None:
    """The least and the greatest value of a column as its probe sees them: times of events are asked for in ticks."""
    found = ends[probe.column]
    if found is None or probe.type is not EVENT_TIME_TYPE:
        return found
    low, high = (one * TICKS_PER_MILLISECOND + UNIX_EPOCH for one in found)
    return low, high


def _number(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return from_datetime(value)  # type: ignore[arg-type]  # whatever else has no such attributes
    except (AttributeError, TypeError):
        return None


def _is_impossible(bound: Bound, ends: tuple[int, int] | None) -> bool:
    """Whether a comparison is true of nothing between two numbers; instants are known to the microsecond."""
    if ends is None:
        return False
    low, high = ends[0] - 10, ends[1] + 10
    match bound.operator:
        case Comparison.EQUAL:
            return not low <= bound.constant <= high
        case Comparison.LESS | Comparison.LESS_OR_EQUAL:
            return low > bound.constant
        case Comparison.GREATER | Comparison.GREATER_OR_EQUAL:
            return high < bound.constant
        case _:
            return False
