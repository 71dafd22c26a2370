"""Lines and polynomials that fit a series best, by least squares. The series' places are 0, 1, 2 …

`series_fit_2lines` is a gap: how its right line counts its places is not documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emulator.functions import Library
from emulator.kql.library.series import complete, mean, variance

LIBRARY = Library("kql", "series_lines")
LINE = ("rsquare", "slope", "variance", "rvariance", "interception", "line_fit")
POLYNOMIAL = ("rsquare", "coefficients", "variance", "rvariance", "poly_fit")
_MOST_DEGREES = 64


def line_of(values: Sequence[float]) -> tuple[float, float]:
    """Slope and interception of the line that fits best."""
    middle_place, middle = (len(values) - 1) / 2, mean(values)
    spread = sum((place - middle_place) ** 2 for place in range(len(values)))
    shared = sum((place - middle_place) * (value - middle) for place, value in enumerate(values))
    slope = shared / spread if spread else 0.0
    return slope, middle - slope * middle_place


def _quality(values: Sequence[float], fitted: Sequence[float]) -> tuple[float, float, float]:
    """R-square, variance of the values, and variance of what the fit leaves."""
    spread = variance(values)
    rest = variance([value - fit for value, fit in zip(values, fitted, strict=True)])
    return (1 - rest / spread if spread else 1.0), spread, rest


def _line(series: object) -> dict[str, Any] | None:
    values = complete(series)
    if values is None:
        return None
    slope, interception = line_of(values)
    fitted = [interception + slope * place for place in range(len(values))]
    rsquare, spread, rest = _quality(values, fitted)
    return dict(zip(LINE, (rsquare, slope, spread, rest, interception, fitted), strict=True))


@LIBRARY.scalar(
    "series_fit_line_dynamic(series: array) -> dynamic",
    doc="series-fit-line-dynamic-function",
    examples="""
    series_fit_line_dynamic(dynamic([1, 3, 5])).slope => dynamic(2.0)   [docs]
    series_fit_line_dynamic(dynamic([1, 3, 5])).interception => dynamic(1.0)   [docs]
    series_fit_line_dynamic(dynamic([1, 3, 5])).rsquare => dynamic(1.0)   [docs]
    series_fit_line_dynamic(dynamic([7])).line_fit => dynamic([7.0])   [reasoned]
    series_fit_line_dynamic(dynamic([1, "x"])) => dynamic(null)   [reasoned]
    """,
)
def series_fit_line_dynamic(series: object) -> dict[str, Any] | None:
    """The line that fits a series best, with how well it does, in a bag."""
    return _line(series)


@LIBRARY.scalar("_series_fit_line(series: array) -> dynamic", doc="series-fit-line-function")
def series_fit_line(series: object) -> list[object]:
    """The same as several values."""
    found = _line(series) or {}
    return [found.get(name) for name in LINE]


@LIBRARY.scalar(
    "_series_fit_poly(series: array, places: array = null, degree: int = null) -> dynamic",
    doc="series-fit-poly-function",
)
def series_fit_poly(series: object, places: object = None, degree: int = 1) -> list[object]:
    """The polynomial that fits values at places best: quality, coefficients from the highest power on, values."""
    import numpy as np

    values = complete(series)
    given = list(range(1, len(values or ()) + 1)) if places is None else places
    at = complete(given)
    if values is None or at is None or len(at) != len(values) or not 0 <= degree < min(len(values), _MOST_DEGREES):
        return [None] * len(POLYNOMIAL)
    design = np.vander(np.array(at), degree + 1)
    coefficients = [float(one) for one in np.linalg.lstsq(design, np.array(values), rcond=None)[0]]
    fitted = [float(one) for one in design @ np.array(coefficients)]
    rsquare, spread, rest = _quality(values, fitted)
    return [rsquare, coefficients, spread, rest, fitted]
