"""Series taken apart: seasons, trend and what is left of them, outliers and anomalies.

How seasons, periods and outliers are scored was measured on the engine; how it finds periods is not published.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import Library, MeaningError, Nulls
from emulator.kql.library.series_arithmetic import Number, number
from emulator.kql.library.series_filters import transform
from emulator.kql.library.series_fitting import line, reals

LIBRARY = Library("kql", "series_decomposition")
FOUND_PERIODS = assumption(
    "found-periods",
    "kql",
    "how the product finds periods is not published: here they are peaks of the autocorrelation, from which it scores",
)
QUARTILE_SCORE = assumption(
    "quartile-score",
    "kql",
    "outliers by quartiles are scored by their distance from the nearer one, in distances between the quartiles",
)
LEARNED_RANGE = assumption(
    "learned-range",
    "kql",
    "the range that scores of anomalies are measured by is that of the residuals learned from, without test points",
)
CUSTOM_RANGE = code(
    "KQL4031",
    "a custom percentile range of `series_outliers`",
    "How the engine scales scores was measured for its own range, 10 to 90, alone. Leave the percentiles out.",
)
WRONG_WORD = code(
    "KQL3041",
    "a word that the function does not know",
    "Trends are `avg`, `linefit` and `none`; methods for outliers are `ctukey` and `tukey`.",
)
_FOUND = (FOUND_PERIODS.name,)
_WIDE_SCALE = 2.772605605507914
"""Measured: the score of an item at one distance between the 10th and the 90th percentile beyond the nearer one."""
_SHORTEST = 4
_THRESHOLD = 0.7
_NOISE = 1e-9


def median(items: Sequence[float]) -> float:
    """The middle item, or the mean of the two in the middle."""
    ordered, half = sorted(items), len(items) // 2
    return ordered[half] if len(items) % 2 else (ordered[half - 1] + ordered[half]) / 2


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value at a share of the way through sorted items, between two of them where it falls there."""
    place = share * (len(ordered) - 1)
    before = min(int(place), len(ordered) - 1)
    behind = min(before + 1, len(ordered) - 1)
    return ordered[before] + (ordered[behind] - ordered[before]) * (place - before)


def _alikeness(items: Sequence[float]) -> list[float]:
    """How alike a series around 0 and itself are at each distance up to beyond half its length, from 0 to 1.

    Measured on the engine: the series goes round, and the least alike distance counts as 0.
    """
    size = len(items)
    room = 1 << (2 * size - 1).bit_length()
    away = list(map(complex, items)) + [0j] * (room - size)
    power = transform([one * one.conjugate() for one in transform(away, -1)], 1)
    round_ = [power[lag].real + power[size - lag].real if lag else power[0].real for lag in range(size)]
    least, most = min(round_), round_[0]
    return [(one - least) / (most - least) for one in round_[: min(size // 2 + 3, size)]]


def periods_of(items: Sequence[float], least: float, most: float) -> list[tuple[int, float]]:
    """Periods between the bounds and less than half as long as the series, with scores, the best first.

    The documentation has a series of two periods in which none is found. A period is a peak of the autocorrelation; a
    multiple of a better one is left out.
    """
    mean = math.fsum(items) / len(items) if items else math.nan
    most_away = max((abs(one - mean) for one in items), default=0.0)
    if not math.isfinite(most_away) or most_away <= _NOISE * max(map(abs, items)):
        return []
    alike = _alikeness([(one - mean) / most_away for one in items])
    peaks = [
        (lag, alike[lag])
        for lag in range(_SHORTEST, (len(items) + 1) // 2)
        if least <= lag <= most and 0 < alike[lag] >= max(alike[lag - 2 : lag] + alike[lag + 1 : lag + 3])
    ]
    kept: list[tuple[int, float]] = []
    for lag, score in sorted(peaks, key=lambda one: (-round(one[1], 2), one[0])):
        if all(lag % other for other, _ in kept):
            kept.append((lag, score))
    return kept


@LIBRARY.scalar(
    "series_periods_detect(series: array, least: real, most: real, count: long) -> (periods: dynamic, scores: dynamic)",
    doc="series-periods-detect-function",
    assumes=_FOUND,
)
def periods_detect(series: object, least: float, most: float, count: int) -> list[list[float]] | None:
    """The best periods and their scores, zeroes where fewer are found."""
    items = reals(series)
    if items is None or count < 1:
        return None
    found = periods_of(items, least, most)[:count]
    missing = [0.0] * (min(count, len(items)) - len(found))
    return [[float(lag) for lag, _ in found] + missing, [score for _, score in found] + missing]


@LIBRARY.scalar(
    "series_periods_validate(series: array, first: real, ...more: real) -> (periods: dynamic, scores: dynamic)",
    doc="series-periods-validate-function",
    assumes=_FOUND,
)
def periods_validate(series: object, *periods: float) -> list[list[float]] | None:
    """The given periods and their scores; zero for one that is not found."""
    items = reals(series)
    if items is None:
        return None
    found = {float(lag): score for lag, score in periods_of(items, _SHORTEST, len(items))}
    return [list(periods), [found.get(one, 0.0) for one in periods]]


def _period(items: Sequence[float], wanted: int, threshold: float) -> int:
    """The period asked for; for -1 the best one that is found, 0 where none scores high enough."""
    if wanted != -1:
        return max(wanted, 0)
    found = periods_of(items, _SHORTEST, len(items))
    return found[0][0] if found and found[0][1] >= threshold else 0


def _seasons(items: Sequence[float], period: int, size: int) -> list[float]:
    """The median of the items at each place of the period, repeated to a size."""
    if not period:
        return [0.0] * size
    medians = [median(items[place::period]) for place in range(min(period, len(items)))]
    return [medians[place % period] if place % period < len(medians) else 0.0 for place in range(size)]


@LIBRARY.scalar("series_seasonal(series: array, period: long = -1) -> dynamic", doc="series-seasonal-function")
def seasonal(series: object, period: int = -1) -> list[float] | None:
    """The seasonal part of a series."""
    items = reals(series)
    if items is None:
        return None
    return _seasons(items, _period(items, period, _THRESHOLD), len(items))


def _trend(items: Sequence[float], kind: str, size: int) -> list[float]:
    match kind:
        case "avg":
            return [sum(items) / len(items)] * size
        case "linefit":
            slope, start = line(items)
            return [start + slope * place for place in range(size)]
        case "none":
            return [0.0] * size
        case _:
            raise MeaningError(WRONG_WORD, f"there is no trend `{kind}`", "write `avg`, `linefit` or `none`")


@LIBRARY.scalar(
    "series_decompose(series: array, seasonality: long = -1, trend: string = 'avg', test_points: long = 0,"
    " threshold: real = 0.6) -> (baseline: dynamic, seasonal: dynamic, trend: dynamic, residual: dynamic)",
    doc="series-decompose-function",
    assumes=_FOUND,
)
def decompose(
    series: object, seasonality: int = -1, trend: str = "avg", test_points: int = 0, threshold: float = 0.6
) -> list[list[float]] | None:
    """What is expected of a series (seasons and trend together), seasons, trend, and what is left.

    Seasons and trend are learned from all items but the last `test_points`.
    """
    items = reals(series)
    if items is None:
        return None
    learned = items[: len(items) - min(max(test_points, 0), len(items) - 1)]
    seasons = _seasons(learned, _period(learned, seasonality, threshold), len(items))
    level = _trend([one - other for one, other in zip(learned, seasons, strict=False)], trend, len(items))
    baseline = [one + other for one, other in zip(seasons, level, strict=True)]
    return [baseline, seasons, level, [one - other for one, other in zip(items, baseline, strict=True)]]


@LIBRARY.scalar(
    "series_decompose_forecast(series: array, points: long, seasonality: long = -1, trend: string = 'linefit',"
    " threshold: real = 0.6) -> (forecast: dynamic)",
    doc="series-decompose-forecast-function",
    assumes=_FOUND,
)
def forecast(
    series: object, points: int, seasonality: int = -1, trend: str = "linefit", threshold: float = 0.6
) -> list[list[float]] | None:
    """What is expected of a series when its last points are not known. A trend is fitted by default (measured)."""
    found = decompose(series, seasonality, trend, points, threshold)
    return None if found is None else found[:1]


def scores(items: Sequence[Number | None], learned: int, kind: str) -> list[float]:
    """How far items lie beyond the normal range of the first `learned` ones; 0 within it and for missing items."""
    if kind not in ("ctukey", "tukey"):
        raise MeaningError(WRONG_WORD, f"there is no method `{kind}`", "write `ctukey` or `tukey`")
    share, scale = (0.25, 1.0) if kind == "tukey" else (0.1, _WIDE_SCALE)
    ordered = sorted(float(item) for item in items[:learned] if item is not None and math.isfinite(item))
    if not ordered:
        return [0.0] * len(items)
    low, high = percentile(ordered, share), percentile(ordered, 1 - share)
    return [0.0 if item is None else _score(float(item), low, high, scale) for item in items]


def _score(item: float, low: float, high: float, scale: float) -> float:
    beyond = item - high if item > high else item - low if item < low else 0.0
    if not beyond:
        return 0.0
    return beyond * (scale / (high - low)) if high > low else math.copysign(math.inf, beyond)


@LIBRARY.scalar(
    "series_outliers(series: array, kind: string = 'ctukey', ignored: boxed = null, least: real = 10.0,"
    " most: real = 90.0) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="series-outliers-function",
    assumes=(QUARTILE_SCORE.name,),
)
def outliers(
    series: object, kind: str = "ctukey", ignored: object = None, least: float = 10.0, most: float = 90.0
) -> list[float] | None:
    """The scores of a series; nulls and the ignored value score 0."""
    if not isinstance(series, list):
        return None
    if kind == "ctukey" and (least, most) != (10.0, 90.0):
        raise MeaningError(CUSTOM_RANGE, "a custom percentile range is not emulated", "leave the percentiles out")
    items = [number(item) for item in series]
    if any(item is None and known is not None for item, known in zip(items, series, strict=True)):
        return None
    return scores([None if item == ignored else item for item in items], len(items), kind)


@LIBRARY.scalar(
    "series_decompose_anomalies(series: array, threshold: real = 1.5, seasonality: long = -1, trend: string = 'avg',"
    " test_points: long = 0, method: string = 'ctukey', seasonality_threshold: real = 0.6)"
    " -> (ad_flag: dynamic, ad_score: dynamic, baseline: dynamic)",
    doc="series-decompose-anomalies-function",
    assumes=(FOUND_PERIODS.name, QUARTILE_SCORE.name, LEARNED_RANGE.name),
)
def anomalies(
    series: object,
    threshold: float = 1.5,
    seasonality: int = -1,
    trend: str = "avg",
    test_points: int = 0,
    method: str = "ctukey",
    seasonality_threshold: float = 0.6,
) -> list[list[float]] | None:
    """1, -1 and 0 for items too high, too low and neither, with their scores and what was expected."""
    found = decompose(series, seasonality, trend, test_points, seasonality_threshold)
    if found is None:
        return None
    baseline, _, _, residual = found
    learned = len(residual) - min(max(test_points, 0), len(residual) - 1)
    scored = scores(residual, learned, method)
    flags = [(score > threshold) - (score < -threshold) for score in scored]
    return [[*flags], scored, baseline]
