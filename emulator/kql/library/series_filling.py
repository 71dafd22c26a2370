"""Series with missing items filled in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from emulator.functions import Library, Nulls
from emulator.kql.library.series_arithmetic import number

LIBRARY = Library("kql", "series_filling")
_TOTAL = Nulls.TOTAL


def _missing(placeholder: object) -> Callable[[object], bool]:
    """Tells the items that stand for missing ones: nulls, or those equal to the placeholder."""
    if placeholder is None:
        return lambda item: item is None
    return lambda item: item == placeholder and isinstance(item, bool) == isinstance(placeholder, bool)


@LIBRARY.scalar(
    "series_fill_const(series: array, constant: boxed, placeholder: boxed = null) -> dynamic",
    nulls=_TOTAL,
    doc="series-fill-const-function",
)
def fill_const(series: object, constant: object, placeholder: object = None) -> list[object] | None:
    """Missing items become the constant."""
    if not isinstance(series, list):
        return None
    missing = _missing(placeholder)
    return [constant if missing(item) else item for item in series]


@LIBRARY.scalar(
    "series_fill_forward(series: array, placeholder: boxed = null) -> dynamic",
    nulls=_TOTAL,
    doc="series-fill-forward-function",
)
def fill_forward(series: object, placeholder: object = None) -> list[object] | None:
    """Missing items become the last item before them; those at the start stay."""
    return _carried(series, placeholder) if isinstance(series, list) else None


@LIBRARY.scalar(
    "series_fill_backward(series: array, placeholder: boxed = null) -> dynamic",
    nulls=_TOTAL,
    doc="series-fill-backward-function",
)
def fill_backward(series: object, placeholder: object = None) -> list[object] | None:
    """Missing items become the next item behind them; those at the end stay."""
    return _carried(series[::-1], placeholder)[::-1] if isinstance(series, list) else None


def _carried(series: Sequence[object], placeholder: object) -> list[object]:
    missing = _missing(placeholder)
    result: list[object] = []
    for item in series:
        result.append(result[-1] if missing(item) and result else item)
    return result


@LIBRARY.scalar(
    "series_fill_linear(series: array, placeholder: boxed = null, edges: bool = true, constant: boxed = 0.0)"
    " -> dynamic",
    nulls=_TOTAL,
    doc="series-fill-linear-function",
)
def fill_linear(
    series: object, placeholder: object = None, edges: bool = True, constant: object = 0.0
) -> list[object] | None:
    """Missing items lie on the line between their neighbours, in whole numbers where all items are whole.

    At the edges they become the nearest item, unless `edges` is false; a series without any item becomes the constant
    throughout. The engine cuts the fraction off where the documentation speaks of rounding (measured).
    """
    if not isinstance(series, list):
        return None
    missing = _missing(placeholder)
    known = [place for place, item in enumerate(series) if not missing(item)]
    if not known:
        return [item if constant is None else constant for item in series]
    whole = all(isinstance(series[place], int) for place in known)
    result = list(series)
    for before, behind in pairwise(known):
        _interpolate(result, before, behind, whole)
    if edges is not False:
        result[: known[0]] = [result[known[0]]] * known[0]
        result[known[-1] + 1 :] = [result[known[-1]]] * (len(result) - known[-1] - 1)
    return result


def _interpolate(items: list[object], before: int, behind: int, whole: bool) -> None:
    start, end = number(items[before]), number(items[behind])
    if start is None or end is None:
        return
    step = (end - start) / (behind - before)
    value = float(start)
    for place in range(before + 1, behind):
        value += step
        items[place] = int(value) if whole else value
