"""Functions of arrays: measuring, cutting, turning, sorting, joining, filling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from emulator.functions import Library, Nulls
from emulator.kql.library.equality import identity
from emulator.kql.library.naming import scalar
from emulator.kql.library.sizes_allowed import MOST_PARTS, too_large
from emulator.types import Scalar, ScalarType

LIBRARY = Library("kql", "arrays")
MOST_ITEMS = 1 << 20
"""The longest array that `range` and `repeat` make."""


@scalar(
    LIBRARY,
    "array_length arraylength",
    "(array: array) -> long",
    doc="array-length-function",
    examples="""
    array_length(dynamic([1, 2, 3, "four"])) => 4   [docs]
    array_length(dynamic({"a": 1})) => long(null)   [docs]
    """,
)
def array_length(array: object) -> int | None:
    """The number of items; null for what is no array."""
    return len(array) if isinstance(array, list) else None


@LIBRARY.scalar(
    "array_sum(array: array) -> real",
    doc="array-sum-function",
    examples="""
    array_sum(dynamic([1, 2, 3, 4])) => 10.0   [docs]
    array_sum(dynamic([1, "a"])) => real(null)   [docs]
    array_sum(dynamic({})) => real(null)   [reasoned]
    """,
)
def array_sum(array: object) -> float | None:
    """The sum of the items; null when one is no number."""
    if not isinstance(array, list) or any(isinstance(item, bool) for item in array):
        return None
    items = [item for item in array if isinstance(item, int | float)]
    return float(sum(items)) if len(items) == len(array) else None


@LIBRARY.scalar(
    "pack_array(...values: boxed) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="pack-array-function",
    examples="""
    pack_array(1, "2", int(null)) => dynamic([1, "2", null])   [docs]
    tostring(pack_array(2s)) => '["00:00:02"]'   [docs]
    """,
)
def pack_array(*values: object) -> list[object]:
    """An array of all values."""
    return list(values)


@LIBRARY.scalar(
    "array_concat(first: array, ...more: array) -> dynamic",
    doc="array-concat-function",
    examples="""
    array_concat(dynamic([1, 2]), dynamic([3]), dynamic([])) => dynamic([1, 2, 3])   [docs]
    array_concat(dynamic([1]), dynamic({"a": 1})) => dynamic(null)   [reasoned]
    """,
)
def array_concat(*arrays: object) -> list[object] | None:
    """The items of all arrays in one; null when one of them is no array."""
    joined: list[object] = []
    for array in arrays:
        if not isinstance(array, list):
            return None
        joined.extend(array)
        if len(joined) > MOST_PARTS:
            raise too_large("an array")
    return joined


@LIBRARY.scalar(
    "array_reverse(array: array) -> dynamic",
    doc="array-reverse-function",
    examples="""
    array_reverse(dynamic(["this", "is"])) => dynamic(["is", "this"])   [docs]
    array_reverse(dynamic("x")) => dynamic(null)   [reasoned]
    """,
)
def array_reverse(array: object) -> list[object] | None:
    """The items from last to first."""
    return array[::-1] if isinstance(array, list) else None


@LIBRARY.scalar(
    "array_slice(array: array, start: integer, end: integer) -> dynamic",
    doc="array-slice-function",
    examples="""
    array_slice(dynamic([1, 2, 3]), 1, 2) => dynamic([2, 3])   [docs]
    array_slice(dynamic([1, 2, 3, 4, 5]), 2, -1) => dynamic([3, 4, 5])   [docs]
    array_slice(dynamic([1, 2, 3, 4, 5]), -3, -2) => dynamic([3, 4])   [docs]
    array_slice(dynamic([1, 2, 3]), -9, 9) => dynamic([1, 2, 3])   [docs]
    array_slice(dynamic([1, 2, 3]), 2, 1) => dynamic([])   [reasoned]
    array_slice(dynamic("x"), 0, 1) => dynamic(null)   [reasoned]
    """,
)
def array_slice(array: object, start: int, end: int) -> list[object] | None:
    """The items from one position to another, both included; negative ones count from the end."""
    if not isinstance(array, list):
        return None
    first, last = (position + len(array) if position < 0 else position for position in (start, end))
    return array[max(0, first) : max(0, last + 1)]


@LIBRARY.scalar(
    "array_split(array: array, index: integer|dynamic) -> dynamic",
    doc="array-split-function",
    examples="""
    array_split(dynamic([1, 2, 3, 4, 5]), 2) => dynamic([[1, 2], [3, 4, 5]])   [docs]
    array_split(dynamic([1, 2, 3, 4, 5]), dynamic([1, 3])) => dynamic([[1], [2, 3], [4, 5]])   [docs]
    array_split(dynamic([1, 2, 3]), -1) => dynamic([[1, 2], [3]])   [docs]
    array_split(dynamic([1, 2, 3]), dynamic(["a"])) => dynamic(null)   [reasoned]
    """,
)
def array_split(array: object, index: object) -> list[list[object]] | None:
    """The array cut at one or several positions."""
    given: list[object] = index if isinstance(index, list) else [index]
    positions = [one for one in given if isinstance(one, int)]
    if not isinstance(array, list) or len(positions) < len(given):
        return None
    cuts = [min(len(array), max(0, one + len(array) if one < 0 else one)) for one in positions]
    return [array[start:end] for start, end in zip([0, *cuts], [*cuts, len(array)], strict=True)]


def _shifted(array: object, count: int, filler: object) -> list[object] | None:
    """Moved to the left by a number of places, or to the right by a negative one."""
    if not isinstance(array, list):
        return None
    size = len(array)
    kept = array[count:] if count >= 0 else array[: max(0, size + count)]
    fillers = [filler] * (size - len(kept))
    return [*kept, *fillers] if count >= 0 else [*fillers, *kept]


@LIBRARY.scalar(
    "array_shift_left(array: array, count: integer, filler: boxed = null) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="array-shift-left-function",
    examples="""
    array_shift_left(dynamic([1, 2, 3, 4, 5]), 2) => dynamic([3, 4, 5, null, null])   [docs]
    array_shift_left(dynamic([1, 2, 3, 4, 5]), -2, -1) => dynamic([-1, -1, 1, 2, 3])   [docs]
    array_shift_left(dynamic([1]), int(null)) => dynamic(null)   [reasoned]
    """,
)
def array_shift_left(array: object, count: int | None, filler: object = None) -> list[object] | None:
    """The items moved to the left, what becomes free filled."""
    return None if count is None else _shifted(array, count, filler)


@LIBRARY.scalar(
    "array_shift_right(array: array, count: integer, filler: boxed = null) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="array-shift-right-function",
    examples="""
    array_shift_right(dynamic([1, 2, 3, 4, 5]), 2) => dynamic([null, null, 1, 2, 3])   [docs]
    array_shift_right(dynamic([1, 2, 3, 4, 5]), -2, -1) => dynamic([3, 4, 5, -1, -1])   [docs]
    array_shift_right(dynamic("x"), 9) => dynamic(null)   [reasoned]
    """,
)
def array_shift_right(array: object, count: int | None, filler: object = None) -> list[object] | None:
    """The items moved to the right, what becomes free filled."""
    return None if count is None else _shifted(array, -count, filler)


@LIBRARY.scalar(
    "array_rotate_left(array: array, count: integer) -> dynamic",
    doc="array-rotate-left-function",
    examples="""
    array_rotate_left(dynamic([1, 2, 3, 4, 5]), 2) => dynamic([3, 4, 5, 1, 2])   [docs]
    array_rotate_left(dynamic([1, 2, 3, 4, 5]), -2) => dynamic([4, 5, 1, 2, 3])   [docs]
    array_rotate_left(dynamic([]), 2) => dynamic([])   [reasoned]
    """,
)
def array_rotate_left(array: object, count: int) -> list[object] | None:
    """The items turned to the left."""
    if not isinstance(array, list):
        return None
    places = count % len(array) if array else 0
    return array[places:] + array[:places]


@LIBRARY.scalar(
    "array_rotate_right(array: array, count: integer) -> dynamic",
    doc="array-rotate-right-function",
    examples="array_rotate_right(dynamic([1, 2, 3, 4, 5]), 2) => dynamic([4, 5, 1, 2, 3])   [docs]",
)
def array_rotate_right(array: object, count: int) -> list[object] | None:
    """The items turned to the right."""
    return array_rotate_left(array, -count)


@LIBRARY.scalar(
    "array_index_of(array: array, value: boxed, start: integer = 0, length: integer = -1,"
    " const occurrence: integer = 1) -> long",
    doc="array-index-of-function",
    examples="""
    array_index_of(dynamic(["this", "is", "an"]), "an") => 2   [docs]
    array_index_of(dynamic(["a", "b", "c", "b"]), "b", 2, 1) => -1   [docs]
    array_index_of(dynamic(["a", "b", "c", "b"]), "b", 0, -1, 2) => 3   [docs]
    array_index_of(dynamic(["a", "b", "c", "b"]), "b", -2) => 3   [docs]
    array_index_of(dynamic(["a"]), "a", 0, -2) => long(null)   [docs]
    """,
)
def array_index_of(array: object, value: object, start: int, length: int, occurrence: int) -> int | None:
    """The place of an occurrence of a value, -1 without one."""
    if not isinstance(array, list) or occurrence < 1 or length < -1:
        return None
    first = max(0, start + len(array)) if start < 0 else start
    end = len(array) if length < 0 else min(len(array), first + length)
    wanted = identity(value)
    for position in range(first, end):
        if identity(array[position]) == wanted:
            occurrence -= 1
            if occurrence == 0:
                return position
    return -1


@scalar(
    LIBRARY,
    "array_iff array_iif",
    "(conditions: array, when_true: boxed, when_false: boxed) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="array-iff-function",
    examples="""
    array_iff(dynamic([true, false, true]), dynamic([1, 2, 3]), dynamic([4, 5, 6])) => dynamic([1, 5, 3])   [docs]
    array_iff(dynamic([1, 0, "x"]), "yes", "no") => dynamic(["yes", "no", null])   [docs]
    array_iff(dynamic([true, true]), dynamic([1]), 0) => dynamic([1, null])   [docs]
    array_iff(dynamic(1), 1, 0) => dynamic(null)   [reasoned]
    """,
)
def array_iff(conditions: object, when_true: object, when_false: object) -> list[object] | None:
    """For each condition the item of one of two arrays; a plain value stands for an array of it."""
    if not isinstance(conditions, list):
        return None
    return [
        _item(when_true if condition else when_false, position) if isinstance(condition, bool | int | float) else None
        for position, condition in enumerate(conditions)
    ]


def _item(values: object, position: int) -> object:
    if not isinstance(values, list):
        return values
    return values[position] if position < len(values) else None


@LIBRARY.scalar(
    "zip(first: array, second: array, ...more: array) -> dynamic",
    doc="zip-function",
    examples="""
    zip(dynamic([1, 3, 5]), dynamic([2, 4, 6])) => dynamic([[1, 2], [3, 4], [5, 6]])   [docs]
    zip(dynamic(["A", 1, 1.5]), dynamic([{}, "B"])) => dynamic([["A", {}], [1, "B"], [1.5, null]])   [docs]
    zip(dynamic(1), dynamic([2])) => dynamic(null)   [reasoned]
    """,
)
def zip_arrays(*arrays: object) -> list[list[object]] | None:
    """The items of the same place of all arrays, null where one has none."""
    lists = [array for array in arrays if isinstance(array, list)]
    if len(lists) < len(arrays):
        return None
    return [[_item(array, position) for array in lists] for position in range(max(map(len, lists)))]


@LIBRARY.scalar(
    "repeat(value: boxed, count: long) -> dynamic",
    doc="repeat-function",
    examples="""
    repeat(1, 3) => dynamic([1, 1, 1])   [docs]
    repeat("a", 0) => dynamic([])   [docs]
    repeat(1, -1) => dynamic(null)   [docs]
    """,
)
def repeat(value: object, count: int) -> list[object] | None:
    """An array of a value several times; null for a negative number."""
    return None if count < 0 else [value] * min(count, MOST_ITEMS)


def _group(item: object) -> int:
    """The place of an item's type in the order of sorting: numbers and times, texts, guids, all else."""
    match item:
        case bool():
            return 3
        case int() | float() | Decimal():
            return 0
        case str():
            return 1
        case Scalar(type=ScalarType.GUID):
            return 2
        case Scalar():
            return 0
        case _:
            return 3


def _plain(item: object) -> Any:
    return item.value if isinstance(item, Scalar) else item


def sorted_positions(items: Sequence[object], descending: bool, nulls_last: bool) -> list[int]:
    """The positions of the items in order; items of other types than numbers, times, texts and guids stay as they are.

    Also the order by which other arrays are put next to a sorted one.
    """
    groups: list[list[int]] = [[], [], [], []]
    nulls: list[int] = []
    for position, item in enumerate(items):
        (nulls if item is None else groups[_group(item)]).append(position)
    for group in groups[:3]:
        group.sort(key=lambda position: _plain(items[position]), reverse=descending)
    ordered = [position for group in groups for position in group]
    return [*ordered, *nulls] if nulls_last else [*nulls, *ordered]


def _sort(descending: bool) -> Callable[[object, bool], list[object] | None]:
    def sort(array: object, nulls_last: bool) -> list[object] | None:
        if not isinstance(array, list):
            return None
        return [array[position] for position in sorted_positions(array, descending, nulls_last)]

    return sort


LIBRARY.scalar(
    "array_sort_asc(array: array, const nulls_last: bool = true) -> dynamic",
    doc="array-sort-asc-function",
    examples="""
    array_sort_asc(dynamic([1, 3, 4, 5, 2])) => dynamic([1, 2, 3, 4, 5])   [docs]
    array_sort_asc(dynamic([null, "blue", "yellow", 7])) => dynamic([7, "blue", "yellow", null])   [docs]
    array_sort_asc(dynamic([null, "yellow", "blue"]), false) => dynamic([null, "blue", "yellow"])   [docs]
    array_sort_asc(dynamic("x")) => dynamic(null)   [reasoned]
    """,
)(_sort(descending=False))
LIBRARY.scalar(
    "array_sort_desc(array: array, const nulls_last: bool = true) -> dynamic",
    doc="array-sort-desc-function",
    examples="""
    array_sort_desc(dynamic([null, "blue", "yellow", "green"])) => dynamic(["yellow", "green", "blue", null])   [docs]
    """,
)(_sort(descending=True))


def _sort_together(descending: bool) -> Callable[..., list[list[object] | None]]:
    def sort(*arguments: object) -> list[list[object] | None]:
        nulls_last = arguments[-1] if isinstance(arguments[-1], bool) else True
        arrays = [argument for argument in arguments if not isinstance(argument, bool)]
        first = arrays[0]
        if not isinstance(first, list):
            return [None] * len(arrays)
        order = sorted_positions(first, descending, nulls_last)
        return [
            [array[position] for position in order] if isinstance(array, list) and len(array) == len(order) else None
            for array in arrays
        ]

    return sort


LIBRARY.scalar(
    "array_sort_asc(first: array, second: array, ...more: array|bool) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="array-sort-asc-function",
)(_sort_together(descending=False))
LIBRARY.scalar(
    "array_sort_desc(first: array, second: array, ...more: array|bool) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="array-sort-desc-function",
)(_sort_together(descending=True))
