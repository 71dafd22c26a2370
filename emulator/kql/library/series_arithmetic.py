"""Series, item by item: arithmetic, comparisons, functions of numbers, and what sums them up.

Where one series is shorter, or an item is no number, the result has null there. A number in the place of a series
stands for a series of that number.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, TypeAlias

from emulator.assumptions import assumption
from emulator.functions import Library
from emulator.kql.library.operators import divide_reals, wrap

LIBRARY = Library("kql", "series_arithmetic")
SKIPPED_ITEMS = assumption(
    "series-skipped-items",
    "kql",
    "series_sum, series_product and series_magnitude leave out what is no number, which is not documented",
)
Number: TypeAlias = "int | float"


def number(item: object) -> Number | None:
    """The item when it is a number."""
    return item if isinstance(item, int | float) and not isinstance(item, bool) else None


def numbers(series: object) -> list[Number]:
    """The numbers among the items of a series."""
    items = series if isinstance(series, list) else []
    return [item for item in map(number, items) if item is not None]


def _pairs(left: object, right: object) -> list[tuple[Number | None, Number | None]] | None:
    """Items side by side; None when neither is a series, or one is neither series nor number."""
    if isinstance(left, list) and isinstance(right, list):
        return [(number(one), number(other)) for one, other in zip_longest(left, right)]
    one, other = number(left), number(right)
    if isinstance(left, list) and other is not None:
        return [(number(item), other) for item in left]
    if isinstance(right, list) and one is not None:
        return [(one, number(item)) for item in right]
    return None


def _pairwise(name: str, compute: Callable[[Any, Any], object]) -> None:
    def meaning(left: object, right: object) -> list[object] | None:
        pairs = _pairs(left, right)
        if pairs is None:
            return None
        return [None if one is None or other is None else compute(one, other) for one, other in pairs]

    page = f"series-{name.replace('_', '-')}-function"
    LIBRARY.scalar(f"series_{name}(left: array, right: array) -> dynamic", doc=page)(meaning)
    LIBRARY.scalar(f"series_{name}(left: array, right: number) -> dynamic", doc=page)(meaning)
    LIBRARY.scalar(f"series_{name}(left: number, right: array) -> dynamic", doc=page)(meaning)


def _wrapped(compute: Callable[[Any, Any], Number]) -> Callable[[Any, Any], Number]:
    def result(left: Number, right: Number) -> Number:
        value = compute(left, right)
        return wrap(value) if isinstance(value, int) else value

    return result


def _quotient(left: float, right: float) -> float:
    return divide_reals(float(left), float(right))


def _power(base: float, exponent: float) -> float:
    """The power as a real; not a number where it is none, infinite where it is too great."""
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan


for _name, _compute in (
    ("add", _wrapped(operator.add)),
    ("subtract", _wrapped(operator.sub)),
    ("multiply", _wrapped(operator.mul)),
    ("divide", _quotient),
    ("pow", _power),
    ("less", operator.lt),
    ("less_equals", operator.le),
    ("greater", operator.gt),
    ("greater_equals", operator.ge),
    ("equals", operator.eq),
    ("not_equals", operator.ne),
):
    _pairwise(_name, _compute)


def _real(compute: Callable[[float], float]) -> Callable[[float], float]:
    """A function of reals: not a number where it has no value, infinite where it is too great."""

    def result(value: float) -> float:
        try:
            return float(compute(value))
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return result


def _logarithm(value: float) -> float:
    return -math.inf if value == 0 else math.log(value)


def _rounded(compute: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: float(compute(value)) if math.isfinite(value) else value


def _sign(value: Number) -> Number:
    if value != value:
        return value
    return type(value)((value > 0) - (value < 0))


def _itemwise(name: str, compute: Callable[[Any], Number]) -> None:
    def meaning(series: object) -> list[Number | None] | None:
        if not isinstance(series, list):
            return None
        return [None if item is None else compute(item) for item in map(number, series)]

    LIBRARY.scalar(f"series_{name}(series: array) -> dynamic", doc=f"series-{name}-function")(meaning)


for _name, _function in (
    ("abs", abs),
    ("sign", _sign),
    ("exp", _real(math.exp)),
    ("log", _real(_logarithm)),
    ("sin", _real(math.sin)),
    ("cos", _real(math.cos)),
    ("tan", _real(math.tan)),
    ("asin", _real(math.asin)),
    ("acos", _real(math.acos)),
    ("atan", _real(math.atan)),
    ("floor", _rounded(math.floor)),
    ("ceiling", _rounded(math.ceil)),
):
    _itemwise(_name, _function)


def _whole(name: str, compute: Callable[[Sequence[Number]], float]) -> None:
    def meaning(series: object) -> float | None:
        return compute(numbers(series)) if isinstance(series, list) else None

    LIBRARY.scalar(
        f"series_{name}(series: array) -> real", doc=f"series-{name}-function", assumes=(SKIPPED_ITEMS.name,)
    )(meaning)


_whole("sum", lambda items: float(sum(items)))
_whole("product", lambda items: math.prod(map(float, items)))
_whole("magnitude", lambda items: math.sqrt(sum(float(item) * item for item in items)))


def _both(left: object, right: object) -> Iterator[tuple[float, float]]:
    """The pairs of numbers, as far as the shorter series goes."""
    for one, other in _pairs(left, right) or ():
        if one is not None and other is not None:
            yield float(one), float(other)


@LIBRARY.scalar("series_dot_product(left: array, right: array) -> real", doc="series-dot-product-function")
@LIBRARY.scalar("series_dot_product(left: array, right: number) -> real", doc="series-dot-product-function")
@LIBRARY.scalar("series_dot_product(left: number, right: array) -> real", doc="series-dot-product-function")
def dot_product(left: object, right: object) -> float | None:
    """The sum of the products of pairs; null for an empty series."""
    if left == [] or right == [] or _pairs(left, right) is None:
        return None
    return sum((one * other for one, other in _both(left, right)), 0.0)


@LIBRARY.scalar(
    "series_cosine_similarity(left: array, right: array, left_magnitude: real = null, right_magnitude: real = null)"
    " -> real",
    doc="series-cosine-similarity-function",
)
def cosine_similarity(
    left: object, right: object, left_magnitude: float | None = None, right_magnitude: float | None = None
) -> float | None:
    """The cosine of the angle between two vectors; null for an empty one."""
    if not isinstance(left, list) or not isinstance(right, list) or not left or not right:
        return None
    pairs = list(_both(left, right))
    if left_magnitude is None:
        left_magnitude = math.sqrt(sum(one * one for one, _ in pairs))
    if right_magnitude is None:
        right_magnitude = math.sqrt(sum(other * other for _, other in pairs))
    return divide_reals(sum(one * other for one, other in pairs), left_magnitude * right_magnitude)


def _squares(items: Iterable[float]) -> float:
    return sum(item * item for item in items)


@LIBRARY.scalar(
    "series_pearson_correlation(left: array, right: array) -> real", doc="series-pearson-correlation-function"
)
def pearson_correlation(left: object, right: object) -> float | None:
    """How far two series of one length lie on a line; null when an item is no number, or lengths differ."""
    pairs = list(_both(left, right))
    if not isinstance(left, list) or not isinstance(right, list) or not len(left) == len(right) == len(pairs) > 0:
        return None
    first = sum(one for one, _ in pairs) / len(pairs)
    second = sum(other for _, other in pairs) / len(pairs)
    together = sum((one - first) * (other - second) for one, other in pairs)
    spread = math.sqrt(_squares(one - first for one, _ in pairs) * _squares(other - second for _, other in pairs))
    return divide_reals(together, spread)
