"""What makes several rows of one: the items of arrays and bags side by side, and ranges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.functions import Library, Nulls

LIBRARY = Library("kql", "expansion")


def _items(value: object, as_arrays: bool) -> list[object]:
    """The items that a value expands to; a null and a plain value stand for themselves."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [[key, item] if as_arrays else {key: item} for key, item in value.items()]
    return [value]


@LIBRARY.scalar(
    "_mv_expand(as_arrays: bool, limit: long, index: bool, ...values: dynamic) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="mv-expand-operator",
)
def mv_expand(as_arrays: bool, limit: int, index: bool, *values: object) -> Iterator[tuple[object, ...]]:
    """One tuple for each item of the longest value, nulls where another has fewer; with `index` its number last."""
    columns = [_items(value, as_arrays) for value in values]
    for position in range(min(limit, max(map(len, columns)))):
        items = tuple(column[position] if position < len(column) else None for column in columns)
        yield (*items, position) if index else items


@LIBRARY.table("_range(start: scalar, stop: scalar, step: scalar) -> rows", doc="range-operator")
def count_through(start: Any, stop: Any, step: Any) -> Iterator[tuple[object]]:
    """One row for each step, the end included when a step meets it; all three are numbers of one type, or null."""
    if start is None or stop is None or not step:
        return
    number = 0
    value = start
    while value <= stop if step > 0 else value >= stop:
        yield (value,)
        number += 1
        value = start + step * number
