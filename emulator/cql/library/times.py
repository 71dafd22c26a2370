"""Functions of instants, durations and the run's own time."""

from __future__ import annotations

from collections.abc import Callable

from emulator.assumptions import assumption
from emulator.clock import UNIX_EPOCH
from emulator.cql.library.values import Value, number
from emulator.cql.timeformat import (
    DECIMAL_TIMESTAMP,
    Moment,
    TimeFormat,
    moment,
    specifier_text,
    timestamp_milliseconds,
)
from emulator.cql.timezones import UTC_ZONE, Zone, find_zone
from emulator.functions import Library, Nulls

LIBRARY = Library("cql", "times")

QUERY_ZONE = assumption("query-zone", "cql", "the query's own time zone, which a user's browser sets, is UTC")
_TICKS = 10_000
_NANOSECONDS = {"d": 86_400 * 10**9, "h": 3_600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


@LIBRARY.scalar(
    "formatTime(format: timeformat, field: field = @timestamp, as: text = none, locale: text = none,"
    " timezone: text = UTC, unit: choice[auto|milliseconds|seconds] = auto) -> text",
    nulls=Nulls.TOTAL,
    doc="formattime",
    assumes=(f"{DECIMAL_TIMESTAMP.name} where unit=auto",),
    examples="""
        formatTime("%Y/%m/%d %T", field=t, timezone=Z) of t=1756284711312 => "2025/08/27 08:51:51"   [docs]
        formatTime("%F", field=t, unit=seconds) of t=1700000000 => 2023-11-14   [docs]
        formatTime("%F", field=t) of t=abc => null   [docs]
    """,
)
def format_time(pattern: TimeFormat, text: str | None, locale: str | None, timezone: str, unit: str) -> str | None:
    """A timestamp as a pattern says."""
    del locale, timezone
    milliseconds = None if text is None else timestamp_milliseconds(text, unit)
    return None if milliseconds is None else pattern.render(milliseconds)


@LIBRARY.scalar("now(as: text = _now, at: now) -> number", doc="now")
def now(at: int) -> int:
    """The time of the run in milliseconds since 1970."""
    return (at - UNIX_EPOCH) // _TICKS


@LIBRARY.scalar("start(as: text = _start, at: start) -> number", doc="start")
def start(at: int) -> int:
    """The start of the time range in milliseconds since 1970; nothing when the run has none."""
    return (at - UNIX_EPOCH) // _TICKS


@LIBRARY.scalar("end(as: text = _end, at: end) -> number", doc="end")
def end(at: int) -> int:
    """The end of the time range in milliseconds since 1970; nothing when the run has none."""
    return (at - UNIX_EPOCH) // _TICKS


@LIBRARY.scalar(
    "duration(duration: duration, as: text = _duration) -> number",
    doc="duration",
    examples='duration("14d") of => 1209600000   [docs]',
)
def duration(milliseconds: float) -> float | int:
    """A duration in milliseconds."""
    return int(milliseconds) if milliseconds == int(milliseconds) else milliseconds


@LIBRARY.scalar(
    "formatDuration(field: field, from: choice[ms|s|m|h|d|us|ns] = ms, precision: number = 0, as: text = same) -> text",
    nulls=Nulls.TOTAL,
    doc="formatduration",
    examples="""
        formatDuration(d) of d=23452553 => 6h30m52s553ms   [docs]
        formatDuration(d, precision=2) of d=23452553 => 6h30m   [docs]
        formatDuration(d) of d=1.5 => null   [docs]
        formatDuration(d, from=s) of d=90 => 1m30s   [reasoned]
    """,
)
def format_duration(text: str | None, unit: str, precision: int) -> str | None:
    """A whole number as a duration that people read; `precision` is how many units it shows, 0 for all."""
    whole = number(text)
    if not isinstance(whole, int):
        return None
    left, parts = abs(whole) * _NANOSECONDS[unit], []
    for name, size in _NANOSECONDS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{name}")
    shown = "".join(parts[: precision or None]) or f"0{unit}"
    return f"-{shown}" if whole < 0 else shown


def _part(name: str, take: Callable[[Moment], Value], example: str) -> None:
    @LIBRARY.scalar(
        f"time:{name}(field: field = @timestamp, timezone: zone = none, timezoneField: field = @timezone,"
        f" as: text = _{name}) -> value",
        doc=f"time-{name.lower()}",
        nulls=Nulls.TOTAL,
        assumes=("query-zone",),
        examples=f"time:{name}(t) of t=1756284711312 => {example}   [docs]",
    )
    def part(text: str | None, zone: Zone | None, own_zone: str | None) -> Value:
        """A part of an instant, as a time zone shows it: the call's, or the event's, or the query's."""
        milliseconds = None if text is None else timestamp_milliseconds(text)
        if milliseconds is None:
            return None
        found = zone or (find_zone(own_zone) if own_zone is not None else None)
        return take(moment(milliseconds, found or UTC_ZONE))


_part("year", lambda at: at.year, "2025")
_part("month", lambda at: at.month, "8")
_part("monthName", lambda at: specifier_text("B", at), "August")
_part("dayOfMonth", lambda at: at.day, "27")
_part("dayOfWeek", lambda at: at.weekday + 1, "3")
_part("dayOfWeekName", lambda at: specifier_text("A", at), "Wednesday")
_part("dayOfYear", lambda at: at.day_of_year, "239")
_part("weekOfYear", lambda at: at.week_of_year, "35")
_part("hour", lambda at: at.hour, "8")
_part("minute", lambda at: at.minute, "51")
_part("second", lambda at: at.second, "51")
_part("millisecond", lambda at: at.millisecond, "312")
