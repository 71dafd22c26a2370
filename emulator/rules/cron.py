"""Schedules as cron writes them (library.humio.com: scheduled searches): how long between two runs."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from emulator.regular import regular

_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_ITEM = regular(r"(\*|H|\d{1,2}|[A-Z]{3})(?:-(\d{1,2}|[A-Z]{3}))?(?:/(\d{1,2}))?")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NAMES = {
    **dict(zip(_MONTHS, range(1, 13), strict=True)),
    **dict(zip(_WEEKDAYS, range(7), strict=True)),
}
_START, _DAYS = date(2024, 1, 1), 1600
"""More than four years: a schedule of 29 February runs twice in them."""


def shortest_gap(text: str) -> timedelta | None:
    """The shortest time between two runs of a schedule of five fields; None when it is no schedule, or never runs."""
    fields = text.upper().split()
    if len(fields) != len(_BOUNDS):
        return None
    read = [_values(field, *bounds) for field, bounds in zip(fields, _BOUNDS, strict=True)]
    minutes, hours, days, months, weekdays = read
    times = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    either = fields[2] != "*" and fields[4] != "*"  # cron runs on both kinds of days when both are given
    runs = [
        number
        for number in range(_DAYS)
        if _falls(_START + timedelta(days=number), days, months, weekdays, either=either)
    ]
    if not times or not runs:
        return None
    gaps = [later - earlier for earlier, later in pairwise(times)]
    gaps += [(later - earlier) * 1440 + times[0] - times[-1] for earlier, later in pairwise(runs)]
    return timedelta(minutes=min(gaps)) if gaps else None


def _falls(day: date, days: set[int], months: set[int], weekdays: set[int], *, either: bool) -> bool:
    weekday = day.isoweekday() % 7
    of_week = weekday in weekdays or (weekday == 0 and 7 in weekdays)
    of_month = day.day in days
    return day.month in months and ((of_month or of_week) if either else (of_month and of_week))


def _values(field: str, low: int, high: int) -> set[int]:
    """The numbers of one field; none when it is malformed."""
    found: set[int] = set()
    for item in field.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            return set()
        first, last, step = match.groups()
        if first == "H":  # the product picks one time, the same for every run
            first = str(low) if step is None else "*"
        start, end = (low, high) if first == "*" else (_number(first), _number(last or first))
        if first != "*" and last is None and step is not None:
            end = high
        if not low <= start <= end <= high or step == "0":
            return set()
        found.update(range(start, end + 1, int(step or 1)))
    return found


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else _NAMES.get(text, -1)
