"""The columns of a table's files: of which form each is, and what it is read as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute, parquet

from emulator.clock import TICKS_PER_MICROSECOND, TICKS_PER_MILLISECOND, TICKS_PER_SECOND, UNIX_EPOCH
from emulator.columnar.many.columns import Coded, Held, Numbers, Texts
from emulator.columnar.many.probes import Probe
from emulator.interpreter.tables import as_text
from emulator.nodes import node
from emulator.types import ScalarType

_SMALL_TEXT, _SMALL_NUMBER = 6.0, 2.5
"""Bytes of an encoded value, below which a column surely holds few distinct ones."""
_NANOSECONDS_PER_TICK = 100
_TICKS = {"s": TICKS_PER_SECOND, "ms": TICKS_PER_MILLISECOND, "us": TICKS_PER_MICROSECOND}
_INT = frozenset({pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16()})
_WHOLE = _INT | {pa.int64(), pa.uint32()}
_TEXTS = frozenset({pa.string(), pa.large_string()})
EVENT_TIME_TYPE = ScalarType.VALUE
"""What the time of an event is read as: milliseconds since 1970, in text or as a number, as ticks."""
_MILLISECONDS = r"^[0-9]{1,15}$"
_NO_TIME = -1


@node
class Table:
    """Parquet files of one form, in order; `sizes` are the bytes that a value takes on average, by column."""

    paths: tuple[Path, ...]
    metadata: tuple[Any, ...]
    schema: Any
    sizes: dict[str, float]

    @property
    def rows(self) -> int:
        """The rows of all files."""
        return sum(one.num_rows for one in self.metadata)

    def first_of(self, file: int) -> int:
        """The place of a file's first row."""
        return sum(one.num_rows for one in self.metadata[:file])

    def held(self, column: str, kind: ScalarType) -> Callable[[Sequence[Probe]], Held] | None:
        """What makes a column that probes may ask, its values read as a type; None where they can't be asked so."""
        field = self.schema.field(column)
        inner = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if kind is EVENT_TIME_TYPE:
            return (lambda _: Numbers(_event_ticks)) if field.type in _WHOLE | _TEXTS else None
        if inner in _TEXTS and kind in (ScalarType.STRING, ScalarType.TEXT):
            return Texts if self.sizes[column] > _SMALL_TEXT else _coded(kind, None)
        if inner is not field.type:
            return None
        if pa.types.is_boolean(inner) and kind in (ScalarType.BOOL, ScalarType.TEXT):
            return _coded(kind, as_text if kind is ScalarType.TEXT else None)
        if inner in _whole(kind):
            if self.sizes[column] < _SMALL_NUMBER:
                return _coded(kind, as_text if kind is ScalarType.TEXT else None)
            return lambda _: Numbers(_numbers)
        if pa.types.is_timestamp(inner) and kind is ScalarType.DATETIME:
            return lambda _: Numbers(_ticks)
        return None

    @property
    def untold(self) -> frozenset[str]:
        """The columns that may hold several fields, or cells that no field can hold."""
        return frozenset(
            field.name for field in self.schema if field.name not in self.sizes or not _is_plain(field.type)
        )

    @property
    def coded(self) -> list[str]:
        """The text columns that are read as codes."""
        inner = {field.name: field.type for field in self.schema}
        return [name for name, kind in inner.items() if kind in _TEXTS and self.sizes[name] <= _SMALL_TEXT]


def _is_plain(held: Any) -> bool:
    return held in _WHOLE | _TEXTS or pa.types.is_boolean(held)


def _whole(kind: ScalarType) -> frozenset[Any]:
    if kind is ScalarType.INT:
        return _INT
    return _WHOLE if kind in (ScalarType.LONG, ScalarType.TEXT) else frozenset()


def _coded(kind: ScalarType, to_value: Callable[[Any], Any] | None) -> Callable[[Sequence[Probe]], Held]:
    return lambda probes: Coded(kind, probes, to_value or (lambda value: value))


def _numbers(array: Any) -> NDArray[np.int64]:
    filled = array.fill_null(0) if array.null_count else array
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64)


def _ticks(array: Any) -> NDArray[np.int64]:
    """Instants as ticks; what is less than a tick is cut."""
    units = _numbers(array.view(pa.int64()))
    if array.type.unit == "ns":
        return units // _NANOSECONDS_PER_TICK + UNIX_EPOCH
    return units * _TICKS[array.type.unit] + UNIX_EPOCH


def _event_ticks(array: Any) -> NDArray[np.int64]:
    """Times of events as ticks; what is no number lies before all ranges."""
    if array.type in _TEXTS:
        is_plain = compute.match_substring_regex(array, _MILLISECONDS).fill_null(fill_value=False)
        if not compute.all(is_plain, min_count=0).as_py():
            return np.fromiter(map(_ticks_of, array.to_pylist()), dtype=np.int64, count=len(array))
        array = array.cast(pa.int64())
    return _numbers(array) * TICKS_PER_MILLISECOND + UNIX_EPOCH


def _ticks_of(stamp: str | None) -> int:
    try:
        ticks = UNIX_EPOCH + int(str(stamp)) * TICKS_PER_MILLISECOND
    except ValueError:
        return _NO_TIME
    return ticks if 0 <= ticks < 1 << 63 else _NO_TIME if ticks < 0 else (1 << 63) - 1


def table_of(paths: Sequence[Path]) -> Table | None:
    """What Parquet files hold; None when they are no Parquet files, or differ in their columns."""
    if not paths or any(path.suffix.lower() != ".parquet" for path in paths):
        return None
    try:
        metadata = tuple(parquet.read_metadata(path) for path in paths)
        schemas = [parquet.read_schema(path).remove_metadata() for path in paths]
    except (pa.ArrowException, OSError):
        return None
    if len(set(schemas[0].names)) != len(schemas[0]) or any(not one.equals(schemas[0]) for one in schemas[1:]):
        return None
    return Table(tuple(paths), metadata, schemas[0], _sizes(metadata))


def _sizes(metadata: Sequence[Any]) -> dict[str, float]:
    """Bytes that a value takes on average, encoded and not compressed, by column; a nested column has none."""
    totals: dict[str, tuple[int, int]] = {}
    for one in metadata:
        for group in map(one.row_group, range(one.num_row_groups)):
            for chunk in map(group.column, range(group.num_columns)):
                size, values = totals.get(chunk.path_in_schema, (0, 0))
                totals[chunk.path_in_schema] = (size + chunk.total_uncompressed_size, values + chunk.num_values)
    return {name: size / max(1, values) for name, (size, values) in totals.items()}
