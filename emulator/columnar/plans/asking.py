"""What a leg asks of a table in any engine: columns, what is known of them, and the constants of the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlglot import exp

from emulator.columnar.expressions.bounds import Bounds, Value, Values
from emulator.columnar.plans.encoding import Held
from emulator.columnar.plans.legs import Leg
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Run
from emulator.interpreter.ranges import TIME_COLUMNS
from emulator.interpreter.rowcode import value_maker
from emulator.interpreter.segments import live_before
from emulator.plan.expressions import Expression
from emulator.plan.steps import read_by
from emulator.types import Column, RowType, ScalarType

_NOTHING = RowType(())


class Source(Protocol):
    """A table of an engine, and its columns in order."""

    @property
    def columns(self) -> tuple[Held, ...]:
        """All columns."""
        ...

    def find(self, name: str, other: str = "") -> Held | None:
        """The column of a name, or of its second name."""
        ...


def bounds_of(run: Run) -> Bounds:
    """What derives bounds in this run; what sub-plans read for them does not count: the interpreter reads it again."""

    def fixed(expression: Expression) -> object:
        before = dict(run.read)
        try:
            return value_maker(expression, _NOTHING, compile_relation)(run)(())
        finally:
            run.read.clear()
            run.read.update(before)

    return Bounds(fixed)


def known_values(leg: Leg, source: Source) -> Values:
    """What is known of a table's columns before the first step."""
    if not leg.is_open:
        found = {column.name: (column.type, source.find(column.name, column.same_as)) for column in leg.scan.row}
    else:
        found = {held.name: (ScalarType.TEXT, held) for held in source.columns}
        for name in read_by(leg.segment.steps):
            found.setdefault(name, (ScalarType.TEXT, None))
    values = {}
    for name, (kind, held) in found.items():
        sql = exp.convert(kind.null) if held is None else held.compared(kind)
        if sql is not None:
            values[name] = Value(sql, kind)
    return values


def columns_read(leg: Leg, source: Source, run: Run) -> tuple[Column, ...]:
    """The columns that the steps read or hand on."""
    if leg.is_open:
        return tuple(Column(held.name, ScalarType.TEXT) for held in source.columns)
    wanted = live_before(leg.segment.steps, frozenset(leg.segment.row.names))[0]
    if run.start is not None or run.end is not None:
        wanted |= {name for name in TIME_COLUMNS if leg.scan.row.find(name)}
    return tuple(one for one in leg.scan.row if one.name in wanted and source.find(one.name, one.same_as))


def held_of(columns: Sequence[Column], source: Source) -> list[Held]:
    """The columns of the files that some columns of a table are read from."""
    found = (source.find(column.name, column.same_as) for column in columns)
    return [one for one in found if one is not None]


def ready_values(leg: Leg, columns: Sequence[Column], source: Source) -> tuple[exp.Expr, ...] | None:
    """The columns as values ready for use; None when cells have to be converted one by one."""
    if leg.is_open:
        return None
    made = [held.handed_on(column.type) for held, column in zip(held_of(columns, source), columns, strict=True)]
    return tuple(one for one in made if one is not None) if None not in made else None
