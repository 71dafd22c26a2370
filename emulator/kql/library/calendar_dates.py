"""Moments as years, months, weeks and days: the calendar that functions of datetimes share. Weeks start on Sunday."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from emulator.clock import MAX_DATETIME, TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND

_DAYS_PER_WEEK = 7
_LAST_MONTH = 9999 * 12
FIXED_PERIODS = {
    "week": _DAYS_PER_WEEK * TICKS_PER_DAY,
    "day": TICKS_PER_DAY,
    "hour": TICKS_PER_HOUR,
    "minute": TICKS_PER_MINUTE,
    "second": TICKS_PER_SECOND,
    "millisecond": 10_000,
    "microsecond": 10,
}
"""Periods of one length, in ticks; nanoseconds are finer than a tick."""
MONTHS_PER_PERIOD = {"year": 12, "quarter": 3, "month": 1}
"""Periods that are made of months."""


def instant(ticks: int) -> int | None:
    """Null for a moment outside the years 1 to 9999."""
    return ticks if 0 <= ticks <= MAX_DATETIME else None


def day_of(ticks: int) -> date:
    """The day of a moment."""
    return date.fromordinal(ticks // TICKS_PER_DAY + 1)


def month_number(ticks: int) -> int:
    """Months since January of the year 1."""
    day = day_of(ticks)
    return (day.year - 1) * 12 + day.month - 1


def start_of_month(number: int) -> int | None:
    """The first moment of a month by its number; that of the year 10000 is the end of time, others are null."""
    if number == _LAST_MONTH:
        return MAX_DATETIME + 1
    if not 0 <= number < _LAST_MONTH:
        return None
    return (date(number // 12 + 1, number % 12 + 1, 1).toordinal() - 1) * TICKS_PER_DAY


def add_months(ticks: int, months: int) -> int | None:
    """The same day and time some months later; a day that the month lacks becomes its last."""
    number = month_number(ticks) + months
    if not 0 <= number < _LAST_MONTH:
        return None
    year, month = number // 12 + 1, number % 12 + 1
    day = min(day_of(ticks).day, monthrange(year, month)[1])
    return (date(year, month, day).toordinal() - 1) * TICKS_PER_DAY + ticks % TICKS_PER_DAY


def start_of_period(period: str, ticks: int, offset: int) -> int | None:
    """The first moment of the year, month, week or day of a moment, some periods later; may be the end of time."""
    if period in MONTHS_PER_PERIOD:
        size = MONTHS_PER_PERIOD[period]
        return start_of_month((month_number(ticks) // size + offset) * size)
    days = ticks // TICKS_PER_DAY
    # 0001-01-01 was a Monday, so the day before it started the first week.
    first = (days - (days + 1) % _DAYS_PER_WEEK if period == "week" else days) * TICKS_PER_DAY
    moved = first + offset * FIXED_PERIODS[period]
    return moved if 0 <= moved <= MAX_DATETIME + 1 else None


def week_of_year(ticks: int) -> int:
    """The number of the week by ISO 8601: the first one has the year's first Thursday."""
    return day_of(ticks).isocalendar().week


def old_week_of_year(ticks: int) -> int:
    """The number of the week as it was before: from Sunday on, the first one has the year's first Wednesday."""
    day = day_of(ticks)
    since_sunday = day.isoweekday() % _DAYS_PER_WEEK
    wednesday = date.fromordinal(min(day.toordinal() - since_sunday + 3, date.max.toordinal()))
    return (wednesday.timetuple().tm_yday - 1) // _DAYS_PER_WEEK + 1
