"""How dear an expression is, so that cheap conditions run first where nobody can tell the order."""

from __future__ import annotations

from itertools import groupby

from emulator.plan.expressions import And, Call, Expression, Field, Or, children, is_fixed
from emulator.plan.steps import Filter, Step
from emulator.types import ScalarType

_DEAR_TO_CONVERT = frozenset({ScalarType.DATETIME, ScalarType.TIMESPAN, ScalarType.GUID, ScalarType.DECIMAL})


def cost(expression: Expression) -> int:
    """A rough measure of time; a comparison of a number with a constant costs 2, what is fixed for a run nothing."""
    match expression:
        case _ if is_fixed(expression):
            return 0
        case Field(type=kind):
            return 6 if kind in _DEAR_TO_CONVERT else 1
        case Call():
            return 8 + sum(map(cost, expression.arguments))
        case And(operands=operands) | Or(operands=operands):
            return sum(map(cost, operands))
        case _:
            return 1 + sum(map(cost, children(expression)))


def conjuncts(predicate: Expression) -> tuple[Expression, ...]:
    """The conditions that must all hold, in order."""
    return predicate.operands if isinstance(predicate, And) else (predicate,)


def merged_filters(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps with neighbouring filters as one, its conditions ordered by cost; the meaning is the same."""
    merged: list[Step] = []
    for are_filters, several in groupby(steps, key=lambda step: isinstance(step, Filter)):
        if are_filters:
            merged.append(_one_filter([step for step in several if isinstance(step, Filter)]))
        else:
            merged.extend(several)
    return tuple(merged)


def _one_filter(filters: list[Filter]) -> Filter:
    """All conditions of neighbouring filters, cheap ones first."""
    ordered = sorted((one for step in filters for one in conjuncts(step.predicate)), key=cost)
    first, last = filters[0], filters[-1]
    return first if len(ordered) == 1 else Filter(And(tuple(ordered), last.predicate.span), first.span)
