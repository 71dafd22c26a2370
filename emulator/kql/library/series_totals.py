"""Functions that make one number of a series or of two."""

from __future__ import annotations

import math
from collections.abc import Sequence

from emulator.functions import Library
from emulator.kql.library.naming import scalar
from emulator.kql.library.series import complete, mean, numbers, variance

LIBRARY = Library("kql", "series_totals")


@scalar(
    LIBRARY,
    "series_sum array_sum",
    "(series: array) -> real",
    doc="series-sum-function",
    examples="""
    series_sum(dynamic([1, 2, 3, 4])) => 10.0   [docs]
    series_sum(dynamic([1, "a"])) => real(null)   [docs]
    series_sum(dynamic([])) => 0.0   [reasoned]
    """,
)
def series_sum(series: object) -> float | None:
    """The sum; null when an item is no number."""
    items = numbers(series)
    if items is None or None in items:
        return None
    return math.fsum(item for item in items if item is not None)


@LIBRARY.scalar(
    "series_product(series: array) -> real",
    doc="series-product-function",
    examples="""
    series_product(dynamic([1, 2, 3, 4])) => 24.0   [docs]
    series_product(dynamic([1, "a"])) => real(null)   [reasoned]
    """,
)
def series_product(series: object) -> float | None:
    """The product; null when an item is no number."""
    items = numbers(series)
    if items is None or None in items:
        return None
    return math.prod(float(item) for item in items if item is not None)


@LIBRARY.scalar(
    "series_magnitude(series: array) -> real",
    doc="series-magnitude-function",
    examples="""
    series_magnitude(dynamic([3, 4])) => 5.0   [docs]
    series_magnitude(dynamic("x")) => real(null)   [reasoned]
    """,
)
def series_magnitude(series: object) -> float | None:
    """The square root of the dot product of the series with itself."""
    product = series_dot_product(series, series)
    return None if product is None else math.sqrt(product)


@LIBRARY.scalar(
    "series_dot_product(left: array, right: array) -> real",
    doc="series-dot-product-function",
    examples="""
    series_dot_product(dynamic([1, 2, 4]), dynamic([4, 2, 1])) => 12.0   [docs]
    series_dot_product(dynamic([1, 2, 4]), dynamic([4, "x"])) => 4.0   [docs]
    series_dot_product(dynamic([]), dynamic([1])) => real(null)   [docs]
    """,
)
@LIBRARY.scalar(
    "series_dot_product(left: array, right: number) -> real",
    doc="series-dot-product-function",
    examples="series_dot_product(dynamic([1, 2, 4]), 1) => 7.0   [recorded]",
)
@LIBRARY.scalar("series_dot_product(left: number, right: array) -> real", doc="series-dot-product-function")
def series_dot_product(left: object, right: object) -> float | None:
    """The sum of the products of items of the same place; the longer series is cut, other items are left out."""
    first, second = numbers(left), numbers(right)
    if first is None and isinstance(left, int | float):
        first = [left] * len(second or [])
    if second is None and isinstance(right, int | float):
        second = [right] * len(first or [])
    if not first or not second:
        return None
    pairs = zip(first, second, strict=False)
    return math.fsum(one * other for one, other in pairs if one is not None and other is not None)


@LIBRARY.scalar(
    "series_cosine_similarity(left: array, right: array, left_magnitude: real = null, right_magnitude: real = null)"
    " -> real",
    doc="series-cosine-similarity-function",
    examples="""
    series_cosine_similarity(dynamic([3, 4]), dynamic([6, 8])) => 1.0   [docs]
    series_cosine_similarity(dynamic([3, 4]), dynamic([6, 8]), 5.0, 10.0) => 1.0   [docs]
    series_cosine_similarity(dynamic([]), dynamic([1])) => real(null)   [docs]
    series_cosine_similarity(dynamic([0]), dynamic([1])) => real(nan)   [reasoned]
    """,
)
def series_cosine_similarity(
    left: object, right: object, left_magnitude: float | None = None, right_magnitude: float | None = None
) -> float | None:
    """The cosine of the angle between two vectors."""
    product = series_dot_product(left, right)
    if left_magnitude is None:
        left_magnitude = series_magnitude(left)
    if right_magnitude is None:
        right_magnitude = series_magnitude(right)
    if product is None or left_magnitude is None or right_magnitude is None:
        return None
    scale = left_magnitude * right_magnitude
    return product / scale if scale else math.nan


@LIBRARY.scalar(
    "series_pearson_correlation(left: array, right: array) -> real",
    doc="series-pearson-correlation-function",
    examples="""
    series_pearson_correlation(dynamic([1, 2, 3]), dynamic([3, 2, 1])) => -1.0   [reasoned]
    series_pearson_correlation(dynamic([1, 2, 3]), dynamic([3, 2])) => real(null)   [docs]
    series_pearson_correlation(dynamic([1, 1]), dynamic([3, 2])) => real(nan)   [reasoned]
    """,
)
def series_pearson_correlation(left: object, right: object) -> float | None:
    """How far two series rise and fall together, -1 to 1."""
    first, second = complete(left), complete(right)
    if first is None or second is None or len(first) != len(second):
        return None
    middle, other_middle = mean(first), mean(second)
    shared = math.fsum((one - middle) * (other - other_middle) for one, other in zip(first, second, strict=True))
    spread = math.sqrt(
        math.fsum((one - middle) ** 2 for one in first) * math.fsum((other - other_middle) ** 2 for other in second)
    )
    return shared / spread if spread else math.nan


def statistics(series: object, ignore_nonfinite: bool) -> dict[str, object] | None:
    """The statistics of a series by name; None when it has an item that is no finite number and none is ignored."""
    items = numbers(series)
    if items is None:
        return None
    finite = [(float(item), place) for place, item in enumerate(items) if item is not None and math.isfinite(item)]
    if not finite or (len(finite) < len(items) and not ignore_nonfinite):
        return None
    values = [value for value, _ in finite]
    low, high = min(values), max(values)
    spread = variance(values)
    return {
        "min": low,
        "min_idx": _first(finite, low),
        "max": high,
        "max_idx": _first(finite, high),
        "avg": mean(values),
        "stdev": math.sqrt(spread),
        "variance": spread,
        "sum": math.fsum(values),
        "len": len(values),
    }


def _first(finite: Sequence[tuple[float, int]], wanted: float) -> int:
    return next(place for value, place in finite if value == wanted)


@LIBRARY.scalar(
    "series_stats_dynamic(series: array, const ignore_nonfinite: bool = false) -> dynamic",
    doc="series-stats-dynamic-function",
    examples="""
    series_stats_dynamic(dynamic([2, 6, 2])).min_idx => dynamic(0)   [docs]
    series_stats_dynamic(dynamic([2, 6, 4])).stdev => dynamic(2.0)   [docs]
    series_stats_dynamic(dynamic([2, null, 4])) => dynamic(null)   [docs]
    series_stats_dynamic(dynamic([2, null, 4]), true).len => dynamic(2)   [reasoned]
    series_stats_dynamic(dynamic("x")) => dynamic(null)   [reasoned]
    """,
)
def series_stats_dynamic(series: object, ignore_nonfinite: bool) -> dict[str, object] | None:
    """Least, greatest, mean and spread of a series, in a bag."""
    return statistics(series, ignore_nonfinite)


STATISTICS = ("min", "min_idx", "max", "max_idx", "avg", "stdev", "variance")


@LIBRARY.scalar(
    "_series_stats(series: array, const ignore_nonfinite: bool = false) -> dynamic", doc="series-stats-function"
)
def series_stats(series: object, ignore_nonfinite: bool) -> list[object]:
    """The same as several values."""
    found = statistics(series, ignore_nonfinite) or {}
    return [found.get(name) for name in STATISTICS]
