"""Series through filters: convolution, recursive filters and Fourier transforms."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.kql.library.series_arithmetic import Number, number

LIBRARY = Library("kql", "series_filters")
ZEROES_AROUND = assumption(
    "zeroes-around-series", "kql", "filters see zeroes before the start and behind the end of a series"
)


TOO_MANY_TERMS = code(
    "KQL5010",
    "a filter with too many terms",
    "A filter multiplies each item of a series by each of its coefficients; more than 16 million products are refused.",
)
_MOST_PRODUCTS = 1 << 24


def _limit(items: Sequence[Number], *weights: Sequence[Number]) -> None:
    if len(items) * sum(map(len, weights)) > _MOST_PRODUCTS:
        raise MeaningError(TOO_MANY_TERMS, "the filter and the series are too long", "shorten one of them")


def all_numbers(series: object) -> list[Number] | None:
    """The items of a series when all of them are numbers."""
    if not isinstance(series, list):
        return None
    items = [number(item) for item in series]
    known = [item for item in items if item is not None]
    return known if len(known) == len(items) else None


def _normalizes(coefficients: Sequence[Number], normalize: bool | None) -> bool | None:
    """Whether to divide by the sum; null where that was asked of a filter with a negative coefficient."""
    negative = any(one < 0 for one in coefficients)
    if normalize is None:
        return not negative
    return None if normalize and negative else normalize


@LIBRARY.scalar(
    "series_fir(series: array, filter: array, normalize: bool = null, center: bool = null) -> dynamic",
    doc="series-fir-function",
    assumes=(ZEROES_AROUND.name,),
)
def fir(
    series: object, coefficients: object, normalize: bool | None = None, center: bool = False
) -> list[Number] | None:
    """Each item is a weighted sum of itself and those before, or around it when centered."""
    items, weights = all_numbers(series), all_numbers(coefficients)
    divides = _normalizes(weights or [], normalize)
    if items is None or not weights or divides is None:
        return None
    _limit(items, weights)
    total = sum(weights)
    if divides and total:
        weights = [one / total for one in weights]
    ahead = (len(weights) - 1) // 2 if center else 0
    return [_weighted(items, weights, place + ahead) for place in range(len(items))]


def _weighted(items: Sequence[Number], weights: Sequence[Number], place: int) -> Number:
    used = ((weight, place - back) for back, weight in enumerate(weights))
    return sum(weight * items[where] for weight, where in used if 0 <= where < len(items))


@LIBRARY.scalar(
    "series_iir(series: array, numerators: array, denominators: array) -> dynamic",
    doc="series-iir-function",
    assumes=(ZEROES_AROUND.name,),
)
def iir(series: object, numerators: object, denominators: object) -> list[float] | None:
    """Each item is a weighted sum of items so far, less one of results so far."""
    items, forward, back = all_numbers(series), all_numbers(numerators), all_numbers(denominators)
    if items is None or not forward or not back or not back[0]:
        return None
    _limit(items, forward, back)
    result: list[float] = []
    for place in range(len(items)):
        fed = _weighted(result, [0, *back[1:]], place)
        result.append((_weighted(items, forward, place) - fed) / back[0])
    return result


@LIBRARY.scalar(
    "series_fft(real: array, imaginary: array = null) -> (real: dynamic, imag: dynamic)", doc="series-fft-function"
)
def fft(real: object, imaginary: object = None) -> list[list[float]] | None:
    """The discrete Fourier transform: its real and its imaginary parts."""
    series = _complex(real, imaginary)
    return None if series is None else _parts(transform(series, -1))


@LIBRARY.scalar(
    "series_ifft(real: array, imaginary: array = null) -> (real: dynamic, imag: dynamic)", doc="series-ifft-function"
)
def ifft(real: object, imaginary: object = None) -> list[list[float]] | None:
    """The inverse transform."""
    series = _complex(real, imaginary)
    return None if series is None else _parts([one / len(series) for one in transform(series, 1)])


def _complex(real: object, imaginary: object) -> list[complex] | None:
    """The series; null when an item is no number, or the parts differ in length."""
    first = all_numbers(real)
    second = [0.0] * len(first or ()) if imaginary is None else all_numbers(imaginary)
    if first is None or second is None or len(first) != len(second):
        return None
    return [complex(one, other) for one, other in zip(first, second, strict=True)]


def _parts(series: Sequence[complex]) -> list[list[float]]:
    return [[one.real for one in series], [one.imag for one in series]]


def transform(series: Sequence[complex], sign: int) -> list[complex]:
    """The Fourier sums, turning one way or the other."""
    import numpy as np

    if not series:
        return []
    values = np.array(series)
    with np.errstate(all="ignore"):
        found = np.fft.fft(values) if sign < 0 else np.fft.ifft(values) * len(series)
    return [complex(one) for one in found]
