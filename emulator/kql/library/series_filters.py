"""Filters and Fourier transforms of series."""

from __future__ import annotations

from typing import Any

from emulator.functions import Library, Nulls
from emulator.kql.library.series import Number, complete, numbers

LIBRARY = Library("kql", "series_filters")
_MOST_PRODUCTS = 1 << 24


def _all_numbers(series: object) -> list[Number] | None:
    items = numbers(series)
    if items is None or None in items:
        return None
    return [item for item in items if item is not None]


@LIBRARY.scalar(
    "series_fir(series: array, filter: array, normalize: bool = null, center: bool = null) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="series-fir-function",
    examples="""
    series_fir(dynamic([0, 10, 20, 0]), dynamic([1, 1])) => dynamic([0.0, 5.0, 15.0, 10.0])   [docs]
    series_fir(dynamic([0, 0, 5, 0, 0]), dynamic([1, 1, 1, 1, 1]), true, true) => dynamic([1, 1, 1, 1, 1])   [docs]
    series_fir(dynamic([0, 2, 2, 3]), dynamic([1, -1]), false, false) => dynamic([0, 2, 0, 1])   [recorded]
    series_fir(dynamic([0, 2]), dynamic([1, -1])) => dynamic([0, 2])   [docs]
    series_fir(dynamic([0, 2]), dynamic([1, -1]), true) => dynamic(null)   [docs]
    series_fir(dynamic([0, "x"]), dynamic([1])) => dynamic(null)   [reasoned]
    """,
)
def series_fir(
    series: object, filter: object, normalize: bool | None = None, center: bool | None = None
) -> list[Any] | None:
    """Each item becomes a weighted sum of itself and those before it, or around it with `center`."""
    items, weights = _all_numbers(series), _all_numbers(filter)
    if items is None or not weights or len(items) * len(weights) > _MOST_PRODUCTS:
        return None
    has_negative = any(weight < 0 for weight in weights)
    if normalize is None:
        normalize = not has_negative
    total = sum(weights)
    if normalize and (has_negative or not total):
        return None
    scaled = [weight / total for weight in weights] if normalize else weights
    shift = len(weights) // 2 if center else 0
    return [_weighted(items, scaled, place + shift) for place in range(len(items))]


def _weighted(items: list[Number], weights: list[Number], place: int) -> Number:
    return sum(weight * items[place - back] for back, weight in enumerate(weights) if 0 <= place - back < len(items))


@LIBRARY.scalar(
    "series_iir(series: array, numerators: array, denominators: array) -> dynamic",
    doc="series-iir-function",
    examples="""
    series_iir(dynamic([1.0, 2.0, 3.0]), dynamic([1]), dynamic([1, -1])) => dynamic([1.0, 3.0, 6.0])   [docs]
    series_iir(dynamic([1]), dynamic([1]), dynamic([0, 1])) => dynamic(null)   [docs]
    series_iir(dynamic([1]), dynamic([1]), dynamic("x")) => dynamic(null)   [reasoned]
    """,
)
def series_iir(series: object, numerators: object, denominators: object) -> list[float] | None:
    """Each item becomes a weighted sum of the items and of the results before it."""
    items, ahead, back = _all_numbers(series), _all_numbers(numerators), _all_numbers(denominators)
    if items is None or ahead is None or not back or not back[0]:
        return None
    if len(items) * (len(ahead) + len(back)) > _MOST_PRODUCTS:
        return None
    results: list[Number] = []
    for place in range(len(items)):
        value = _weighted(items, ahead, place)
        value -= sum(back[lag] * results[place - lag] for lag in range(1, len(back)) if lag <= place)
        results.append(value / back[0])
    return [float(result) for result in results]


def _transformed(series: object, imaginary: object, inverse: bool) -> list[list[float] | None]:
    """Real and imaginary parts of the transform; null for series that are none or differ in length."""
    import numpy as np

    real = complete(series)
    other = [0.0] * len(real or ()) if imaginary is None else complete(imaginary)
    if real is None or other is None or len(real) != len(other):
        return [None, None]
    values = np.array(real) + 1j * np.array(other)
    result = np.fft.ifft(values) if inverse else np.fft.fft(values)
    return [[float(one) for one in result.real], [float(one) for one in result.imag]]


@LIBRARY.scalar(
    "_series_fft(series: array, imaginary: array = null) -> dynamic", nulls=Nulls.TOTAL, doc="series-fft-function"
)
def series_fft(series: object, imaginary: object = None) -> list[list[float] | None]:
    """From time to frequency."""
    return _transformed(series, imaginary, inverse=False)


@LIBRARY.scalar(
    "_series_ifft(series: array, imaginary: array = null) -> dynamic", nulls=Nulls.TOTAL, doc="series-ifft-function"
)
def series_ifft(series: object, imaginary: object = None) -> list[list[float] | None]:
    """From frequency to time."""
    return _transformed(series, imaginary, inverse=True)
