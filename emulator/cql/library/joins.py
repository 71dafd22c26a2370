"""Functions that join events with those of another query, or of the same one."""

from __future__ import annotations

from emulator.assumptions import assumption
from emulator.cql import library, syntax
from emulator.cql.binder.aggregation import grouped
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.expressions import operate
from emulator.cql.binder.flow import Flow
from emulator.cql.binder.pipeline import clause
from emulator.cql.binder.subqueries import ONE_STREAM, interval, subquery
from emulator.cql.library.grouping import MOST_GROUPS
from emulator.cql.library.ordering import limit_of
from emulator.functions import Function, Library
from emulator.plan.expressions import Const, Expression, Field
from emulator.plan.relations import Aggregate, Join, JoinKind, Key, MissingKeys, Relation, Segment, Share
from emulator.plan.steps import Branch, Extract, Filter, Step
from emulator.source import Span
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "joins")
MOST_JOINED = 200_000

JOIN_FIRST = assumption(
    "join-first-rows",
    "cql",
    "where more rows of a join's subquery have the key than `max` allows, the first of them count",
)
EXACT_SELF_JOIN = assumption(
    "exact-self-join",
    "cql",
    "`selfJoin()` and `selfJoinFilter()` are exact; the product may let events of a few other keys through when there "
    "are very many",
)


def _fields(names: tuple[str, ...], span: Span) -> tuple[Expression, ...]:
    return tuple(Field(name, ScalarType.TEXT, span) for name in names)


@LIBRARY.table(
    "join(query: query, field: fields, key: fields = none, include: fields = none, mode: choice[inner|left] = inner,"
    " max: number = 1, limit: limit = 100000, start: text = none, end: text = none, view: text = none,"
    " repo: text = none, live: bool = false) -> filter",
    doc="join",
)
def lower_join(flow: Flow, arguments: Arguments) -> None:
    """Keeps events that have a match in a subquery, and adds fields of it; negated, events that have none."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("join", span)
        return
    keys: tuple[str, ...] = arguments["key"] or arguments["field"]
    if len(keys) != len(arguments["field"]):
        message = "`field` and `key` of `join()` need the same number of names"
        flow.context.error(WRONG_ARGUMENT, message, arguments.span("key"), "name one key for each field")
        return
    within = interval(flow.context, arguments)
    found = subquery(flow.context, arguments["query"], arguments.span("query"), within)
    if found is None:
        return
    for one in (ONE_STREAM, JOIN_FIRST):
        flow.context.rest_on(one)
    include: tuple[str, ...] = arguments["include"] or ()
    left, right = flow.relation(span), _included(found.relation(span), include, span)
    kind = JoinKind.LEFT_OUTER if arguments["mode"] == "left" else JoinKind.INNER
    columns = tuple((name, name) for name in include)
    limit = limit_of(flow, arguments, MOST_JOINED)
    shown = flow.columns
    flow.put(
        Join(
            left,
            right,
            JoinKind.LEFT_ANTI if arguments.negated else kind,
            _fields(arguments["field"], span),
            _fields(keys, span),
            (),
            columns,
            OPEN,
            span,
            null_matches=False,
            limit=limit,
            most_per_left=int(arguments["max"]),
        ),
        tuple(dict.fromkeys((*shown, *include))) if shown else (),
    )


def _included(relation: Relation, include: tuple[str, ...], span: Span) -> Relation:
    """The subquery with fields to include that are missing set to the empty text."""
    if not include:
        return relation
    given = (
        Const("", ScalarType.VALUE, span),
        operate("values", *_fields(include, span), span=span),
        Const(False, ScalarType.BOOL, span),  # noqa: FBT003 - replaceEmpty
        Const(include, ScalarType.VALUE, span),
    )
    step = Extract(_default(), given, (), False, span)  # noqa: FBT003 - not required
    return Segment(relation, (step,), relation.row, span)


def _default() -> Function:
    function = library.lookup("default")
    assert function is not None
    return function


@LIBRARY.table(
    "selfJoinFilter(field: fields, where: any, prefilter: bool = false) -> filter",
    doc="selfjoinfilter",
)
def lower_self_join_filter(flow: Flow, arguments: Arguments) -> None:
    """Keeps events with keys for which each `where` filter holds for some event."""
    if flow.in_clause:
        flow.refuse_in_clause("selfJoinFilter", arguments.call.span)
        return
    wheres = _wheres(flow, arguments)
    if wheres is not None:
        _keep_joined(flow, arguments, wheres, JoinKind.LEFT_ANTI if arguments.negated else JoinKind.LEFT_SEMI)


@LIBRARY.table(
    "selfJoin(field: fields, where: any, collect: fields = none, select: fields = none, limit: limit = 20000,"
    " prefilter: bool = false, postfilter: bool = false) -> aggregate",
    doc="selfjoin",
)
def lower_self_join(flow: Flow, arguments: Arguments) -> None:
    """One event for each key for which each `where` filter holds for some event, with fields of its events."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("selfJoin", span)
        return
    wheres = _wheres(flow, arguments)
    if wheres is None:
        return
    _keep_joined(flow, arguments, wheres, JoinKind.LEFT_SEMI)
    calls = tuple(
        _of_fields(function, arguments[name], arguments.span(name))
        for name, function in (("collect", "collect"), ("select", "selectLast"))
        if arguments[name]
    )
    grouped(flow, arguments["field"], calls, limit_of(flow, arguments, MOST_GROUPS), span)
    if arguments["postfilter"]:
        for steps in wheres:
            flow.add(*steps)


def _of_fields(function: str, names: tuple[str, ...], span: Span) -> syntax.Call:
    """The call of a function of some fields."""
    fields = syntax.Array(tuple(syntax.Quoted(name, span) for name in names), span)
    return syntax.Call(function, (syntax.Argument(None, fields, span),), span, span)


def _wheres(flow: Flow, arguments: Arguments) -> list[tuple[Step, ...]] | None:
    """The steps of each filter in `where`; None after an error."""
    value = arguments["where"]
    filters = value.items if isinstance(value, syntax.Array) else (value,)
    found = [clause(flow, (), one.pipeline) for one in filters if isinstance(one, syntax.Subquery)]
    if found and len(found) == len(filters):
        return found
    message = f"`where` of `{arguments.call.name}()` takes filters in braces"
    flow.context.error(WRONG_ARGUMENT, message, arguments.span("where"), "write where=[{…}, {…}]")
    return None


def _keep_joined(flow: Flow, arguments: Arguments, wheres: list[tuple[Step, ...]], kind: JoinKind) -> None:
    """Keep the events with a key for which each of some filters holds for an event, or the others."""
    span = arguments.call.span
    flow.context.rest_on(EXACT_SELF_JOIN)
    before = flow.relation(span)
    events: Relation = Share(before, flow.context.fresh_key(), before.row, span)
    names: tuple[str, ...] = arguments["field"]
    ids = [_ids(events, steps, names, span) for steps in wheres]
    both = ids[0]
    for one in ids[1:]:
        both = _semi(both, one, names, JoinKind.LEFT_SEMI, span)
    if arguments["prefilter"]:
        events = Segment(events, (Branch(tuple(wheres), span, (span,) * len(wheres)),), events.row, span)
    flow.put(_semi(events, both, names, kind, span), flow.columns)


def _ids(events: Relation, steps: tuple[Step, ...], names: tuple[str, ...], span: Span) -> Relation:
    """The keys of the events that pass some steps."""
    fields = tuple(Field(name, ScalarType.TEXT, span) for name in names)
    exist = tuple(Filter(operate("exists", field, span=span, kind=ScalarType.BOOL), span) for field in fields)
    passed = Segment(events, (*exist, *steps), events.row, span)
    keys = tuple(Key(field.name, field) for field in fields)
    return Aggregate(passed, keys, (), MissingKeys.DROP, OPEN, span)


def _semi(left: Relation, right: Relation, names: tuple[str, ...], kind: JoinKind, span: Span) -> Relation:
    fields = _fields(names, span)
    return Join(left, right, kind, fields, fields, (), (), OPEN, span, null_matches=False)
