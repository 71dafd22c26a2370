"""What the legs of a plan ask of a table: columns, and what must hold of the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from sqlglot import exp

from emulator.clock import TICKS_PER_MILLISECOND, UNIX_EPOCH
from emulator.columnar.expressions.bounds import UNKNOWN, Bound, every
from emulator.columnar.expressions.leaves import between
from emulator.columnar.plans.asking import bounds_of, columns_read, held_of, known_values, ready_values
from emulator.columnar.plans.encoding import Held
from emulator.columnar.plans.legs import Leg
from emulator.columnar.plans.paths import necessary
from emulator.columnar.spark.sources import Frame
from emulator.interpreter.context import Run
from emulator.interpreter.ranges import EVENT_TIME, TIME_COLUMNS
from emulator.interpreter.tables import Lazy, Names, Prepared, Raw, Table
from emulator.nodes import record
from emulator.types import Column, ScalarType


@record
class Asked:
    """What one leg asks: the columns, and what must hold of the rows."""

    leg: Leg
    frame: Frame
    columns: tuple[Column, ...]
    bound: Bound

    @cached_property
    def ready(self) -> tuple[exp.Expr, ...] | None:
        """The columns as values ready for use; None when cells have to be converted one by one."""
        return ready_values(self.leg, self.columns, self.frame)

    @property
    def held(self) -> list[Held]:
        """The columns of the files that it reads."""
        return held_of(self.columns, self.frame)

    @property
    def selected(self) -> list[tuple[str, exp.Expr]]:
        """What to select, in order of the columns, each with a name of its own; two may be one column of the file."""
        if self.ready is None:
            return [(f"c{held.place}", held.sql) for held in self.held]
        names = [f"v{held.place}_{column.type.value}" for held, column in zip(self.held, self.columns, strict=True)]
        return list(zip(names, self.ready, strict=True))

    def table(self, rows: Callable[[], Iterable[tuple[Any, ...]]]) -> Table:
        """The rows as the interpreter reads them."""
        names = Names(column.name for column in self.columns)
        return as_read(names, rows, prepared=self.ready is not None)


def as_read(names: Names, rows: Callable[[], Iterable[tuple[Any, ...]]], *, prepared: bool) -> Table:
    """Rows as the interpreter reads them: as values ready for use, or as cells to be converted one by one."""
    if prepared:
        return Prepared(names, Lazy(rows))

    def mappings() -> Iterator[dict[str, object]]:
        for row in rows():
            yield {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}

    return Raw(Lazy(mappings))


def asked(leg: Leg, frame: Frame, run: Run) -> Asked:
    """What a leg asks for in this run; all rows, where only the interpreter can tell which lie in the time range."""
    within = in_range(leg, frame, run)
    if not within.exact:
        return Asked(leg, frame, columns_read(leg, frame, run), UNKNOWN)
    bound = necessary(leg.segment.steps, known_values(leg, frame), bounds_of(run))
    return Asked(leg, frame, columns_read(leg, frame, run), every([within, bound]))


def time_range(leg: Leg, run: Run) -> tuple[int | None, int | None]:
    """The range of the rows that a leg reads, in ticks; a search of events may have one of its own."""
    if leg.is_open and leg.scan.interval is not None:
        return leg.scan.interval(run.now, run.start, run.end)
    return run.start, run.end


def in_range(leg: Leg, frame: Frame, run: Run) -> Bound:
    """What holds of the rows in the time range; exact, unless only the interpreter can tell."""
    start, end = time_range(leg, run)
    if start is None and end is None:
        return Bound(None, exact=True)
    if leg.is_open:
        held = frame.find(EVENT_TIME)
        if held is None or held.compared(ScalarType.LONG) is None:
            return UNKNOWN
        low = None if start is None else exp.GTE(this=held.sql, expression=_milliseconds(start))
        high = None if end is None else exp.LT(this=held.sql, expression=_milliseconds(end))
        present = exp.not_(held.sql.is_(exp.null()))
        return Bound(exp.and_(present, *(one for one in (low, high) if one is not None)), exact=True)
    column = next((found for name in TIME_COLUMNS if (found := leg.scan.row.find(name))), None)
    if column is None or column.type is not ScalarType.DATETIME:
        return Bound(None, exact=True)
    held = frame.find(column.name, column.same_as)
    sql = exp.false() if held is None else held.compared(ScalarType.DATETIME)
    if held is None or sql is None:
        return Bound(sql, exact=sql is not None)
    return Bound(between(sql, start, end), exact=True)


def _milliseconds(ticks: int) -> exp.Expr:
    """The first whole millisecond since 1970 that is not before a moment."""
    return exp.Literal.number(-((UNIX_EPOCH - ticks) // TICKS_PER_MILLISECOND))
