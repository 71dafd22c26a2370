"""How values of a type lie in a Parquet file so that they are read back as the same values.

Rows are gathered before it is known which form a column can have: instants as ticks, dynamic values as JSON. At the end
a column gets the simplest form that holds all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pyarrow as pa
from pyarrow import compute

from emulator.clock import TICKS_PER_MICROSECOND, UNIX_EPOCH, format_datetime, format_timespan
from emulator.columnar.reading.json_text import JsonText
from emulator.interpreter.arrow_cells import NANOSECONDS_PER_TICK
from emulator.nodes import record
from emulator.types import ScalarType

_MOST_NANOSECONDS = (1 << 63) - 1
_GATHERED: dict[ScalarType, pa.DataType] = {
    ScalarType.BOOL: pa.bool_(),
    ScalarType.INT: pa.int32(),
    ScalarType.LONG: pa.int64(),
    ScalarType.REAL: pa.float64(),
    ScalarType.DATETIME: pa.int64(),
}
"""What a column is gathered as, if not as text."""


def _json(value: Any) -> str:
    if type(value) is JsonText:
        return value.text
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_TO_TEXT: dict[ScalarType, Callable[[Any], str]] = {
    ScalarType.TIMESPAN: format_timespan,
    ScalarType.DECIMAL: str,
    ScalarType.DYNAMIC: _json,
}


@record
class Seen:
    """What was seen of a column's values, which decides on its form."""

    kind: ScalarType
    whole_microseconds: bool = True
    in_nanoseconds: bool = True
    texts_alone: bool = True

    def and_of(self, values: Sequence[Any]) -> Seen:
        """With some more values."""
        if self.kind is ScalarType.DATETIME:
            return self._and_instants([value - UNIX_EPOCH for value in values if value is not None])
        if self.kind is ScalarType.DYNAMIC and self.texts_alone:
            return Seen(self.kind, texts_alone=all(value is None or type(value) is str for value in values))
        return self

    def _and_instants(self, ticks: Sequence[int]) -> Seen:
        whole = self.whole_microseconds and all(one % TICKS_PER_MICROSECOND == 0 for one in ticks)
        most = max(map(abs, ticks), default=0)
        return Seen(self.kind, whole, self.in_nanoseconds and most <= _MOST_NANOSECONDS // NANOSECONDS_PER_TICK)

    @property
    def type(self) -> pa.DataType:
        """The Arrow type that holds all values."""
        if self.kind is ScalarType.DATETIME:
            if self.whole_microseconds:
                return pa.timestamp("us", "UTC")
            # No zone: engines would cut nanoseconds with one.
            return pa.timestamp("ns") if self.in_nanoseconds else pa.string()
        if self.kind is ScalarType.DYNAMIC and not self.texts_alone:
            return pa.json_(pa.string())
        return _GATHERED.get(self.kind, pa.string())

    def formed(self, gathered: Any) -> Any:
        """A column as it was gathered, in its form."""
        if self.kind is ScalarType.DATETIME:
            return self._instants(gathered)
        if self.kind is ScalarType.DYNAMIC:
            if self.texts_alone:
                return pa.array([None if one is None else json.loads(one) for one in gathered.to_pylist()], pa.string())
            return pa.ExtensionArray.from_storage(self.type, gathered)
        return gathered

    def _instants(self, ticks: Any) -> Any:
        since_1970 = compute.subtract(ticks, UNIX_EPOCH)
        if self.whole_microseconds:
            return compute.divide(since_1970, TICKS_PER_MICROSECOND).cast(self.type)
        if self.in_nanoseconds:
            return compute.multiply(since_1970, NANOSECONDS_PER_TICK).cast(self.type)
        return pa.array([None if one is None else format_datetime(one) for one in ticks.to_pylist()], pa.string())


def gathered(kind: ScalarType, values: Iterable[Any]) -> Any:
    """Values of a type as an Arrow array that loses nothing. Raises ValueError or TypeError for what has no form."""
    to_text = _TO_TEXT.get(kind)
    if to_text is not None:
        values = [None if value is None else to_text(value) for value in values]
    return pa.array(values, gathered_type(kind))


def gathered_type(kind: ScalarType) -> pa.DataType:
    """The Arrow type that values of a type are gathered in."""
    return _GATHERED.get(kind, pa.string())
