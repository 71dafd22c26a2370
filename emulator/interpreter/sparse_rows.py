"""Rows of Arrow columns as mappings that hold only what is there: events lack most of the fields that there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import itemgetter
from typing import Any

import pyarrow as pa
from pyarrow import compute

_MOST_FORMS = 64
"""Ways in which rows of a batch may differ in what they lack, before each is looked at cell by cell."""
_BITS = 62
"""Columns whose gaps one number tells."""


def mappings_of(cells: Mapping[str, list[Any]], arrays: Mapping[str, Any], rows: int) -> Iterator[dict[str, Any]]:
    """One mapping for each row, of the columns that are not null in it, in order. `arrays` tell where the nulls are."""
    held = {name: found for name, found in cells.items() if arrays[name].null_count < rows}
    if not held:
        return iter([{} for _ in range(rows)])
    gaps = [name for name in held if arrays[name].null_count]
    if not gaps:
        return (dict(zip(held, row, strict=True)) for row in zip(*held.values(), strict=True))
    parts = [_forms(gaps[at : at + _BITS], arrays) for at in range(0, len(gaps), _BITS)]
    forms: dict[tuple[int, ...], list[int]] = {}
    for row, form in enumerate(zip(*parts, strict=True)):
        forms.setdefault(form, []).append(row)
    return _by_form(held, forms.values(), rows) if len(forms) <= _MOST_FORMS else _one_by_one(held)


def _forms(names: list[str], arrays: Mapping[str, Any]) -> list[int]:
    """For each row a number that tells which of some columns it has."""
    bits = [compute.shift_left(arrays[name].is_valid().cast(pa.int64()), at) for at, name in enumerate(names)]
    return list(reduce(compute.bit_wise_or, bits).to_pylist())


def _by_form(cells: Mapping[str, list[Any]], forms: Iterable[list[int]], rows: int) -> Iterator[dict[str, Any]]:
    """Rows that have the same columns are made together."""
    made: list[dict[str, Any]] = [{}] * rows
    for places in forms:
        first = places[0]
        names = [name for name, column in cells.items() if column[first] is not None]
        if len(places) == 1:
            made[first] = {name: cells[name][first] for name in names}
            continue
        take = itemgetter(*places)
        columns = [take(cells[name]) for name in names]
        for place, row in zip(places, zip(*columns, strict=True) if columns else [()] * len(places), strict=True):
            made[place] = dict(zip(names, row, strict=True))
    return iter(made)


def _one_by_one(cells: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    names = tuple(cells)
    for row in zip(*cells.values(), strict=True):
        yield {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}
