"""The functions of a chart that are pipelines or windows over several buckets.

Each event stands in its own bucket, and once more in each later bucket whose window it is in. Marks in hidden fields
tell which; a function of the chart sees the events with its mark alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol

from emulator.assumptions import assumption
from emulator.cql import library, syntax
from emulator.cql.binder.aggregation import aggregated
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments, match_arguments
from emulator.cql.binder.expressions import operate, operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.grouping import functions_given
from emulator.cql.library.values import Event
from emulator.diagnostics import code
from emulator.functions import Kind, Library
from emulator.nodes import record
from emulator.plan.expressions import Const, Field
from emulator.plan.relations import Apply, GroupRows, Relation, Segment, TableFunction
from emulator.plan.steps import Filter
from emulator.source import Span
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "bucket_windows")

NOT_IN_CHART = code(
    "CQL3014",
    "a window without buckets",
    "`window()` is a function of the `function` argument of `bucket()` and `timeChart()`, and nothing else.",
)
WHOLE_WINDOWS = assumption(
    "whole-windows",
    "cql",
    "`window()` gives a value to a bucket whose whole window lies in the time range: the documentation says that a "
    "window which is longer than the time range has no result, and nothing of those that begin before it",
)
_OWN = "\0own"
_DAY = 86_400_000
"""What changes of the clock can never add up to: further away nothing has to be looked up."""


class Stretches(Protocol):
    """Buckets: stretches of time of one length, from the one of a first to the one of a last instant (milliseconds)."""

    @property
    def first(self) -> float:
        """The first instant."""

    @property
    def last(self) -> float:
        """The instant behind the last."""

    @property
    def length(self) -> float:
        """The length of a stretch."""

    def beginning(self, time: float) -> int:
        """The beginning of the stretch that an instant lies in."""


@record
class Width:
    """How wide a window is: a number of buckets, or a stretch of time that is rounded to buckets."""

    buckets: int | None
    span: float | None

    def count(self, length: float) -> int:
        """How many buckets of a length it is."""
        if self.buckets is not None:
            return self.buckets
        return max(1, math.floor((self.span or 0) / length + 0.5))


@LIBRARY.table(
    "window(function: functions = count, buckets: between[1|1500] = none, span: duration = none) -> aggregate",
    doc="window",
)
def lower_window(flow: Flow, arguments: Arguments) -> None:
    """What some functions give over the buckets up to each one; a chart takes the call apart before it comes here."""
    help = "write timeChart(function=window(…))"
    message = "`window()` stands in the `function` of bucket() or timeChart() only"
    flow.context.error(NOT_IN_CHART, message, arguments.call.span, help)


@record
class Part:
    """Functions of a chart over the events of a bucket, or of the window up to it that has a number."""

    functions: tuple[syntax.Value, ...]
    window: int | None = None

    @property
    def mark(self) -> str:
        """The field that its events have."""
        return _OWN if self.window is None else f"\0in{self.window}"


def windows_in(flow: Flow, functions: tuple[syntax.Value, ...]) -> tuple[tuple[Part, ...], tuple[Width, ...]]:
    """The functions of a chart, and the widths of the windows among them."""
    widths: list[Width] = []
    parts: list[Part] = []
    for one in functions:
        if not isinstance(one, syntax.Call) or one.name.lower() != "window":
            parts.append(Part((one,)))
            continue
        arguments = _window(flow, one)
        if arguments is not None:
            parts.append(Part(functions_given(arguments), len(widths)))
            widths.append(Width(arguments["buckets"], arguments["span"]))
    return tuple(parts), tuple(widths)


def is_plain(part: Part) -> bool:
    """True for an aggregate of the bucket's events that is no pipeline: it needs no marks."""
    (value,) = part.functions if part.window is None else (None,)
    call = value.value if isinstance(value, syntax.Assign) else value
    function = library.lookup(call.name) if isinstance(call, syntax.Call) else None
    return function is not None and function.kind is Kind.AGGREGATE


def _window(flow: Flow, call: syntax.Call) -> Arguments | None:
    """The arguments of a call of window(); None after an error."""
    arguments = match_arguments(flow.context, LIBRARY.functions[0], call)
    if arguments is None:
        return None
    if (arguments["buckets"] is None) is (arguments["span"] is None):
        if flow.context.holds_unknown(call.span):  # by a parameter that nobody gave
            arguments.values["buckets"] = 1
            return arguments
        message = "`window()` takes either `buckets` or `span`"
        flow.context.error(WRONG_ARGUMENT, message, call.span, "write window(…, buckets=3) or window(…, span=15min)")
        return None
    return arguments


def _whole(window: int) -> str:
    """The field of a bucket's events that tells that the whole window lies in the time range."""
    return f"\0whole{window}"


def group_windows(flow: Flow, names: tuple[str, ...], parts: tuple[Part, ...], span: Span) -> None:
    """The parts of a chart over the events of each bucket and series; events that lack a series are left out."""
    if any(part.window is not None for part in parts):
        flow.context.rest_on(WHOLE_WINDOWS)
    before = flow.relation(span)
    key = flow.context.fresh_key()
    group = GroupRows(key, before.row, span)
    relations: list[Relation] = []
    columns: list[str] = []
    for part in parts:
        chosen = Segment(group, (_exists(part.mark, span),), before.row, span)
        rows, shown = aggregated(flow.context, chosen, part.functions, span)
        if part.window is not None:
            whole = Const(_whole(part.window), ScalarType.VALUE, span)
            rows = TableFunction(operator("whole_window"), (group, rows), (whole,), OPEN, span)
        relations.append(rows)
        columns += shown
    body = TableFunction(operator("combine"), tuple(relations), (), OPEN, span)
    present = Segment(before, tuple(_exists(name, span) for name in names), before.row, span)
    fields = tuple(Field(name, ScalarType.TEXT, span) for name in names)
    flow.put(Apply(present, fields, body, key, names, OPEN, span), tuple(dict.fromkeys((*names, *columns))))


def _exists(name: str, span: Span) -> Filter:
    field = Field(name, ScalarType.TEXT, span)
    return Filter(operate("exists", field, span=span, kind=ScalarType.BOOL), span)


@LIBRARY.table("operator:whole_window(group: any, rows: any, whole: any) -> aggregate")
def whole_window(group: Iterable[Event], rows: Iterable[Event], whole: str) -> list[Event]:
    """The rows, where the window of the bucket is whole."""
    return list(rows) if any(whole in event for event in islice(group, 1)) else []


def in_windows(
    event: Event, time: float, widths: tuple[Width, ...], grid: Stretches
) -> Iterator[tuple[int, dict[str, str]]]:
    """An event with its marks, in its own bucket and in the later ones whose windows it is in."""
    counts = [width.count(grid.length) for width in widths]
    at = grid.beginning(time)
    for ahead in range(max(counts, default=1)):
        if ahead and at + ahead * grid.length >= grid.last + _DAY:
            return
        bucket = grid.beginning(at + ahead * grid.length)
        if ahead and bucket >= grid.last:
            return
        marks = _wholes(bucket, counts, grid)
        marks |= {Part((), window).mark: "1" for window, count in enumerate(counts) if ahead < count}
        if not ahead:
            marks[_OWN] = "1"
        yield bucket, {**event, **marks}


def seeds(buckets: Iterable[int], widths: tuple[Width, ...], grid: Stretches) -> Iterator[tuple[int, dict[str, str]]]:
    """For each bucket an event that no function sees, so that the bucket has a row."""
    counts = [width.count(grid.length) for width in widths]
    return ((bucket, _wholes(bucket, counts, grid)) for bucket in buckets)


def _wholes(bucket: int, counts: list[int], grid: Stretches) -> dict[str, str]:
    first = grid.beginning(grid.first)
    starts = [bucket - (count - 1) * grid.length for count in counts]
    return {
        _whole(window): "1"
        for window, start in enumerate(starts)
        if start >= first - _DAY and grid.beginning(start) >= first
    }
