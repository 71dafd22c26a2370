"""RUL6006: a limit that can hide alerts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from emulator.cql import syntax as cql
from emulator.diagnostics import Diagnostic, code
from emulator.plan.expressions import Const
from emulator.plan.relations import Aggregate, Limit, Relation, Segment, Sort, Union
from emulator.proof.lints.subject import Subject
from emulator.source import Span

HIDING_LIMIT = code(
    "RUL6006",
    "a limit that can hide alerts",
    "On a busy day, or when an attacker makes noise, the rows beyond the limit are not shown and raise no alert. Leave "
    "the limit out of a scheduled rule, raise it, or group rows so that there are few.",
)
PLENTY = 20_000
"""A limit from here on is taken for a bound on the output, not for a choice of rows; LogScale's tables end there."""
_Cut: TypeAlias = tuple[Span, int]


def hiding_limits(subject: Subject) -> Iterator[Diagnostic]:
    """Each limit behind which nothing but the result comes."""
    for span, count in dict.fromkeys(_cuts(subject.root)):
        if 0 < count < PLENTY:
            yield _warning(subject, span, count)


def _cuts(relation: Relation) -> Iterator[_Cut]:
    match relation:
        case Limit(input=inner, count=Const(value=int(count)), span=span):
            if not _has_one_row(inner):
                yield span, count
            yield from _cuts(inner)
        case Sort(input=inner, limit=limit, span=span):
            if limit is not None and not _has_one_row(inner):
                yield span, limit
            yield from _cuts(inner)
        case Segment(input=inner):
            yield from _cuts(inner)
        case Union(inputs=inputs):
            for one in inputs:
                yield from _cuts(one)
        case _:
            pass


def _has_one_row(relation: Relation) -> bool:
    """True for an aggregate over all rows."""
    while isinstance(relation, Segment | Sort | Limit):
        relation = relation.input
    return isinstance(relation, Aggregate) and not relation.keys


def _warning(subject: Subject, span: Span, count: int) -> Diagnostic:
    if subject.language == "kql":
        help = "leave it out of a scheduled rule: every row beyond it is an alert that nobody sees"
        return subject.warning(HIDING_LIMIT, f"the result ends after {_rows(count)}", span, help)
    call = next((one for one in subject.nodes if isinstance(one, cql.Call) and one.span == span), None)
    given = [one for one in call.arguments if one.name is not None and one.name.text == "limit"] if call else []
    help = "write `limit=max`, or group the rows so that there are few"
    if call is None or given:
        where = given[0].span if given else span
        return subject.warning(HIDING_LIMIT, f"the result ends after {_rows(count)}", where, help)
    message = f"the result ends after {_rows(count)}, since `{call.name}` has no `limit`"
    return subject.warning(HIDING_LIMIT, message, call.name_span, help)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
