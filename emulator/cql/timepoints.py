"""Points in time as queries give them (library.humio.com: syntax-time-relative, functions-settimeinterval).

`now`, milliseconds since 1970, or a stretch before now: `7d`, `1d@d+12h` (a day back, then the beginning of that day,
then twelve hours on), `calendar:2months@month` (by the calendar of a time zone, whose months differ in length).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from emulator.cql.timezones import Zone
from emulator.nodes import record
from emulator.regular import regular

_DAY = 86_400_000
_UNITS = {
    "ms": ("millisecond", "milliseconds", "millis", "ms"),
    "second": ("second", "seconds", "s", "sec", "secs"),
    "minute": ("minute", "minutes", "m", "min"),
    "hour": ("hour", "hours", "h", "hr", "hrs"),
    "day": ("day", "days", "d"),
    "week": ("week", "weeks", "w"),
    "month": ("month", "months", "mon"),
    "quarter": ("quarter", "quarters", "q", "qtr", "qtrs"),
    "year": ("year", "years", "y", "yr", "yrs"),
}
_NAMES = {name: unit for unit, names in _UNITS.items() for name in names}
_LENGTHS = {
    "ms": 1,
    "second": 1_000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": _DAY,
    "week": 7 * _DAY,
    "month": 30 * _DAY,
    "quarter": 90 * _DAY,
    "year": 365 * _DAY,
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_LENGTH = r"\d{1,9} ?[a-z]+"
_POINT = regular(rf"(calendar: ?)?(now|{_LENGTH})(?:@([a-z]+)((?:[+-]{_LENGTH})*))?", re.ASCII)
_OFFSET = regular(rf"([+-])({_LENGTH})", re.ASCII)
_EPOCH_MS = regular(r"\d{1,15}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = -62_000_000_000_000, 253_000_000_000_000
"""Instants between which every zone has a date, in the years 5 to 9987."""

Move = Callable[[int], int]
"""From milliseconds since 1970 to others."""


@record
class TimePoint:
    """A point in time, told from now: moves that are made one after the other."""

    moves: tuple[Move, ...]

    def at(self, now: int) -> int:
        """Milliseconds since 1970, given those of now; within the years 5 to 9987."""
        for move in self.moves:
            now = min(max(move(now), FIRST), LAST)
        return now


def read_time_point(text: str, zone: Zone) -> TimePoint | None:
    """The point in time that a text gives, in a time zone; None when it gives none."""
    if _EPOCH_MS.fullmatch(text):
        fixed = int(text)
        return TimePoint((lambda _: fixed,))
    found = _POINT.fullmatch(text.strip())
    if found is None:
        return None
    calendar, base, anchor, offsets = found.groups()
    by = zone if calendar else None
    moves = [] if base == "now" else [_by(base, -1, by)]
    if anchor is not None:
        moves.append(_to_start(anchor, zone))
        moves += [_by(length, 1 if sign == "+" else -1, by) for sign, length in _OFFSET.findall(offsets)]
    known = tuple(move for move in moves if move is not None)
    return TimePoint(known) if len(known) == len(moves) else None


def _by(length: str, sign: int, calendar: Zone | None) -> Move | None:
    """The move by a length such as `2 months`; None when there is no such unit."""
    digits = re.match(r"\d+", length)
    assert digits is not None
    unit = _NAMES.get(length[digits.end() :].strip())
    if unit is None:
        return None
    count = sign * int(digits.group())
    if calendar is None or unit in ("ms", "second", "minute", "hour"):
        return lambda instant: instant + count * _LENGTHS[unit]
    if unit in _MONTHS:
        return lambda instant: _months_on(instant, count * _MONTHS[unit], calendar)
    return lambda instant: _days_on(instant, count * _LENGTHS[unit] // _DAY, calendar)


def _local(instant: int, zone: Zone) -> datetime:
    return (_EPOCH + timedelta(milliseconds=instant)).astimezone(zone.rules)


def _instant(local: datetime) -> int:
    return (local.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)


def _days_on(instant: int, days: int, zone: Zone) -> int:
    """The same time of day some days on."""
    local = _local(instant, zone)
    ordinal = min(max(local.toordinal() + days, _ordinal(FIRST)), _ordinal(LAST))
    day = datetime.fromordinal(ordinal)
    return _instant(local.replace(year=day.year, month=day.month, day=day.day))


def _ordinal(instant: int) -> int:
    return (_EPOCH + timedelta(milliseconds=instant)).toordinal()


def _months_on(instant: int, months: int, zone: Zone) -> int:
    """The same day some months on, or the last one of a month that has no such day."""
    local = _local(instant, zone)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    year = min(max(year, 5), 9987)
    next_month = datetime(year + month // 11, (month + 1) % 12 + 1, 1)
    last = (next_month - timedelta(days=1)).day
    return _instant(local.replace(year=year, month=month + 1, day=min(local.day, last)))


def _to_start(name: str, zone: Zone) -> Move | None:
    """The move to the beginning of a unit, by the clock of a zone; None when there is no such unit."""
    unit = _NAMES.get(name)
    if unit is None:
        return None

    def start(instant: int) -> int:
        local = _local(instant, zone)
        if unit in ("ms", "second", "minute"):
            return instant - (local.second * 1000 + local.microsecond // 1000) % _LENGTHS[unit]
        if unit == "hour":
            return _instant(local.replace(minute=0, second=0, microsecond=0))
        day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        if unit == "week":
            day -= timedelta(days=day.weekday())
        elif unit != "day":
            span = _MONTHS[unit]
            day = day.replace(month=(day.month - 1) // span * span + 1, day=1)
        return _instant(day)

    return start
