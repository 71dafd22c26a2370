"""Functions that add to each event what aggregates give over a window of the events up to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from emulator.cql.binder.aggregation import (
    NOT_AN_AGGREGATE,
    aggregated,
    columns_of,
    functions_of,
    gives_one,
    simple_call,
)
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.sequences import Event, applied, has_order
from emulator.cql.library.values import number
from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.plan.expressions import Field
from emulator.plan.relations import AggregateCall, Apply, GroupRows, Relation, TableFunction
from emulator.source import Span
from emulator.types import OPEN

LIBRARY = Library("cql", "running")

OUT_OF_ORDER = code(
    "CQL5008",
    "events that are not in order of time",
    "`slidingTimeWindow()` needs a time in every event, and none before the one of the event ahead of it: put "
    "`head()` or `sort(@timestamp, order=asc)` before it. The product reports an error too.",
)
FULL_WINDOW = code(
    "CQL5009",
    "a window of too many events",
    "The product keeps at most 10,000 events in a window of `slidingTimeWindow()`. Make the window shorter, or filter "
    "the events first.",
)
MOST_IN_WINDOW = 10_000
_WINDOW = "\0window"

Window: TypeAlias = Callable[[list[Event]], Iterator[tuple[int, int]]]
"""Where the window of each event begins, and where it ends: the positions of its first event, and behind its last."""


def all_before(*, current: bool) -> Window:
    """All events up to each, or before it."""
    return lambda events: ((0, position + current) for position in range(len(events)))


def some_before(count: int, *, current: bool) -> Window:
    """A number of events up to each, or before it."""
    return lambda events: ((max(0, position + current - count), position + current) for position in range(len(events)))


def time_before(length: float, field: str, *, current: bool) -> Window:
    """The events of a stretch of time up to each, or before it; one that lies the whole stretch back is out of it."""

    def bounds(events: list[Event]) -> Iterator[tuple[int, int]]:
        times: list[float | int] = []
        start = 0
        for position, event in enumerate(events):
            times.append(_time(event, field, times))
            while times[position] - times[start] >= length and start < position:
                start += 1
            if position - start >= MOST_IN_WINDOW:
                message = f"a window of `slidingTimeWindow()` has more than {MOST_IN_WINDOW:,} events"
                raise MeaningError(FULL_WINDOW, message, "make `span` shorter, or filter the events first")
            yield start, position + current

    return bounds


def _time(event: Event, field: str, before: list[float | int]) -> float | int:
    time = number(event.get(field))
    if time is not None and (not before or before[-1] <= time):
        return time
    why = "an event has no time" if time is None else "the events are not in order of time"
    help = "put head() or sort() with order=asc before slidingTimeWindow()"
    raise MeaningError(OUT_OF_ORDER, f"{why} in `{field}`", help)


@LIBRARY.table(
    "accumulate(function: functions, current: choice[include|exclude] = include) -> aggregate", doc="accumulate"
)
def lower_accumulate(flow: Flow, arguments: Arguments) -> None:
    """Adds to each event what some functions give over all events up to it."""
    _running(flow, arguments, all_before(current=arguments["current"] == "include"))


@LIBRARY.table(
    "slidingWindow(function: functions, events: between[1|1000], current: choice[include|exclude] = include)"
    " -> aggregate",
    doc="slidingwindow",
)
def lower_sliding_window(flow: Flow, arguments: Arguments) -> None:
    """Adds to each event what some functions give over a number of events up to it."""
    _running(flow, arguments, some_before(arguments["events"], current=arguments["current"] == "include"))


@LIBRARY.table(
    "slidingTimeWindow(function: functions, span: duration, current: choice[include|exclude] = include,"
    " timestampfield: field = @timestamp) -> aggregate",
    doc="slidingtimewindow",
)
def lower_sliding_time_window(flow: Flow, arguments: Arguments) -> None:
    """Adds to each event what some functions give over the events of a stretch of time up to it."""
    field, current = arguments["timestampfield"], arguments["current"] == "include"
    _running(flow, arguments, time_before(arguments["span"], field, current=current))


def _running(flow: Flow, arguments: Arguments, window: Window) -> None:
    if not has_order(flow, arguments):
        return
    span = arguments.call.span
    functions = functions_of(arguments["function"])
    found = [simple_call(flow.context, one) for one in functions]
    calls = tuple(call for call in found if call is not None)
    if len(calls) == len(found) and all(map(gives_one, calls)):
        relation, columns = applied("running", flow.relation(span), (calls, window), span), columns_of(calls)
    else:
        key = flow.context.fresh_key()
        windows = applied("windows", flow.relation(span), (window,), span)
        event = GroupRows(key, windows.row, span)
        given, columns = aggregated(flow.context, applied("in_window", event, (), span), functions, span)
        if not gives_one(given):
            _refuse(flow, arguments)
            return
        relation = _beside(windows, event, given, key, span)
    shown = (*flow.columns, *columns) if flow.columns else ()
    flow.put(relation, tuple(dict.fromkeys(shown)))


def _refuse(flow: Flow, arguments: Arguments) -> None:
    name = arguments.call.name
    help = "use functions that give one event, such as count(), sum(), avg(), max()"
    message = f"`{name}()` takes functions that give at most one event"
    flow.context.error(NOT_AN_AGGREGATE, message, arguments.span("function"), help)


def _beside(events: Relation, event: Relation, given: Relation, key: int, span: Span) -> Relation:
    """Each event with the fields of the row that a body gives for it."""
    body = TableFunction(operator("beside"), (event, given), (), OPEN, span)
    return Apply(events, None, body, key, (), OPEN, span)


@LIBRARY.table("operator:windows(rows: any, window: any) -> aggregate")
def windows(rows: Iterable[Event], window: Window) -> Iterator[dict[str, Any]]:
    """Each event with its window, in a hidden field."""
    events = list(rows)
    for event, (start, end) in zip(events, window(events), strict=True):
        yield {**event, _WINDOW: (events, start, end)}


@LIBRARY.table("operator:in_window(event: any) -> aggregate")
def in_window(event: Iterable[dict[str, Any]]) -> Iterator[Event]:
    """The events of an event's window."""
    for one in event:
        events, start, end = one[_WINDOW]
        yield from events[start:end]


@LIBRARY.table("operator:beside(event: any, rows: any) -> aggregate")
def beside(event: Iterable[dict[str, Any]], rows: Iterable[Event]) -> Iterator[dict[str, Any]]:
    """The event with the fields of the only row, if there is one."""
    for one in event:
        kept = {name: text for name, text in one.items() if name != _WINDOW}
        for row in rows:
            kept.update(row)
        yield kept


@LIBRARY.table("operator:running(rows: any, calls: any, window: any) -> aggregate")
def running(rows: Iterable[Event], calls: tuple[AggregateCall, ...], window: Window) -> Iterator[Event]:
    """Each event with what the aggregates give over its window; a window that grows is gone through once."""
    events = list(rows)
    states, first, behind = _states(calls), 0, 0
    for event, (start, end) in zip(events, window(events), strict=True):
        if start != first:
            states, first, behind = _states(calls), start, start
        for other in events[behind:end]:
            _step(calls, states, other)
        behind = end
        yield {**event, **_finished(calls, states)}


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
