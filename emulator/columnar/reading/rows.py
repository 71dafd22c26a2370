"""Rows as given, gathered in columns: of a table with a schema, or of events with any fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa

from emulator.columnar.reading.forms import Seen, gathered, gathered_type
from emulator.columnar.reading.json_text import JsonText
from emulator.columnar.reading.runs import KEY, PLACE
from emulator.interpreter.ranges import EVENT_TIME, TIME_COLUMNS
from emulator.interpreter.tables import ConversionError, as_event, converter
from emulator.types import Column, RowType, ScalarType

LAST = (1 << 63) - 1
"""The key of rows without a time: they come last."""
_MOST_SHAPES = 4096
"""Sets of keys that are remembered at once."""
_Shape: TypeAlias = list[tuple[int, str, Callable[[object], Any]]]


class ClosedRows:
    """Rows of a table whose columns a schema types; columns that it does not have are counted in `unknown`."""

    def __init__(self, row: RowType) -> None:
        self._columns = row.columns
        self._blank = [column.type.null for column in row]
        self._present: set[int] = set()
        self._shapes: dict[tuple[str, ...], tuple[_Shape, tuple[str, ...]]] = {}
        self._rows: list[list[Any]] = []
        self._seen = [Seen(column.type) for column in row]
        self._names = row.names
        self._time = next((self._names.index(name) for name in TIME_COLUMNS if _is_time(row.find(name))), None)
        self.unknown: Counter[str] = Counter()
        self.keeps_order = True

    def take(self, row: Mapping[str, Any]) -> None:
        """Hold one more row. Raises ConversionError for one that does not fit."""
        keys = tuple(row)
        if keys not in self._shapes:
            self._learn(keys)
        shape, unknown = self._shapes[keys]
        values = self._blank.copy()
        for at, key, convert in shape:
            values[at] = convert(row[key])
        self._rows.append(values)
        if unknown:
            self.unknown.update(unknown)

    def _learn(self, keys: tuple[str, ...]) -> None:
        if len(self._shapes) >= _MOST_SHAPES:
            self._shapes.clear()
        shape: _Shape = []
        for at, column in enumerate(self._columns):
            key = next((name for name in (column.name, column.same_as) if name and name in keys), None)
            if key is not None:
                shape.append((at, key, _storable(column)))
                if key == column.name or key not in self._names:
                    self._present.add(at)
        known = {key for _, key, _ in shape}
        self._shapes[keys] = shape, tuple(key for key in keys if key not in known)

    def held(self, place: int) -> Any:
        """The rows held since the last call as an Arrow table; `place` is that of the first in the input."""
        rows, self._rows = self._rows, []
        times = [row[self._time] for row in rows] if self._time is not None else [0] * len(rows)
        made = _keys([LAST if one is None else one for one in times], place)
        for at, values in enumerate(zip(*rows, strict=True)):
            self._seen[at] = self._seen[at].and_of(values)
            made[self._columns[at].name] = gathered(self._columns[at].type, values)
        return pa.table(made)

    @property
    def forms(self) -> dict[str, Seen]:
        """The columns that rows had, in the schema's order, and what was seen of each; all if there were none."""
        present = self._present or range(len(self._columns))
        return {column.name: self._seen[at] for at, column in enumerate(self._columns) if at in present}


def _is_time(column: Column | None) -> bool:
    return column is not None and column.type is ScalarType.DATETIME


def _storable(column: Column) -> Callable[[object], Any]:
    """What converts a cell to a value that a file can hold. It raises ConversionError."""
    convert = converter(column)
    if column.type is not ScalarType.DYNAMIC:
        return convert

    def checked(cell: object) -> Any:
        if type(cell) is JsonText:
            return cell
        value = convert(cell)
        if isinstance(value, list | dict):
            try:
                gathered(column.type, [value])
            except (TypeError, ValueError):
                raise ConversionError(column.name, column.type, cell) from None
        return value

    return checked


class OpenRows:
    """Events: fields of text. `keeps_order` tells whether every event has its fields in the order of the columns."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._shapes: set[tuple[str, ...]] = set()
        self._rows: list[dict[str, str]] = []
        self.unknown: Counter[str] = Counter()
        self.keeps_order = True

    def take(self, row: Mapping[str, Any]) -> None:
        """Hold one more row. Raises ConversionError for one that does not fit."""
        event = as_event(row)
        keys = tuple(event)
        if keys not in self._shapes:
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            self._shapes.add(keys)
            places = [self._places.setdefault(key, len(self._places)) for key in keys]
            self.keeps_order = self.keeps_order and places == sorted(places)
        self._rows.append(event)

    def held(self, place: int) -> Any:
        """The rows held since the last call as an Arrow table; `place` is that of the first in the input."""
        rows, self._rows = self._rows, []
        made = _keys([_event_key(row.get(EVENT_TIME)) for row in rows], place)
        names = dict.fromkeys(name for row in rows for name in row)
        made.update({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})
        return pa.table(made)

    @property
    def forms(self) -> dict[str, Seen]:
        """The fields that events had, in order of first appearance; a file has to have one."""
        return {name: Seen(ScalarType.TEXT) for name in self._places or (EVENT_TIME,)}


def _event_key(stamp: str | None) -> int:
    """Milliseconds since 1970; what is no such number comes last."""
    try:
        return max(-LAST, min(LAST, int(stamp or "")))
    except ValueError:
        return LAST


def _keys(keys: Sequence[int], place: int) -> dict[str, Any]:
    places = range(place, place + len(keys))
    return {KEY: pa.array(keys, pa.int64()), PLACE: pa.array(places, pa.int64())}


def formed(table: Any, forms: Mapping[str, Seen]) -> Any:
    """A gathered table with its columns in their forms; a column that it lacks is null."""
    arrays = []
    columns = dict(zip(table.column_names, table.columns, strict=True))
    for name, seen in forms.items():
        held = columns.get(name)
        column = pa.nulls(table.num_rows, gathered_type(seen.kind)) if held is None else held.combine_chunks()
        arrays.append(seen.formed(column))
    return pa.table(arrays, names=list(forms))
