"""Conditions on one field, and which events they are asked of."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.nodes import record
from emulator.plan.expressions import And, Call, Expression, Not, Or, fields
from emulator.proof.lints.falcon_catalogue import selected_events
from emulator.proof.lints.predicates import conjuncts
from emulator.proof.lints.subject import Subject
from emulator.source import Span


@record
class FieldCondition:
    """A condition on one field; `span` includes the negation when there is one."""

    field: str
    negated: bool
    span: Span


@record
class Asked:
    """A condition and the events that come to it; empty when they are not known. `assigned` fields are the query's.

    With `as_stored` only the query's own assignments can have given the event more fields than it was stored with.
    """

    condition: FieldCondition
    events: frozenset[str]
    assigned: frozenset[str]
    as_stored: bool


def asked_conditions(subject: Subject) -> Iterator[Asked]:
    """Every condition on one field that the query does not set itself, with the events that it is asked of."""
    for step, known in subject.readings.filters:
        events = selected_events([*known.passed, *conjuncts(step.predicate)]) if known.table else None
        for one in field_conditions(step.predicate, negated=False):
            if one.field not in known.assigned and one.span in subject.conditions:
                yield Asked(one, events or frozenset(), known.assigned, bool(known.table))


def field_conditions(expression: Expression, *, negated: bool) -> Iterator[FieldCondition]:
    """The conditions that stand alone or side by side; under `or` another one may be meant for the event."""
    match expression:
        case And(operands=operands):
            for one in operands:
                yield from field_conditions(one, negated=negated)
        case Not(operand=And() | Or() | Not() as operand):
            yield from field_conditions(operand, negated=not negated)
        case Not(operand=Call(function=function)) if function.identity == "cql.operator:exists":
            pass
        case Not(operand=operand, span=span):
            for inner in field_conditions(operand, negated=not negated):
                yield FieldCondition(inner.field, inner.negated, span)
        case Or():
            pass
        case _:
            names = fields(expression)
            if len(names) == 1:
                yield FieldCondition(next(iter(names)), negated, expression.span)
