"""CQL6001: a condition on a field that no event of the selected type carries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.diagnostics import Diagnostic, code
from emulator.plan.expressions import And, Call, Expression, Not, Or, fields
from emulator.proof.lints.falcon_catalogue import falcon_catalogue, selected_events
from emulator.proof.lints.predicates import conjuncts
from emulator.proof.lints.subject import Subject
from emulator.source import Span

ABSENT_FIELD = code(
    "CQL6001",
    "a condition on a field that no event of the type carries",
    "The query has selected events of a type that lacks this field, raw (FDR) as well as enriched (NG-SIEM). In CQL a "
    "comparison with a missing field is false, and so `!=` and `not` are true: an exclusion excludes nothing, and a "
    "condition never matches.",
)
_PROCESS = "ProcessRollup2"


@dataclass(frozen=True, slots=True)
class _FieldCondition:
    """A condition on one field; `span` includes the negation when there is one."""

    field: str
    negated: bool
    span: Span


def absent_fields(subject: Subject) -> Iterator[Diagnostic]:
    """Each such condition, where the types of the events are known."""
    if subject.language != "cql":
        return
    for step, known in subject.readings.filters:
        events = selected_events([*known.passed, *conjuncts(step.predicate)]) if known.table else None
        for one in _field_conditions(step.predicate, negated=False):
            if one.field not in known.assigned and falcon_catalogue().lack(events or (), one.field):
                yield _warning(subject, one, sorted(events or ()))


def _field_conditions(expression: Expression, *, negated: bool) -> Iterator[_FieldCondition]:
    """The conditions that stand alone or side by side; under `or` another one may be meant for the event."""
    match expression:
        case And(operands=operands):
            for one in operands:
                yield from _field_conditions(one, negated=negated)
        case Not(operand=And() | Or() | Not() as operand):
            yield from _field_conditions(operand, negated=not negated)
        case Not(operand=Call(function=function)) if function.identity == "cql.operator:exists":
            pass
        case Not(operand=operand, span=span):
            for inner in _field_conditions(operand, negated=not negated):
                yield _FieldCondition(inner.field, inner.negated, span)
        case Or():
            pass
        case _:
            names = fields(expression)
            if len(names) == 1:
                yield _FieldCondition(next(iter(names)), negated, expression.span)


def _warning(subject: Subject, one: _FieldCondition, events: list[str]) -> Diagnostic:
    listed = " or ".join(events)
    outcome = "is always true" if one.negated else "can never match"
    message = f"`{subject.text(one.span)}` {outcome}: no {listed} event carries `{one.field}`"
    return subject.warning(ABSENT_FIELD, message, one.span, _help(one.field, events))


def _help(field: str, events: list[str]) -> str:
    catalogue = falcon_catalogue()
    carried = frozenset.intersection(*(catalogue.events[name] for name in events))
    close = sorted(name for name in carried if name.endswith(field))
    if close:
        return f"compare `{close[0]}`, which these events carry"
    if field in catalogue.events[_PROCESS] and "ContextProcessId" in carried:
        return f"leave it out, or take `{field}` from the {_PROCESS} event whose TargetProcessId is ContextProcessId"
    return "leave it out, or compare a field that these events carry"
