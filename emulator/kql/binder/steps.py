"""Segments: steps are put behind each other, and the row type follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from emulator.plan.expressions import Const, Expression, Field
from emulator.plan.relations import Relation, Segment
from emulator.plan.steps import Assign, Assignment, Keep, Step
from emulator.source import Span
from emulator.types import Column, RowType


def after(relation: Relation, steps: Sequence[Step], columns: Iterable[Column], span: Span) -> Relation:
    """The relation with more steps applied to its rows, which then have these columns."""
    row = RowType(tuple(columns), relation.row.rest)
    if not steps:
        return relation if row == relation.row else Segment(relation, (), row, span)
    if isinstance(relation, Segment):
        return Segment(relation.input, (*relation.steps, *steps), row, relation.span.to(span))
    return Segment(relation, tuple(steps), row, span)


def assigned(columns: Sequence[Column], values: Sequence[tuple[str, Expression]]) -> list[Column]:
    """The columns after an assignment: a known name keeps its place, a new one or a hidden one goes to the end."""
    kinds = {name: value.type for name, value in values}
    kept = [
        Column(column.name, kinds.pop(column.name)) if column.name in kinds and not column.hidden else column
        for column in columns
        if not (column.hidden and column.name in kinds)
    ]
    return [*kept, *(Column(name, kind) for name, kind in kinds.items())]


def extended(relation: Relation, values: Sequence[tuple[str, Expression]], span: Span) -> Relation:
    """The relation with columns set, all from the rows as they are."""
    if not values:
        return relation
    assign = Assign(tuple(Assignment(name, value, value.span) for name, value in values), span)
    return after(relation, [assign], assigned(relation.row.columns, values), span)


def projected(relation: Relation, values: Sequence[tuple[str, Expression]], span: Span) -> Relation:
    """The relation with these columns alone, in this order."""
    changed = [
        Assignment(name, value, value.span)
        for name, value in values
        if not (isinstance(value, Field) and value.name == name)
    ]
    steps: list[Step] = [Assign(tuple(changed), span)] if changed else []
    steps.append(Keep(tuple(name for name, _ in values), span))
    return after(relation, steps, (Column(name, value.type) for name, value in values), span)


def kept(relation: Relation, columns: Sequence[Column], span: Span) -> Relation:
    """The relation with some of its columns, in this order."""
    return after(relation, [Keep(tuple(column.name for column in columns), span)], columns, span)


def null(column: Column, span: Span) -> Const:
    """The missing value of a column."""
    return Const(column.type.null, column.type, span)
