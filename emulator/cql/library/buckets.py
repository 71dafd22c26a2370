"""Functions that group events by time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from emulator.assumptions import assumption
from emulator.clock import UNIX_EPOCH
from emulator.cql import syntax
from emulator.cql.binder.aggregation import aggregated, columns_of, grouped, simple_call
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.calls import supplied
from emulator.cql.binder.constants import NotOfType, duration
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.bucket_windows import Width, group_windows, in_windows, is_plain, seeds, windows_in
from emulator.cql.library.grouping import functions_given
from emulator.cql.library.pipeline import MODE_GAP
from emulator.cql.library.sequences import applied
from emulator.cql.library.units import Conversion, conversion
from emulator.cql.library.values import Event, number, show
from emulator.cql.timepoints import FIRST, LAST
from emulator.cql.timezones import Zone
from emulator.functions import Library
from emulator.nodes import record
from emulator.plan.expressions import Const
from emulator.plan.relations import Limit, Relation, Share, TableFunction
from emulator.source import Span
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "buckets")

AUTO_SPAN = assumption(
    "auto-span",
    "cql",
    "without `span` the time range, or without one the events' own, is cut into `buckets` (127 unless given) of equal "
    "length; the product chooses a rounder length",
)
EMPTY_BUCKETS = assumption(
    "empty-buckets",
    "cql",
    "`bucket()` and `timeChart()` without a field or series give a row for every stretch of the time range, or without "
    "one of the events' own time, as a documented result shows; with a series, or for more than 1,500 stretches, only "
    "those that have events",
)
SERIES_TIES = assumption(
    "series-ties", "cql", "of series with equal numbers `limit` keeps those that come first in the order of their names"
)
_DEFAULT_BUCKETS = 127
_MOST_BUCKETS = 1500
_TICKS = 10_000
_BUCKET = "_bucket"
_SHARED = (
    "function: functions = count, limit: between[1|500] = 10, minSpan: duration = none, timezone: zone = UTC,"
    " unit: texts = none) -> aggregate"
)


@record
class Cut:
    """How time is cut: by a length in milliseconds, or a number of stretches of the time range (in ticks)."""

    length: float | None
    buckets: int | None
    least: float | None
    zone: Zone

    def within(self, rows: Iterable[Event], start: int | None, end: int | None) -> Grid | None:
        """The buckets of a time range, or of the time of some events; None when there is neither."""
        times = [] if None not in (start, end) else [time for row in rows if (time := time_of(row)) is not None]
        if (start is None or end is None) and not times:
            return None
        first = min(times) if start is None else (start - UNIX_EPOCH) / _TICKS
        last = max(times) + 1 if end is None else (end - UNIX_EPOCH) / _TICKS
        length = self.length
        if length is None:
            length = max(1, (last - first) // (self.buckets or _DEFAULT_BUCKETS))
        least = min(self.least or 0, max(1, last - first))
        return Grid(first, last, max(length, least), self.zone)


@record
class Grid:
    """Stretches of time of one length from a first to before a last instant, in milliseconds."""

    first: float
    last: float
    length: float
    zone: Zone

    def beginning(self, time: float) -> int:
        """The beginning of the stretch that an instant lies in: a whole number of lengths from midnight of the zone."""
        offset = self.zone.offset(int(time // 1000)) * 1000
        return int((time + offset) // self.length * self.length - offset)

    def beginnings(self) -> Iterator[int]:
        """The beginnings of all stretches; none when there are more than the product makes."""
        if (self.last - self.first) / self.length > _MOST_BUCKETS:
            return
        at = float(self.beginning(self.first))
        while at < self.last:
            yield self.beginning(at)
            at += self.length


def time_of(event: Event) -> float | None:
    """When an event happened, in milliseconds since 1970; None beyond the years 5 to 9987, where calendars end."""
    time = number(event.get("@timestamp"))
    return time if time is not None and FIRST <= time <= LAST else None


def _lower(flow: Flow, arguments: Arguments, field: str) -> None:
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause(arguments.call.name, span)
        return
    length = None if arguments["span"] == "auto" else _length(flow, arguments)
    if length is None:
        flow.context.rest_on(AUTO_SPAN)
    cut = Cut(length, arguments["buckets"], arguments["minSpan"], arguments["timezone"])
    before = flow.relation(span)
    source = Share(before, flow.context.fresh_key(), before.row, span)
    failed = len(flow.context.reporter.found)
    functions = functions_given(arguments)
    parts, widths = windows_in(flow, functions)
    if len(flow.context.reporter.found) > failed:
        return
    fields: tuple[str, ...] = arguments[field] or ()
    marked = not all(map(is_plain, parts))
    how = (widths, marked, marked and not fields)
    flow.put(_bucketed(flow, "bucketed", (source,), cut, span, *how), ())
    if marked:
        group_windows(flow, (_BUCKET, *fields), parts, span)
    else:
        grouped(flow, (_BUCKET, *fields), functions, None, span)
    if len(flow.context.reporter.found) > failed:
        return
    columns = flow.columns
    flow.context.rest_on(EMPTY_BUCKETS)
    if fields:
        _keep_top(flow, fields, arguments)
    if fields or marked:
        blank: Relation = applied("no_rows", source, (), span)
    else:
        blank = aggregated(flow.context, applied("no_rows", source, (), span), functions, span)[0]
    units = _units(flow, arguments, functions, (_BUCKET, *fields))
    flow.put(_bucketed(flow, "charted", (flow.relation(span), blank, source), cut, span, units), columns)


def _length(flow: Flow, arguments: Arguments) -> float | None:
    try:
        length = duration(arguments["span"])
    except NotOfType as wrong:
        span = arguments.span("span")
        flow.context.error(WRONG_ARGUMENT, f"`span` takes {wrong}", span, f"write {wrong}")
        return None
    return length or 1


def _bucketed(
    flow: Flow, name: str, inputs: tuple[Relation, ...], cut: Cut, span: Span, *more: object
) -> TableFunction:
    constants = [Const(one, ScalarType.VALUE, span) for one in (*more, cut)]
    ends = [supplied(flow.context, kind, span) for kind in ("start", "end")]
    return TableFunction(operator(name), inputs, (*constants, *ends), OPEN, span)


def _keep_top(flow: Flow, fields: tuple[str, ...], arguments: Arguments) -> None:
    """Keep the rows of the series with the greatest numbers; the result tells a cut that the call did not ask for."""
    span = arguments.call.span
    flow.context.rest_on(SERIES_TIES)
    columns = flow.columns
    rows = Share(flow.relation(span), flow.context.fresh_key(), OPEN, span)
    count = Const(arguments["limit"], ScalarType.VALUE, span)
    best = Limit(applied("ranked_series", rows, (fields,), span), count, OPEN, span, noted=not arguments.given("limit"))
    constant = Const(fields, ScalarType.VALUE, span)
    flow.put(TableFunction(operator("of_series"), (rows, best), (constant,), OPEN, span), columns)


def _units(
    flow: Flow, arguments: Arguments, functions: tuple[syntax.Value, ...], keys: tuple[str, ...]
) -> tuple[tuple[tuple[str, ...] | None, Conversion], ...]:
    """Conversions with the columns that each is for, None for all columns but the keys."""
    written: tuple[str, ...] = arguments["unit"] or ()
    span = arguments.span("unit")
    if any(" to " not in text for text in written):
        message = "what a `unit` without ` to ` does is not documented"
        flow.context.error(MODE_GAP, message, span, "leave it out, or name both units: bytes/span to Kbytes/day")
        return ()
    found = [conversion(text) for text in written]
    if None in found or len(written) not in (0, 1, len(functions)):
        message = "`unit` takes conversions such as `bytes/span to Kbytes/day`: one, or one for each function"
        help = 'write unit="bytes/span to Kbytes/day"'
        flow.context.error(WRONG_ARGUMENT, message, span, help)
        return ()
    known = [one for one in found if one is not None]
    if len(known) == 1 and len(functions) != 1:
        return ((None, known[0]),)
    calls = [simple_call(flow.context, one) for one in functions[: len(known)]]
    if None in calls:
        if len(known) == 1:
            return ((None, known[0]),)
        message = "which columns each `unit` is for is not known where a function is a pipeline of its own"
        flow.context.error(MODE_GAP, message, span, "give one unit, or convert with `:=`")
        return ()
    pairs = zip(calls, known, strict=True)
    return tuple((tuple(set(columns_of((call,))) - set(keys)), one) for call, one in pairs if call is not None)


@LIBRARY.table(
    f"bucket(span: text = auto, buckets: between[1|1500] = none, field: fields = none, {_SHARED}", doc="bucket"
)
def lower_bucket(flow: Flow, arguments: Arguments) -> None:
    """One event for each stretch of time and combination of fields, with what the functions give."""
    _lower(flow, arguments, "field")


@LIBRARY.table(
    f"timeChart(series: fields = none, span: text = auto, buckets: between[1|1500] = none, {_SHARED}", doc="timechart"
)
def lower_time_chart(flow: Flow, arguments: Arguments) -> None:
    """The same for a chart: one event for each stretch of time and series."""
    _lower(flow, arguments, "series")


@LIBRARY.table(
    "operator:bucketed(rows: any, widths: any, marked: any, every: any, cut: any, start: any, end: any) -> aggregate"
)
def bucketed(
    rows: Iterable[Event],
    widths: tuple[Width, ...],
    marked: bool,
    every: bool,
    cut: Cut,
    start: int | None,
    end: int | None,
) -> Iterator[dict[str, str]]:
    """The events that have a time, with the beginning of their bucket; marked, and for `every` bucket one more."""
    kept = list(rows)
    grid = cut.within(kept, start, end)
    if grid is None:
        return
    if every:
        yield from ({**event, _BUCKET: str(at)} for at, event in seeds(grid.beginnings(), widths, grid))
    for row in kept:
        time = time_of(row)
        if time is None:
            continue
        if marked:
            yield from ({**event, _BUCKET: str(at)} for at, event in in_windows(row, time, widths, grid))
        else:
            yield {**row, _BUCKET: str(grid.beginning(time))}


@LIBRARY.table("operator:no_rows(rows: any) -> aggregate")
def no_rows(rows: Iterable[Event]) -> list[dict[str, str]]:
    """No rows, whatever there were."""
    del rows
    return []


@LIBRARY.table(
    "operator:charted(rows: any, blank: any, source: any, units: any, cut: any, start: any, end: any) -> aggregate"
)
def charted(
    rows: Iterable[Event],
    blank: Iterable[Event],
    source: Iterable[Event],
    units: tuple[tuple[tuple[str, ...] | None, Conversion], ...],
    cut: Cut,
    start: int | None,
    end: int | None,
) -> list[dict[str, str]]:
    """The rows in order of time: a blank row for each bucket without events, where there is one; units converted."""
    found = [dict(row) for row in rows]
    grid = cut.within(source, start, end)
    present = {row[_BUCKET] for row in found}
    empty = next(iter(blank), None)
    if grid is not None and empty is not None:
        begun = (str(at) for at in grid.beginnings())
        found += [{_BUCKET: at, **empty} for at in begun if at not in present]
    for names, one in units if grid is not None else ():
        for row in found:
            row |= _converted(row, names, one, grid.length if grid is not None else 1)
    return sorted(found, key=lambda row: int(row[_BUCKET]))


def _converted(row: Mapping[str, str], names: tuple[str, ...] | None, one: Conversion, length: float) -> dict[str, str]:
    changed: dict[str, str] = {}
    for name in row if names is None else names:
        value = None if name == _BUCKET else number(row.get(name))
        if value is not None:
            result = Fraction(value) * one.factor(Fraction(length) / 1000)
            changed[name] = show(result.numerator if result.denominator == 1 else float(result)) or ""
    return changed


@LIBRARY.table("operator:ranked_series(rows: any, fields: any) -> aggregate")
def ranked_series(rows: Iterable[Event], fields: tuple[str, ...]) -> list[dict[str, str]]:
    """A row for each series, the one with the greatest sum of numbers in all columns and stretches of time first."""
    weights: dict[tuple[str, ...], float] = {}
    for row in rows:
        key = tuple(row.get(name, "") for name in fields)
        numbers = [number(text) or 0 for name, text in row.items() if name not in fields and name != _BUCKET]
        weights[key] = weights.get(key, 0) + sum(numbers)
    return [dict(zip(fields, key, strict=True)) for key in sorted(weights, key=lambda key: (-weights[key], key))]


@LIBRARY.table("operator:of_series(rows: any, series: any, fields: any) -> aggregate")
def of_series(rows: Iterable[Event], series: Iterable[Event], fields: tuple[str, ...]) -> list[Event]:
    """The rows of some series."""
    best = {tuple(row.get(name, "") for name in fields) for row in series}
    return [row for row in rows if tuple(row.get(name, "") for name in fields) in best]
