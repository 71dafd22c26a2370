"""Functions of events in an order: series and sessions of them, parts, and neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from emulator.assumptions import assumption
from emulator.cql import syntax
from emulator.cql.binder.aggregation import aggregated, functions_of
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.filters import bind_filter
from emulator.cql.binder.flow import Flow
from emulator.cql.binder.pipeline import clause
from emulator.cql.library.grouping import functions_given
from emulator.cql.library.ordering import by_time
from emulator.cql.library.values import number
from emulator.diagnostics import code
from emulator.functions import Library
from emulator.plan.expressions import Const, Expression, Field
from emulator.plan.relations import Apply, GroupRows, Relation, Sort, TableFunction
from emulator.plan.steps import Assign, Assignment, Branch, Drop, Filter
from emulator.source import Span
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "sequences")

WHOLE_SERIES = assumption(
    "whole-series",
    "cql",
    "`series()` keeps all values, whatever its `memlimit`: the documentation does not say what goes when there are "
    "more; events that have none of the fields do not count in its times",
)
Event: TypeAlias = dict[str, str]

NO_ORDER = code(
    "CQL3015",
    "a function of events in an order, before the events have one",
    "Events as they come have no order. `accumulate()`, `neighbor()`, `partition()` and the sliding windows stand "
    "behind an aggregate such as `head()`, `sort()` or `bucket()`; the product rejects them elsewhere.",
)
_STARTS, _ENDS, _PART = "\0starts", "\0ends", "\0part"


def has_order(flow: Flow, arguments: Arguments) -> bool:
    """True where a function of events in an order may stand: behind an aggregate, outside of clauses."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause(arguments.call.name, span)
    elif not flow.context.ordered:
        help = "put head(), sort() or another aggregate before it"
        flow.context.error(NO_ORDER, f"`{arguments.call.name}()` needs events that have an order", span, help)
    return not flow.in_clause and flow.context.ordered


def in_time_order(flow: Flow, span: Span) -> Relation:
    """The events so far, the oldest first."""
    before = flow.relation(span)
    return Sort(before, by_time(span, descending=False), before.row, span)


def applied(name: str, source: Relation, given: tuple[object, ...], span: Span) -> Relation:
    """A function from the rows of a relation and some constants to rows."""
    constants: list[Expression] = [Const(one, ScalarType.VALUE, span) for one in given]
    return TableFunction(operator(name), (source,), tuple(constants), OPEN, span)


def mark(flow: Flow, name: str, arguments: Arguments, parameter: str) -> Branch | None:
    """Mark the events that a filter function, or a pipeline in braces, lets through; None after an error."""
    value = arguments[parameter]
    span = arguments.span(parameter)
    match value:
        case syntax.Subquery(pipeline=pipeline):
            steps = clause(flow, (), pipeline)
        case syntax.Call():
            steps = (Filter(bind_filter(flow.context, value), span),)
        case _:
            message = f"`{parameter}` takes a filter in braces"
            flow.context.error(WRONG_ARGUMENT, message, span, f"write {parameter}={{…}}")
            return None
    marked = Assign((Assignment(name, Const("1", ScalarType.TEXT, span), span),), span)
    branch = Branch(((*steps, marked), ()), span, (span, span))
    flow.add(branch)
    return branch


@dataclass(slots=True)
class _Series:
    """One series under way: the values of each field, and when it began and ended."""

    first: float | int
    last: float | int
    values: dict[str, list[str]] = field(default_factory=dict)

    def take(self, event: Event, fields: tuple[str, ...], time: float) -> None:
        present = [name for name in fields if name in event]
        if present:
            self.first, self.last = (self.first if self.values else time), time
        for name in present:
            self.values.setdefault(name, []).append(event[name])

    def row(self, separator: str) -> Event:
        start, length = int(self.first), int(self.last - self.first)
        joined = {name: separator.join(values) for name, values in self.values.items()}
        return {"@timestamp": str(start), "_duration": str(length), **joined}


@LIBRARY.table(
    "series(collect: fields, startmatch: query = none, endmatch: query = none, maxpause: duration = none,"
    " maxduration: duration = none, memlimit: text = none, separator: text = '\\n') -> aggregate",
    doc="series",
)
def lower_series(flow: Flow, arguments: Arguments) -> None:
    """The values of some fields in order of time, as one event, or one for each series of events."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("series", span)
        return
    flow.context.rest_on(WHOLE_SERIES)
    for name, parameter in ((_STARTS, "startmatch"), (_ENDS, "endmatch")):
        if arguments[parameter] is not None:
            mark(flow, name, arguments, parameter)
    fields: tuple[str, ...] = arguments["collect"]
    given = (
        fields,
        arguments["startmatch"] is not None,
        arguments["maxpause"],
        arguments["maxduration"],
        arguments["separator"],
    )
    flow.put(applied("series", in_time_order(flow, span), given, span), ("@timestamp", "_duration", *fields))


@LIBRARY.table("operator:series(rows: any, fields: any, starts: any, pause: any, duration: any, sep: any) -> aggregate")
def series(
    rows: Iterable[Event],
    fields: tuple[str, ...],
    needs_start: bool,
    max_pause: float | None,
    max_duration: float | None,
    separator: str,
) -> Iterator[Event]:
    """One row for each series of events."""
    current: _Series | None = None
    for event in rows:
        time = number(event.get("@timestamp"))
        if time is None:
            continue
        ended = current is not None and (
            _STARTS in event
            or (max_pause is not None and time - current.last > max_pause)
            or (max_duration is not None and time - current.first > max_duration)
        )
        if current is not None and ended:
            yield current.row(separator)
            current = None
        if current is None and (not needs_start or _STARTS in event):
            current = _Series(time, time)
        if current is None:
            continue
        current.take(event, fields, time)
        if _ENDS in event:
            yield current.row(separator)
            current = None
    if current is not None:
        yield current.row(separator)


@LIBRARY.table("session(function: functions = count, maxpause: duration = '15m') -> aggregate", doc="session")
def lower_session(flow: Flow, arguments: Arguments) -> None:
    """What some functions give over each session: events that are no further apart than a pause."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("session", span)
        return
    parts = applied("sessions", in_time_order(flow, span), (arguments["maxpause"],), span)
    _each_part(flow, parts, functions_given(arguments), span)


@LIBRARY.table("operator:sessions(rows: any, pause: any) -> aggregate")
def sessions(rows: Iterable[Event], max_pause: float) -> Iterator[Event]:
    """The events with the number of their session."""
    count, last = 0, None
    for event in rows:
        time = number(event.get("@timestamp"))
        if time is None:
            continue
        count += last is not None and time - last > max_pause
        last = time
        yield {**event, _PART: str(count)}


def _each_part(flow: Flow, parts: Relation, functions: tuple[syntax.Value, ...], span: Span) -> None:
    """What some functions give over the events of each part."""
    key = flow.context.fresh_key()
    body, columns = aggregated(flow.context, GroupRows(key, parts.row, span), functions, span)
    by = (Field(_PART, ScalarType.TEXT, span),)
    flow.put(Apply(parts, by, body, key, (), OPEN, span), columns)
    flow.add(Drop((_PART,), span))


@LIBRARY.table(
    "partition(function: functions, condition: any, split: choice[before|after] = before) -> aggregate",
    doc="partition",
)
def lower_partition(flow: Flow, arguments: Arguments) -> None:
    """What some functions give over each part of the events: they are cut where a condition holds."""
    if not has_order(flow, arguments):
        return
    span = arguments.call.span
    mark(flow, _STARTS, arguments, "condition")
    parts = applied("parts", flow.relation(span), (arguments["split"] == "after",), span)
    _each_part(flow, parts, functions_of(arguments["function"]), span)


@LIBRARY.table("operator:parts(rows: any, after: any) -> aggregate")
def parts(rows: Iterable[Event], after: bool) -> Iterator[Event]:
    """The events with the number of their part; a marked event begins one, or ends one."""
    count = 0
    for event in rows:
        cut = _STARTS in event
        count += cut and not after
        yield {**{name: text for name, text in event.items() if name != _STARTS}, _PART: str(count)}
        count += cut and after


@LIBRARY.table(
    "neighbor(include: fields, prefix: text = none, direction: choice[preceding|succeeding] = preceding,"
    " distance: number = 1) -> aggregate",
    doc="neighbor",
)
def lower_neighbor(flow: Flow, arguments: Arguments) -> None:
    """Adds fields of the event some places before or behind."""
    if not has_order(flow, arguments):
        return
    span = arguments.call.span
    away = arguments["distance"] if arguments["direction"] == "preceding" else -arguments["distance"]
    given = (arguments["include"], arguments["prefix"], away)
    flow.put(applied("neighbors", flow.relation(span), given, span), flow.columns)


@LIBRARY.table("operator:neighbors(rows: any, fields: any, prefix: any, away: any) -> aggregate")
def neighbors(rows: Iterable[Event], fields: tuple[str, ...], prefix: str | None, away: int) -> list[Event]:
    """The events with fields of their neighbours."""
    events = list(rows)
    start = f"{prefix}." if prefix else ""
    result = []
    for position, event in enumerate(events):
        other = events[position - away] if 0 <= position - away < len(events) else {}
        result.append({**event, **{start + name: other[name] for name in fields if name in other}})
    return result
