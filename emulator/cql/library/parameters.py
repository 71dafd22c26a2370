"""Functions that speak of the run of a query and not of its events: parameters, repetition, time range."""

from __future__ import annotations

from emulator.clock import TICKS_PER_MILLISECOND, UNIX_EPOCH
from emulator.cql import syntax
from emulator.cql.binder.arguments import MISSING_ARGUMENT, WRONG_ARGUMENT, Arguments
from emulator.cql.binder.flow import Flow
from emulator.cql.binder.pipeline import assign
from emulator.cql.timepoints import TimePoint, read_time_point
from emulator.diagnostics import code
from emulator.functions import Library
from emulator.plan.expressions import Const
from emulator.types import ScalarType

LIBRARY = Library("cql", "parameters")

NOT_AT_START = code(
    "CQL3013",
    "a time range that is set too late",
    "`setTimeInterval()` stands once in a query, before every other step and before `defineTable()`; a subquery has "
    "its own `start` and `end`.",
)


@LIBRARY.table("beta:param(parameter: text, as: text = none) -> events", doc="beta-param")
def lower_param(flow: Flow, arguments: Arguments) -> None:
    """Sets a field to what a parameter of the query stands for."""
    span = arguments.call.span
    if arguments["as"] is None:
        help = "write name := beta:param(…), or add as=name"
        message = "`beta:param()` needs the name of the field to set"
        flow.context.error(MISSING_ARGUMENT, message, span, help)
        return
    text = flow.context.parameter(syntax.Parameter(arguments["parameter"], None, arguments.span("parameter")))
    flow.add(assign(arguments["as"], Const(text, ScalarType.VALUE, span), span))


@LIBRARY.table("beta:repeating(interval: duration = none, as: text = none) -> events", doc="beta-repeating")
def lower_repeating(flow: Flow, arguments: Arguments) -> None:
    """Lets a live query be run again and again; nothing in a query over events that are there."""
    del flow, arguments


@LIBRARY.table(
    "setTimeInterval(start: text, end: text = now, timezone: zone = UTC) -> events",
    doc="settimeinterval",
)
def lower_set_time_interval(flow: Flow, arguments: Arguments) -> None:
    """Sets the time range of the query, in place of the one that the run has."""
    span = arguments.call.span
    if not flow.is_untouched:
        help = "write it once, before everything else, and not in a subquery"
        flow.context.error(NOT_AT_START, "`setTimeInterval()` stands at the beginning of a query", span, help)
        return
    ends = []
    for name in ("start", "end"):
        point = read_time_point(arguments[name], arguments["timezone"])
        if point is None:
            help = "write `now`, milliseconds since 1970, or a stretch of time such as `7d` or `1d@d+12h`"
            message = f"`{name}` of `setTimeInterval()` takes a point in time"
            flow.context.error(WRONG_ARGUMENT, message, arguments.span(name), help)
            return
        ends.append(point)
    start, end = ends
    flow.time_range = lambda now: (_ticks(start, now), _ticks(end, now))


def _ticks(point: TimePoint, now: int) -> int:
    return UNIX_EPOCH + point.at((now - UNIX_EPOCH) // TICKS_PER_MILLISECOND) * TICKS_PER_MILLISECOND
