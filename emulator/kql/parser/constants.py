"""The values of literal tokens: what the text of a number, string, date or identifier stands for."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from uuid import UUID

from emulator.diagnostics import code
from emulator.kql.lexer import Token, TokenKind
from emulator.kql.parser.instants import parse_datetime, parse_timespan
from emulator.kql.syntax import LiteralKind, LiteralValue
from emulator.regular import regular

BAD_CONSTANT = code(
    "KQL1010",
    "a literal that stands for no value of its type",
    "The text between the brackets of a typed literal must be a value of the type: `int(7)`, `real(1.5)`, "
    "`datetime(2024-01-31 23:59)`, `timespan(1.02:03:04)`, `guid(12345678-…)`, `bool(true)`, or `null` for no value. "
    "Whole numbers must fit their type. To convert a computed value use `toint(…)`, `todatetime(…)` and the like.",
)

KINDS: dict[TokenKind, LiteralKind] = {
    TokenKind.STRING: LiteralKind.STRING,
    TokenKind.BOOL: LiteralKind.BOOL,
    TokenKind.LONG: LiteralKind.LONG,
    TokenKind.INT: LiteralKind.INT,
    TokenKind.REAL: LiteralKind.REAL,
    TokenKind.DECIMAL: LiteralKind.DECIMAL,
    TokenKind.DATETIME: LiteralKind.DATETIME,
    TokenKind.TIMESPAN: LiteralKind.TIMESPAN,
    TokenKind.GUID: LiteralKind.GUID,
}
"""The kinds of token that are literals, with the type that each writes down."""

_ESCAPE = regular(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2}|[0-7]{1,2})|(.))")
_CONTROL = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_WHOLE = regular(r"[+-]?(?:0[xX][0-9A-Fa-f]+|\d+)", re.ASCII)
_REAL = regular(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_SPECIAL_REALS = {"nan": "nan", "inf": "inf", "+inf": "inf", "-inf": "-inf"}
_GUID = regular(r"\{?[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?")
_BOOLS = {"true": True, "false": False, "1": True, "0": False}
_MOST_TICKS = 2**63
_LONGEST = 500
"""No number or date needs more; Python itself refuses to read integers of some thousand digits."""


class NoSuchValueError(ValueError):
    """A literal's text is no value of its type; the message says what would be."""


def value_of(token: Token, *, negative: bool = False) -> LiteralValue:
    """The value of a literal token, with the sign that stands right before it.

    None stands for the null of `int(null)` and its kin. Raises NoSuchValueError.
    """
    if token.kind is TokenKind.STRING:
        return decoded(token.text)
    inside = token.text
    if inside.endswith(")"):
        inside = inside[inside.index("(") + 1 : -1].strip()
        if inside == "null":
            return None
    if len(inside) > _LONGEST:
        raise NoSuchValueError(f"it has more than {_LONGEST} characters")
    return _READERS[token.kind](f"-{inside}" if negative else inside)


def decoded(text: str) -> str:
    """What a string literal stands for. Raises NoSuchValueError for an escape that is no character."""
    text = text.lstrip("hH")
    verbatim = text.startswith("@")
    text = text.removeprefix("@")
    if text[:3] in ("```", "~~~"):
        return text[3:-3]
    body, quote = text[1:-1], text[0]
    if verbatim:
        return body.replace(quote * 2, quote)
    return _paired(_ESCAPE.sub(_unescaped, body)) if "\\" in body else body


def _unescaped(match: re.Match[str]) -> str:
    four, eight, two, octal, single = match.groups()
    if octal is not None:
        return chr(int(octal, 8))
    digits = four or eight or two
    if digits is None:
        return _CONTROL.get(single, single)
    number = int(digits, 16)
    if number > 0x10FFFF:
        raise NoSuchValueError(f"`{match[0]}` is beyond the last character, U+10FFFF")
    return chr(number)


def _paired(text: str) -> str:
    """Escaped UTF-16 halves joined; a half alone is no character."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise NoSuchValueError(
            "an escape stands for half of a character: write both halves, or `\\UHHHHHHHH`"
        ) from None


def _whole(text: str, bits: int) -> int:
    if not _WHOLE.fullmatch(text):
        raise NoSuchValueError("write digits, as in `-12` or `0x1F`")
    number = int(text, 16 if "x" in text.lower() else 10)
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        most = 2 ** (bits - 1) - 1
        raise NoSuchValueError(f"it must lie between {-most - 1} and {most}")
    return number


def _real(text: str) -> float:
    special = _SPECIAL_REALS.get(text.lower())
    if special is None and not _REAL.fullmatch(text):
        raise NoSuchValueError("write a number, as in `-1.5e3`, `nan`, `+inf` or `-inf`")
    return float(special or text)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text) if _REAL.fullmatch(text) else None
    except InvalidOperation:
        number = None
    if number is None:
        raise NoSuchValueError("write a number, as in `12.50` or `1e-3`")
    return number


def _bool(text: str) -> bool:
    truth = _BOOLS.get(text.lower())
    if truth is None:
        raise NoSuchValueError("write `true` or `false`")
    return truth


def _datetime(text: str) -> int:
    ticks = parse_datetime(_unquoted(text))
    if ticks is None:
        raise NoSuchValueError("write year, month and day, as in `2024-01-31` or `2024-01-31 23:59:59.5`")
    return ticks


def _timespan(text: str) -> int:
    ticks = parse_timespan(_unquoted(text))
    if ticks is None or abs(ticks) >= _MOST_TICKS:
        raise NoSuchValueError(
            "write a number and its unit, as in `1.5h`, or `[days.]hh:mm:ss`, up to some 29,000 years"
        )
    return ticks


def _guid(text: str) -> UUID:
    text = _unquoted(text)
    if not _GUID.fullmatch(text):
        raise NoSuchValueError("write 32 hexadecimal digits, as in `12345678-90ab-cdef-1234-567890abcdef`")
    return UUID(text)


def _unquoted(text: str) -> str:
    """`datetime("2024-01-01")` is as good as without the quotes."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


_READERS: dict[TokenKind, Callable[[str], LiteralValue]] = {
    TokenKind.BOOL: _bool,
    TokenKind.LONG: lambda text: _whole(text, 64),
    TokenKind.INT: lambda text: _whole(text, 32),
    TokenKind.REAL: _real,
    TokenKind.DECIMAL: _decimal,
    TokenKind.DATETIME: _datetime,
    TokenKind.TIMESPAN: _timespan,
    TokenKind.GUID: _guid,
}
