"""Time as ticks of 100 ns: the conversions, the texts that results show, and the clock of a run."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from emulator.regular import regular

TICKS_PER_MICROSECOND = 10
TICKS_PER_MILLISECOND = 10_000
TICKS_PER_SECOND = 10_000_000
TICKS_PER_MINUTE = 60 * TICKS_PER_SECOND
TICKS_PER_HOUR = 60 * TICKS_PER_MINUTE
TICKS_PER_DAY = 24 * TICKS_PER_HOUR
MAX_DATETIME = 3_652_059 * TICKS_PER_DAY - 1
"""The last tick of the year 9999."""
UNIX_EPOCH = 719_162 * TICKS_PER_DAY
"""1970-01-01 in ticks since 0001-01-01."""

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ISO = regular(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s?(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


def from_datetime(moment: datetime) -> int:
    """Ticks of a Python datetime; one without a zone counts as UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return ((aware - _EPOCH) // _MICROSECOND) * TICKS_PER_MICROSECOND


def to_datetime(ticks: int) -> datetime:
    """The aware datetime in UTC of some ticks, rounded down to a microsecond.

    Raises OverflowError outside the years 1 to 9999.
    """
    return _EPOCH + timedelta(microseconds=ticks // TICKS_PER_MICROSECOND)


def from_unix(seconds: int, fraction_ticks: int = 0) -> int:
    """Ticks of whole seconds since 1970 and a fraction in ticks."""
    return UNIX_EPOCH + seconds * TICKS_PER_SECOND + fraction_ticks


def parse_iso(text: str) -> int | None:
    """Ticks of an ISO 8601 date or date and time, UTC unless it says otherwise; None when it is neither.

    Digits of the fraction beyond the seventh are cut.
    """
    if len(text) == 28 and text[19] == "." and text[27] == "Z":
        ticks = _parse_whole(text)
        if ticks is not None:
            return ticks
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None
    part = match.groupdict(default="0")
    try:
        days = date(int(part["year"]), int(part["month"]), int(part["day"])).toordinal() - 1
    except ValueError:
        return None
    hour, minute, second = int(part["hour"]), int(part["minute"]), int(part["second"])
    if hour > 23 or minute > 59 or second > 59:
        return None
    fraction = int(part["fraction"].ljust(7, "0")[:7])
    ticks = days * TICKS_PER_DAY + (hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND + fraction
    return ticks - _offset(match["zone"])


def _parse_whole(text: str) -> int | None:
    """The quick way for `2024-05-01T00:00:00.0000000Z`; None when the text is not of that form after all."""
    fraction = text[20:27]
    if text[4] != "-" or text[7] != "-" or not (fraction.isascii() and fraction.isdecimal()):
        return None
    try:
        moment = datetime.fromisoformat(text[:19])
    except ValueError:
        return None
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return (moment.toordinal() - 1) * TICKS_PER_DAY + seconds * TICKS_PER_SECOND + int(fraction)


def _offset(zone: str | None) -> int:
    """The ticks that a zone such as `+02:00` is ahead of UTC."""
    if zone is None or zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return (-minutes if zone[0] == "-" else minutes) * TICKS_PER_MINUTE


def format_datetime(ticks: int) -> str:
    """`2024-05-01T00:00:00.0000000Z`."""
    days, rest = divmod(ticks, TICKS_PER_DAY)
    day = date.fromordinal(days + 1)
    seconds, fraction = divmod(rest, TICKS_PER_SECOND)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{day.isoformat()}T{hours:02}:{minutes:02}:{seconds:02}.{fraction:07}Z"


def format_timespan(ticks: int) -> str:
    """`[-][d.]hh:mm:ss[.fffffff]`."""
    days, rest = divmod(abs(ticks), TICKS_PER_DAY)
    seconds, fraction = divmod(rest, TICKS_PER_SECOND)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    sign = "-" if ticks < 0 else ""
    return f"{sign}{f'{days}.' if days else ''}{text}{f'.{fraction:07}' if fraction else ''}"


_TIMESPAN = regular(
    r"(?P<sign>-)?(?:(?P<days>\d{1,8})\.)?(?P<hours>\d{1,2}):(?P<minutes>\d\d)(?::(?P<seconds>\d\d)(?:\.(?P<fraction>\d{1,7}))?)?",
    re.ASCII,
)


def parse_timespan(text: str) -> int | None:
    """Ticks of `[-][d.]hh:mm[:ss[.fffffff]]`; None when the text has another form."""
    match = _TIMESPAN.fullmatch(text.strip())
    if match is None:
        return None
    part = match.groupdict(default="0")
    hours, minutes, seconds = int(part["hours"]), int(part["minutes"]), int(part["seconds"])
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    whole = int(part["days"]) * 86_400 + hours * 3600 + minutes * 60 + seconds
    ticks = whole * TICKS_PER_SECOND + int(part["fraction"].ljust(7, "0"))
    return -ticks if match["sign"] else ticks
