"""What a run gives: columns, rows, notes, and how many rows were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from emulator.assumptions import declared_assumptions
from emulator.nodes import record
from emulator.types import Column, Rest, RowType, ScalarType

if TYPE_CHECKING:
    from emulator.plan.relations import Plan


@record
class FurtherTable:
    """A table that a query gives beside its first, such as a leg of `fork`; `name` is "" where the query gives none."""

    name: str
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]

    def to_json(self) -> dict[str, object]:
        """{"name", "columns", "rows"}, as those of a result."""
        return {"name": self.name, **_json(self.columns, self.rows)}


@record
class Result:
    """What a run gave.

    `rows` are tuples of values in the order of `columns`, as emulator.types describes them; `to_json` gives them as
    text and numbers. `notes` tells cuts and assumptions; `read` how many rows of each table were read: where a limit
    ends the reading early, the interpreter counts those that it came to, and engines all those in the run's range.
    `more` are the further tables of a query that gives several.
    """

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    notes: tuple[str, ...] = ()
    read: Mapping[str, int] = field(default_factory=dict)
    more: tuple[FurtherTable, ...] = ()

    def to_json(self) -> dict[str, object]:
        """{"columns": [{"name", "type"}], "rows": [[…]]} of plain values; of several tables the first.

        A datetime is text such as `2024-05-01T00:00:00.0000000Z`, a timespan `[-][d.]hh:mm:ss[.fffffff]`, a decimal
        text; dynamic is JSON; NaN and the infinities are `"NaN"`, `"Infinity"`, `"-Infinity"`.
        """
        return _json(self.columns, self.rows)


def _json(columns: tuple[Column, ...], rows: list[tuple[Any, ...]]) -> dict[str, object]:
    from emulator.interpreter.output import json_cell

    kinds = [column.type for column in columns]
    return {
        "columns": [{"name": column.name, "type": _public(column.type)} for column in columns],
        "rows": [[json_cell(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in rows],
    }


def _public(kind: ScalarType) -> str:
    return "string" if kind in (ScalarType.TEXT, ScalarType.VALUE) else kind.value


class Shape:
    """How the rows of a relation become those of a result; worked out once for all runs."""

    def __init__(self, row: RowType) -> None:
        self._row = row
        self._visible = row.visible
        self._slots = [position for position, column in enumerate(row) if not column.hidden]

    def table(self, rows: list[Any]) -> tuple[tuple[Column, ...], list[tuple[Any, ...]]]:
        """The columns and rows that are shown."""
        if self._row.rest is not Rest.CLOSED:
            columns = self._open_columns(rows)
            names = [column.name for column in columns]
            return columns, [tuple(map(event.get, names)) for event in rows]
        if len(self._slots) != len(self._row):
            rows = [tuple(one[position] for position in self._slots) for one in rows]
        return self._visible, rows

    def _open_columns(self, rows: list[Any]) -> tuple[Column, ...]:
        """The fields that the plan shows first, then the others in order of first appearance."""
        names = dict.fromkeys(column.name for column in self._visible)
        hidden = {column.name for column in self._row if column.hidden}
        for event in rows:
            names.update(dict.fromkeys(name for name in event if name not in hidden))
        return tuple(Column(name, ScalarType.TEXT) for name in names)


def notes_of(plan: Plan) -> tuple[str, ...]:
    """What every result of a plan has to say: its assumptions, and that there are further tables."""
    told = [_reason(name) for name in plan.assumptions]
    if plan.more:
        told.append(f"the query gives {len(plan.more) + 1} tables; the rows of the first are its result")
    return tuple(told)


def _reason(name: str) -> str:
    known = declared_assumptions().get(name)
    return f"assumption {name}: {known.reason if known else 'undeclared'}"
