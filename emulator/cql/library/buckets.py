"""Functions that group events by time."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.assumptions import assumption
from emulator.clock import UNIX_EPOCH
from emulator.cql.binder.aggregation import grouped
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.calls import supplied
from emulator.cql.binder.constants import NotOfType, duration
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.grouping import functions_given
from emulator.cql.library.pipeline import MODE_GAP
from emulator.cql.library.sequences import applied
from emulator.cql.library.values import number
from emulator.cql.timezones import Zone
from emulator.functions import Library
from emulator.plan.expressions import Const, Field
from emulator.plan.relations import Ordering, Sort, SortKey, TableFunction
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "buckets")

AUTO_SPAN = assumption(
    "auto-span",
    "cql",
    "without `span` the time range, or without one the events' own, is cut into `buckets` (127 unless given) of equal "
    "length; the product chooses a rounder length",
)
EMPTY_BUCKETS = assumption(
    "empty-buckets", "cql", "stretches of time without events give no row in `bucket()` and `timeChart()`"
)
_DEFAULT_BUCKETS = 127
_TICKS = 10_000
_BUCKET = "_bucket"
_SPAN = (
    "span: text = auto, buckets: number = none, {field}: fields = none, function: functions = count,"
    " limit: number = 10, minSpan: duration = none, timezone: zone = UTC, unit: texts = none"
)


def _lower(flow: Flow, arguments: Arguments, field: str) -> None:
    span = arguments.call.span
    name = arguments.call.name
    if flow.in_clause:
        flow.refuse_in_clause(name, span)
        return
    if arguments["unit"] is not None:
        message = f"`{name}()` with `unit` converts in a way that is not documented well enough to be exact"
        flow.context.error(MODE_GAP, message, arguments.span("unit"), "leave `unit` out, and convert with `:=`")
        return
    length = None if arguments["span"] == "auto" else _length(flow, arguments)
    if length is None:
        flow.context.rest_on(AUTO_SPAN)
    flow.context.rest_on(EMPTY_BUCKETS)
    how = (length, arguments["buckets"], arguments["minSpan"], arguments["timezone"])
    given = [Const(one, ScalarType.VALUE, span) for one in how]
    ends = [supplied(flow.context, kind, span) for kind in ("start", "end")]
    source = TableFunction(operator("bucketed"), (flow.relation(span),), (*given, *ends), OPEN, span)
    flow.put(source, ())
    fields: tuple[str, ...] = arguments[field] or ()
    grouped(flow, (_BUCKET, *fields), functions_given(arguments), None, span)
    columns = flow.columns
    if fields:
        flow.put(applied("top_series", flow.relation(span), (fields, arguments["limit"]), span), columns)
    key = SortKey(Field(_BUCKET, ScalarType.TEXT, span), False, nulls_first=False, ordering=Ordering.NUMERIC)  # noqa: FBT003
    flow.put(Sort(flow.relation(span), (key,), OPEN, span), columns)


def _length(flow: Flow, arguments: Arguments) -> float | None:
    try:
        length = duration(arguments["span"])
    except NotOfType as wrong:
        span = arguments.span("span")
        flow.context.error(WRONG_ARGUMENT, f"`span` takes {wrong}", span, f"write {wrong}")
        return None
    return length or 1


@LIBRARY.table(f"bucket({_SPAN.format(field='field')}) -> aggregate", doc="bucket")
def lower_bucket(flow: Flow, arguments: Arguments) -> None:
    """One event for each stretch of time and combination of fields, with what the functions give."""
    _lower(flow, arguments, "field")


@LIBRARY.table(
    "timeChart(series: fields = none, span: text = auto, buckets: number = none, function: functions = count,"
    " limit: number = 10, minSpan: duration = none, timezone: zone = UTC, unit: texts = none) -> aggregate",
    doc="timechart",
)
def lower_time_chart(flow: Flow, arguments: Arguments) -> None:
    """The same for a chart: one event for each stretch of time and series."""
    _lower(flow, arguments, "series")


@LIBRARY.table(
    "operator:bucketed(rows: any, span: any, buckets: any, least: any, zone: any, start: any, end: any) -> aggregate"
)
def bucketed(
    rows: Iterable[dict[str, str]],
    length: float | None,
    buckets: int | None,
    least: float | None,
    zone: Zone,
    start: int | None,
    end: int | None,
) -> list[dict[str, str]]:
    """The events that have a time, with the beginning of their bucket."""
    timed = [(time, row) for row in rows if (time := number(row.get("@timestamp"))) is not None]
    if not timed:
        return []
    if length is None:
        first = min(time for time, _ in timed) if start is None else (start - UNIX_EPOCH) / _TICKS
        last = max(time for time, _ in timed) + 1 if end is None else (end - UNIX_EPOCH) / _TICKS
        length = max(1, (last - first) // (buckets or _DEFAULT_BUCKETS))
    length = max(length, least or 0)
    return [{**row, _BUCKET: str(_beginning(time, length, zone))} for time, row in timed]


def _beginning(time: float, length: float, zone: Zone) -> int:
    offset = zone.offset(int(time // 1000)) * 1000 if length % 3_600_000 == 0 else 0
    return int((time + offset) // length * length - offset)


@LIBRARY.table("operator:top_series(rows: any, fields: any, limit: any) -> aggregate")
def top_series(rows: Iterable[dict[str, str]], fields: tuple[str, ...], limit: int) -> list[dict[str, str]]:
    """The rows of the series with the greatest numbers."""
    kept = list(rows)
    weights: dict[tuple[str, ...], float] = {}
    for row in kept:
        key = tuple(row.get(name, "") for name in fields)
        numbers = [number(text) or 0 for name, text in row.items() if name not in fields and name != _BUCKET]
        weights[key] = weights.get(key, 0) + sum(numbers)
    best = set(sorted(weights, key=lambda key: weights[key], reverse=True)[:limit])
    return [row for row in kept if tuple(row.get(name, "") for name in fields) in best]
