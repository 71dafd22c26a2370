"""The text of values: what `tostring` gives, and what a dynamic looks like as JSON.

Reals have digits that read back as the same number, always with a point or an exponent (recorded answers show `123.45`
and `32.15620994567871`; more in `digits`). The exponent begins at 1e21 and below 1e-6, as in the JSON writer that has
these digits; answers with an exponent are not recorded.
"""

from __future__ import annotations

import math
from decimal import Decimal
from json.encoder import encode_basestring

from emulator.clock import format_datetime, format_timespan
from emulator.kql.library.digits import digits
from emulator.kql.library.sizes_allowed import MOST_PARTS, too_large
from emulator.types import Scalar, ScalarType

_EXACT = 1e15
"""Whole numbers below it have the same digits in every way of writing."""
_MOST_WHOLE_DIGITS = 21
_MOST_ZEROS = -6


def real_text(value: float) -> str:
    """The text of a real: `1.0`, `0.1`, `1e21`, `NaN`, `-Infinity`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if abs(value) < _EXACT and value.is_integer():
        return repr(value)
    made, exponent = digits(abs(value))
    shown = made.rstrip("0")
    point = len(made) + exponent
    minus = "-" if value < 0 else ""
    if len(shown) <= point <= _MOST_WHOLE_DIGITS:
        return f"{minus}{shown.ljust(point, '0')}.0"
    if 0 < point <= _MOST_WHOLE_DIGITS:
        return f"{minus}{shown[:point]}.{shown[point:]}"
    if _MOST_ZEROS < point <= 0:
        return f"{minus}0.{'0' * -point}{shown}"
    rest = f".{shown[1:]}" if len(shown) > 1 else ""
    return f"{minus}{shown[0]}{rest}e{point - 1}"


def decimal_text(value: Decimal) -> str:
    """The text of a decimal, without an exponent."""
    return format(value, "f")


def scalar_text(value: object, kind: ScalarType) -> str:
    """The text of a typed value inside of a dynamic."""
    match kind:
        case ScalarType.DATETIME:
            assert isinstance(value, int)
            return format_datetime(value)
        case ScalarType.TIMESPAN:
            assert isinstance(value, int)
            return format_timespan(value)
        case ScalarType.DECIMAL:
            assert isinstance(value, Decimal)
            return decimal_text(value)
        case _:
            return str(value)


def dynamic_text(value: object) -> str:
    """The text of a dynamic: a string as it is, nothing for null, JSON for everything else."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return scalar_text(value.value, value.type) if isinstance(value, Scalar) else json_text(value)


def json_text(value: object, *, ordered: bool = False) -> str:
    """A dynamic as JSON without spaces; with `ordered`, the keys of bags in order.

    Raises MeaningError for a value of too many parts or levels.
    """
    pieces: list[str] = []
    try:
        _write(value, ordered, pieces)
    except RecursionError:
        raise too_large("an array or bag") from None
    return "".join(pieces)


def _write(value: object, ordered: bool, pieces: list[str]) -> None:
    if len(pieces) > MOST_PARTS:
        raise too_large("an array or bag")
    match value:
        case None:
            pieces.append("null")
        case bool():
            pieces.append("true" if value else "false")
        case int():
            pieces.append(str(value))
        case float():
            pieces.append(real_text(value) if math.isfinite(value) else f'"{real_text(value)}"')
        case str():
            pieces.append(encode_basestring(value))
        case Scalar(type=kind, value=inner):
            text = scalar_text(inner, kind)
            pieces.append(text if kind.is_number else encode_basestring(text))
        case list():
            _write_items(value, ordered, pieces)
        case _:
            assert isinstance(value, dict)
            _write_bag(value, ordered, pieces)


def _write_items(items: list[object], ordered: bool, pieces: list[str]) -> None:
    pieces.append("[")
    for position, item in enumerate(items):
        if position:
            pieces.append(",")
        _write(item, ordered, pieces)
    pieces.append("]")


def _write_bag(bag: dict[str, object], ordered: bool, pieces: list[str]) -> None:
    pieces.append("{")
    for position, key in enumerate(sorted(bag) if ordered else bag):
        pieces.append("," if position else "")
        pieces.append(f"{encode_basestring(key)}:")
        _write(bag[key], ordered, pieces)
    pieces.append("}")
