"""Instants: points in time as ticks of 100 ns, and the texts that sensors write for them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from emulator.regular import regular

Ticks = int
"""100 ns since 0001-01-01T00:00:00Z, as Kusto counts them."""

TICKS_PER_SECOND = 10_000_000
EPOCH = 621_355_968_000_000_000
"""Ticks of 1970-01-01T00:00:00Z."""
LAST = 3_155_378_975_999_999_999
"""Ticks of the last instant that a Kusto datetime holds."""

_ZERO = datetime(1, 1, 1, tzinfo=UTC)
_FORM = regular(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?\s?(?:Z|([+-])(\d\d):(\d\d))?", re.ASCII)


def ticks_of(moment: datetime) -> Ticks:
    """Ticks of an aware datetime; a naive one is refused, since its zone would be a guess."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    since = moment - _ZERO
    return (since.days * 86_400 + since.seconds) * TICKS_PER_SECOND + since.microseconds * 10


@lru_cache(maxsize=1 << 12)
def parse_instant(text: str) -> Ticks | None:
    """Ticks of `2024-05-01[T ]10:20:30[.1234567][Z|+hh:mm]`, UTC when no zone is written; None for any other text.

    Digits past the seventh are cut, since a tick is 100 ns.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[group]) for group in range(1, 7))
    try:
        whole = ticks_of(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except ValueError:
        return None
    shift = 0 if found[8] is None else (int(found[9]) * 60 + int(found[10])) * 60 * TICKS_PER_SECOND
    ticks = whole + int((found[7] or "0").ljust(7, "0")[:7]) - (shift if found[8] == "+" else -shift)
    return ticks if 0 <= ticks <= LAST else None


def iso(ticks: Ticks) -> str:
    """`2024-05-01T10:20:30.1234567Z`: exact, seven digits."""
    seconds, rest = divmod(ticks, TICKS_PER_SECOND)
    return f"{_iso_second(seconds)}.{rest:07d}Z"


@lru_cache(maxsize=1 << 12)
def _iso_second(seconds: int) -> str:
    return (_ZERO + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()


def epoch_milliseconds(ticks: Ticks) -> str:
    """Milliseconds since 1970 as text, rounded down, as Falcon writes `timestamp`."""
    return str((ticks - EPOCH) // 10_000)


def epoch_seconds(ticks: Ticks) -> str:
    """Seconds since 1970 with three digits, rounded down, as Falcon writes `ProcessStartTime`."""
    milliseconds = (ticks - EPOCH) // 10_000
    sign, size = ("-", -milliseconds) if milliseconds < 0 else ("", milliseconds)
    return f"{sign}{size // 1000}.{size % 1000:03d}"
