"""Functions that round numbers, durations and moments: to bins, to digits, to whole numbers."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any

from emulator.clock import MAX_DATETIME
from emulator.functions import Library
from emulator.kql.library.naming import scalar

LIBRARY = Library("kql", "rounding")
_DIGITS = 34
_HALF = (1 << 62) - 1
_REST = "{value} % {size}"
_DOWN = f"{{value}} - CASE WHEN {_REST} < 0 THEN {_REST} + {{size}} ELSE {_REST} END"
_BINNED = (
    f"CASE WHEN {{size}} <= 0 THEN NULL WHEN {{value}} BETWEEN -{_HALF} AND {_HALF} AND {{size}} <= {_HALF}"
    f" THEN {_DOWN} ELSE meaning() END"
)
_BINNED_MOMENT = f"CASE WHEN {{size}} > 0 THEN {{value}} - {_REST} END"
_BIN_EXAMPLES = """
    bin(4.5, 1) => 4.0   [recorded]
    bin(-7, 5) => -10   [recorded]
    bin(7, 0) => long(null)   [recorded]
    bin(7.5, -1) => real(null)   [docs]
    bin(int(7), 5) => 5   [recorded]
    bin(decimal(7.5), 2) => decimal(6)   [reasoned]
    bin(7.5, 0.0) => real(nan)   [reasoned]
"""


def _floored(value: Any, size: Any, origin: Any) -> Any:
    """The highest `origin + n * size` that is not above the value; null for a negative size."""
    if size < 0:
        return None
    if isinstance(value, float):
        return _floored_real(value, size, origin)
    if size == 0:
        return None
    if isinstance(value, Decimal):
        with localcontext() as context:
            context.prec = _DIGITS
            return origin + ((value - origin) / size).to_integral_value(ROUND_FLOOR) * size
    return origin + (value - origin) // size * size


def _floored_real(value: float, size: float, origin: float) -> float:
    if size == 0:
        return math.nan
    bins = (value - origin) / size
    return origin + math.floor(bins) * size if math.isfinite(bins) else value


@scalar(LIBRARY, "bin floor", "(value: widest, size: widest) -> widest", doc="bin-function", examples=_BIN_EXAMPLES)
def bin_number(value: Any, size: Any) -> Any:
    """The number rounded down to a multiple of the size; null for a negative size, for whole numbers also for zero."""
    return _floored(value, size, type(value)(0))


@scalar(
    LIBRARY,
    "bin floor",
    "(value: timespan, size: timespan) -> timespan",
    sql=_BINNED,
    doc="bin-function",
    examples="bin(time(16d), 7d) => 14d   [docs]",
)
@scalar(
    LIBRARY,
    "bin floor",
    "(value: datetime, size: timespan) -> datetime",
    sql=_BINNED_MOMENT,
    doc="bin-function",
    examples="""
    bin(datetime(1970-05-11 13:45:07), 1d) => datetime(1970-05-11)   [docs]
    bin(datetime(1970-05-11), 0s) => datetime(null)   [recorded]
    """,
)
@scalar(LIBRARY, "bin floor", "(value: datetime, size: datetime) -> datetime", doc="bin-function")
def bin_ticks(value: int, size: int) -> int | None:
    """The moment or duration rounded down to a multiple of the size."""
    return value - value % size if size > 0 else None


@LIBRARY.scalar(
    "bin_at(value: widest, size: widest, origin: widest) -> widest",
    doc="bin-at-function",
    examples="""
    bin_at(6.5, 2.5, 7) => 4.5   [docs]
    bin_at(7, 5, 1) => 6   [reasoned]
    """,
)
@LIBRARY.scalar(
    "bin_at(value: timespan, size: timespan, origin: timespan) -> timespan",
    doc="bin-at-function",
    examples="bin_at(time(1h), 1d, 12h) => -12h   [docs]",
)
def bin_at(value: Any, size: Any, origin: Any) -> Any:
    """The value rounded down to a multiple of the size, counted from an origin."""
    return _floored(value, size, origin)


@LIBRARY.scalar(
    "bin_at(value: datetime, size: timespan, origin: datetime) -> datetime",
    doc="bin-at-function",
    examples="""
    bin_at(datetime(2017-05-17 10:20), 7d, datetime(2017-06-04)) => datetime(2017-05-14)   [docs]
    bin_at(datetime(0001-01-01), 7d, datetime(2017-06-04)) => datetime(null)   [reasoned]
    """,
)
def bin_at_moment(value: int, size: int, origin: int) -> int | None:
    """The moment rounded down to whole sizes from an origin."""
    ticks: int | None = _floored(value, size, origin)
    return ticks if ticks is not None and 0 <= ticks <= MAX_DATETIME else None


@LIBRARY.scalar(
    "round(number: integer, precision: long = 0) -> integer",
    doc="round-function",
    examples="""
    round(15) => 15   [reasoned]
    round(1234, -2) => 1200   [reasoned]
    """,
)
def round_whole(number: int, precision: int) -> int:
    """A whole number rounded to tens, hundreds … by a negative precision, halves away from zero."""
    if precision >= 0:
        return number
    size: int = 10 ** min(-precision, 30)
    rest = (abs(number) + size // 2) // size * size
    return rest if number >= 0 else -rest


@LIBRARY.scalar(
    "round(number: real, precision: long = 0) -> real",
    doc="round-function",
    examples="""
    round(2.98765, 3) => 2.988   [docs]
    round(2.5) => 3.0   [reasoned]
    round(-2.5) => -3.0   [reasoned]
    round(real(nan)) => real(nan)   [reasoned]
    """,
)
def round_real(number: float, precision: int) -> float:
    """A real rounded to some digits behind the point, halves away from zero."""
    if not math.isfinite(number):
        return number
    places = max(-400, min(400, precision))
    with localcontext() as context:
        context.prec = 1200
        return float(Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


@LIBRARY.scalar(
    "round(number: decimal, precision: long = 0) -> decimal",
    doc="round-function",
    examples="""
    round(decimal(2.98765), 3) => decimal(2.988)   [reasoned]
    round(decimal(1e30), 30) => decimal(1e30)   [reasoned]
    """,
)
def round_decimal(number: Decimal, precision: int) -> Decimal:
    """A decimal rounded to some digits behind the point, halves away from zero; at most 34 digits."""
    with localcontext() as context:
        context.prec = _DIGITS
        try:
            return number.quantize(Decimal(1).scaleb(-max(-400, min(400, precision))), ROUND_HALF_UP)
        except InvalidOperation:
            return number


@LIBRARY.scalar(
    "ceiling(number: real) -> real",
    doc="ceiling-function",
    examples="""
    ceiling(-1.1) => -1.0   [docs]
    ceiling(0) => 0.0   [recorded]
    ceiling(0.9) => 1.0   [docs]
    ceiling(real(+inf)) => real(+inf)   [reasoned]
    """,
)
def ceiling(number: float) -> float:
    """The smallest whole number that is not below."""
    return float(math.ceil(number)) if math.isfinite(number) else number


@LIBRARY.scalar(
    "ceiling(number: decimal) -> decimal",
    doc="ceiling-function",
    examples="ceiling(decimal(1.2)) => decimal(2)   [reasoned]",
)
def ceiling_decimal(number: Decimal) -> Decimal:
    """The same of a decimal."""
    return number.to_integral_value(ROUND_CEILING)
