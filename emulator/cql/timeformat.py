"""The patterns of `formatTime()` and of the `%t` codes of `format()`.

Specifiers and their text are documented (library.humio.com, functions-formattime); they are a subset of those of Java's
Formatter, whose documentation settles details: `%e`, `%k` and `%l` have no padding, `%Z` of an offset is the offset.
Dates use the Gregorian calendar for all years. Names of months and days are English.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from emulator.assumptions import assumption
from emulator.cql.numbers import parse_integer, parse_number
from emulator.cql.timezones import UTC_ZONE, Zone, abbreviations
from emulator.nodes import record
from emulator.regular import regular

SECONDS_UP_TO: Final = 100_000_000_000
"""With `unit=auto` a number up to this one counts seconds, a larger one milliseconds."""

DECIMAL_TIMESTAMP = assumption(
    "decimal-timestamp",
    "cql",
    "with `unit=auto` a timestamp with a decimal point counts, cut off to whole milliseconds: the documentation asks "
    "for an integer, and published queries format computed timestamps",
)

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SAFE_FROM, _SAFE_TO = -62_000_000_000, 250_000_000_000
"""Seconds within the years that Python's calendar covers, with room for a zone's offset."""
_CYCLE = 146_097 * 86_400
"""Seconds in 400 Gregorian years: after them dates fall on the same days of the week again."""
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_ENGLISH = regular(r"en|US|en[_-]US|en[_-](?![A-Za-z]{2}$|\d{3}$).*", re.IGNORECASE)
"""A region that is none, as in `en_UAE`, is passed over, and English is left."""
_OTHER_ENGLISH = regular(r"en[_-][A-Z]{2}|GB|UK", re.IGNORECASE)
_NAMED = frozenset("BbhAapcr")
_SHORT_NAMES = frozenset("bhapcr")
"""Abbreviations and markers differ between regions that speak English: `Sep` or `Sept`, `am` or `a.m.`."""


class FormatError(ValueError):
    """A pattern or locale that can't be used; `is_gap` when the product could but this emulator can't."""

    def __init__(self, message: str, fix: str, *, is_gap: bool = False, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.is_gap = is_gap
        self.offset = offset


@record
class Moment:
    """An instant as a zone shows it; `month` and `day` count from 1, `weekday` from 0 for Monday."""

    milliseconds: int
    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    weekday: int
    day_of_year: int
    week_of_year: int
    offset: int
    abbreviation: str

    @property
    def millisecond(self) -> int:
        """Milliseconds within the second."""
        return self.milliseconds % 1000

    @property
    def hour12(self) -> int:
        """Hour of a 12-hour clock."""
        return self.hour % 12 or 12


def moment(milliseconds: int, zone: Zone) -> Moment:
    """The date and time of an instant, in milliseconds since 1970, in a zone. Any 64-bit number will do."""
    seconds = milliseconds // 1000
    cycles = 0 if _SAFE_FROM <= seconds <= _SAFE_TO else seconds // _CYCLE
    second = seconds - cycles * _CYCLE
    local = zone.at(second)
    year = local.year + 400 * cycles
    return Moment(
        milliseconds=milliseconds,
        year=year if year > 0 else 1 - year,
        month=local.month,
        day=local.day,
        hour=local.hour,
        minute=local.minute,
        second=local.second,
        weekday=local.weekday(),
        day_of_year=local.timetuple().tm_yday,
        week_of_year=local.isocalendar().week,
        offset=zone.offset(second),
        abbreviation=zone.abbreviation(second),
    )


def _offset_text(at: Moment) -> str:
    minutes = abs(at.offset) // 60
    return f"{'-' if at.offset < 0 else '+'}{minutes // 60:02}{minutes % 60:02}"


def _marker(at: Moment) -> str:
    return "am" if at.hour < 12 else "pm"


_TEXTS: dict[str, Callable[[Moment], str]] = {
    "H": lambda at: f"{at.hour:02}",
    "I": lambda at: f"{at.hour12:02}",
    "k": lambda at: str(at.hour),
    "l": lambda at: str(at.hour12),
    "M": lambda at: f"{at.minute:02}",
    "S": lambda at: f"{at.second:02}",
    "L": lambda at: f"{at.millisecond:03}",
    "N": lambda at: f"{at.millisecond:03}000000",
    "p": _marker,
    "z": _offset_text,
    "Z": lambda at: at.abbreviation,
    "s": lambda at: str(at.milliseconds // 1000),
    "Q": lambda at: str(at.milliseconds),
    "B": lambda at: _MONTHS[at.month - 1],
    "b": lambda at: _MONTHS[at.month - 1][:3],
    "h": lambda at: _MONTHS[at.month - 1][:3],
    "A": lambda at: _DAYS[at.weekday],
    "a": lambda at: _DAYS[at.weekday][:3],
    "C": lambda at: f"{at.year // 100:02}",
    "Y": lambda at: f"{at.year:04}",
    "y": lambda at: f"{at.year % 100:02}",
    "j": lambda at: f"{at.day_of_year:03}",
    "m": lambda at: f"{at.month:02}",
    "d": lambda at: f"{at.day:02}",
    "e": lambda at: str(at.day),
    "R": lambda at: f"{at.hour:02}:{at.minute:02}",
    "T": lambda at: f"{at.hour:02}:{at.minute:02}:{at.second:02}",
    "r": lambda at: f"{at.hour12:02}:{at.minute:02}:{at.second:02} {_marker(at).upper()}",
    "D": lambda at: f"{at.month:02}/{at.day:02}/{at.year % 100:02}",
    "F": lambda at: f"{at.year:04}-{at.month:02}-{at.day:02}",
    "c": lambda at: " ".join(_TEXTS[letter](at) for letter in "abdTZY"),
}

SPECIFIERS: Final = frozenset(_TEXTS)
"""The letters that may follow `%`, or `%t` in `format()`."""


def specifier_text(letter: str, at: Moment) -> str:
    """The text of one specifier."""
    return _TEXTS[letter](at)


@record
class TimeFormat:
    """A pattern that was read: texts and the letters of specifiers in turn, a text first."""

    parts: tuple[str, ...]
    zone: Zone

    @property
    def shows_abbreviation(self) -> bool:
        """True when the text holds the short name of a zone that has none in the time zone database."""
        return not {"Z", "c"}.isdisjoint(self.parts[1::2]) and self.zone.name in abbreviations()

    def render(self, milliseconds: int) -> str:
        """The text of an instant in milliseconds since 1970."""
        at = moment(milliseconds, self.zone)
        return "".join(part if number % 2 == 0 else _TEXTS[part](at) for number, part in enumerate(self.parts))


def compile_time_format(pattern: str, zone: Zone = UTC_ZONE, locale: str | None = None) -> TimeFormat:
    """Read a pattern once.

    Raises FormatError for an unknown specifier, and for a locale whose names are not known here.
    """
    parts, text = [], ""
    position = 0
    while position < len(pattern):
        if pattern[position] != "%":
            text += pattern[position]
            position += 1
            continue
        letter = pattern[position + 1 : position + 2]
        if letter == "%":
            text += "%"
        elif letter in SPECIFIERS and letter:
            parts += [text, letter]
            text = ""
        else:
            raise _unknown(letter, position)
        position += 2
    check_names(set(parts[1::2]), locale)
    return TimeFormat((*parts, text), zone)


def check_names(letters: set[str], locale: str | None) -> None:
    """Raise FormatError when a specifier needs names of months that are not known here."""
    unknown = _SHORT_NAMES if locale and _OTHER_ENGLISH.fullmatch(locale) else _NAMED
    if locale is not None and not _ENGLISH.fullmatch(locale) and letters & unknown:
        message = f"names of months and days in the locale `{locale}` are not known to the emulator"
        raise FormatError(message, "use `locale=en_US`, or numbers: `%m`, `%d`, `%H`", is_gap=True)


def timestamp_milliseconds(text: str, unit: str = "auto") -> int | None:
    """A field's text as milliseconds since 1970; None when it is no timestamp.

    `unit` is `auto`, `seconds` or `milliseconds`. With `auto` a decimal point is allowed and what follows it cut off to
    whole milliseconds, so that computed timestamps count; with the others the number must be an integer (documented).
    """
    number = parse_number(text) if unit == "auto" else parse_integer(text)
    if number is None:
        return None
    in_seconds = unit == "seconds" or (unit == "auto" and number <= SECONDS_UP_TO)
    milliseconds = int(number * 1000 if in_seconds else number)
    return milliseconds if _LEAST <= milliseconds <= _MOST else None


def _unknown(letter: str, offset: int) -> FormatError:
    if not letter:
        return FormatError("the pattern ends in `%`", "write `%%` for a percent sign", offset=offset)
    message = f"`%{letter}` is no specifier of time formats"
    known = " ".join(f"%{each}" for each in sorted(SPECIFIERS, key=str.lower))
    return FormatError(message, f"use one of {known}, or `%%` for a percent sign", offset=offset)
