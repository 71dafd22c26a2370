"""Constants in arguments: fields, texts, numbers, durations and patterns read from what the syntax tree holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from emulator.cql import patterns, syntax
from emulator.cql.binder.context import Context
from emulator.cql.binder.lookups import table
from emulator.cql.printf import Printf, compile_printf
from emulator.cql.timeformat import TimeFormat, compile_time_format
from emulator.cql.timezones import ABBREVIATIONS, Zone, find_zone
from emulator.regular import regular

Sibling = Callable[[str], str | None]
"""The text of another argument of the same call, or None when it was not given."""

_DURATION = regular(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]+)")
_UNITS = {
    "ms": 1,
    "millis": 1,
    "millisecond": 1,
    "milliseconds": 1,
    "s": 1_000,
    "sec": 1_000,
    "secs": 1_000,
    "second": 1_000,
    "seconds": 1_000,
    "m": 60_000,
    "min": 60_000,
    "mins": 60_000,
    "minute": 60_000,
    "minutes": 60_000,
    "h": 3_600_000,
    "hr": 3_600_000,
    "hrs": 3_600_000,
    "hour": 3_600_000,
    "hours": 3_600_000,
    "d": 86_400_000,
    "day": 86_400_000,
    "days": 86_400_000,
    "w": 604_800_000,
    "week": 604_800_000,
    "weeks": 604_800_000,
}


class NotOfType(Exception):  # noqa: N818 - says what to write instead, and is always caught
    """A value that does not read as the parameter's type; the text says what would."""


def items(value: syntax.Value) -> tuple[syntax.Value, ...]:
    """The items of an array; a value alone counts as an array of one."""
    return value.items if isinstance(value, syntax.Array) else (value,)


def field_name(context: Context, value: syntax.Value) -> str:
    """The field that a word or quoted name means. Raises NotOfType."""
    if isinstance(value, syntax.Word | syntax.Quoted):
        return value.text
    if isinstance(value, syntax.Parameter):
        return context.parameter(value)
    raise NotOfType("a field")


def text_of(context: Context, value: syntax.Value) -> str:
    """The text of a constant. Raises NotOfType."""
    match value:
        case syntax.Word() | syntax.Quoted() | syntax.Number():
            return value.text
        case syntax.Boolean():
            return "true" if value.value else "false"
        case syntax.Parameter():
            return context.parameter(value)
        case syntax.Unary() | syntax.Binary():
            written = context.source.slice(value.span)
            if not any(character.isspace() for character in written):
                return written  # a bare text such as a-b or 10.0.0.0/8 reads like arithmetic
    raise NotOfType("a text")


def _whole(text: str, what: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > _MOST_DIGITS:
        raise NotOfType(what)
    return int(text)


def number_of(context: Context, value: syntax.Value) -> float | int:
    """The number of a constant. Raises NotOfType."""
    text = text_of(context, value)
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise NotOfType("a number") from None


def bool_of(context: Context, value: syntax.Value) -> bool:
    """`true` or `false`. Raises NotOfType."""
    text = text_of(context, value).lower()
    if text not in ("true", "false"):
        raise NotOfType("`true` or `false`")
    return text == "true"


def duration(text: str) -> float:
    """Milliseconds of `15m`, `1h`, `24hours` … Raises NotOfType."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != re.sub(r"\s+", "", text):
        raise NotOfType("a duration such as `15m`")
    if any(unit not in _UNITS for _, unit in parts):
        raise NotOfType("a duration with a unit such as `ms`, `s`, `m`, `h`, `d`, `w`")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def regex_of(context: Context, value: syntax.Value, flags: str = "") -> patterns.Pattern:
    """A regular expression, written as `/…/flags` or as a text. Raises NotOfType and PatternError."""
    if isinstance(value, syntax.Regex):
        return patterns.compile_pattern(value.pattern, value.flags + flags)
    return patterns.compile_pattern(text_of(context, value), flags)


def zone_of(text: str) -> Zone:
    """A time zone by its name. Raises NotOfType."""
    zone = find_zone(text)
    if zone is None:
        raise NotOfType("a time zone such as `UTC`, `Europe/London` or `+02:00`")
    return zone


def _printf(context: Context, value: syntax.Value, sibling: Sibling) -> Printf:
    found = compile_printf(text_of(context, value), zone_of(sibling("timezone") or "UTC"))
    for one in found.assumes:
        context.rest_on(one)
    return found


def _time_format(context: Context, value: syntax.Value, sibling: Sibling) -> TimeFormat:
    zone = zone_of(sibling("timezone") or "UTC")
    found = compile_time_format(text_of(context, value), zone, sibling("locale"))
    if found.shows_abbreviation:
        context.rest_on(ABBREVIATIONS)
    return found


def _choice(context: Context, known: list[str], value: syntax.Value) -> str:
    text = text_of(context, value)
    found = next((one for one in known if one.lower() == text.lower()), None)
    if found is None:
        raise NotOfType(" or ".join(f"`{one}`" for one in known))
    return found


def _limit(context: Context, value: syntax.Value) -> int | None:
    text = text_of(context, value)
    return None if text == "max" else _whole(text, "a whole number, or `max`")


def _between(context: Context, ends: list[str], value: syntax.Value) -> int:
    least, most = map(int, ends)
    what = f"a whole number from {least:,} to {most:,}"
    number = _whole(text_of(context, value), what)
    if not least <= number <= most:
        raise NotOfType(what)
    return number


def _within(context: Context, ends: list[str], value: syntax.Value) -> float | int:
    least, most = map(int, ends)
    number = number_of(context, value)
    if not least <= number <= most:
        raise NotOfType(f"a number from {least:,} to {most:,}")
    return number


def _character(context: Context, value: syntax.Value) -> str:
    text = text_of(context, value)
    if len(text) != 1:
        raise NotOfType("one character")
    return text


_MOST_DIGITS = 20
_READERS: dict[str, Callable[[Context, syntax.Value], Any]] = {
    "field": field_name,
    "text": text_of,
    "character": _character,
    "number": number_of,
    "bool": bool_of,
    "limit": _limit,
    "duration": lambda context, value: duration(text_of(context, value)),
    "zone": lambda context, value: zone_of(text_of(context, value)),
}


def read_constant(context: Context, kind: str, value: syntax.Value, sibling: Sibling) -> Any:
    """A value as written, read as a type of emulator.cql.library.

    Types that are read later (expressions, queries) come back as they are. Raises NotOfType, PatternError, FormatError.
    """
    if kind in _READERS:
        return _READERS[kind](context, value)
    if kind.endswith("s") and kind[:-1] in _READERS:
        return tuple(_READERS[kind[:-1]](context, item) for item in items(value))
    name, _, choices = kind.partition("[")
    match name:
        case "choice":
            return _choice(context, choices[:-1].split("|"), value)
        case "choices":
            return tuple(_choice(context, choices[:-1].split("|"), item) for item in items(value))
        case "number":
            return _within(context, choices[:-1].split("|"), value)
        case "between":
            return _between(context, choices[:-1].split("|"), value)
        case "pairs":
            return tuple(tuple(text_of(context, one) for one in items(pair)) for pair in items(value))
        case "table":
            return table(context, text_of(context, value), value.span)
        case "regex":
            return regex_of(context, value, sibling("flags") or "")
        case "printf":
            return _printf(context, value, sibling)
        case "timeformat":
            return _time_format(context, value, sibling)
        case _:
            return value


def read_default(kind: str, text: str) -> Any:
    """A default as written in a signature, read as the parameter's type."""
    if text == "none":
        return None
    if kind == "duration":
        return duration(text.strip("'"))
    if text[:1] in "\"'" and text[-1:] == text[:1]:
        text = text[1:-1].encode().decode("unicode_escape")
    match kind.partition("[")[0]:
        case "bool":
            return text == "true"
        case "number":
            return float(text) if "." in text else int(text)
        case "numbers":
            return tuple(int(part) for part in text.strip("[]").split(",") if part.strip())
        case "limit" | "between":
            return int(text)
        case "zone":
            return find_zone(text)
        case "texts" | "fields" | "choices":
            return tuple(part.strip() for part in text.strip("[]").split(",") if part.strip())
        case "bools":
            return (text == "true",)
        case _:
            return text
