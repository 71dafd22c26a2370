"""Functions that move between UTC and the local time of a zone of the IANA database.

A local time that a zone skips or repeats counts with the offset behind the change (recorded for skipped ones).
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import lru_cache

from emulator.clock import TICKS_PER_SECOND, to_datetime
from emulator.functions import Library
from emulator.kql.library.calendar_dates import instant

LIBRARY = Library("kql", "time_zones")
_NO_PLACES = frozenset({"Factory", "localtime"})
"""Entries of a database that are no zones: where a device has none yet, and the machine's own."""


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo | None:
    """The zone of a name, or None."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


def _offset(moment: datetime) -> int:
    """The ticks that a zone is ahead of UTC at a moment."""
    ahead = moment.utcoffset()
    return round(ahead.total_seconds()) * TICKS_PER_SECOND if ahead is not None else 0


@LIBRARY.scalar(
    "datetime_utc_to_local(moment: datetime, zone: string) -> datetime",
    doc="datetime-utc-to-local-function",
    examples="""
    datetime_utc_to_local(datetime(2022-07-11 22:18), 'US/Pacific') => datetime(2022-07-11 15:18)   [docs]
    datetime_utc_to_local(datetime(2022-07-11 22:18:48.4678621), 'Nowhere') => datetime(null)   [reasoned]
    datetime_utc_to_local(datetime(2022-07-11), '../secret') => datetime(null)   [reasoned]
    datetime_utc_to_local(datetime(9999-12-31 23:59), 'Asia/Tokyo') => datetime(null)   [reasoned]
    """,
)
def datetime_utc_to_local(moment: int, zone: str) -> int | None:
    """The local time of a zone at a moment; null for an unknown zone."""
    place = _zone(zone)
    if place is None:
        return None
    try:
        return instant(moment + _offset(to_datetime(moment).astimezone(place)))
    except OverflowError:
        return None


@LIBRARY.scalar(
    "datetime_local_to_utc(moment: datetime, zone: string) -> datetime",
    doc="datetime-local-to-utc-function",
    examples="""
    datetime_local_to_utc(datetime(2020-02-02 20:02:20), 'US/Pacific') => datetime(2020-02-03 04:02:20)   [docs]
    datetime_local_to_utc(datetime(2022-03-27 02:00), 'Europe/Brussels') => datetime(2022-03-27 00:00)   [recorded]
    datetime_local_to_utc(datetime(2022-03-27 02:00), 'x') => datetime(null)   [reasoned]
    """,
)
def datetime_local_to_utc(moment: int, zone: str) -> int | None:
    """The moment at which a zone has a local time; null for an unknown zone."""
    place = _zone(zone)
    if place is None:
        return None
    local = to_datetime(moment).replace(tzinfo=place, fold=1)
    return instant(moment - _offset(local))


@LIBRARY.scalar(
    "datetime_list_timezones() -> dynamic",
    doc="datetime-list-timezones",
    examples="""
    set_has_element(datetime_list_timezones(), 'Europe/Paris') => true   [docs]
    set_has_element(datetime_list_timezones(), 'Factory') => false   [recorded]
    set_has_element(datetime_list_timezones(), 'localtime') => false   [recorded]
    """,
)
def datetime_list_timezones() -> list[str]:
    """The names of all zones that this machine's database has."""
    from zoneinfo import available_timezones

    return sorted(available_timezones() - _NO_PLACES)
