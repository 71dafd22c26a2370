"""The parts of a date and a time, as they were found in a text, put together to an instant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from emulator.assumptions import assumption
from emulator.cql.timezones import Zone, find_zone
from emulator.nodes import record

LEAST_PARTS = assumption(
    "timestamp-parts",
    "cql",
    "parts that a timestamp's pattern lacks are the least possible, but for the year, which is guessed as documented; "
    "zones are read by the documented names and as offsets, not by names of summer times such as `CEST`",
)
Parts = Mapping[str, str | None]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 86_400_000
_AHEAD = 600_000
"""Milliseconds that a time without a date may lie in the future: the documentation's ten minutes."""


@record
class Setting:
    """What reading depends on besides the text: a zone for texts without one, and the present in milliseconds.

    A date without a year is in the first of the `years`, counted from this one, in which it lies no more than `ahead`
    milliseconds in the future; or in the last of them.
    """

    zone: Zone | None
    now: int
    years: tuple[int, ...]
    ahead: int


@record
class Instant:
    """Milliseconds since 1970, and the name of the zone they were written in."""

    milliseconds: int
    zone: str


def instant(parts: Parts, setting: Setting) -> Instant | None:
    """The instant that some parts tell, or None for a date that does not exist or a time without a zone."""
    written = parts.get("zone")
    zone = setting.zone if written is None else written_zone(written)
    if zone is None:
        return None
    clock = _clock(parts)
    if clock is None:
        return None
    year = _year(parts)
    if year is not None:
        return _checked(_at(year, parts, clock, zone), parts, zone)
    return _guessed(parts, clock, setting, zone)


def written_zone(text: str) -> Zone | None:
    """The zone of a name, of an offset with or without a colon, or None."""
    if text[:1] in "+-" and text[1:].isdecimal():
        text = ":".join([text[:3], *(text[at : at + 2] for at in range(3, len(text), 2))])
    return find_zone(text)


def _year(parts: Parts) -> int | None:
    year, short = parts.get("year"), parts.get("short_year")
    if year is not None:
        return int(year)
    return None if short is None else 2000 + int(short)


def _clock(parts: Parts) -> int | None:
    """Milliseconds since midnight; None for a time that no clock shows."""
    if (day := parts.get("milli_of_day")) is not None:
        return int(day) if int(day) < _DAY else None
    if (day := parts.get("nano_of_day")) is not None:
        return int(day) // 1_000_000 if int(day) < _DAY * 1_000_000 else None
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    if parts.get("hour24") is not None:
        hour = int(parts["hour24"] or 0)
        hour = 0 if hour == 24 else hour or 24
    half = parts.get("half") if parts.get("half") is not None else parts.get("half0")
    if half is not None:
        limit = 12 if parts.get("half") is not None else 11
        hour = int(half) % 12 + (12 if (parts.get("marker") or "").upper() == "PM" else 0)
        if int(half) > limit or (limit == 12 and int(half) == 0):
            return None
    if hour > 23 or minute > 59 or second > 60:
        return None
    fraction = parts.get("fraction") or (parts.get("nano") or "").rjust(9, "0")
    milliseconds = int((fraction + "000")[:3])
    return ((hour * 60 + minute) * 60 + min(second, 59)) * 1000 + milliseconds


def _at(year: int, parts: Parts, clock: int, zone: Zone) -> int | None:
    name = parts.get("month_name")
    month = int(parts.get("month") or 1) if name is None else _MONTHS.index(name[:3].lower()) + 1
    try:
        if (day := parts.get("day_of_year")) is not None:
            date = datetime(year, 1, 1) + timedelta(days=int(day) - 1)
            if date.year != year:
                return None
        else:
            date = datetime(year, month, int(parts.get("day") or 1))
        local = (date + timedelta(milliseconds=clock)).replace(tzinfo=zone.rules)
        return (local - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def _checked(milliseconds: int | None, parts: Parts, zone: Zone) -> Instant | None:
    """The instant, unless the text names another day of the week."""
    if milliseconds is None:
        return None
    named = parts.get("weekday")
    if named is not None and zone.at(milliseconds // 1000).weekday() != _DAYS.index(named[:3].lower()):
        return None
    return Instant(milliseconds, zone.name)


def _guessed(parts: Parts, clock: int, setting: Setting, zone: Zone) -> Instant | None:
    today = zone.at(setting.now // 1000)
    if not any(parts.get(name) for name in ("month", "month_name", "day", "day_of_year")):
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        for date in (midnight, midnight - timedelta(days=1)):
            local = (date + timedelta(milliseconds=clock)).replace(tzinfo=zone.rules)
            found = (local - _EPOCH) // timedelta(milliseconds=1)
            if found <= setting.now + _AHEAD:
                return Instant(found, zone.name)
        return None
    for place, year in enumerate(setting.years, start=1):
        found_at = _at(today.year + year, parts, clock, zone)
        if found_at is not None and (found_at <= setting.now + setting.ahead or place == len(setting.years)):
            return _checked(found_at, parts, zone)
    return None
