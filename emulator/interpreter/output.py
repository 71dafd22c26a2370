"""Values as results show them: plain JSON, with texts for what JSON has no form for."""

from __future__ import annotations

import math
from decimal import Decimal

from emulator.clock import format_datetime, format_timespan
from emulator.types import Scalar, ScalarType


def json_cell(value: object, kind: ScalarType) -> object:
    """A value of a type as JSON: see the module `emulator.query` for the forms."""
    if value is None:
        return None
    match kind:
        case ScalarType.DATETIME:
            assert isinstance(value, int)
            return format_datetime(value)
        case ScalarType.TIMESPAN:
            assert isinstance(value, int)
            return format_timespan(value)
        case ScalarType.REAL:
            assert isinstance(value, (int, float))
            return json_real(value)
        case ScalarType.DECIMAL:
            return format_decimal(value)
        case ScalarType.DYNAMIC:
            return json_dynamic(value)
        case _:
            return value


def json_real(value: float) -> float | str:
    """A real; JSON has no word for NaN and the infinities."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def format_decimal(value: object) -> str:
    """A decimal as text, without an exponent."""
    assert isinstance(value, Decimal)
    return format(value, "f")


def json_dynamic(value: object) -> object:
    """A dynamic value as JSON; typed scalars in it become text."""
    match value:
        case Scalar(type=kind, value=inner):
            return json_cell(inner, kind)
        case list():
            return [json_dynamic(item) for item in value]
        case dict():
            return {key: json_dynamic(item) for key, item in value.items()}
        case float():
            return json_real(value)
        case _:
            return value
