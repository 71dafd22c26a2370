"""What KQL's arithmetic operators mean for values of each type; comparisons and logic are nodes of the plan.

The binder chooses by type: names start with `_` because queries can't call them. Results of `long` wrap to 64 bits as
the engine's do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext
from typing import Any

from emulator.clock import MAX_DATETIME
from emulator.functions import Library, Meaning, Nulls
from emulator.types import Scalar, ScalarType

LIBRARY = Library("kql", "operators")
_SIGN = 1 << 63
_WRAP = 1 << 64


_HALF = (1 << 62) - 1
_ROOT = 3_000_000_000
"""Whole numbers up to this one have a product of 64 bits."""


def _within(most: int, sql: str) -> str:
    """SQL for operands of at most some size, with which it can't overflow."""
    sides = " AND ".join(f"{{{side}}} BETWEEN -{most} AND {most}" for side in ("left", "right"))
    return f"CASE WHEN {sides} THEN {sql} ELSE meaning() END"


def _moment(sum: str, span: str) -> str:
    """SQL of an instant a timespan away from another; null outside the years 1 to 9999."""
    inner = f"CASE WHEN {sum} BETWEEN 0 AND {MAX_DATETIME} THEN {sum} END"
    return f"CASE WHEN {span} BETWEEN -{_HALF} AND {_HALF} THEN {inner} END"


_SUM = _within(_HALF, "{left} + {right}")
_DIFFERENCE = _within(_HALF, "{left} - {right}")
_PRODUCT = _within(_ROOT, "{left} * {right}")
_QUOTIENT = f"CASE WHEN {{right}} = 0 THEN NULL ELSE {_within(_HALF, '{left} // {right}')} END"
_EXACT_REALS = 1 << 53
_RATIO = _within(_EXACT_REALS, "CAST({left} AS DOUBLE) / CAST({right} AS DOUBLE)")
_REST = "{left} % abs({right})"
_REST = f"CASE WHEN {_REST} < 0 THEN {_REST} + abs({{right}}) ELSE {_REST} END"
_REST = f"CASE WHEN {{right}} = 0 THEN NULL ELSE {_within(_HALF, _REST)} END"
_NEGATED = f"CASE WHEN {{value}} BETWEEN -{_HALF} AND {_HALF} THEN -{{value}} ELSE meaning() END"


def wrap(value: int) -> int:
    """The 64-bit number that a computation leaves behind."""
    return value if -_SIGN <= value < _SIGN else (value + _SIGN) % _WRAP - _SIGN


def _instant(ticks: int) -> int | None:
    """Null for an instant outside the years 1 to 9999."""
    return ticks if 0 <= ticks <= MAX_DATETIME else None


@LIBRARY.scalar("_add(left: long, right: long) -> long", sql=_SUM)
def add_longs(left: int, right: int) -> int:
    """`1 + 2`."""
    return wrap(left + right)


@LIBRARY.scalar("_add(left: timespan, right: timespan) -> timespan", sql=_SUM)
def add_timespans(left: int, right: int) -> int:
    """`1h + 1d`."""
    return wrap(left + right)


@LIBRARY.scalar("_add(left: datetime, right: timespan) -> datetime", sql=_moment("{left} + {right}", "{right}"))
@LIBRARY.scalar("_add(left: timespan, right: datetime) -> datetime", sql=_moment("{left} + {right}", "{left}"))
def add_to_datetime(left: int, right: int) -> int | None:
    """`datetime(2024-01-01) + 1d`."""
    return _instant(left + right)


@LIBRARY.scalar("_add(left: real, right: real) -> real", sql="{left} + {right}")
def add_reals(left: float, right: float) -> float:
    """`1.5 + 1`."""
    return left + right


@LIBRARY.scalar("_add(left: decimal, right: decimal) -> decimal")
def add_decimals(left: Decimal, right: Decimal) -> Decimal:
    """`decimal(1.5) + 1`."""
    return left + right


@LIBRARY.scalar("_subtract(left: long, right: long) -> long", sql=_DIFFERENCE)
def subtract_longs(left: int, right: int) -> int:
    """`1 - 2`."""
    return wrap(left - right)


@LIBRARY.scalar("_subtract(left: timespan, right: timespan) -> timespan", sql=_DIFFERENCE)
@LIBRARY.scalar("_subtract(left: datetime, right: datetime) -> timespan", sql="{left} - {right}")
def subtract_ticks(left: int, right: int) -> int:
    """`datetime(2024-01-02) - datetime(2024-01-01)`."""
    return wrap(left - right)


@LIBRARY.scalar("_subtract(left: datetime, right: timespan) -> datetime", sql=_moment("{left} - {right}", "{right}"))
def subtract_from_datetime(left: int, right: int) -> int | None:
    """`datetime(2024-01-02) - 1d`."""
    return _instant(left - right)


@LIBRARY.scalar("_subtract(left: real, right: real) -> real", sql="{left} - {right}")
def subtract_reals(left: float, right: float) -> float:
    """`1.5 - 1`."""
    return left - right


@LIBRARY.scalar("_subtract(left: decimal, right: decimal) -> decimal")
def subtract_decimals(left: Decimal, right: Decimal) -> Decimal:
    """`decimal(1.5) - 1`."""
    return left - right


@LIBRARY.scalar("_multiply(left: long, right: long) -> long", sql=_PRODUCT)
@LIBRARY.scalar("_multiply(left: timespan, right: long) -> timespan", sql=_PRODUCT)
@LIBRARY.scalar("_multiply(left: long, right: timespan) -> timespan", sql=_PRODUCT)
def multiply_longs(left: int, right: int) -> int:
    """`2 * 3`, `2 * 1h`."""
    return wrap(left * right)


@LIBRARY.scalar("_multiply(left: real, right: real) -> real", sql="{left} * {right}")
def multiply_reals(left: float, right: float) -> float:
    """`2.0 * 3`."""
    return left * right


@LIBRARY.scalar("_multiply(left: timespan, right: real) -> timespan")
@LIBRARY.scalar("_multiply(left: real, right: timespan) -> timespan")
def multiply_timespan(left: float, right: float) -> int | None:
    """`1.5 * 1h`."""
    product = left * right
    return wrap(int(product)) if math.isfinite(product) else None


@LIBRARY.scalar("_multiply(left: decimal, right: decimal) -> decimal")
def multiply_decimals(left: Decimal, right: Decimal) -> Decimal:
    """`decimal(2) * 3`."""
    return left * right


@LIBRARY.scalar("_divide(left: long, right: long) -> long", sql=_QUOTIENT)
@LIBRARY.scalar("_divide(left: timespan, right: long) -> timespan", sql=_QUOTIENT)
def divide_longs(left: int, right: int) -> int | None:
    """`-7 / 2` is -3; null for a division by zero."""
    if right == 0:
        return None
    quotient = abs(left) // abs(right)
    return wrap(quotient if (left < 0) == (right < 0) else -quotient)


@LIBRARY.scalar("_divide(left: real, right: real) -> real", sql="{left} / {right}")
@LIBRARY.scalar("_divide(left: timespan, right: timespan) -> real", sql=_RATIO)
def divide_reals(left: float, right: float) -> float:
    """`1.0 / 0` is infinite, `0.0 / 0` not a number; a timespan divided by a timespan is a real."""
    if right == 0:
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)
    return left / right


@LIBRARY.scalar("_divide(left: timespan, right: real) -> timespan")
def divide_timespan(left: int, right: float) -> int | None:
    """`1h / 1.5`."""
    quotient = divide_reals(left, right)
    return wrap(int(quotient)) if math.isfinite(quotient) else None


@LIBRARY.scalar("_divide(left: decimal, right: decimal) -> decimal")
def divide_decimals(left: Decimal, right: Decimal) -> Decimal | None:
    """`decimal(1) / 3`; null for a division by zero."""
    with localcontext() as context:
        context.prec = 34
        try:
            return left / right
        except (DivisionByZero, InvalidOperation):
            return None


@LIBRARY.scalar("_modulo(left: long, right: long) -> long", sql=_REST)
@LIBRARY.scalar("_modulo(left: timespan, right: timespan) -> timespan", sql=_REST)
@LIBRARY.scalar("_modulo(left: datetime, right: timespan) -> timespan", sql=_REST)
def modulo_longs(left: int, right: int) -> int | None:
    """Never negative, whatever the signs; null for zero."""
    return left % abs(right) if right else None


@LIBRARY.scalar("_modulo(left: real, right: real) -> real")
def modulo_reals(left: float, right: float) -> float:
    """Never negative, whatever the signs."""
    if right == 0 or not math.isfinite(left) or math.isnan(right):
        return math.nan
    return left % abs(right)


@LIBRARY.scalar("_modulo(left: decimal, right: decimal) -> decimal")
def modulo_decimals(left: Decimal, right: Decimal) -> Decimal | None:
    """Never negative, whatever the signs; null for zero."""
    if right == 0:
        return None
    rest = left % abs(right)
    return rest + abs(right) if rest < 0 else rest


@LIBRARY.scalar("_negate(value: long) -> long", sql=_NEGATED)
@LIBRARY.scalar("_negate(value: timespan) -> timespan", sql=_NEGATED)
def negate_long(value: int) -> int:
    """`-x`."""
    return wrap(-value)


@LIBRARY.scalar("_negate(value: real) -> real", sql="-{value}")
def negate_real(value: float) -> float:
    """`-x`."""
    return -value


@LIBRARY.scalar("_negate(value: decimal) -> decimal")
def negate_decimal(value: Decimal) -> Decimal:
    """`-x`."""
    return -value


@LIBRARY.scalar("_member(value: dynamic, key: dynamic) -> dynamic")
def member(value: object, key: object) -> object:
    """`value.key` or `value[key]`: an item of an array, negative from its end, or the value of a key; null else."""
    if isinstance(value, dict):
        return value.get(key) if isinstance(key, str) else None
    if isinstance(value, list) and isinstance(key, int) and not isinstance(key, bool):
        return value[key] if -len(value) <= key < len(value) else None
    return None


@LIBRARY.scalar("_to_real(value: number) -> real", sql="CAST({value} AS DOUBLE)")
def to_real(value: float | Decimal) -> float:
    """A number beside a real."""
    return float(value)


@LIBRARY.scalar("_to_decimal(value: number) -> decimal")
def to_decimal(value: float | Decimal) -> Decimal | None:
    """A number beside a decimal; null for what a decimal can't hold."""
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    return Decimal(value)


@LIBRARY.scalar("_to_number(value: bool) -> long", sql="CAST({value} AS BIGINT)")
def to_number(value: bool) -> int:
    """A bool beside a number."""
    return int(value)


@LIBRARY.scalar("_box(value: decimal) -> dynamic")
def box_decimal(value: Decimal) -> Scalar:
    """A decimal inside a dynamic."""
    return Scalar(ScalarType.DECIMAL, value)


@LIBRARY.scalar("_box(value: datetime) -> dynamic")
def box_datetime(value: int) -> Scalar:
    """A datetime inside a dynamic."""
    return Scalar(ScalarType.DATETIME, value)


@LIBRARY.scalar("_box(value: timespan) -> dynamic")
def box_timespan(value: int) -> Scalar:
    """A timespan inside a dynamic."""
    return Scalar(ScalarType.TIMESPAN, value)


@LIBRARY.scalar("_box(value: guid) -> dynamic")
def box_guid(value: str) -> Scalar:
    """A guid inside a dynamic."""
    return Scalar(ScalarType.GUID, value)


@LIBRARY.scalar("_same(value: scalar) -> dynamic")
def same(value: object) -> object:
    """A value that JSON has a form for, inside a dynamic."""
    return value


@LIBRARY.scalar("_is_known(value: scalar) -> bool", nulls=Nulls.TOTAL, sql="{value} IS NOT NULL")
def is_known(value: object) -> bool:
    """True for anything but a null."""
    return value is not None


@LIBRARY.scalar("_pack(...key: string, ...value: dynamic) -> dynamic", nulls=Nulls.TOTAL)
def pack(*pairs: Any) -> dict[str, object]:
    """A bag of keys and values in turn."""
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def _numbers(left: object, right: object) -> bool:
    """True for two numbers; true and false are none."""
    return all(isinstance(side, int | float) and not isinstance(side, bool) for side in (left, right))


def _of_dynamics(longs: Callable[[Any, Any], object], reals: Callable[[Any, Any], object]) -> Meaning:
    """Arithmetic of numbers inside of dynamics; null for anything else."""

    def compute(left: object, right: object) -> object:
        if not _numbers(left, right):
            return None
        whole = isinstance(left, int) and isinstance(right, int)
        return longs(left, right) if whole else reals(left, right)

    return compute


for _name, _longs, _reals in (
    ("_add", add_longs, add_reals),
    ("_subtract", subtract_longs, subtract_reals),
    ("_multiply", multiply_longs, multiply_reals),
    ("_divide", divide_longs, divide_reals),
    ("_modulo", modulo_longs, modulo_reals),
):
    LIBRARY.scalar(f"{_name}(left: dynamic, right: dynamic) -> dynamic")(_of_dynamics(_longs, _reals))


@LIBRARY.scalar("_negate(value: dynamic) -> dynamic")
def negate_dynamic(value: object) -> object:
    """The same of a number inside of a dynamic; null for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return wrap(-value) if isinstance(value, int) else -value


@LIBRARY.scalar("_pack_filled(...key: string, ...value: dynamic) -> dynamic", nulls=Nulls.TOTAL)
def pack_filled(*pairs: Any) -> dict[str, object]:
    """The same without nulls and empty strings."""
    return {key: value for key, value in zip(pairs[::2], pairs[1::2], strict=True) if value not in (None, "")}
