"""Queries inside a query: pipelines of their own over the same events."""

from __future__ import annotations

from dataclasses import replace

from emulator.assumptions import assumption
from emulator.clock import TICKS_PER_MILLISECOND, UNIX_EPOCH
from emulator.cql import syntax
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.context import Context
from emulator.cql.binder.flow import Flow
from emulator.cql.timepoints import TimePoint, read_time_point
from emulator.cql.timezones import UTC_ZONE
from emulator.plan.relations import Interval, Scan
from emulator.source import Span

ONE_STREAM = assumption(
    "one-stream",
    "cql",
    "a subquery reads the same events as the query around it, whatever its `view` and `repo` say",
)


def interval(context: Context, arguments: Arguments) -> Interval | None:
    """The time range that `start` and `end` of a call give: points told from the end of the query's own range.

    None where neither was given, or after an error.
    """
    points: list[TimePoint | None] = []
    for name in ("start", "end"):
        text: str | None = arguments[name]
        point = None if text is None else read_time_point(text, UTC_ZONE)
        if text is not None and point is None:
            help = "write milliseconds since 1970, or a stretch before the end of the query's time range such as `7d`"
            message = f"`{name}` of `{arguments.call.name}()` takes a point in time"
            context.error(WRONG_ARGUMENT, message, arguments.span(name), help)
        points.append(point)
    return None if points == [None, None] else _told_from_end(*points)


def _told_from_end(first: TimePoint | None, last: TimePoint | None) -> Interval:
    def told(now: int, start: int | None, end: int | None) -> tuple[int | None, int | None]:
        base = ((now if end is None else end) - UNIX_EPOCH) // TICKS_PER_MILLISECOND
        low, high = (
            own if point is None else UNIX_EPOCH + point.at(base) * TICKS_PER_MILLISECOND
            for point, own in ((first, start), (last, end))
        )
        return low, high

    return told


def subquery(context: Context, value: syntax.Value, span: Span, within: Interval | None = None) -> Flow | None:
    """The pipeline in braces of an argument, over all events of a time range; None after an error."""
    from emulator.cql.binder.pipeline import bind_pipeline

    if not isinstance(value, syntax.Subquery):
        context.error(WRONG_ARGUMENT, "`query` takes a query in braces", span, "write query={…}")
        return None
    stream = context.stream
    if within is not None and isinstance(stream, Scan):
        stream = replace(stream, interval=within)
    flow = Flow(context, stream)
    ordered, context.ordered = context.ordered, False
    bind_pipeline(flow, value.pipeline)
    context.ordered = ordered
    return flow
