"""What a run gives: columns, rows, notes, and how many rows were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.assumptions import declared_assumptions
from emulator.types import Column, Rest, RowType, ScalarType

if TYPE_CHECKING:
    from emulator.plan.relations import Plan


@dataclass(frozen=True, slots=True)
class Result:
    """What a run gave.

    `rows` are tuples of values in the order of `columns`, as emulator.types describes them; `to_json` gives them as
    text and numbers. `notes` tells cuts and assumptions; `read` how many rows of each table were read.
    """

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    notes: tuple[str, ...] = ()
    read: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """{"columns": [{"name", "type"}], "rows": [[…]]} of plain values.

        A datetime is text such as `2024-05-01T00:00:00.0000000Z`, a timespan `[-][d.]hh:mm:ss[.fffffff]`, a decimal
        text; dynamic is JSON; NaN and the infinities are `"NaN"`, `"Infinity"`, `"-Infinity"`.
        """
        from emulator.interpreter.output import json_cell

        kinds = [column.type for column in self.columns]
        return {
            "columns": [{"name": column.name, "type": _public(column.type)} for column in self.columns],
            "rows": [[json_cell(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in self.rows],
        }


def _public(kind: ScalarType) -> str:
    return "string" if kind in (ScalarType.TEXT, ScalarType.VALUE) else kind.value


class Shape:
    """How the rows of a plan become a result; worked out once for all runs."""

    def __init__(self, plan: Plan) -> None:
        row = plan.root.row
        self._row: RowType = row
        self._visible = row.visible
        self._slots = [position for position, column in enumerate(row) if not column.hidden]
        self._notes = tuple(map(_reason, plan.assumptions))

    def result(self, rows: list[Any], notes: list[str], read: Mapping[str, int]) -> Result:
        """The result of a run that gave these rows and notes."""
        told = (*notes, *self._notes)
        if self._row.rest is not Rest.CLOSED:
            columns = self._open_columns(rows)
            names = [column.name for column in columns]
            return Result(columns, [tuple(map(event.get, names)) for event in rows], told, read)
        if len(self._slots) != len(self._row):
            rows = [tuple(one[position] for position in self._slots) for one in rows]
        return Result(self._visible, rows, told, read)

    def _open_columns(self, rows: list[Any]) -> tuple[Column, ...]:
        """The fields that the plan shows first, then the others in order of first appearance."""
        names = dict.fromkeys(column.name for column in self._visible)
        hidden = {column.name for column in self._row if column.hidden}
        for event in rows:
            names.update(dict.fromkeys(name for name in event if name not in hidden))
        return tuple(Column(name, ScalarType.TEXT) for name in names)


def _reason(name: str) -> str:
    known = declared_assumptions().get(name)
    return f"assumption {name}: {known.reason if known else 'undeclared'}"
