"""Functions that read instants from texts: by a pattern of Java's DateTimeFormatter, or wherever one stands."""

from __future__ import annotations

import re
from functools import lru_cache

from emulator.assumptions import assumption
from emulator.clock import UNIX_EPOCH
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.calls import supplied
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.cql.datepatterns import UnknownPatternError, compile_date_pattern
from emulator.cql.instants import LEAST_PARTS, Instant, Setting, instant, written_zone
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
ERROR_FIELDS = assumption(
    "timestamp-errors",
    "cql",
    "a text without a timestamp leaves the event as it was: the documentation says that an error field is added unless "
    "`addErrors=false`, not what is in it",
)
FOUND_FORMS = assumption(
    "findtimestamp-forms",
    "cql",
    "in `findTimestamp()` the parts of a date are parted by one of `-/. T:`, those of a time by colons, and a day may "
    "have one digit after the name of a month: the documentation lists the parts alone",
)
_EPOCHS = {"seconds": 1000, "unixtime": 1000, "unixtimeseconds": 1000, "millis": 1, "milliseconds": 1}
_EPOCHS |= {"unixtimemillis": 1, "nanos": 0}
_DATES = frozenset({"year", "short_year", "month", "month_name", "day", "day_of_year"})
_MILLISECONDS_A_DAY = 86_400_000


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
    pattern: str = arguments["format"]
    if pattern.lower() not in _EPOCHS:
        flow.context.rest_on(LEAST_PARTS)
        unknown = _unknown(pattern, case_sensitive=arguments["caseSensitive"])
        if unknown is not None:
            message = f"the pattern `{pattern}` holds {unknown}, which is not known here"
            help = "use the letters yuMLdDEaHhKkmsSAnNXxZOzV, and a part of a date"
            flow.context.error(PATTERN_GAP, message, arguments.span("format"), help)
            return
    _read(flow, arguments, "instant", (pattern, arguments["caseSensitive"]))


def _unknown(pattern: str, *, case_sensitive: bool) -> str | None:
    """What of a pattern is not known, or None."""
    try:
        found = compile_date_pattern(pattern, case_sensitive)
    except UnknownPatternError as unknown:
        return str(unknown)
    return None if _DATES & set(found.groupindex) else "no part of a date"


def _read(flow: Flow, arguments: Arguments, name: str, how: tuple[object, ...]) -> None:
    span = arguments.call.span
    if arguments["addErrors"]:
        flow.context.rest_on(ERROR_FIELDS)
    given = (arguments["timezone"], arguments["as"], arguments["timezoneAs"], *how)
    constants = [Const(one, ScalarType.VALUE, span) for one in given]
    fields = [Field(arguments[name], ScalarType.TEXT, span) for name in ("field", "timezoneField")]
    now = supplied(flow.context, "now", span)
    flow.add(Extract(operator(name), (*fields, now, *constants), (), False, span))  # noqa: FBT003 - keeps the others


def _present(now: int) -> int:
    return (now - UNIX_EPOCH) // 10_000


def _fields(found: Instant | None, target: str, zone_target: str) -> dict[str, str] | None:
    return None if found is None else {target: str(found.milliseconds), zone_target: found.zone}


@LIBRARY.assign(
    "operator:instant(value: field, zone: field, now: now, fixed: any, as: any, zoneAs: any, pattern: any, case: any)"
    " -> fields"
)
def instant_of(
    text: str | None,
    own_zone: str | None,
    now: int,
    fixed: Zone | None,
    target: str,
    zone_target: str,
    pattern: str,
    case_sensitive: bool,
) -> dict[str, str] | None:
    """The instant and its zone."""
    if text is None:
        return None
    if pattern.lower() in _EPOCHS:
        found = _epoch(text, pattern.lower())
        return None if found is None else {target: str(found), zone_target: "Z"}
    zone = fixed if fixed is not None or own_zone is None else find_zone(own_zone)
    read = read_by_pattern(text, pattern, zone, now, case_sensitive=case_sensitive, fixed=fixed is not None)
    return _fields(read, target, zone_target)


def read_by_pattern(
    text: str, pattern: str, zone: Zone | None, now: int, *, case_sensitive: bool = True, fixed: bool = False
) -> Instant | None:
    """The instant that a text tells by a pattern, or None. With `fixed` the zone overrides one in the text.

    `now` is in ticks. Raises UnknownPatternError.
    """
    match = compile_date_pattern(pattern, case_sensitive).fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    if fixed:
        parts["zone"] = None
    return instant(parts, Setting(zone, _present(now), (0, -1), 8 * _MILLISECONDS_A_DAY))


_HOURS, _SIXTY = r"(?P<hour>[01]\d|2[0-3])", r"[0-5]\d"
_ZONE = r"(?:\s?(?P<zone>[+-]\d{2}:?\d{2}|[+-]\d{2}|Z|[A-Za-z][A-Za-z_]*(?:/[A-Za-z_]+)*(?:[+-]\d{1,2}(?::?\d{2})?)?))?"
_TIME = rf"{_HOURS}:(?P<minute>{_SIXTY}):(?P<second>{_SIXTY}|60)(?:[.,:](?P<fraction>\d{{1,9}}))?(?![\d:])"
_MARKED = rf"{_TIME}(?:\s*(?P<marker>[AP]M)\b)?{_ZONE}"
_GAP = r"[-/. T:]"
_LETTERS = "(?P<month_name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_MONTH = rf"(?:(?P<month>0[1-9]|1[0-2])|{_LETTERS})"
_DAY = r"(?P<day>0[1-9]|[12]\d|3[01])"
_YEAR = r"(?:(?P<year>\d{4})|(?P<short_year>1[3-9]|[2-9]\d))"
_FORMS = (
    rf"{_YEAR}{_GAP}{_MONTH}{_GAP}{_DAY}[T ,]\s*{_MARKED}",
    rf"{_LETTERS}\s+(?P<day>3[01]|[12]\d|0?[1-9])[ ,]+(?:{_YEAR}[ ,]+)?{_MARKED}(?:\s+(?P<late>\d{{4}})(?!\d))?",
    rf"{_MONTH}{_GAP}{_DAY}(?:{_GAP}{_YEAR})?[T ,:]\s*{_MARKED}(?:\s+(?P<late>\d{{4}})(?!\d))?",
    rf"(?P<day>3[01]|[12]\d|0?[1-9]){_GAP}{_LETTERS}{_GAP}(?:(?P<year>\d{{4}})[: ])?\s*{_MARKED}",
    rf"(?<![:.,]){_MARKED}",
    r"(?P<epoch>\d{10})(?:\.?(?P<fraction>\d{9}|\d{6}|\d{3}))?(?!\d)",
)
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
    flow.context.rest_on(FOUND_FORMS)
    _read(flow, arguments, "found_instant", ())


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
    if (written := parts.get("zone")) is not None and written_zone(written) is None:
        parts["zone"] = None  # a word that happens to follow
    zone = fixed if fixed is not None or own_zone is None else find_zone(own_zone)
    read = instant(parts, Setting(zone, _present(now), (1, 0, -1), 7 * _MILLISECONDS_A_DAY))
    return _fields(read, target, zone_target)
