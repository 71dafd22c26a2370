"""Functions of moments: their parts, periods between and around them, and moments made of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from emulator.clock import (
    TICKS_PER_DAY,
    TICKS_PER_HOUR,
    TICKS_PER_MINUTE,
    TICKS_PER_SECOND,
    UNIX_EPOCH,
)
from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.kql.library import calendar_dates as calendar
from emulator.kql.library.calendar_dates import instant
from emulator.kql.library.naming import scalar

LIBRARY = Library("kql", "datetimes")
UNKNOWN_PERIOD = code(
    "KQL3060",
    "a period or a part of a datetime that does not exist",
    "`datetime_add`, `datetime_diff` and `datetime_part` take a fixed set of names, in any case.",
)
_NANOSECONDS_PER_TICK = 100


def _parts(name: str) -> Callable[[int], int] | None:
    return _PARTS.get(name.lower())


_PARTS: dict[str, Callable[[int], int]] = {
    "year": lambda ticks: calendar.day_of(ticks).year,
    "quarter": lambda ticks: (calendar.day_of(ticks).month - 1) // 3 + 1,
    "month": lambda ticks: calendar.day_of(ticks).month,
    "week_of_year": calendar.week_of_year,
    "weekofyear": calendar.old_week_of_year,
    "day": lambda ticks: calendar.day_of(ticks).day,
    "dayofyear": lambda ticks: calendar.day_of(ticks).timetuple().tm_yday,
    "hour": lambda ticks: ticks // TICKS_PER_HOUR % 24,
    "minute": lambda ticks: ticks // TICKS_PER_MINUTE % 60,
    "second": lambda ticks: ticks // TICKS_PER_SECOND % 60,
    "millisecond": lambda ticks: ticks % TICKS_PER_SECOND // 10_000,
    "microsecond": lambda ticks: ticks % TICKS_PER_SECOND // 10,
    "nanosecond": lambda ticks: ticks % TICKS_PER_SECOND * _NANOSECONDS_PER_TICK,
}


def _unknown(name: str, known: Iterable[str]) -> MeaningError:
    shown = ", ".join(f"`{one}`" for one in known)
    return MeaningError(UNKNOWN_PERIOD, f"there is no period `{name}`", f"write one of {shown}")


@scalar(
    LIBRARY,
    "datetime_part datepart",
    "(const part: string, moment: datetime) -> long",
    doc="datetime-part-function",
    examples="""
    datetime_part("year", datetime(2017-10-30 01:02:03.7654321)) => 2017   [docs]
    datetime_part("quarter", datetime(2017-10-30 01:02:03.7654321)) => 4   [docs]
    datetime_part("week_of_year", datetime(2017-10-30 01:02:03.7654321)) => 44   [docs]
    datetime_part("dayOfYear", datetime(2017-10-30 01:02:03.7654321)) => 303   [docs]
    datetime_part("microsecond", datetime(2017-10-30 01:02:03.7654321)) => 765432   [docs]
    datetime_part("nanosecond", datetime(2017-10-30 01:02:03.7654321)) => 765432100   [docs]
    """,
)
def datetime_part(part: str, moment: int) -> int:
    """A part of a moment as a number."""
    read = _parts(part)
    if read is None:
        raise _unknown(part, _PARTS)
    return read(moment)


_INSTANT = f"make_timestamp(({{moment}} - {{moment}} % 10 - {UNIX_EPOCH}) // 10)"
"""A moment as the engine's own, in whole microseconds."""
_PARTS_IN_SQL = {
    "year": f"year({_INSTANT})",
    "month": f"month({_INSTANT})",
    "day": f"day({_INSTANT})",
    "dayofyear": f"dayofyear({_INSTANT})",
    "hour": f"{{moment}} // {TICKS_PER_HOUR} % 24",
}


def _declare_part(names: str, part: str, doc: str, examples: str) -> None:
    sql = _PARTS_IN_SQL.get(part)
    scalar(LIBRARY, names, "(moment: datetime) -> long", sql=sql, doc=doc, examples=examples)(_PARTS[part])


_declare_part("getyear", "year", "getyear-function", "getyear(datetime(2015-10-12)) => 2015   [docs]")
_declare_part("getmonth monthofyear", "month", "monthofyear-function", "getmonth(datetime(2015-10-12)) => 10   [docs]")
_declare_part("dayofmonth", "day", "day-of-month-function", "dayofmonth(datetime(2015-12-14)) => 14   [docs]")
_declare_part("dayofyear", "dayofyear", "day-of-year-function", "dayofyear(datetime(2015-12-14)) => 348   [docs]")
_declare_part("hourofday", "hour", "hour-of-day-function", "hourofday(datetime(2015-12-14 18:54)) => 18   [docs]")
_declare_part(
    "week_of_year",
    "week_of_year",
    "week-of-year-function",
    """
    week_of_year(datetime(2020-12-31)) => 53   [docs]
    week_of_year(datetime(2000-01-01)) => 52   [docs]
    """,
)
_declare_part("weekofyear", "weekofyear", "week-of-year-function", "weekofyear(datetime(2020-01-01)) => 1   [reasoned]")


@LIBRARY.scalar(
    "dayofweek(moment: datetime) -> timespan",
    sql=f"({{moment}} // {TICKS_PER_DAY} + 1) % 7 * {TICKS_PER_DAY}",
    doc="day-of-week-function",
    examples="""
    dayofweek(datetime(1947-11-30 10:00:05)) => 0d   [docs]
    dayofweek(datetime(1970-05-11)) => 1d   [docs]
    """,
)
def dayofweek(moment: int) -> int:
    """The days since the last Sunday, as a timespan."""
    return (moment // TICKS_PER_DAY + 1) % 7 * TICKS_PER_DAY


_START_OF_DAY = f"CASE WHEN {{offset}} = 0 THEN {{moment}} - {{moment}} % {TICKS_PER_DAY} ELSE meaning() END"


def _start(period: str) -> Callable[[int, int], int | None]:
    def start(moment: int, offset: int) -> int | None:
        ticks = calendar.start_of_period(period, moment, offset)
        return None if ticks is None else instant(ticks)

    return start


def _end(period: str) -> Callable[[int, int], int | None]:
    def end(moment: int, offset: int) -> int | None:
        ticks = calendar.start_of_period(period, moment, offset + 1)
        return None if ticks is None else instant(ticks - 1)

    return end


for _period, _starts, _ends in (
    ("day", "2017-01-01", "2017-01-01"),
    ("week", "2017-01-01", "2017-01-07"),
    ("month", "2017-01-01", "2017-01-31"),
    ("year", "2017-01-01", "2017-12-31"),
):
    LIBRARY.scalar(
        f"startof{_period}(moment: datetime, offset: long = 0) -> datetime",
        sql=_START_OF_DAY if _period == "day" else None,
        doc=f"startof{_period}-function",
        examples=f"""
        startof{_period}(datetime(2017-01-01 10:10:17)) => datetime({_starts})   [docs]
        startof{_period}(datetime(9999-12-31), 1000) => datetime(null)   [reasoned]
        """,
    )(_start(_period))
    LIBRARY.scalar(
        f"endof{_period}(moment: datetime, offset: long = 0) -> datetime",
        doc=f"endof{_period}-function",
        examples=f"""
        endof{_period}(datetime(2017-01-01 10:10:17)) => datetime({_ends} 23:59:59.9999999)   [docs]
        endof{_period}(datetime(0001-01-05), -1000) => datetime(null)   [reasoned]
        """,
    )(_end(_period))


@LIBRARY.scalar(
    "datetime_add(const period: string, amount: integer, moment: datetime) -> datetime",
    doc="datetime-add-function",
    examples="""
    datetime_add('year', -5, datetime(2017-01-01)) => datetime(2012-01-01)   [docs]
    datetime_add('quarter', 12, datetime(2017-01-01)) => datetime(2020-01-01)   [docs]
    datetime_add('Month', -15, datetime(2017-01-01)) => datetime(2015-10-01)   [docs]
    datetime_add('week', 100, datetime(2017-01-01)) => datetime(2018-12-02)   [docs]
    datetime_add('month', 1, datetime(2024-01-31 12:00)) => datetime(2024-02-29 12:00)   [reasoned]
    datetime_add('nanosecond', 250, datetime(2024-01-31)) => datetime(2024-01-31 00:00:00.0000002)   [reasoned]
    datetime_add('year', 9000, datetime(2024-01-31)) => datetime(null)   [reasoned]
    """,
)
def datetime_add(period: str, amount: int, moment: int) -> int | None:
    """The moment some periods later; null outside the years 1 to 9999."""
    name = period.lower()
    if name in calendar.MONTHS_PER_PERIOD:
        return calendar.add_months(moment, amount * calendar.MONTHS_PER_PERIOD[name])
    if name == "nanosecond":
        return instant(moment + int(amount / _NANOSECONDS_PER_TICK))
    if name not in calendar.FIXED_PERIODS:
        raise _unknown(period, {**calendar.MONTHS_PER_PERIOD, **calendar.FIXED_PERIODS})
    return instant(moment + amount * calendar.FIXED_PERIODS[name])


@LIBRARY.scalar(
    "datetime_diff(const period: string, left: datetime, right: datetime) -> long",
    doc="datetime-diff-function",
    examples="""
    datetime_diff('year', datetime(2017-01-01), datetime(2000-12-31)) => 17   [docs]
    datetime_diff('quarter', datetime(2017-07-01), datetime(2017-03-30)) => 2   [docs]
    datetime_diff('month', datetime(2017-01-01), datetime(2015-12-30)) => 13   [docs]
    datetime_diff('week', datetime(2017-10-29), datetime(2017-09-30 23:59)) => 5.0   [recorded]
    datetime_diff('Day', datetime(2017-10-29), datetime(2017-09-30 23:59)) => 29   [docs]
    datetime_diff('minute', datetime(2017-10-30 23:05:01), datetime(2017-10-30 23:00:59)) => 5   [docs]
    datetime_diff('nanosecond', datetime(2017-10-30), datetime(2017-10-30 00:00:00.0000007)) => -700   [docs]
    """,
)
def datetime_diff(period: str, left: int, right: int) -> int:
    """How many starts of a period lie between two moments; negative when the first comes first."""
    name = period.lower()
    if name in calendar.MONTHS_PER_PERIOD:
        size = calendar.MONTHS_PER_PERIOD[name]
        return calendar.month_number(left) // size - calendar.month_number(right) // size
    if name == "nanosecond":
        return (left - right) * _NANOSECONDS_PER_TICK
    if name not in calendar.FIXED_PERIODS:
        raise _unknown(period, {**calendar.MONTHS_PER_PERIOD, **calendar.FIXED_PERIODS})
    size = calendar.FIXED_PERIODS[name]
    # Weeks start a day before 0001-01-01, which was a Monday.
    shift = TICKS_PER_DAY if name == "week" else 0
    return (left + shift) // size - (right + shift) // size


def _since_epoch(unit: Decimal) -> Callable[[float | Decimal], int | None]:
    """What makes a moment of a number of units since 1970."""

    def convert(number: float | Decimal) -> int | None:
        if not math.isfinite(number):
            return None
        exact = number if isinstance(number, Decimal) else Decimal(repr(number))
        return instant(UNIX_EPOCH + math.floor(exact * unit)) if exact.adjusted() <= 20 else None

    return convert


for _unit, _ticks, _example in (
    ("seconds", Decimal(TICKS_PER_SECOND), "1546300800"),
    ("milliseconds", Decimal(10_000), "1546300800000"),
    ("microseconds", Decimal(10), "1546300800000000"),
    ("nanoseconds", Decimal("0.01"), "1546300800000000000"),
):
    LIBRARY.scalar(
        f"unixtime_{_unit}_todatetime(number: number) -> datetime",
        doc=f"unixtime-{_unit}-todatetime-function",
        examples=f"""
        unixtime_{_unit}_todatetime({_example}) => datetime(2019-01-01)   [docs]
        unixtime_{_unit}_todatetime(real(nan)) => datetime(null)   [reasoned]
        unixtime_{_unit}_todatetime(1e25) => datetime(null)   [reasoned]
        """,
    )(_since_epoch(_ticks))


@LIBRARY.scalar(
    "make_datetime(year: number, month: number, day: number, hour: number = 0, minute: number = 0, second: number = 0)"
    " -> datetime",
    doc="make-datetime-function",
    examples="""
    make_datetime(2017, 10, 1) => datetime(2017-10-01)   [docs]
    make_datetime(2017, 10, 1, 12, 10) => datetime(2017-10-01 12:10)   [docs]
    make_datetime(2017, 10, 1, 12, 11, 0.1234567) => datetime(2017-10-01 12:11:00.1234567)   [docs]
    make_datetime(2017, 13, 1) => datetime(null)   [docs]
    make_datetime(2017, 1, 1, 24, 0) => datetime(null)   [docs]
    """,
)
def make_datetime(
    year: float, month: float, day: float, hour: float, minute: float, second: float | Decimal
) -> int | None:
    """A moment of its parts; null when the calendar or the clock has no such moment."""
    numbers = [math.floor(part) if math.isfinite(part) else -1 for part in (year, month, day, hour, minute)]
    in_second = ticks_of_seconds(second)
    if in_second is None or not 0 <= numbers[3] <= 23 or not 0 <= numbers[4] <= 59:
        return None
    try:
        days = date(numbers[0], numbers[1], numbers[2]).toordinal() - 1
    except (ValueError, OverflowError):
        return None
    return days * TICKS_PER_DAY + numbers[3] * TICKS_PER_HOUR + numbers[4] * TICKS_PER_MINUTE + in_second


def ticks_of_seconds(second: float | Decimal) -> int | None:
    """The ticks of seconds of a minute, 0 to below 60; null for other numbers."""
    if not 0 <= second < 60:
        return None
    return math.floor(Decimal(repr(second) if isinstance(second, float) else second) * TICKS_PER_SECOND)


def _hours(days: int, hours: int, minutes: int, second: float | Decimal) -> int | None:
    in_second = ticks_of_seconds(second)
    if in_second is None or not 0 <= hours <= 23 or not 0 <= minutes <= 59 or abs(days) > 10_000_000:
        return None
    return days * TICKS_PER_DAY + hours * TICKS_PER_HOUR + minutes * TICKS_PER_MINUTE + in_second


@LIBRARY.scalar(
    "make_timespan(hours: integer, minutes: integer, second: number = 0) -> timespan",
    doc="make-timespan-function",
    examples="""
    make_timespan(1, 12) => 1h + 12m   [docs]
    make_timespan(1, 12, 30.5) => time(01:12:30.5)   [docs]
    make_timespan(25, 0) => timespan(null)   [docs]
    """,
)
def make_timespan(hours: int, minutes: int, second: float | Decimal) -> int | None:
    """A duration of hours, minutes and seconds."""
    return _hours(0, hours, minutes, second)


@LIBRARY.scalar(
    "make_timespan(days: integer, hours: integer, minutes: integer, second: number) -> timespan",
    doc="make-timespan-function",
    examples="make_timespan(1, 12, 30, 55.123) => time(1.12:30:55.123)   [docs]",
)
def make_timespan_of_days(days: int, hours: int, minutes: int, second: float | Decimal) -> int | None:
    """A duration of days, hours, minutes and seconds."""
    return _hours(days, hours, minutes, second)


@LIBRARY.scalar(
    "around(value: widest, center: widest, delta: widest) -> bool",
    doc="around-function",
    examples="""
    around(5, 4, 1) => true   [docs]
    around(5.5, 4, 1) => false   [docs]
    """,
)
@LIBRARY.scalar(
    "around(value: datetime, center: datetime, delta: timespan) -> bool",
    doc="around-function",
    examples="around(datetime(2021-01-01 01:29), datetime(2021-01-01 01:30), 1min) => true   [docs]",
)
@LIBRARY.scalar("around(value: timespan, center: timespan, delta: timespan) -> bool", doc="around-function")
def around(value: float, center: float, delta: float) -> bool:
    """True when a value is at most `delta` away from a center."""
    return center - delta <= value <= center + delta
