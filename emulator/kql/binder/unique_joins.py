"""Filters right behind an innerunique join: they choose among the left rows before duplicates of a key are dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from emulator.assumptions import assumption
from emulator.kql.binder import steps
from emulator.kql.binder.scope import Scope
from emulator.plan.expressions import And, Call, Expression, Field, fields, walk
from emulator.plan.relations import Join, JoinKind, Relation, Segment
from emulator.plan.steps import Filter
from emulator.source import Span

FILTERS_FIRST = assumption(
    "innerunique-filter",
    "kql",
    "the documentation moves a filter that directly follows an innerunique join to the left side before duplicates of "
    "a key are dropped; taken to hold for each condition joined by `and` that reads left columns alone, and for no "
    "filter further down",
)


def filtered(relation: Relation, predicate: Expression, span: Span, scope: Scope) -> Relation:
    """The relation with a filter behind it; conditions that choose left rows of an innerunique join stand before it."""
    join = _joined(relation)
    if join is None:
        return _behind(relation, predicate, span)
    conditions = list(_conditions(predicate))
    moved = [one for one in conditions if _chooses(one, join)]
    if not moved:
        return _behind(relation, predicate, span)
    scope.context.rests_on(FILTERS_FIRST.name)
    # A segment of its own: traces tell the stages of the left side from the filter behind the join.
    left = Segment(join.left, (Filter(_all(moved), span),), join.left.row, span)
    joined = replace(join, left=left)
    below = replace(relation, input=joined) if isinstance(relation, Segment) else joined
    rest = [one for one in conditions if one not in moved]
    return _behind(below, _all(rest), span) if rest else below


def _behind(relation: Relation, predicate: Expression, span: Span) -> Relation:
    return steps.after(relation, [Filter(predicate, span)], relation.row.columns, span)


def _joined(relation: Relation) -> Join | None:
    """The innerunique join that a relation is, with nothing but filters behind it."""
    if isinstance(relation, Segment) and all(isinstance(step, Filter) for step in relation.steps):
        relation = relation.input
    return relation if isinstance(relation, Join) and relation.kind is JoinKind.INNER_UNIQUE else None


def _chooses(condition: Expression, join: Join) -> bool:
    """Whether a condition chooses among the left rows of one key; keys alone choose the same rows on either side."""
    read = fields(condition)
    left = {shown for name, shown in join.left_columns if name == shown}
    keys = {key.name for key in join.left_keys if isinstance(key, Field)}
    pure = all(one.function.pure for one in walk(condition) if isinstance(one, Call))
    return pure and read <= left and not read <= keys


def _conditions(predicate: Expression) -> Iterator[Expression]:
    """The conditions that must all hold, in order."""
    if isinstance(predicate, And):
        for operand in predicate.operands:
            yield from _conditions(operand)
    else:
        yield predicate


def _all(conditions: list[Expression]) -> Expression:
    first, last = conditions[0], conditions[-1]
    return first if len(conditions) == 1 else And(tuple(conditions), first.span.to(last.span))
