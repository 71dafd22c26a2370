"""Seasons, trends and outliers of series.

The product's way to detect a period is not published, so asking for it (a seasonality of -1, the default) is refused
where a period could be found; a given period, or none, is computed exactly as recorded answers show.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.kql.library.series import complete, mean, numbers, percentile
from emulator.kql.library.series_lines import line_of

LIBRARY = Library("kql", "series_seasons")
UNPUBLISHED = code(
    "KQL4061",
    "an analysis of series whose exact way is not published",
    "The product documents what the function finds, not how: which period it detects, or how it scales a score. "
    "The emulator computes the cases whose exact answer is known.",
)
_CTUKEY_SCALE = 2.7726056055079148
_SHORTEST_WITH_PERIOD = 8
_DETECT = -1


def _unpublished(what: str, help: str) -> MeaningError:
    return MeaningError(UNPUBLISHED, what, help)


def _can_have_period(values: Sequence[float]) -> bool:
    """A period has at least four items and at most half of the series."""
    return len(values) >= _SHORTEST_WITH_PERIOD and max(values) > min(values)


def _seasonal(values: Sequence[float], size: int, period: int) -> list[float]:
    """The median of each place of the period, repeated over `size` items; zeros without a period."""
    if period == _DETECT and _can_have_period(values):
        raise _unpublished("the period of a series is detected in a way that is not published", "give the period")
    if period <= 0 or not values:
        return [0.0] * size
    medians = [percentile(values[phase::period], 50) for phase in range(min(period, len(values)))]
    return [medians[place % period] if place % period < len(medians) else 0.0 for place in range(size)]


def _trend(values: Sequence[float], size: int, trend: str) -> list[float] | None:
    """The line or the mean of what seasons leave, over `size` items; None for an unknown word."""
    match trend.lower():
        case "none":
            return [0.0] * size
        case "avg":
            return [mean(values)] * size
        case "linefit":
            slope, interception = line_of(values)
            return [interception + slope * place for place in range(size)]
        case _:
            return None


def _decomposed(series: object, period: int, trend: str, test_points: int) -> list[list[float]] | None:
    """Baseline, seasonal part, trend and residual; the last `test_points` items are not learned from."""
    values = complete(series)
    if values is None or not 0 <= test_points < len(values) or period < _DETECT:
        return None
    learned = values[: len(values) - test_points]
    seasonal = _seasonal(learned, len(values), period)
    rest = [value - season for value, season in zip(learned, seasonal, strict=False)]
    line = _trend(rest, len(values), trend)
    if line is None:
        return None
    baseline = [season + part for season, part in zip(seasonal, line, strict=True)]
    return [baseline, seasonal, line, [value - base for value, base in zip(values, baseline, strict=True)]]


@LIBRARY.scalar(
    "_series_decompose(series: array, period: integer = -1, trend: string = 'avg', test_points: integer = 0,"
    " threshold: number = 0.6) -> dynamic",
    doc="series-decompose-function",
)
def series_decompose(
    series: object, period: int, trend: str, test_points: int, threshold: float
) -> list[list[float] | None]:
    """Baseline, seasonal part, trend and residual of a series; `threshold` steers the detection of a period alone."""
    del threshold
    found = _decomposed(series, period, trend, test_points)
    return [None] * 4 if found is None else [*found]


@LIBRARY.scalar(
    "_series_decompose_forecast(series: array, points: integer, period: integer = -1, trend: string = 'linefit',"
    " threshold: number = 0.6) -> dynamic",
    doc="series-decompose-forecast-function",
)
def series_decompose_forecast(
    series: object, points: int, period: int, trend: str, threshold: float
) -> list[list[float] | None]:
    """The same, learned from all but the last points: the baseline is the forecast of those."""
    return series_decompose(series, period, trend, points, threshold)


@LIBRARY.scalar(
    "_series_decompose_anomalies(series: array, threshold: number = 1.5, period: integer = -1, trend: string = 'avg',"
    " test_points: integer = 0, method: string = 'ctukey', seasonality_threshold: number = 0.6) -> dynamic",
    doc="series-decompose-anomalies-function",
)
def series_decompose_anomalies(
    series: object,
    threshold: float,
    period: int,
    trend: str,
    test_points: int,
    method: str,
    seasonality_threshold: float,
) -> list[object]:
    """Flags (-1, 0, 1), scores and baseline: the residuals' outliers beyond the threshold."""
    del seasonality_threshold
    if test_points:
        raise _unpublished("how test points take part in scores is not published", "leave `test_points` out")
    found = _decomposed(series, period, trend, test_points)
    scores = _scores(found[3], method, None) if found else None
    if found is None or scores is None:
        return [None] * 3
    flags = [(score > threshold) - (score < -threshold) for score in scores]
    return [flags, scores, found[0]]


def _scores(values: Sequence[float | None], kind: str, percents: tuple[float, float] | None) -> list[float] | None:
    """How far each value lies outside the middle range, in ranges; None for an unknown kind, 0 for a null."""
    match kind.lower():
        case "tukey":
            low_percent, high_percent, scale = 25.0, 75.0, 1.0
        case "ctukey" if percents in (None, (10.0, 90.0)):
            low_percent, high_percent, scale = 10.0, 90.0, _CTUKEY_SCALE
        case "ctukey":
            raise _unpublished("how scores of other percentiles are scaled is not published", "use 10 and 90")
        case _:
            return None
    known = [value for value in values if value is not None]
    if not known:
        return [0.0] * len(values)
    low, high = percentile(known, low_percent), percentile(known, high_percent)
    return [0.0 if value is None else _score(value, low, high) * scale for value in values]


def _score(value: float, low: float, high: float) -> float:
    beyond = value - high if value > high else value - low if value < low else 0.0
    if not beyond:
        return 0.0
    return beyond / (high - low) if high > low else math.copysign(math.inf, beyond)


@LIBRARY.scalar(
    "series_outliers(series: array, kind: string = 'ctukey', ignored: number = null, low: number = 10,"
    " high: number = 90, test_points: integer = 0) -> dynamic",
    doc="series-outliers-function",
    examples="""
    series_outliers(dynamic([1, 2, 3, 4, 9]), "tukey") => dynamic([-0.5, 0.0, 0.0, 0.0, 2.5])   [docs]
    series_outliers(dynamic([1, 2, 3, null, 4, -9, 9]), "tukey", -9)[6] => dynamic(2.5)   [docs]
    series_outliers(dynamic([1, 1, 1, 5, 1]), "tukey")[3] => dynamic(real(+inf))   [reasoned]
    series_outliers(dynamic([null]), "tukey") => dynamic([0.0])   [docs]
    series_outliers(dynamic([1]), "other") => dynamic(null)   [reasoned]
    series_outliers(dynamic("x")) => dynamic(null)   [reasoned]
    """,
)
def series_outliers(
    series: object,
    kind: str = "ctukey",
    ignored: float | None = None,
    low: float = 10,
    high: float = 90,
    test_points: int = 0,
) -> list[float] | None:
    """The score of each item, by Tukey's test: how far it lies outside the middle range."""
    items = numbers(series)
    if items is None:
        return None
    if test_points:
        raise _unpublished("how test points take part in scores is not published", "leave `test_points` out")
    values = [None if item is None or item == ignored else float(item) for item in items]
    return _scores(values, kind, (float(low), float(high)))


@LIBRARY.scalar(
    "series_seasonal(series: array, period: integer = -1, test_points: integer = 0) -> dynamic",
    doc="series-seasonal-function",
    examples="""
    series_seasonal(dynamic([1, 3, 5, 1, 3, 5, 2, 4, 6]), 3) => dynamic([1, 3, 5, 1, 3, 5, 1, 3, 5])   [recorded]
    series_seasonal(dynamic([1, 2]), 0) => dynamic([0.0, 0.0])   [docs]
    series_seasonal(dynamic([1, 2, 3])) => dynamic([0.0, 0.0, 0.0])   [docs]
    series_seasonal(dynamic([1, 2, 9]), 2, 1) => dynamic([1.0, 2.0, 1.0])   [reasoned]
    series_seasonal(dynamic([1, "x"]), 2) => dynamic(null)   [reasoned]
    """,
)
def series_seasonal(series: object, period: int, test_points: int) -> list[float] | None:
    """The median of each place of the period, over the whole series."""
    values = complete(series)
    if values is None or not 0 <= test_points < len(values):
        return None
    return _seasonal(values[: len(values) - test_points], len(values), period)
