"""Cells of an Arrow column as values of a type, all at once where no cell can be wrong.

What they give is what `tables.converter` gives for each cell as Python sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
from pyarrow import compute

from emulator.clock import MAX_DATETIME, TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND, TICKS_PER_SECOND, UNIX_EPOCH
from emulator.interpreter.json_lines import json_value
from emulator.interpreter.tables import as_text
from emulator.types import ScalarType

Cells = Callable[[Any], list[Any]]
"""From an Arrow array to its values."""

NANOSECONDS_PER_TICK = 100
JSON = "extension<arrow.json>"
"""Arrow's name of the type of texts that hold JSON."""
_TICKS = {"s": TICKS_PER_SECOND, "ms": TICKS_PER_MILLISECOND, "us": TICKS_PER_MICROSECOND}
_FACTORS = {ticks: pa.scalar(ticks) for ticks in _TICKS.values()}
_EPOCH = pa.scalar(UNIX_EPOCH)
"""Arrow looks for a library that is not there each time it makes a scalar."""
_SMALL = frozenset({pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16()})
_WHOLE = _SMALL | {pa.int64(), pa.uint32()}
_ANY_WHOLE = _WHOLE | {pa.uint64()}
_REAL = frozenset({pa.float32(), pa.float64()})
_TEXTS = frozenset({pa.string(), pa.large_string(), pa.string_view()})


class BadCell(ValueError):  # noqa: N818 - it becomes a ConversionError once the reader adds where it stands
    """A cell that Python has no value for, by its place in the array."""

    def __init__(self, position: int, value: object) -> None:
        super().__init__(f"{value!r}")
        self.position = position
        self.value = value


def ready(kind: ScalarType, held: pa.DataType) -> Cells | None:
    """What gives the cells of an Arrow type as values of a type; None where a cell may not be of the type.

    Dictionaries are decoded before.
    """
    if pa.types.is_dictionary(held):
        return ready(kind, held.value_type)
    if str(held) == JSON:
        return _json_values if kind is ScalarType.DYNAMIC else ready(kind, held.storage_type)
    if pa.types.is_null(held):
        return lambda array: [kind.null] * len(array)
    if kind is ScalarType.DATETIME and pa.types.is_timestamp(held):
        return _nanoseconds if held.unit == "ns" else _instants(_TICKS[held.unit])
    if kind is ScalarType.TEXT:
        return _text(held)
    return _AS_PYTHON[kind] if held in _FITTING.get(kind, ()) else None


def cells(array: pa.Array) -> list[Any]:
    """The cells of any Arrow array as Python has them. Raises BadCell for one that Python has no value for."""
    try:
        return list(array.to_pylist())
    except (ValueError, OverflowError, pa.ArrowException):
        return [_cell(array, position) for position in range(len(array))]


def _cell(array: pa.Array, position: int) -> Any:
    try:
        return array[position].as_py()
    except (ValueError, OverflowError, pa.ArrowException):
        raise BadCell(position, _shown(array[position])) from None


def _shown(scalar: Any) -> object:
    """What stands for a cell that Python has no value for: an instant as its number, text as its bytes."""
    try:
        return scalar.cast(pa.int64()).as_py() if pa.types.is_timestamp(scalar.type) else bytes(scalar.as_buffer())
    except (AttributeError, pa.ArrowException):
        return "a value without a form in Python"


def _strings(array: pa.Array) -> list[Any]:
    values = cells(array)
    return ["" if value is None else value for value in values] if array.null_count else values


def _json_values(array: pa.Array) -> list[Any]:
    """The values that JSON texts hold. Raises BadCell for a text that is none."""
    values = []
    for position, text in enumerate(array.to_pylist()):
        try:
            values.append(None if text is None else json_value(text))
        except ValueError:
            raise BadCell(position, text) from None
    return values


def _instants(ticks: int) -> Cells:
    """Ticks of instants that count units of some ticks since 1970."""
    factor = _FACTORS[ticks]
    least, most = -(UNIX_EPOCH // ticks), (MAX_DATETIME - UNIX_EPOCH) // ticks

    def convert(array: pa.Array) -> list[Any]:
        units = array.view(pa.int64())
        _check(units, least, most)
        return list(compute.add(compute.multiply(units, factor), _EPOCH).to_pylist())

    return convert


def _nanoseconds(array: pa.Array) -> list[Any]:
    """Ticks of instants in nanoseconds; what is less than a tick is cut."""
    units = array.view(pa.int64())
    cut = compute.divide(units, NANOSECONDS_PER_TICK)  # towards zero
    before = compute.less(units, compute.multiply(cut, NANOSECONDS_PER_TICK)).cast(pa.int64())
    return list(compute.add(compute.subtract(cut, before), UNIX_EPOCH).to_pylist())


def _check(units: pa.Array, least: int, most: int) -> None:
    """Raises BadCell for the first instant outside the years 1 to 9999."""
    ends = compute.min_max(units)
    if ends["min"].as_py() is None or (ends["min"].as_py() >= least and ends["max"].as_py() <= most):
        return
    outside = next(at for at, one in enumerate(units.to_pylist()) if one is not None and not least <= one <= most)
    raise BadCell(outside, units[outside].as_py())


def _text(held: pa.DataType) -> Cells | None:
    if held in _TEXTS:
        return cells
    if held in _ANY_WHOLE:
        return lambda array: [None if value is None else str(value) for value in array.to_pylist()]
    if pa.types.is_boolean(held) or held in _REAL:
        return lambda array: [None if value is None else as_text(value) for value in array.to_pylist()]
    return None


_FITTING: Mapping[ScalarType, frozenset[pa.DataType]] = {
    ScalarType.STRING: _TEXTS,
    ScalarType.BOOL: frozenset({pa.bool_()}),
    ScalarType.INT: _SMALL,
    ScalarType.LONG: _WHOLE,
    ScalarType.REAL: _REAL,
    ScalarType.DYNAMIC: _TEXTS | _ANY_WHOLE | _REAL | {pa.bool_()},
}
"""The Arrow types of whose cells none can be wrong for a type."""
_AS_PYTHON: Mapping[ScalarType, Cells] = {
    **dict.fromkeys(_FITTING, cells),
    ScalarType.STRING: _strings,
}
