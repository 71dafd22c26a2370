"""`range`: arrays of equally spaced values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from emulator.clock import TICKS_PER_HOUR
from emulator.functions import Library
from emulator.kql.library.arrays import MOST_ITEMS
from emulator.types import Scalar, ScalarType

LIBRARY = Library("kql", "ranges")


def _values(start: Any, stop: Any, step: Any) -> Iterator[Any]:
    """`start + n * step` up to `stop`, or down to it for a negative step; nothing for a step of zero or none."""
    if not step or not all(map(math.isfinite, (start, stop, step))):
        return
    for number in range(MOST_ITEMS):
        value = start + number * step
        if (value > stop) if step > 0 else (value < stop):
            return
        yield value


@LIBRARY.scalar(
    "range(start: widest, stop: widest, step: widest = 1) -> dynamic",
    doc="range-function",
    examples="""
    range(1, 8, 3) => dynamic([1, 4, 7])   [docs]
    range(1, 3) => dynamic([1, 2, 3])   [docs]
    range(3, 1, -1) => dynamic([3, 2, 1])   [reasoned]
    range(0.5, 2) => dynamic([0.5, 1.5])   [reasoned]
    range(1, 5, 0) => dynamic([])   [reasoned]
    array_length(range(1, 1000000000)) => 1048576   [recorded]
    """,
)
def range_of_numbers(start: Any, stop: Any, step: Any) -> list[Any]:
    """Numbers from one to another, both included when a step meets the end; at most 1,048,576."""
    return list(_values(start, stop, step))


@LIBRARY.scalar(
    f"range(start: datetime, stop: datetime, step: timespan = {TICKS_PER_HOUR}) -> dynamic",
    doc="range-function",
    examples="""
    range(datetime(2007-01-01), datetime(2007-01-02), 12h)[1] => dynamic(datetime(2007-01-01 12:00))   [docs]
    array_length(range(datetime(2007-01-01), datetime(2007-01-02))) => 25   [docs]
    """,
)
def range_of_moments(start: int, stop: int, step: int) -> list[Scalar]:
    """Moments from one to another; hours unless told otherwise."""
    return [Scalar(ScalarType.DATETIME, ticks) for ticks in _values(start, stop, step)]


@LIBRARY.scalar(
    f"range(start: timespan, stop: timespan, step: timespan = {TICKS_PER_HOUR}) -> dynamic",
    doc="range-function",
    examples='tostring(range(1h, 3h)) => \'["01:00:00","02:00:00","03:00:00"]\'   [docs]',
)
def range_of_durations(start: int, stop: int, step: int) -> list[Scalar]:
    """Durations from one to another; hours unless told otherwise."""
    return [Scalar(ScalarType.TIMESPAN, ticks) for ticks in _values(start, stop, step)]
