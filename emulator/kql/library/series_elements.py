"""Functions that work on series item by item. An item that is no number, or that one of two series lacks, is null."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from emulator.functions import Library
from emulator.kql.library.mathematics import power
from emulator.kql.library.operators import divide_reals
from emulator.kql.library.series import Number, numbers

LIBRARY = Library("kql", "series_elements")
Pair = Callable[[Any, Any], object]


def _of_two(compute: Pair) -> Callable[[object, object], list[object] | None]:
    """Applies to the items of the same place; a number stands for a series of it."""

    def apply(left: object, right: object) -> list[object] | None:
        first, second = numbers(left), numbers(right)
        if first is None and second is None:
            return None
        if first is None:
            first = [_number(left)] * len(second or [])
        if second is None:
            second = [_number(right)] * len(first)
        return [None if None in pair else compute(*pair) for pair in zip_longest(first, second)]

    return apply


def _number(value: object) -> Number | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _declare_pair(name: str, compute: Pair, examples: str) -> None:
    apply = _of_two(compute)
    shown = examples
    for left, right in (("array", "array"), ("array", "number"), ("number", "array")):
        LIBRARY.scalar(
            f"series_{name}(left: {left}, right: {right}) -> dynamic",
            doc=f"series-{name.replace('_', '-')}-function",
            examples=shown,
        )(apply)
        shown = ""


_declare_pair(
    "add",
    lambda left, right: left + right,
    """
    series_add(dynamic([1, 2, 4]), dynamic([4, 2, 1])) => dynamic([5, 4, 5])   [docs]
    series_add(dynamic([1, "a", 3]), dynamic([1, 2])) => dynamic([2, null, null])   [docs]
    series_add(1, dynamic([1, 2])) => dynamic([2, 3])   [docs]
    series_add(dynamic("x"), dynamic("y")) => dynamic(null)   [reasoned]
    series_add(dynamic([1]), dynamic("y")) => dynamic([null])   [reasoned]
    """,
)
_declare_pair(
    "subtract",
    lambda left, right: left - right,
    "series_subtract(dynamic([1, 2, 4]), dynamic([4, 2, 1])) => dynamic([-3, 0, 3])   [docs]",
)
_declare_pair(
    "multiply",
    lambda left, right: left * right,
    "series_multiply(dynamic([1, 2, 4]), dynamic([4, 2, 1])) => dynamic([4, 4, 4])   [docs]",
)
_declare_pair(
    "divide",
    divide_reals,
    """
    series_divide(dynamic([1, 2, 4]), dynamic([4, 2, 1])) => dynamic([0.25, 1.0, 4.0])   [docs]
    series_divide(dynamic([2]), 0)[0] => dynamic(real(+inf))   [docs]
    """,
)
_declare_pair(
    "pow",
    power,
    "series_pow(dynamic([1, 2, 3, 4]), dynamic([1, 2, 3, 0.5])) => dynamic([1.0, 4.0, 27.0, 2.0])   [docs]",
)
_declare_pair(
    "greater",
    lambda left, right: left > right,
    "series_greater(dynamic([1, 2, 4]), dynamic([4, 2, 1])) => dynamic([false, false, true])   [docs]",
)
_declare_pair(
    "greater_equals",
    lambda left, right: left >= right,
    "series_greater_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1])) => dynamic([false, true, true])   [docs]",
)
_declare_pair(
    "less",
    lambda left, right: left < right,
    "series_less(dynamic([1, 2, 4]), dynamic([4, 2, 1])) => dynamic([true, false, false])   [docs]",
)
_declare_pair(
    "less_equals",
    lambda left, right: left <= right,
    "series_less_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1])) => dynamic([true, true, false])   [docs]",
)
_declare_pair(
    "equals",
    lambda left, right: left == right,
    "series_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1])) => dynamic([false, true, false])   [docs]",
)
_declare_pair(
    "not_equals",
    lambda left, right: left != right,
    "series_not_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1])) => dynamic([true, false, true])   [docs]",
)


def _declare(name: str, compute: Callable[[Any], object], examples: str) -> None:
    def apply(series: object) -> list[object] | None:
        items = numbers(series)
        return None if items is None else [None if item is None else compute(item) for item in items]

    LIBRARY.scalar(f"series_{name}(series: array) -> dynamic", doc=f"series-{name}-function", examples=examples)(apply)


def _or_nan(curve: Callable[[float], float]) -> Callable[[float], float]:
    def compute(number: float) -> float:
        try:
            return curve(number)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return compute


def _rounded(direction: Callable[[float], int]) -> Callable[[float], float]:
    return lambda number: float(direction(number)) if math.isfinite(number) else number


_declare("abs", abs, "series_abs(dynamic([-6.5, 0, 8.2])) => dynamic([6.5, 0, 8.2])   [docs]")
_declare(
    "sign",
    lambda number: (number > 0) - (number < 0),
    """
    series_sign(dynamic([-6, 0, 8, "x"])) => dynamic([-1, 0, 1, null])   [docs]
    series_sign(dynamic({})) => dynamic(null)   [reasoned]
    """,
)
_declare("exp", _or_nan(math.exp), "series_exp(dynamic([0, 1000]))[0] => dynamic(1.0)   [docs]")
_declare(
    "log",
    _or_nan(lambda number: -math.inf if number == 0 else math.log(number)),
    "series_log(dynamic([1])) => dynamic([0.0])   [docs]",
)
_declare("sin", _or_nan(math.sin), "series_sin(dynamic([0])) => dynamic([0.0])   [docs]")
_declare("cos", _or_nan(math.cos), "series_cos(dynamic([0])) => dynamic([1.0])   [docs]")
_declare("tan", _or_nan(math.tan), "series_tan(dynamic([0])) => dynamic([0.0])   [docs]")
_declare("asin", _or_nan(math.asin), "tostring(series_asin(dynamic([0, 2]))) => '[0.0,\"NaN\"]'   [reasoned]")
_declare("acos", _or_nan(math.acos), "series_acos(dynamic([1])) => dynamic([0.0])   [docs]")
_declare("atan", _or_nan(math.atan), "series_atan(dynamic([0])) => dynamic([0.0])   [docs]")
_declare("floor", _rounded(math.floor), "series_floor(dynamic([-1.5, 1, 2.5])) => dynamic([-2.0, 1.0, 2.0])   [docs]")
_declare(
    "ceiling", _rounded(math.ceil), "series_ceiling(dynamic([-1.5, 1, 2.5])) => dynamic([-1.0, 1.0, 3.0])   [docs]"
)
