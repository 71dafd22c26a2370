"""How the product reads a field's text as a number, and how it prints numbers.

Documented (library.humio.com: syntax-expressions, functions-format, syntax-datatypes-detail-number): a number
is an integer or a real number in the whole text, without grouping, scientific notation allowed; integers have 64 bits,
others are doubles; results that are whole print without a decimal point. Integers beyond 64 bits count as doubles.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from emulator.assumptions import assumption
from emulator.regular import regular

NOTATION = assumption(
    "number-notation",
    "cql",
    "a number that is not whole prints its shortest digits, plainly from 0.001 up to 10,000,000 and as Java writes it "
    "(`1.5E7`, `2.3E-5`) outside: the documentation shows only small ones",
)

_NUMBER = regular(r"[+-]?(?:(?P<whole>\d+)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_INTEGER = regular(r"[+-]?\d+", re.ASCII)
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_PLAIN_FROM, _PLAIN_TO = 1e-3, 1e7
_MOST_DIGITS = 400
"""A number of more characters is none: nothing measurable needs them, and reading them takes time."""


def parse_number(text: str) -> int | float | None:
    """The number that a text is, or None when it is none. Whole numbers of 64 bits are exact."""
    if len(text) > _MOST_DIGITS or _NUMBER.fullmatch(text) is None:
        return None
    if _INTEGER.fullmatch(text):
        whole = int(text)
        if _LEAST <= whole <= _MOST:
            return whole
    number = float(text)
    return number if math.isfinite(number) else None


def parse_integer(text: str) -> int | None:
    """The 64-bit integer that a text is, without a decimal point or exponent, or None."""
    number = parse_number(text)
    return number if isinstance(number, int) else None


def format_number(value: float) -> str:
    """The text of a number: whole ones without a decimal point, others with their shortest digits."""
    if isinstance(value, int):
        if _LEAST <= value <= _MOST:
            return str(value)
        value = _double(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value.is_integer() and _LEAST <= value <= _MOST:
        return str(int(value))
    if _PLAIN_FROM <= abs(value) < _PLAIN_TO:
        return repr(value)
    return _scientific(value)


def _double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _scientific(value: float) -> str:
    """`1.5E7`: one digit before the point, at least one after it, and an exponent without padding."""
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    first, rest = digits[0], "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{first}.{rest}E{exponent + len(digits) - 1}"
