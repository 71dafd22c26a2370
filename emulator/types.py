"""The types of values and rows that plans speak of, whatever language they come from.

How a value looks in Python, by type:

- ``bool``, ``int`` (32 bits), ``long`` (64 bits), ``real``, ``decimal``: bool, int, int, float, `decimal.Decimal`
- ``string``: str, never None; ``text``: str, or None where an event lacks the field
- ``datetime``: int, ticks of 100 ns since 0001-01-01 UTC; ``timespan``: int, signed ticks of 100 ns
- ``guid``: str, 36 characters, lower case
- ``dynamic``: None, bool, int, float, str, list, dict, and `Scalar` for a typed value that JSON has no form for
- ``value``: what a CQL expression computes: None, str, int, float or bool

None is null for every type but ``string``.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

from emulator.nodes import record


class ScalarType(enum.Enum):
    """The type of a value; the member's value is its name in results."""

    BOOL = "bool"
    INT = "int"
    LONG = "long"
    REAL = "real"
    DECIMAL = "decimal"
    STRING = "string"
    DATETIME = "datetime"
    TIMESPAN = "timespan"
    GUID = "guid"
    DYNAMIC = "dynamic"
    TEXT = "text"
    VALUE = "value"

    @property
    def null(self) -> object:
        """What stands for a missing value: None, or "" for a string, which has no null."""
        return "" if self is ScalarType.STRING else None

    @property
    def is_nullable(self) -> bool:
        """False for string alone."""
        return self is not ScalarType.STRING

    @property
    def is_number(self) -> bool:
        """True for int, long, real and decimal."""
        return self in _NUMBERS


_NUMBERS = frozenset({ScalarType.INT, ScalarType.LONG, ScalarType.REAL, ScalarType.DECIMAL})


@record
class Scalar:
    """A datetime, timespan, guid or decimal held inside a dynamic value."""

    type: ScalarType
    value: object


class Rest(enum.Enum):
    """What a row may hold beside its named columns."""

    CLOSED = "closed"
    """Nothing."""
    OPEN = "open"
    """Any other field, text or absent."""
    RUNTIME = "runtime"
    """Columns that are known once the rows are: the steps after are bound then."""


@record
class Column:
    """A named, typed column; a hidden one resolves by name but is not part of `*` or of results.

    `same_as` names another column that holds the same value; rows may carry it under either name.
    """

    name: str
    type: ScalarType
    hidden: bool = False
    same_as: str = ""


@record
class RowType:
    """The shape of the rows of a relation: its columns in order, and what else they may hold."""

    columns: tuple[Column, ...]
    rest: Rest = Rest.CLOSED

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns in order, the hidden ones included."""
        return tuple(column.name for column in self.columns)

    @property
    def visible(self) -> tuple[Column, ...]:
        """The columns that results show."""
        return tuple(column for column in self.columns if not column.hidden)

    def find(self, name: str) -> Column | None:
        """The column of that exact name, or None."""
        return next((column for column in self.columns if column.name == name), None)


OPEN = RowType((), Rest.OPEN)
"""Any event: every field text or absent."""
