"""Functions that aggregate events: all of them, or group by group."""

from __future__ import annotations

from emulator.cql import syntax
from emulator.cql.binder.aggregation import GROUP_ORDER, MISSING_KEY, functions_of, grouped, stats
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.flow import Flow
from emulator.cql.library.ordering import limit_of
from emulator.functions import Library
from emulator.source import Span

LIBRARY = Library("cql", "grouping")
MOST_GROUPS = 1_000_000


def count_call(span: Span) -> syntax.Call:
    """What a grouping computes unless it is told otherwise: count()."""
    return syntax.Call("count", (), span, span)


def functions_given(arguments: Arguments) -> tuple[syntax.Value, ...]:
    """The functions of a grouping's `function` argument."""
    if not arguments.given("function"):
        return (count_call(arguments.call.span),)
    return functions_of(arguments["function"])


@LIBRARY.table("groupBy(field: fields, function: functions = count, limit: limit = 20000) -> aggregate", doc="groupby")
def lower_group_by(flow: Flow, arguments: Arguments) -> None:
    """One event for each combination of some fields, with what the functions give over its events."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("groupBy", span)
        return
    flow.context.rest_on(MISSING_KEY)
    flow.context.rest_on(GROUP_ORDER)
    grouped(flow, arguments["field"], functions_given(arguments), limit_of(flow, arguments, MOST_GROUPS), span)


@LIBRARY.table("stats(function: functions = count) -> aggregate", doc="stats")
def lower_stats(flow: Flow, arguments: Arguments) -> None:
    """What some functions give over all events, combined."""
    stats(flow, functions_given(arguments), arguments.call.span)
