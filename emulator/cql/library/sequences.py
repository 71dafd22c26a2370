"""Functions of events in order of time: series and sessions of them, running aggregates, and their neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from emulator.cql import syntax
from emulator.cql.binder.aggregation import NOT_AN_AGGREGATE, aggregated, columns_of, functions_of, simple_call
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.filters import bind_filter
from emulator.cql.binder.flow import Flow
from emulator.cql.binder.pipeline import clause
from emulator.cql.library.grouping import functions_given
from emulator.cql.library.ordering import by_time
from emulator.cql.library.pipeline import MODE_GAP
from emulator.cql.library.values import number
from emulator.functions import Library
from emulator.plan.expressions import Const, Expression, Field
from emulator.plan.relations import AggregateCall, Apply, GroupRows, Relation, Sort, TableFunction
from emulator.plan.steps import Assign, Assignment, Branch, Drop, Filter
from emulator.source import Span
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "sequences")
Event: TypeAlias = dict[str, str]

_STARTS, _ENDS, _PART = "\0starts", "\0ends", "\0part"


def in_time_order(flow: Flow, span: Span) -> Relation:
    """The events so far, the oldest first."""
    before = flow.relation(span)
    return Sort(before, by_time(span, descending=False), before.row, span)


def applied(name: str, source: Relation, given: tuple[object, ...], span: Span) -> Relation:
    """A function from the rows of a relation and some constants to rows."""
    constants: list[Expression] = [Const(one, ScalarType.VALUE, span) for one in given]
    return TableFunction(operator(name), (source,), tuple(constants), OPEN, span)


def _marked(flow: Flow, name: str, arguments: Arguments, parameter: str) -> None:
    """Mark the events that a filter in braces lets through."""
    value = arguments[parameter]
    if value is None:
        return
    span = arguments.span(parameter)
    if not isinstance(value, syntax.Subquery):
        message = f"`{parameter}` takes a filter in braces"
        flow.context.error(WRONG_ARGUMENT, message, span, f"write {parameter}={{…}}")
        return
    mark = Assign((Assignment(name, Const("1", ScalarType.TEXT, span), span),), span)
    flow.add(Branch(((*clause(flow, (), value.pipeline), mark), ()), span, (span, span)))


@dataclass(slots=True)
class _Series:
    """One series under way: the values of each field, and when it began and ended."""

    first: float | int
    last: float | int
    values: dict[str, list[str]] = field(default_factory=dict)

    def take(self, event: Event, fields: tuple[str, ...], time: float) -> None:
        self.last = time
        for name in fields:
            if name in event:
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
    _marked(flow, _STARTS, arguments, "startmatch")
    _marked(flow, _ENDS, arguments, "endmatch")
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


@LIBRARY.table("partition(function: functions, condition: any = none, split: any = none) -> aggregate", doc="partition")
def lower_partition(flow: Flow, arguments: Arguments) -> None:
    """A sequence function over parts of the events: a part begins where the condition holds."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("partition", span)
        return
    condition = arguments["condition"]
    if arguments["split"] is not None or not isinstance(condition, syntax.Call):
        message = "`partition()` is known with `condition=function(…)` only"
        flow.context.error(MODE_GAP, message, span, "write condition=test(…)")
        return
    mark = Assign((Assignment(_STARTS, Const("1", ScalarType.TEXT, span), span),), span)
    filtered = Filter(bind_filter(flow.context, condition), span)
    flow.add(Branch(((filtered, mark), ()), span, (span, span)))
    parts = applied("parts", flow.relation(span), (), span)
    _each_part(flow, parts, functions_of(arguments["function"]), span)


@LIBRARY.table("operator:parts(rows: any) -> aggregate")
def parts(rows: Iterable[Event]) -> Iterator[Event]:
    """The events with the number of their part."""
    count = 0
    for event in rows:
        count += _STARTS in event
        yield {**{name: text for name, text in event.items() if name != _STARTS}, _PART: str(count)}


@LIBRARY.table(
    "neighbor(include: fields, prefix: text = none, direction: choice[preceding|succeeding] = preceding,"
    " distance: number = 1) -> aggregate",
    doc="neighbor",
)
def lower_neighbor(flow: Flow, arguments: Arguments) -> None:
    """Adds fields of the event some places before or behind."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("neighbor", span)
        return
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


Window: TypeAlias = Callable[[list[Event], int], int]
"""The first event of the window that ends at a position."""


@LIBRARY.table(
    "accumulate(function: functions, current: choice[include|exclude] = include) -> aggregate", doc="accumulate"
)
def lower_accumulate(flow: Flow, arguments: Arguments) -> None:
    """Adds to each event what some functions give over all events up to it."""
    _running(flow, arguments, ("all", 0, arguments["current"] == "include"))


@LIBRARY.table(
    "slidingWindow(function: functions, events: number, current: choice[include|exclude] = include) -> aggregate",
    doc="slidingwindow",
)
def lower_sliding_window(flow: Flow, arguments: Arguments) -> None:
    """Adds to each event what some functions give over a number of events up to it."""
    _running(flow, arguments, ("events", arguments["events"], arguments["current"] == "include"))


@LIBRARY.table(
    "slidingTimeWindow(function: functions, span: duration, current: choice[include|exclude] = include) -> aggregate",
    doc="slidingtimewindow",
)
def lower_sliding_time_window(flow: Flow, arguments: Arguments) -> None:
    """Adds to each event what some functions give over the events of a stretch of time up to it."""
    _running(flow, arguments, ("time", arguments["span"], arguments["current"] == "include"))


def _running(flow: Flow, arguments: Arguments, window: tuple[str, float, bool]) -> None:
    span = arguments.call.span
    name = arguments.call.name
    if flow.in_clause:
        flow.refuse_in_clause(name, span)
        return
    found = [simple_call(flow.context, one) for one in functions_of(arguments["function"])]
    calls = tuple(call for call in found if call is not None)
    if len(calls) < len(found):
        help = "use aggregates such as count(), sum(), avg(), max()"
        flow.context.error(NOT_AN_AGGREGATE, f"`{name}()` takes plain aggregates", span, help)
        return
    shown = (*flow.columns, *columns_of(calls)) if flow.columns else ()
    flow.put(applied("running", flow.relation(span), (calls, window), span), tuple(dict.fromkeys(shown)))


@LIBRARY.table("operator:running(rows: any, calls: any, window: any) -> aggregate")
def running(
    rows: Iterable[Event], calls: tuple[AggregateCall, ...], window: tuple[str, float, bool]
) -> Iterator[Event]:
    """Each event with what the aggregates give over its window."""
    kind, size, current = window
    events = list(rows)
    states = _states(calls)
    for position, event in enumerate(events):
        if kind == "all":
            if not current:
                yield {**event, **_finished(calls, states)}
            _step(calls, states, event)
            if current:
                yield {**event, **_finished(calls, states)}
            continue
        fresh = _states(calls)
        for other in _window(events, position, kind, size, current=current):
            _step(calls, fresh, other)
        yield {**event, **_finished(calls, fresh)}


def _window(events: list[Event], position: int, kind: str, size: float, *, current: bool) -> list[Event]:
    end = position + 1 if current else position
    if kind == "events":
        return events[max(0, end - int(size)) : end]
    now = number(events[position].get("@timestamp"))
    if now is None:
        return []
    times = [(number(one.get("@timestamp")), one) for one in events[:end]]
    return [one for time, one in times if time is not None and now - time <= size]


def _states(calls: tuple[AggregateCall, ...]) -> list[Any]:
    return [call.function.python(*call.constants) for call in calls]


def _step(calls: tuple[AggregateCall, ...], states: list[Any], event: Event) -> None:
    for call, state in zip(calls, states, strict=True):
        values = [event.get(one.name) if isinstance(one, Field) else event for one in call.arguments]
        if None not in values or call.function.nulls.value == "total":
            state.step(*values)


def _finished(calls: tuple[AggregateCall, ...], states: list[Any]) -> Event:
    found: Event = {}
    for call, state in zip(calls, states, strict=True):
        value = state.finish()
        given = value if isinstance(value, dict) else {call.names[0]: value}
        found.update({name: text for name, text in given.items() if text is not None})
    return found
