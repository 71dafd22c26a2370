"""Time zones by the names that the product takes (library.humio.com, syntax-time-timezones)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from emulator.assumptions import assumption
from emulator.nodes import record
from emulator.regular import regular
from emulator.shipped import shipped_text

ABBREVIATIONS = assumption(
    "zone-abbreviations",
    "cql",
    "`%Z` prints the short names of time zones that Java has in English (`GST` for Asia/Dubai), and an offset such as "
    "`GMT-03:00` where it has none: the documentation says only that an abbreviation is printed",
)
_SHORT = {
    "EST": "-05:00",
    "HST": "-10:00",
    "MST": "-07:00",
    "ACT": "Australia/Darwin",
    "AET": "Australia/Sydney",
    "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo",
    "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo",
    "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare",
    "CNT": "America/St_Johns",
    "CST": "America/Chicago",
    "CTT": "Asia/Shanghai",
    "EAT": "Africa/Addis_Ababa",
    "ECT": "Europe/Paris",
    "IET": "America/Indiana/Indianapolis",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia",
    "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland",
    "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico",
    "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal",
    "VST": "Asia/Ho_Chi_Minh",
}
_OFFSET = regular(r"([+-])(\d{1,2})(?::?([0-5]\d)(?::?([0-5]\d))?)?", re.ASCII)
_PREFIXED = regular(r"(UTC|GMT|UT)([+-].+)")
_MOST_HOURS = 18


@record
class Zone:
    """A time zone: its name as the product shows it, whether it is a mere offset, and its rules."""

    name: str
    is_offset: bool
    rules: tzinfo

    def offset(self, second: int) -> int:
        """Seconds east of Greenwich at a second since 1970, within the years 2 to 9998."""
        return int((self.at(second).utcoffset() or timedelta()).total_seconds())

    def at(self, second: int) -> datetime:
        """The local date and time at a second since 1970, within the years 2 to 9998."""
        return (_EPOCH + timedelta(seconds=second)).astimezone(self.rules)

    def abbreviation(self, second: int) -> str:
        """`UTC`, `CET`, `CEST`; an offset is its own name, and a zone without a short name shows `GMT-03:00`."""
        if self.is_offset:
            return self.name
        local = self.at(second)
        if self.name in abbreviations():
            return abbreviations()[self.name][bool(local.dst())]
        name = local.tzname() or ""
        return name if name.isalpha() else f"GMT{local:%z}"[:6] + ":" + f"{local:%z}"[3:5]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UTC_ZONE = Zone("UTC", is_offset=False, rules=UTC)


def find_zone(name: str) -> Zone | None:
    """The zone of a name: `Z`, `+02:00`, `UTC+2`, `Europe/London`, or a short one such as `PST`; None when unknown."""
    name = _SHORT.get(name, name)
    if name == "Z":
        return Zone("Z", is_offset=True, rules=UTC)
    if name == "UTC":
        return UTC_ZONE
    if offset := _offset(name):
        return offset
    if prefixed := _PREFIXED.fullmatch(name):
        found = _offset(prefixed.group(2))
        return found and Zone(prefixed.group(1) + found.name, is_offset=True, rules=found.rules)
    if name not in _regions():
        return None
    return Zone(name, is_offset=False, rules=ZoneInfo(name))


@cache
def abbreviations() -> dict[str, tuple[str, str]]:
    """Short names in winter and in summer of the zones for which the time zone database has mere numbers."""
    text = shipped_text("cql/zone_names.tsv")
    lines = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {zone: (winter, summer) for winter, summer, zones in lines for zone in zones.split()}


@cache
def _regions() -> frozenset[str]:
    """The names of the time zone database; finding them reads many files."""
    return frozenset(available_timezones())


def _offset(text: str) -> Zone | None:
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes, seconds = match.groups(default="0")
    length = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    if length > timedelta(hours=_MOST_HOURS):
        return None
    if not length:
        return Zone("Z", is_offset=True, rules=UTC)
    name = f"{sign}{int(hours):02}:{int(minutes):02}" + (f":{int(seconds):02}" if int(seconds) else "")
    return Zone(name, is_offset=True, rules=timezone(-length if sign == "-" else length))
