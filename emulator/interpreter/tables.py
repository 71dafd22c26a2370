"""Where rows come from: mappings as given, converted to the schema's types, or a table that was converted before."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from emulator.clock import TICKS_PER_MICROSECOND, from_datetime, parse_iso, parse_timespan
from emulator.nodes import record
from emulator.types import Column, RowType, ScalarType

Given: TypeAlias = Mapping[str, object]
"""One row as a caller gives it."""


class ConversionError(ValueError):
    """A cell that does not have the type of its column; `place` says where it stands, if whoever read it knows."""

    def __init__(self, column: str, kind: ScalarType, value: object, place: str = "") -> None:
        super().__init__(f"column `{column}` has type {kind.value}, which {value!r} is not")
        self.column = column
        self.value = value
        self.place = place


class Lazy:
    """Rows that are asked for anew each time somebody reads them."""

    def __init__(self, rows: Callable[[], Iterable[Any]]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows())


@record
class Raw:
    """Rows as mappings from column to cell; each cell is converted when it is read."""

    rows: Iterable[Given]


class Names(tuple[str, ...]):
    """Column names in order, with a hash that is computed once: layouts are looked up by it in every run."""

    _hash: int

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            self._hash = super().__hash__()
            return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or super().__eq__(other)


@record
class Prepared:
    """Rows as tuples of values in the order of `names`, of the types that the schema gives.

    Cells of the columns in `raw` are as given: each is converted when it is read.
    """

    names: Names
    rows: Iterable[tuple[Any, ...]]
    raw: frozenset[str] = frozenset()


@record
class Events:
    """Open events whose values are all text already; they are never changed in place."""

    rows: Iterable[Mapping[str, str]]


class InColumns(Protocol):
    """A table whose columns can be read one without the other; `rows` are mappings, as given."""

    @property
    def rows(self) -> Iterable[Given]:
        """All rows, every column."""
        ...

    def closed(self, columns: Sequence[Column], values: frozenset[str]) -> Raw | Prepared:
        """The rows with some columns. Raises QueryError.

        Of a column that is not among `values`, nobody needs the value: it is left out where no cell can be wrong.
        """
        ...

    def open(self, names: frozenset[str] | None) -> Raw | Events:
        """The rows as events, with the named fields at least; None for all. Raises QueryError."""
        ...


@record
class Stored:
    """Rows that lie in columns, of which a scan asks for what it needs."""

    source: InColumns

    @property
    def rows(self) -> Iterable[Given]:
        """Rows as mappings, as given."""
        return self.source.rows


AtHand: TypeAlias = Raw | Prepared | Events
"""Rows that a scan can go through as they are."""
Table: TypeAlias = AtHand | Stored


def prepare(rows: Iterable[Given], row: RowType) -> Prepared:
    """Convert all rows once, for many runs. Raises ConversionError."""
    columns = tuple(column for column in row if not column.hidden)
    readers = [(column.name, column.same_as, converter(column)) for column in columns]
    made = [
        tuple(convert(one.get(name, one.get(same) if same else None)) for name, same, convert in readers)
        for one in rows
    ]
    return Prepared(Names(column.name for column in columns), made)


def converter(column: Column) -> Callable[[object], Any]:
    """A function from a given cell to a value of the column's type. It raises ConversionError."""
    make = _CONVERTERS[column.type]

    def convert(cell: object) -> object:
        try:
            return make(cell)
        except (ValueError, TypeError, InvalidOperation, OverflowError):
            raise ConversionError(column.name, column.type, cell) from None

    return convert


def _string(cell: object) -> str:
    if type(cell) is str:
        return cell
    if cell is None:
        return ""
    if isinstance(cell, (int, float, Decimal, UUID)) and not isinstance(cell, bool):
        return str(cell)
    raise TypeError


def _bool(cell: object) -> bool | None:
    if cell is None or isinstance(cell, bool):
        return cell
    known = {"true": True, "false": False, "1": True, "0": False, "": None}
    if isinstance(cell, str) and cell.lower() in known:
        return known[cell.lower()]
    if isinstance(cell, int) and cell in (0, 1):
        return bool(cell)
    raise ValueError


def _integer(bits: int) -> Callable[[object], int | None]:
    most = 1 << (bits - 1)

    def convert(cell: object) -> int | None:
        if type(cell) is int:
            number = cell
        elif cell is None or cell == "":
            return None
        elif isinstance(cell, str) or (isinstance(cell, float) and cell.is_integer()):
            number = int(cell)
        else:
            raise ValueError
        if not -most <= number < most:
            raise ValueError
        return number

    return convert


def _real(cell: object) -> float | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str, Decimal)):
        raise TypeError
    return float(cell)


def _decimal(cell: object) -> Decimal | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str, Decimal)):
        raise TypeError
    return Decimal(str(cell))


def _datetime(cell: object) -> int | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        ticks = parse_iso(cell)
        if ticks is None:
            raise ValueError
        return ticks
    if isinstance(cell, datetime):
        return from_datetime(cell)
    raise TypeError


def _timespan(cell: object) -> int | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, timedelta):
        return cell // timedelta(microseconds=1) * TICKS_PER_MICROSECOND
    ticks = parse_timespan(cell) if isinstance(cell, str) else None
    if ticks is None:
        raise ValueError
    return ticks


def _guid(cell: object) -> str | None:
    return None if cell is None or cell == "" else str(UUID(str(cell)))


def _dynamic(cell: object) -> object:
    if isinstance(cell, (str, int, float, bool, list, dict, type(None))):
        return cell
    raise TypeError


def _text(cell: object) -> str | None:
    if cell is None or type(cell) is str:
        return cell
    return as_text(cell)


_CONVERTERS: dict[ScalarType, Callable[[object], Any]] = {
    ScalarType.STRING: _string,
    ScalarType.BOOL: _bool,
    ScalarType.INT: _integer(32),
    ScalarType.LONG: _integer(64),
    ScalarType.REAL: _real,
    ScalarType.DECIMAL: _decimal,
    ScalarType.DATETIME: _datetime,
    ScalarType.TIMESPAN: _timespan,
    ScalarType.GUID: _guid,
    ScalarType.DYNAMIC: _dynamic,
    ScalarType.TEXT: _text,
    ScalarType.VALUE: _dynamic,
}


def as_text(cell: object) -> str:
    """A cell of an event as the text that a field holds. Raises TypeError for what has no text."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int():
            return str(cell)
        case float():
            return str(int(cell)) if math.isfinite(cell) and cell.is_integer() else repr(cell)
        case datetime():
            return cell.isoformat()
        case _:
            raise TypeError(f"{cell!r} has no text")


def as_event(given: Given) -> dict[str, str]:
    """An event as fields of text: nested members become `a.b` and `a[0]`, nulls are absent."""
    if all(type(cell) is str for cell in given.values()):
        return dict(given)  # type: ignore[arg-type]  # just checked
    event: dict[str, str] = {}
    stack: list[tuple[str, object]] = list(reversed(list(given.items())))
    while stack:
        name, cell = stack.pop()
        if isinstance(cell, Mapping):
            stack.extend(reversed([(f"{name}.{key}", value) for key, value in cell.items()]))
        elif isinstance(cell, (list, tuple)):
            stack.extend(reversed([(f"{name}[{index}]", value) for index, value in enumerate(cell)]))
        elif cell is not None:
            try:
                event[name] = as_text(cell)
            except TypeError:
                raise ConversionError(name, ScalarType.TEXT, cell) from None
    return event


def as_events(rows: Iterable[Given]) -> Iterator[dict[str, str]]:
    """Every row as an event."""
    return map(as_event, rows)


def locate(error: ConversionError, sources: Mapping[str, Table]) -> str:
    """`table, row n` of the cell that a conversion failed for, counted from 1; of rows read anew, the first like it."""
    if error.place:
        return error.place
    for name, table in sources.items():
        if isinstance(table, Raw | Stored):
            read_anew = isinstance(table, Stored) or isinstance(table.rows, Lazy)
            for number, row in enumerate(table.rows, 1):
                if error.column in row and _is_it(error.value, row[error.column], read_anew=read_anew):
                    return f"{name}, row {number}"
    return "events"


def _is_it(value: object, cell: object, *, read_anew: bool) -> bool:
    """True for the very cell; of rows that were read anew, for one that reads the same."""
    return cell is value or (read_anew and type(cell) is type(value) and repr(cell) == repr(value))
