"""What series are like: statistics, and the lines and polynomials that fit them best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from emulator.functions import Library
from emulator.kql.library.series_arithmetic import number
from emulator.kql.library.series_filters import all_numbers

LIBRARY = Library("kql", "series_fitting")
_LINE = ("rsquare", "slope", "variance", "rvariance", "interception", "line_fit")
_HALF = ("rsquare", "slope", "interception", "variance", "rvariance")
_MOST_DEGREES = 65
_STATISTICS = ("min", "min_idx", "max", "max_idx", "avg", "stdev", "variance")


def reals(series: object) -> list[float] | None:
    """The items as reals; null when one of them is no finite number, or there are none."""
    items = [float(item) for item in all_numbers(series) or ()]
    return items if items and all(map(math.isfinite, items)) else None


def variance(items: Sequence[float]) -> float:
    """The variance of a sample; 0 of one item."""
    if len(items) < 2:
        return 0.0
    mean = sum(items) / len(items)
    return sum((item - mean) * (item - mean) for item in items) / (len(items) - 1)


@LIBRARY.scalar(
    "series_stats(series: array, ignore: bool = false)"
    " -> (min: real, min_idx: long, max: real, max_idx: long, avg: real, stdev: real, variance: real)",
    doc="series-stats-function",
)
def stats(series: object, ignore: bool = False) -> list[object] | None:
    """Least and greatest item with their first places, mean, deviation and variance.

    Null for a series with items that are no finite numbers, unless `ignore` leaves these out.
    """
    items = series if isinstance(series, list) else []
    known = [(place, float(item)) for place, item in enumerate(map(number, items)) if item is not None]
    finite = [(place, item) for place, item in known if math.isfinite(item)]
    if not finite or (len(finite) < len(items) and not ignore):
        return None
    least = min(finite, key=lambda one: one[1])
    most = max(finite, key=lambda one: one[1])
    values = [item for _, item in finite]
    spread = variance(values)
    return [least[1], least[0], most[1], most[0], sum(values) / len(values), math.sqrt(spread), spread]


@LIBRARY.scalar(
    "series_stats_dynamic(series: array, ignore: bool = false) -> dynamic", doc="series-stats-dynamic-function"
)
def stats_dynamic(series: object, ignore: bool = False) -> dict[str, object] | None:
    """The same as a bag, with sum and length."""
    found = stats(series, ignore)
    if found is None or not isinstance(series, list):
        return None
    values = [float(item) for item in map(number, series) if item is not None and math.isfinite(item)]
    return {**dict(zip(_STATISTICS, found, strict=True)), "sum": sum(values), "len": len(values)}


def line(items: Sequence[float]) -> tuple[float, float]:
    """Slope and start of the line of least squares through items at 0, 1, 2 …; a level one for a single item."""
    middle = (len(items) - 1) / 2
    mean = sum(items) / len(items)
    spread = sum((place - middle) ** 2 for place in range(len(items)))
    slope = sum((place - middle) * (item - mean) for place, item in enumerate(items)) / spread if spread else 0.0
    return slope, mean - slope * middle


def _fitted(items: Sequence[float]) -> tuple[float, float, float, float, float, list[float]]:
    """R-square, slope, variance, variance of what is left, interception, and the line.

    The engine counts items from 1, so that the interception lies one step before the first (measured).
    """
    slope, start = line(items)
    values = [start + slope * place for place in range(len(items))]
    spread, left = variance(items), variance([one - other for one, other in zip(items, values, strict=True)])
    return (1 - left / spread if spread else 1.0), slope, spread, left, start - slope, values


@LIBRARY.scalar(
    "series_fit_line(series: array)"
    " -> (rsquare: real, slope: real, variance: real, rvariance: real, interception: real, line_fit: dynamic)",
    doc="series-fit-line-function",
)
def fit_line(series: object) -> list[object] | None:
    """The line that fits best; null when an item is no number."""
    items = reals(series)
    return None if items is None else [*_fitted(items)]


@LIBRARY.scalar("series_fit_line_dynamic(series: array) -> dynamic", doc="series-fit-line-dynamic-function")
def fit_line_dynamic(series: object) -> dict[str, object] | None:
    """The same as a bag."""
    found = fit_line(series)
    return None if found is None else dict(zip(_LINE, found, strict=True))


@LIBRARY.scalar(
    "series_fit_2lines(series: array) -> (rsquare: real, split_idx: long, variance: real, rvariance: real,"
    " line_fit: dynamic, right_rsquare: real, right_slope: real, right_interception: real, right_variance: real,"
    " right_rvariance: real, left_rsquare: real, left_slope: real, left_interception: real, left_variance: real,"
    " left_rvariance: real)",
    doc="series-fit-2lines-function",
)
def fit_2lines(series: object) -> list[object] | None:
    """The two lines, one behind the other, that fit best; null for fewer than four items."""
    items = reals(series)
    if items is None or len(items) < 4:
        return None
    before, after = _left_over(items), _left_over(items[::-1])[::-1]
    split = min(range(2, len(items) - 1), key=lambda place: before[place - 1] + after[place])
    left, right = _fitted(items[:split]), _fitted(items[split:])
    values = [*left[5], *right[5]]
    spread, rest = variance(items), variance([one - other for one, other in zip(items, values, strict=True)])
    whole = [1 - rest / spread if spread else 1.0, split, spread, rest, values]
    return [*whole, *_half(right), *_half(left)]


def _left_over(items: Sequence[float]) -> list[float]:
    """For each item the sum of squares that the best line through it and all before leaves, in one pass."""
    found: list[float] = []
    mean = spread = shared = 0.0
    for place, item in enumerate(items):
        away = item - mean
        spread += away * away * place / (place + 1)
        shared += away * place / 2
        mean += away / (place + 1)
        places = (place + 1) * ((place + 1) ** 2 - 1) / 12
        found.append(max(spread - shared * shared / places, 0.0) if places else 0.0)
    return found


def _half(fitted: Sequence[object]) -> list[object]:
    rsquare, slope, spread, left, start, _ = fitted
    return [rsquare, slope, start, spread, left]


@LIBRARY.scalar("series_fit_2lines_dynamic(series: array) -> dynamic", doc="series-fit-2lines-dynamic-function")
def fit_2lines_dynamic(series: object) -> dict[str, object] | None:
    """The same as a bag, with a bag for each side."""
    found = fit_2lines(series)
    if found is None:
        return None
    whole = dict(zip(("rsquare", "split_idx", "variance", "rvariance", "line_fit"), found[:5], strict=True))
    right, left = dict(zip(_HALF, found[5:10], strict=True)), dict(zip(_HALF, found[10:], strict=True))
    return {**whole, "right": right, "left": left}


@LIBRARY.scalar(
    "series_fit_poly(series: array, x: array = null, degree: long = 1)"
    " -> (rsquare: real, coefficients: dynamic, variance: real, rvariance: real, poly_fit: dynamic)",
    doc="series-fit-poly-function",
)
def fit_poly(series: object, x: object = None, degree: int = 1) -> list[Any] | None:
    """The polynomial of least squares, its highest power first; null for fewer items than coefficients."""
    items = reals(series)
    places = [float(place + 1) for place in range(len(items or ()))] if x is None else reals(x)
    if items is None or places is None or len(items) != len(places):
        return None
    if not 1 <= degree < min(len(items), _MOST_DEGREES):
        return None
    import numpy as np

    with np.errstate(all="ignore"):
        design = np.vander(np.array(places), degree + 1)
        if not np.isfinite(design).all():
            return None
        found = np.linalg.lstsq(design, np.array(items), rcond=None)[0]
        values = [float(one) for one in design @ found]
    spread, rest = variance(items), variance([one - other for one, other in zip(items, values, strict=True)])
    coefficients = [float(one) for one in found]
    return [1 - rest / spread if spread else 1.0, coefficients, spread, rest, values]
