"""Functions that read instants from texts: by a pattern of Java's DateTimeFormatter, or wherever one stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from emulator.clock import UNIX_EPOCH
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.calls import supplied
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.values import number
from emulator.cql.timezones import Zone, find_zone
from emulator.diagnostics import code
from emulator.functions import Library
from emulator.plan.expressions import Const, Field
from emulator.plan.steps import Extract
from emulator.types import ScalarType

LIBRARY = Library("cql", "timestamps")

PATTERN_GAP = code(
    "CQL4008",
    "a pattern of instants beyond the emulator",
    "The product reads patterns of Java's DateTimeFormatter; the emulator knows the letters that logs use. Please "
    "report the pattern.",
)
_EPOCHS = {"seconds": 1000, "unixtime": 1000, "unixtimeseconds": 1000, "millis": 1, "milliseconds": 1}
_EPOCHS |= {"unixtimemillis": 1, "nanos": 0}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = r"January|February|March|April|May|June|July|August|September|October|November|December"
_SHORT = r"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_ZONE = r"Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?"
_REGION = r"[A-Za-z][A-Za-z_]*(?:/[A-Za-z_]+)*(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{2}:?\d{2}"
_LETTERS: dict[str, str] = {
    "yyyy": r"(?P<year>[+-]?\d{4,9})",
    "uuuu": r"(?P<year>[+-]?\d{4,9})",
    "yy": r"(?P<short_year>\d{2})",
    "MMMM": rf"(?P<month_name>{_FULL})",
    "LLLL": rf"(?P<month_name>{_FULL})",
    "MMM": rf"(?P<month_name>{_SHORT})",
    "LLL": rf"(?P<month_name>{_SHORT})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "dd": r"(?P<day>\d{2})",
    "d": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{2})",
    "H": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<half>\d{2})",
    "h": r"(?P<half>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "m": r"(?P<minute>\d{1,2})",
    "ss": r"(?P<second>\d{2})",
    "s": r"(?P<second>\d{1,2})",
    "a": r"(?P<marker>AM|PM)",
    "EEEE": r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day",
    "EEE": r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)",
    "VV": rf"(?P<zone>{_REGION})",
    "z": rf"(?P<zone>{_REGION})",
    "zzz": rf"(?P<zone>{_REGION})",
}
_LETTERS |= {letter * count: rf"(?P<zone>{_ZONE})" for letter in "XxZ" for count in range(1, 6)}
_LETTERS |= {"S" * count: rf"(?P<fraction>\d{{{count}}})" for count in range(1, 10)}


class _UnknownPatternError(ValueError):
    """A letter of a pattern that has no known meaning."""


@lru_cache(maxsize=256)
def _compiled(pattern: str, case_sensitive: bool) -> re.Pattern[str]:
    """A pattern as a regular expression. Raises _UnknownPatternError."""
    parts: list[str] = []
    position = 0
    optional: list[bool] = []
    while position < len(pattern):
        sign = pattern[position]
        if sign == "'":
            end = pattern.find("'", position + 1)
            if end < 0:
                raise _UnknownPatternError("a quote that does not end")
            parts.append(re.escape(pattern[position + 1 : end] or "'"))
            position = end + 1
            continue
        run = re.match(r"([A-Za-z])\1*", pattern[position:])
        if run is not None:
            parts.append(_letters(run[0], in_option=bool(optional)))
            position += len(run[0])
            continue
        if sign == "[":
            optional.append(True)
        parts.append({"[": "(?:", "]": ")?"}.get(sign) or re.escape(sign))
        position += 1
    try:
        return re.compile("".join(parts), 0 if case_sensitive else re.IGNORECASE)
    except re.error as error:
        raise _UnknownPatternError("a bracket that does not end, or a letter that stands twice") from error


def _letters(run: str, *, in_option: bool) -> str:
    if run not in _LETTERS:
        raise _UnknownPatternError(f"`{run}`")
    # Java's optional fraction of nine digits takes as many as there are.
    return r"(?P<fraction>\d{1,9})" if in_option and set(run) == {"S"} else _LETTERS[run]


@dataclass(frozen=True, slots=True)
class _Setting:
    """What reading depends on besides the text: a zone for texts without one, and the present."""

    zone: Zone | None
    now: int


def _instant(parts: dict[str, str | None], setting: _Setting) -> tuple[int, str] | None:
    """Milliseconds since 1970 and the zone's name, or None for a date that does not exist or has no zone."""
    written = parts.get("zone")
    zone = setting.zone if written is None else find_zone(_zone_name(written))
    if zone is None:
        return None
    month_name = parts.get("month_name")
    month = int(parts.get("month") or 0) if month_name is None else _MONTHS.index(month_name[:3].lower()) + 1
    hour = int(parts.get("hour") or 0)
    if parts.get("half") is not None:
        hour = int(parts["half"] or 0) % 12 + (12 if (parts.get("marker") or "").upper() == "PM" else 0)
    year = parts.get("year")
    short = parts.get("short_year")
    clock = (hour, int(parts.get("minute") or 0), min(59, int(parts.get("second") or 0)))
    millisecond = int(((parts.get("fraction") or "") + "000")[:3])
    day = int(parts.get("day") or 1)
    if year is not None or short is not None:
        return _at(int(year) if year is not None else 2000 + int(short or 0), month or 1, day, clock, millisecond, zone)
    found = _at(datetime.fromtimestamp(setting.now / 1000, UTC).year, month or 1, day, clock, millisecond, zone)
    if found is not None and found[0] > setting.now + 8 * 86_400_000:
        this_year = datetime.fromtimestamp(setting.now / 1000, UTC).year
        return _at(this_year - 1, month or 1, day, clock, millisecond, zone)
    return found


def _at(
    year: int, month: int, day: int, clock: tuple[int, int, int], millisecond: int, zone: Zone
) -> tuple[int, str] | None:
    try:
        local = datetime(year, month, day, *clock, tzinfo=zone.rules)
    except (ValueError, OverflowError):
        return None
    return (local - _EPOCH) // timedelta(milliseconds=1) + millisecond, zone.name


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _zone_name(written: str) -> str:
    return f"{written[:3]}:{written[3:]}" if re.fullmatch(r"[+-]\d{4}", written) else written


def _epoch(text: str, unit: str) -> int | None:
    found = number(text)
    if found is None:
        return None
    factor = _EPOCHS[unit]
    return int(found * factor) if factor else int(found) // 1_000_000


@LIBRARY.table(
    "parseTimestamp(format: text = \"yyyy-MM-dd'T'HH:mm:ss[.SSSSSSSSS]XXXXX\", field: field, as: text = @timestamp,"
    " timezone: zone = none, timezoneAs: text = @timezone, timezoneField: field = @timezone,"
    " caseSensitive: bool = true, addErrors: bool = true) -> events",
    doc="parsetimestamp",
)
def lower_parse_timestamp(flow: Flow, arguments: Arguments) -> None:
    """Reads an instant from a field by a pattern; a text that does not fit leaves the event as it was."""
    span = arguments.call.span
    pattern: str = arguments["format"]
    if pattern.lower() not in _EPOCHS:
        try:
            _compiled(pattern, arguments["caseSensitive"])
        except _UnknownPatternError as unknown:
            message = f"the pattern `{pattern}` holds {unknown}, which is not known here"
            flow.context.error(PATTERN_GAP, message, arguments.span("format"), "use the letters yMdHhmsSaEXZV alone")
            return
    how = (pattern, arguments["timezone"], arguments["as"], arguments["timezoneAs"], arguments["caseSensitive"])
    given = [Const(one, ScalarType.VALUE, span) for one in how]
    fields = [Field(arguments[name], ScalarType.TEXT, span) for name in ("field", "timezoneField")]
    now = supplied(flow.context, "now", span)
    flow.add(Extract(operator("instant"), (*fields, now, *given), (), False, span))  # noqa: FBT003 - keeps the others


@LIBRARY.assign(
    "operator:instant(value: field, zone: field, now: now, pattern: any, fixed: any, as: any, zoneAs: any, case: any)"
    " -> fields"
)
def instant(
    text: str | None,
    own_zone: str | None,
    now: int,
    pattern: str,
    fixed: Zone | None,
    target: str,
    zone_target: str,
    case_sensitive: bool,
) -> dict[str, str] | None:
    """The instant and its zone."""
    if text is None:
        return None
    if pattern.lower() in _EPOCHS:
        found = _epoch(text, pattern.lower())
        return None if found is None else {target: str(found), zone_target: "Z"}
    match = _compiled(pattern, case_sensitive).fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    if fixed is not None:
        parts["zone"] = None  # the documentation: the argument overrides the text
    zone = fixed if fixed is not None or own_zone is None else find_zone(own_zone)
    read = _instant(parts, _Setting(zone, (now - UNIX_EPOCH) // 10_000))
    return None if read is None else {target: str(read[0]), zone_target: read[1]}


_TIME = r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:[.,:](?P<fraction>\d{1,9}))?"
_MARKED = rf"{_TIME}(?:\s*(?P<marker>AM|PM))?(?:\s?(?P<zone>Z|UTC|GMT|[+-]\d{{2}}:?\d{{2}}))?(?![\w])"
_GAP = r"[-/. T:]"
_FORMS = [
    rf"(?P<year>\d{{4}}){_GAP}(?:(?P<month>\d{{2}})|(?P<month_name>{_SHORT})){_GAP}(?P<day>\d{{2}})[T ,]\s*{_MARKED}",
    rf"(?P<month_name>{_SHORT})\s+(?P<day>\d{{1,2}})[ ,]+(?:(?P<year>\d{{4}})[ ,]+)?{_MARKED}(?:\s+(?P<late>\d{{4}}))?",
    rf"(?P<month>\d{{2}}){_GAP}(?P<day>\d{{2}}){_GAP}(?P<year>\d{{4}})[T ,]\s*{_MARKED}",
    rf"(?P<day>\d{{1,2}}){_GAP}(?P<month_name>{_SHORT}){_GAP}(?:(?P<year>\d{{4}})[: ])?\s*{_MARKED}",
    r"(?<!\d)(?P<epoch>1\d{9})(?:\.?(?P<fraction>\d{3}(?:\d{3}){0,2}))?(?!\d)",
]
_WITHIN = 128


@lru_cache(maxsize=1)
def _forms() -> list[re.Pattern[str]]:
    return [re.compile(rf"(?<![0-9A-Za-z]){form}", re.IGNORECASE) for form in _FORMS]


@LIBRARY.table(
    "findTimestamp(field: field = @rawstring, as: text = @timestamp, timezone: zone = none,"
    " timezoneAs: text = @timezone, timezoneField: field = @timezone, addErrors: bool = true) -> events",
    doc="findtimestamp",
)
def lower_find_timestamp(flow: Flow, arguments: Arguments) -> None:
    """Reads the first instant that a field holds, in one of the usual forms."""
    span = arguments.call.span
    how = (arguments["timezone"], arguments["as"], arguments["timezoneAs"])
    given = [Const(one, ScalarType.VALUE, span) for one in how]
    fields = [Field(arguments[name], ScalarType.TEXT, span) for name in ("field", "timezoneField")]
    now = supplied(flow.context, "now", span)
    flow.add(Extract(operator("found_instant"), (*fields, now, *given), (), False, span))  # noqa: FBT003 - keeps others


@LIBRARY.assign(
    "operator:found_instant(value: field, zone: field, now: now, fixed: any, as: any, zoneAs: any) -> fields"
)
def found_instant(
    text: str | None, own_zone: str | None, now: int, fixed: Zone | None, target: str, zone_target: str
) -> dict[str, str] | None:
    """The first instant in a text and its zone."""
    found = [match for form in _forms() if text is not None and (match := form.search(text)) is not None]
    first = min((one for one in found if one.start() < _WITHIN), key=lambda one: one.start(), default=None)
    if first is None:
        return None
    parts = first.groupdict()
    if parts.get("epoch") is not None:
        milliseconds = int(parts["epoch"]) * 1000 + int((parts.get("fraction") or "0")[:3])
        return {target: str(milliseconds), zone_target: "Z"}
    parts["year"] = parts.get("year") or parts.get("late")
    if parts.get("marker") is not None:
        parts["half"] = parts.pop("hour")
    zone = fixed if fixed is not None or own_zone is None else find_zone(own_zone)
    read = _instant(parts, _Setting(zone, (now - UNIX_EPOCH) // 10_000))
    return None if read is None else {target: str(read[0]), zone_target: read[1]}
