"""`format_bytes`, random values and identifiers."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from emulator.functions import Library

if TYPE_CHECKING:
    from random import Random

LIBRARY = Library("kql", "sizes")
_UNITS = ("Bytes", "KB", "MB", "GB", "TB", "PB", "EB")
_STEP = 1024


@lru_cache(maxsize=1)
def _chance() -> Random:
    from random import Random

    return Random()  # noqa: S311 - not for secrets: the product's `rand` makes none either


@LIBRARY.scalar(
    'format_bytes(size: real, const precision: number = 0, const unit: string = "") -> string',
    doc="format-bytes-function",
    examples="""
    format_bytes(564) => "564 Bytes"   [docs]
    format_bytes(10332, 1) => "10.1 KB"   [docs]
    format_bytes(20010332) => "19 MB"   [docs]
    format_bytes(20010332, 2) => "19.08 MB"   [docs]
    format_bytes(20010332, 0, "KB") => "19541 KB"   [docs]
    format_bytes(1024, 0, "xB") => ""   [reasoned]
    format_bytes(real(nan)) => ""   [reasoned]
    """,
)
def format_bytes(size: float, precision: float, unit: str) -> str:
    """A size in a unit, its own or the largest that leaves at least one."""
    if not math.isfinite(size) or (unit and unit not in _UNITS):
        return ""
    power = _UNITS.index(unit) if unit else _fitting_power(abs(size))
    digits = max(0, min(20, int(precision)))
    number = (Decimal(size) / _STEP**power).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = format(number, "f")
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {_UNITS[power]}"


def _fitting_power(size: float) -> int:
    power = 0
    while size >= _STEP ** (power + 1) and power + 1 < len(_UNITS):
        power += 1
    return power


@LIBRARY.scalar(
    "rand(limit: integer = 0) -> real",
    pure=False,
    doc="rand-function",
    examples="""
    rand() < 1 => true   [docs]
    rand(1) => 0.0   [docs]
    """,
)
def rand(limit: int) -> float:
    """A random number from 0 to below 1, or a whole one below a limit."""
    return float(_chance().randrange(limit)) if limit > 0 else _chance().random()


@LIBRARY.scalar(
    "new_guid() -> guid",
    pure=False,
    doc="new-guid-function",
    examples="isnotnull(new_guid()) => true   [docs]",
)
def new_guid() -> str:
    """A new random guid."""
    digits = f"{_chance().getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
