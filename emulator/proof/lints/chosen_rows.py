"""CQL6006: rows that a limit chooses in an order that the product does not give."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.cql import syntax as cql
from emulator.diagnostics import Diagnostic, code
from emulator.plan.expressions import Call, fields
from emulator.plan.relations import Aggregate, Apply, Relation, Segment, Sort
from emulator.plan.steps import Assign, Extract, Rename
from emulator.proof.lints.hiding_limits import PLENTY
from emulator.proof.lints.plan_parts import relations
from emulator.proof.lints.subject import Subject
from emulator.rules import QueryName
from emulator.source import Span

CHOSEN_ROWS = code(
    "CQL6006",
    "rows that a limit chooses in no order",
    "`head()` and `tail()` choose events by their time. Rows of an aggregate have none, and the product gives them no "
    "order, not even that of a `sort()` before: which of them go on can differ from run to run, so that an expectation "
    "that names some of them holds by chance. A grouping with a limit keeps some of its groups, too. `sort(field, "
    "limit=…)` orders and cuts at once.",
)
_TIME = "@timestamp"


def chosen_rows(subject: Subject) -> Iterator[Diagnostic]:
    """Each `head()` and `tail()` over rows of an aggregate that carry no time, and each grouping with a small limit."""
    if subject.language != "cql":
        return
    found: dict[Span, str] = {}
    for root in subject.roots:
        for one in relations(root):
            match one:
                case Sort(limit=int()) if _by_time(one) and _has_no_time(one.input):
                    found[one.span] = "rows that have no time: the product gives them no order"
                case Aggregate(limit=int() as limit) | Apply(limit=int() as limit) if limit < PLENTY:
                    found[one.span] = f"more than {limit:,} groups: the product does not say which stay"
    for call in (one for one in subject.nodes if isinstance(one, cql.Call) and one.span in found):
        yield _warning(subject, call, found[call.span])


def _by_time(relation: Sort) -> bool:
    key = relation.keys[0].value
    return isinstance(key, Call) and key.function.identity == "cql.operator:event_time" and _TIME in fields(key)


def _has_no_time(relation: Relation) -> bool:
    """True for rows that come from an aggregate and get no time on the way."""
    while isinstance(relation, Segment | Sort):
        if isinstance(relation, Segment) and any(map(_may_set_time, relation.steps)):
            return False
        relation = relation.input
    return isinstance(relation, Aggregate | Apply) and relation.row.find(_TIME) is None


def _may_set_time(step: object) -> bool:
    match step:
        case Assign(assignments=assignments):
            return any(one.name == _TIME for one in assignments)
        case Rename(pairs=pairs):
            return any(new == _TIME for _, new in pairs)
        case _:
            return isinstance(step, Extract)


def _warning(subject: Subject, call: cql.Call, among: str) -> Diagnostic:
    message = f"`{call.name}()` chooses among {among}"
    if (case := _depending(subject)) is not None:
        message += f", and the case `{case}` expects what some of them hold"
    return subject.warning(CHOSEN_ROWS, message, call.span, "order and cut at once: `sort(field, order=…, limit=…)`")


def _depending(subject: Subject) -> str | None:
    """The first case that says what alerts of the query hold."""
    for case in () if subject.detection is None else subject.detection.cases:
        found = case.expect.get(QueryName.CQL)
        if found is not None and found.rows:
            return case.id
    return None
