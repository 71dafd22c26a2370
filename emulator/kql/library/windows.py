"""Functions of serialized rows: each is given the arguments of all rows in order, and gives a value for each row.

They stand in `TableFunction` nodes; the signature speaks of one row, the meaning of the list of the rows' arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from emulator.functions import Library
from emulator.kql.library.operators import wrap

LIBRARY = Library("kql", "windows")
Arguments = Sequence[tuple[Any, ...]]


@LIBRARY.table("row_number(start: long = 1, restart: bool = false) -> long", doc="row-number-function")
def row_number(rows: Arguments) -> Iterator[int | None]:
    """1, 2, 3 …, from the start again where `restart` is true."""
    number: int | None = None
    for start, restart in rows:
        number = start if number is None or restart else number + 1
        yield number


@LIBRARY.table("row_cumsum(term: number, restart: bool = false) -> number", doc="row-cumsum-function")
def row_cumsum(rows: Arguments) -> Iterator[float | Decimal]:
    """The sum of the terms so far; nulls add nothing."""
    total: Any = 0
    for term, restart in rows:
        total = (0 if restart else total) + (0 if term is None else term)
        yield wrap(total) if isinstance(total, int) else total


@LIBRARY.table("row_rank_dense(term: not_dynamic, restart: bool = false) -> long", doc="row-rank-dense-function")
def row_rank_dense(rows: Arguments) -> Iterator[int]:
    """1, and one more with each change of the term."""
    rank, before = 0, None
    for term, restart in rows:
        if restart:
            rank = 0
        if rank == 0 or term != before:
            rank += 1
        before = term
        yield rank


@LIBRARY.table("row_rank_min(term: not_dynamic, restart: bool = false) -> long", doc="row-rank-min-function")
def row_rank_min(rows: Arguments) -> Iterator[int]:
    """The number of the first of the rows with the same term."""
    rank = number = 0
    before = None
    for term, restart in rows:
        number = 1 if restart else number + 1
        if number == 1 or term != before:
            rank = number
        before = term
        yield rank


@LIBRARY.table(
    "row_window_session(expr: datetime, from_first: timespan, between: timespan, restart: bool = false) -> datetime",
    doc="row-window-session-function",
)
def row_window_session(rows: Arguments) -> Iterator[int | None]:
    """The start of the session that a row belongs to: a row too far from its start or its last row begins another.

    A null begins none, but the next row does.
    """
    start: int | None = None
    last: int | None = None
    for moment, from_first, between, restart in rows:
        if moment is not None:
            fresh = restart or start is None or last is None
            if fresh or _reaches(moment - start, from_first) or _reaches(moment - last, between):
                start = moment
        last = moment
        yield start


def _reaches(distance: int, most: int | None) -> bool:
    """True where a distance is as long as one that ends a session; a null ends none."""
    return most is not None and distance >= most


@LIBRARY.table(
    "prev(column: scalar, const offset: long = 1, const default: scalar = null) -> scalar", doc="prev-function"
)
def prev(rows: Arguments) -> Iterator[object]:
    """The value of an earlier row."""
    return _shifted(rows, -1)


@LIBRARY.table(
    "next(column: scalar, const offset: long = 1, const default: scalar = null) -> scalar", doc="next-function"
)
def next_(rows: Arguments) -> Iterator[object]:
    """The value of a later row."""
    return _shifted(rows, 1)


def _shifted(rows: Arguments, direction: int) -> Iterator[object]:
    """The value that many rows away, or the default where there is no such row, as with an offset that is null."""
    for position, (_, offset, default) in enumerate(rows):
        other = -1 if offset is None else position + direction * offset
        yield rows[other][0] if 0 <= other < len(rows) else default
