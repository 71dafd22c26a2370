"""Functions that fill the gaps of a series: items that are null, or equal to a placeholder."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from emulator.functions import Library, Nulls

LIBRARY = Library("kql", "series_filling")


def _as_plain(number: float | Decimal | None) -> float | int | None:
    return float(number) if isinstance(number, Decimal) else number


def _is_gap(item: object, placeholder: float | Decimal | None) -> bool:
    return item is None or (placeholder is not None and item == placeholder)


def _carried(items: list[object], placeholder: float | Decimal | None) -> list[object]:
    """Each gap takes the item before it; gaps at the start stay."""
    filled: list[object] = []
    last: object = None
    seen = False
    for item in items:
        if not _is_gap(item, placeholder):
            last, seen = item, True
        filled.append(last if seen else item)
    return filled


@LIBRARY.scalar(
    "series_fill_forward(series: array, placeholder: number = null) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="series-fill-forward-function",
    examples="""
    series_fill_forward(dynamic([null, 1, null, 2, null])) => dynamic([null, 1, 1, 2, 2])   [docs]
    series_fill_forward(dynamic([5, 0, 0, 3]), 0) => dynamic([5, 5, 5, 3])   [docs]
    series_fill_forward(dynamic("x")) => dynamic(null)   [reasoned]
    """,
)
def series_fill_forward(series: object, placeholder: float | Decimal | None = None) -> list[object] | None:
    """Each gap takes the item before it."""
    return _carried(series, placeholder) if isinstance(series, list) else None


@LIBRARY.scalar(
    "series_fill_backward(series: array, placeholder: number = null) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="series-fill-backward-function",
    examples="""
    series_fill_backward(dynamic([111, null, 36, null, null])) => dynamic([111, 36, 36, null, null])   [docs]
    series_fill_backward(dynamic("x")) => dynamic(null)   [reasoned]
    """,
)
def series_fill_backward(series: object, placeholder: float | Decimal | None = None) -> list[object] | None:
    """Each gap takes the item behind it."""
    return _carried(series[::-1], placeholder)[::-1] if isinstance(series, list) else None


@LIBRARY.scalar(
    "series_fill_const(series: array, constant: number = 0, placeholder: number = null) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="series-fill-const-function",
    examples="""
    series_fill_const(dynamic([111, null, 36, null]), 0.0) => dynamic([111, 0.0, 36, 0.0])   [docs]
    series_fill_const(dynamic([111, -5, 36]), 0, -5) => dynamic([111, 0, 36])   [docs]
    series_fill_const(dynamic("x"), 1) => dynamic(null)   [reasoned]
    series_fill_const(dynamic([null]), decimal(1)) => dynamic([1.0])   [reasoned]
    """,
)
def series_fill_const(
    series: object, constant: float | Decimal | None, placeholder: float | Decimal | None = None
) -> list[object] | None:
    """Each gap takes a constant."""
    if not isinstance(series, list):
        return None
    return [_as_plain(constant) if _is_gap(item, placeholder) else item for item in series]


@LIBRARY.scalar(
    "series_fill_linear(series: array, placeholder: number = null, edges: bool = true, constant: number = 0.0)"
    " -> dynamic",
    nulls=Nulls.TOTAL,
    doc="series-fill-linear-function",
    examples="""
    series_fill_linear(dynamic([null, 111.0, null, 36.0, null])) => dynamic([111.0, 111.0, 73.5, 36.0, 36.0])   [docs]
    series_fill_linear(dynamic([111, null, 36])) => dynamic([111, 73, 36])   [recorded]
    series_fill_linear(dynamic([null, 1, null]), real(null), false) => dynamic([null, 1, null])   [docs]
    series_fill_linear(dynamic([null]), real(null), true, 3.5) => dynamic([3.5])   [docs]
    series_fill_linear(dynamic([null]), real(null), true, real(null)) => dynamic([null])   [docs]
    series_fill_linear(dynamic([1, 0, 3]), 0) => dynamic([1, 2, 3])   [docs]
    series_fill_linear(dynamic("x")) => dynamic(null)   [reasoned]
    """,
)
def series_fill_linear(
    series: object,
    placeholder: float | Decimal | None = None,
    edges: bool | None = True,
    constant: float | Decimal | None = 0.0,
) -> list[object] | None:
    """Gaps lie on the line between the items around them, cut to whole numbers in a series of such (recorded)."""
    if not isinstance(series, list):
        return None

    known = [(place, item) for place, item in enumerate(series) if not _is_gap(item, placeholder)]
    if not known:
        return [_as_plain(constant)] * len(series) if constant is not None else series
    filled = list(series)
    if not all(isinstance(item, int | float) for _, item in known):
        return filled
    whole = all(isinstance(item, int) for _, item in known)
    for (start, first), (end, last) in pairwise(known):
        for place in range(start + 1, end):
            value = first + (last - first) * (place - start) / (end - start)
            filled[place] = int(value) if whole else value
    if edges:
        filled[: known[0][0]] = [known[0][1]] * known[0][0]
        filled[known[-1][0] + 1 :] = [known[-1][1]] * (len(series) - known[-1][0] - 1)
    return filled
