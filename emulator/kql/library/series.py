"""Series as the functions of series see them: arrays whose items are numbers, or None where an item is none."""

from __future__ import annotations

import math
from collections.abc import Sequence

Number = int | float


def numbers(series: object) -> list[Number | None] | None:
    """The items that are numbers, None in the place of others; None for what is no array."""
    if not isinstance(series, list):
        return None
    return [item if isinstance(item, int | float) and not isinstance(item, bool) else None for item in series]


def complete(series: object) -> list[float] | None:
    """The items as reals; None for what is no array, is empty, or has an item that is no finite number."""
    items = numbers(series)
    if not items:
        return None
    values = [float(item) for item in items if item is not None and math.isfinite(item)]
    return values if len(values) == len(items) else None


def mean(values: Sequence[float]) -> float:
    """The mean of at least one number."""
    return math.fsum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    """The sample variance; 0 of a single number."""
    if len(values) < 2:
        return 0.0
    middle = mean(values)
    return math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which a part of the numbers lies, between two numbers in proportion."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
