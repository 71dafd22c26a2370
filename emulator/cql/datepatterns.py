"""Patterns of instants in the notation of Java's DateTimeFormatter, as `parseTimestamp()` takes them.

The product reads a subset of that notation (library.humio.com, functions-parsetimestamp) without saying which; here are
the letters that stand for parts of a date, a time or a zone in the usual calendar.
"""

from __future__ import annotations

import re
from functools import lru_cache

_FULL_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_FULL_DAY = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_DAY = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_REGION = r"[A-Za-z][A-Za-z_]*(?:/[A-Za-z_]+)*(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{2}:?\d{2}"
_PLAIN = {
    "X": r"Z|[+-]\d{2}(?:\d{2})?",
    "XX": r"Z|[+-]\d{4}",
    "XXX": r"Z|[+-]\d{2}:\d{2}",
    "XXXX": r"Z|[+-]\d{4}(?:\d{2})?",
    "XXXXX": r"Z|[+-]\d{2}:\d{2}(?::\d{2})?",
    "Z": r"[+-]\d{4}",
    "ZZ": r"[+-]\d{4}",
    "ZZZ": r"[+-]\d{4}",
    "ZZZZ": r"GMT(?:[+-]\d{2}:\d{2}(?::\d{2})?)?",
    "ZZZZZ": r"Z|[+-]\d{2}:\d{2}(?::\d{2})?",
    "O": r"GMT(?:[+-]\d{1,2}(?::\d{2}(?::\d{2})?)?)?",
    "OOOO": r"GMT(?:[+-]\d{2}:\d{2}(?::\d{2})?)?",
    "VV": _REGION,
}
_ZONES = _PLAIN | {run.lower(): form.removeprefix("Z|") for run, form in _PLAIN.items() if run[0] == "X"}
_ZONES |= {"z" * count: _REGION for count in (1, 2, 3)}
_YEAR = r"\d{4}|\+\d{5,9}|-\d{4,9}"
_NUMBERS = {"M": "month", "L": "month", "d": "day", "H": "hour", "k": "hour24", "h": "half", "K": "half0"}
_NUMBERS |= {"m": "minute", "s": "second"}
_LETTERS = {
    "yyyy": ("year", _YEAR),
    "uuuu": ("year", _YEAR),
    "y": ("year", r"-?\d{1,9}"),
    "u": ("year", r"-?\d{1,9}"),
    "yy": ("short_year", r"\d{2}"),
    "uu": ("short_year", r"\d{2}"),
    "MMMM": ("month_name", _FULL_MONTH),
    "LLLL": ("month_name", _FULL_MONTH),
    "MMM": ("month_name", _MONTH),
    "LLL": ("month_name", _MONTH),
    "D": ("day_of_year", r"\d{1,3}"),
    "DDD": ("day_of_year", r"\d{3}"),
    "a": ("marker", "AM|PM"),
    "EEEE": ("weekday", _FULL_DAY),
    "A": ("milli_of_day", r"\d{1,8}"),
    "n": ("nano", r"\d{1,9}"),
    "N": ("nano_of_day", r"\d{1,14}"),
}
_LETTERS |= {letter: (name, r"\d{1,2}") for letter, name in _NUMBERS.items()}
_LETTERS |= {letter * 2: (name, r"\d{2}") for letter, name in _NUMBERS.items()}
_LETTERS |= {"S" * count: ("fraction", rf"\d{{{count}}}") for count in range(1, 10)}
_LETTERS |= {"E" * count: ("weekday", _DAY) for count in (1, 2, 3)}
_LETTERS |= {run: ("zone", form) for run, form in _ZONES.items()}
_RESERVED = frozenset("{}#")


class UnknownPatternError(ValueError):
    """A pattern that has no known meaning; the text says what of it."""


@lru_cache(maxsize=256)
def compile_date_pattern(pattern: str, case_sensitive: bool) -> re.Pattern[str]:
    """A pattern as a regular expression whose groups are the parts of an instant. Raises UnknownPatternError."""
    parts: list[str] = []
    position = depth = 0
    while position < len(pattern):
        sign = pattern[position]
        run = re.match(r"([A-Za-z])\1*", pattern[position:])
        if sign == "'":
            end = pattern.find("'", position + 1)
            if end < 0:
                raise UnknownPatternError("a quote that does not end")
            parts.append(re.escape(pattern[position + 1 : end] or "'"))
            position = end
        elif run is not None:
            parts.append(_letters(run[0], optional=depth > 0))
            position += len(run[0]) - 1
        elif sign in _RESERVED:
            raise UnknownPatternError(f"`{sign}`")
        else:
            depth += (sign == "[") - (sign == "]" and depth > 0)
            parts.append({"[": "(?:", "]": ")?"}.get(sign) or re.escape(sign))
        position += 1
    try:
        return re.compile("".join(parts), 0 if case_sensitive else re.IGNORECASE)
    except re.error as error:
        raise UnknownPatternError("a bracket that does not end, or a letter that stands twice") from error


def _letters(run: str, *, optional: bool) -> str:
    if run not in _LETTERS:
        raise UnknownPatternError(f"`{run}`")
    name, form = _LETTERS[run]
    # The product's own default reads an optional fraction of nine digits from texts with fewer.
    return f"(?P<{name}>{r'[0-9]{1,9}' if optional and name == 'fraction' else form})"
