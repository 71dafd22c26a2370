"""`format_datetime` and `format_timespan`: the documented elements and delimiters, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from emulator.clock import TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND
from emulator.diagnostics import code
from emulator.functions import Library, Meaning, MeaningError
from emulator.kql.library.calendar_dates import day_of
from emulator.regular import regular

LIBRARY = Library("kql", "time_formats")
UNKNOWN_ELEMENT = code(
    "KQL4060",
    "a time format with elements that are not documented",
    "`format_datetime` and `format_timespan` take the documented elements (such as `yyyy-MM-dd HH:mm:ss.fff`) and the "
    "delimiters space, `/`, `-`, `:`, `,`, `.`, `_`, `[` and `]`. What the product does with other characters is not "
    "documented.",
)
_PIECE = regular(r"([A-Za-z])\1*|[ /\-:,._\[\]]")
Write = Callable[[int], str]


def _padded(width: int, read: Callable[[int], int]) -> Write:
    return lambda ticks: str(read(ticks)).zfill(width)


def _fraction(width: int, *, trimmed: bool) -> Write:
    def write(ticks: int) -> str:
        digits = f"{ticks % TICKS_PER_SECOND:07}"[:width]
        return digits.rstrip("0") if trimmed else digits

    return write


def _hour(ticks: int) -> int:
    return ticks // TICKS_PER_HOUR % 24


def _half_hour(ticks: int) -> int:
    return (_hour(ticks) + 11) % 12 + 1


def _minute(ticks: int) -> int:
    return ticks // TICKS_PER_MINUTE % 60


def _second(ticks: int) -> int:
    return ticks // TICKS_PER_SECOND % 60


def _short_year(ticks: int) -> int:
    return day_of(ticks).year % 100


_CLOCK: dict[str, Write] = {
    "H": _padded(1, _hour),
    "HH": _padded(2, _hour),
    "m": _padded(1, _minute),
    "mm": _padded(2, _minute),
    "s": _padded(1, _second),
    "ss": _padded(2, _second),
    **{"f" * width: _fraction(width, trimmed=False) for width in range(1, 8)},
    **{"F" * width: _fraction(width, trimmed=True) for width in range(1, 8)},
}
_MOMENT: dict[str, Write] = {
    **_CLOCK,
    "y": _padded(1, _short_year),
    "yy": _padded(2, _short_year),
    "yyyy": _padded(4, lambda ticks: day_of(ticks).year),
    "M": _padded(1, lambda ticks: day_of(ticks).month),
    "MM": _padded(2, lambda ticks: day_of(ticks).month),
    "d": _padded(1, lambda ticks: day_of(ticks).day),
    "dd": _padded(2, lambda ticks: day_of(ticks).day),
    "h": _padded(1, _half_hour),
    "hh": _padded(2, _half_hour),
    "tt": lambda ticks: "PM" if _hour(ticks) >= 12 else "AM",
}
_DURATION: dict[str, Write] = {
    **_CLOCK,
    "h": _padded(1, _hour),
    "hh": _padded(2, _hour),
    **{"d" * width: _padded(width, lambda ticks: ticks // TICKS_PER_DAY) for width in range(1, 9)},
}


@lru_cache(maxsize=128)
def _moment_pieces(format: str) -> tuple[str | Write, ...]:
    return _pieces(format, _MOMENT)


@lru_cache(maxsize=128)
def _duration_pieces(format: str) -> tuple[str | Write, ...]:
    return _pieces(format, _DURATION)


def _pieces(format: str, elements: dict[str, Write]) -> tuple[str | Write, ...]:
    """The format as literal delimiters and what writes an element. Raises MeaningError for anything else."""
    pieces: list[str | Write] = []
    at = 0
    while at < len(format):
        match = _PIECE.match(format, at)
        text = match[0] if match is not None else format[at]
        if match is None or (match[1] and text not in elements):
            help = "build the text with `strcat` of several `format_datetime(…)`, or change the element"
            raise MeaningError(UNKNOWN_ELEMENT, f"the format has `{text}`, which is not documented", help)
        pieces.append(elements[text] if match[1] else text)
        at = match.end()
    return tuple(pieces)


def _written(pieces: tuple[str | Write, ...], ticks: int) -> str:
    return "".join(piece if isinstance(piece, str) else piece(ticks) for piece in pieces)


def _special(read: Callable[[str], tuple[str | Write, ...]]) -> Callable[[object, str], Meaning | None]:
    """Reads the format, which is constant, once; what is wrong with it is told when it is used."""

    def specialise(moment: object, format: str) -> Meaning | None:
        del moment
        try:
            pieces = read(format)
        except MeaningError:
            return None
        return lambda varying: _written(pieces, abs(varying))

    return specialise


@LIBRARY.scalar(
    "format_datetime(moment: datetime, const format: string) -> string",
    doc="format-datetime-function",
    specialise=_special(_moment_pieces),
    examples="""
    format_datetime(datetime(2017-01-29 09:00:05), 'yy-MM-dd [HH:mm:ss]') => "17-01-29 [09:00:05]"   [docs]
    format_datetime(datetime(2017-01-29 09:00:05), 'yyyy-M-dd [H:mm:ss]') => "2017-1-29 [9:00:05]"   [docs]
    format_datetime(datetime(2017-01-29 09:00:05), 'yy-MM-dd [hh:mm:ss tt]') => "17-01-29 [09:00:05 AM]"   [docs]
    format_datetime(datetime(2009-06-15 13:45:30.0001150), 'h:m:s tt_FFFFFFF') => "1:45:30 PM_000115"   [docs]
    format_datetime(datetime(2009-06-15 13:45:30.617), 'ff d y') => "61 15 9"   [docs]
    """,
)
def format_datetime(moment: int, format: str) -> str:
    """The text of a moment in a format of its own."""
    return _written(_moment_pieces(format), moment)


@LIBRARY.scalar(
    "format_timespan(duration: timespan, const format: string) -> string",
    doc="format-timespan-function",
    specialise=_special(_duration_pieces),
    examples="""
    format_timespan(time(29.09:00:05.12345), 'dd.hh:mm:ss:FF') => "29.09:00:05:12"   [docs]
    format_timespan(time(29.09:00:05.12345), 'ddd.h:mm:ss [fffffff]') => "029.9:00:05 [1234500]"   [docs]
    """,
)
def format_timespan(duration: int, format: str) -> str:
    """The text of a duration, its sign left out, in a format of its own."""
    return _written(_duration_pieces(format), abs(duration))
