"""Dates and durations as KQL literals and conversions write them, in ticks of 100 ns."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from emulator import clock
from emulator.regular import regular

_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[AaPp][Mm]))?"
)
_ZONE = r"(?P<zone>Z|z|UTC|GMT|[+-]\d{1,2}:?\d\d)"
_SEPARATOR = r"(?:\s*[-/.]\s*|\s*,\s*)"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\s*,?\s+)?"
_MONTH_NAME = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_UNITS: dict[str, int] = {}
for _ticks, _names in (
    (clock.TICKS_PER_DAY, "d day days"),
    (clock.TICKS_PER_HOUR, "h hr hrs hour hours"),
    (clock.TICKS_PER_MINUTE, "m min minute minutes"),
    (clock.TICKS_PER_SECOND, "s sec second seconds"),
    (clock.TICKS_PER_MILLISECOND, "ms milli millis millisec millisecond milliseconds"),
    (clock.TICKS_PER_MICROSECOND, "micro micros microsec microsecond microseconds"),
    (1, "tick ticks"),
):
    _UNITS.update(dict.fromkeys(_names.split(), _ticks))
_NANOSECONDS = frozenset(["nano", "nanos", "nanosec", "nanosecond", "nanoseconds"])
_WITH_UNIT = regular(r"(?P<sign>[+-]?)\s*(?P<whole>\d+)(?:\.(?P<fraction>\d+))?\s*(?P<unit>[a-z]+)", re.ASCII)
_CLOCK = regular(
    r"(?P<sign>[+-]?)(?:(?P<days>\d+)\.)?(?P<hours>\d+):(?P<minutes>\d{1,2})"
    r"(?::(?P<seconds>\d{1,2})(?:\.(?P<fraction>\d{1,7}))?)?",
    re.ASCII,
)
_DAYS = regular(r"[+-]?\d+", re.ASCII)


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    """The forms besides ISO 8601, compiled when the first of them is met."""
    return tuple(
        re.compile(rf"{day}(?:[T\s,]\s*{_TIME}\s*{_ZONE}?)?", re.ASCII | re.IGNORECASE)
        for day in (
            rf"(?P<year>\d{{4}}){_SEPARATOR}(?P<month>\d{{1,2}}){_SEPARATOR}(?P<day>\d{{1,2}})",
            r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
            rf"(?P<month>\d{{1,2}}){_SEPARATOR}(?P<day>\d{{1,2}}){_SEPARATOR}(?P<year>\d{{4}})",
            rf"{_WEEKDAY}(?P<day>\d{{1,2}})[-\s]{_MONTH_NAME}[-\s,]\s*(?P<year>\d{{4}}|\d\d)",
            rf"{_WEEKDAY}{_MONTH_NAME}\s+(?P<day>\d{{1,2}})\s*,?\s+(?P<year>\d{{4}})",
            r"(?P<year>\d{4})(?:-(?P<month>\d{1,2}))?",
        )
    )


def parse_datetime(text: str) -> int | None:
    """Ticks of a date or a date and time, UTC unless it says otherwise; None when it is neither.

    Takes ISO 8601, RFC 822 and RFC 850 forms (documented), and year, month and day apart by `/`, `.`, `,` or spaced
    hyphens, as recorded answers of the engine do.
    """
    text = text.strip()
    ticks = clock.parse_iso(text)
    if ticks is not None:
        return ticks
    for form in _forms():
        match = form.fullmatch(text)
        if match is not None:
            return _ticks_of(match.groupdict())
    return None


def _ticks_of(part: dict[str, str | None]) -> int | None:
    """The parts of a date, checked; None when the calendar or the clock has no such moment."""
    name = part.get("name")
    month = _MONTHS.index(name.lower()) + 1 if name else int(part.get("month") or 1)
    year_text = part["year"] or ""
    year = int(year_text)
    if len(year_text) == 2:
        year += 2000 if year < 50 else 1900
    try:
        days = date(year, month, int(part.get("day") or 1)).toordinal() - 1
    except ValueError:
        return None
    in_day = _ticks_in_day(part)
    return None if in_day is None else days * clock.TICKS_PER_DAY + in_day - _offset(part["zone"])


def _ticks_in_day(part: dict[str, str | None]) -> int | None:
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    half = (part["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    fraction = int((part["fraction"] or "").ljust(7, "0")[:7])
    return (hour * 3600 + minute * 60 + second) * clock.TICKS_PER_SECOND + fraction


def _offset(zone: str | None) -> int:
    """The ticks that a zone such as `+02:00` is ahead of UTC."""
    if zone is None or zone[0] not in "+-":
        return 0
    hours, minutes = int(zone[1:].replace(":", "")[:-2]), int(zone[-2:])
    ticks = (hours * 60 + minutes) * clock.TICKS_PER_MINUTE
    return -ticks if zone[0] == "-" else ticks


def parse_timespan(text: str) -> int | None:
    """Ticks of `1.5h`, `[-][d.]hh:mm[:ss[.fffffff]]` or a whole number of days; None for anything else."""
    text = text.strip()
    match = _WITH_UNIT.fullmatch(text)
    if match is not None:
        return _units(match)
    match = _CLOCK.fullmatch(text)
    if match is not None:
        return _clock_ticks(match)
    return int(text) * clock.TICKS_PER_DAY if _DAYS.fullmatch(text) else None


def _units(match: re.Match[str]) -> int | None:
    """A number and its unit; what is finer than a tick is cut."""
    unit, fraction = match["unit"], match["fraction"] or ""
    scale = 10 ** len(fraction)
    number = int(match["whole"] + fraction)
    if unit in _NANOSECONDS:
        return _signed(number // (scale * 100), match["sign"])
    return _signed(number * _UNITS[unit] // scale, match["sign"]) if unit in _UNITS else None


def _signed(ticks: int, sign: str) -> int:
    return -ticks if sign == "-" else ticks


def _clock_ticks(match: re.Match[str]) -> int | None:
    hours, minutes, seconds = int(match["hours"]), int(match["minutes"]), int(match["seconds"] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    fraction = int((match["fraction"] or "").ljust(7, "0"))
    in_day = (hours * 3600 + minutes * 60 + seconds) * clock.TICKS_PER_SECOND + fraction
    ticks = int(match["days"] or 0) * clock.TICKS_PER_DAY + in_day
    return _signed(ticks, match["sign"])
