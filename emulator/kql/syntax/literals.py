"""The smallest nodes of a KQL text: names, types, schemas and constants."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from emulator.kql.syntax.node import Node, node


@node
class Name(Node):
    """A name being declared or spelt out; brackets and quotes (`['a b']`) are already gone from `text`."""

    text: str


class LiteralKind(enum.Enum):
    """The type that a literal writes down; the value is KQL's own name of it."""

    BOOL = "bool"
    INT = "int"
    LONG = "long"
    REAL = "real"
    DECIMAL = "decimal"
    STRING = "string"
    DATETIME = "datetime"
    TIMESPAN = "timespan"
    GUID = "guid"


LiteralValue: TypeAlias = bool | int | float | Decimal | str | UUID | None


@node
class Literal(Node):
    """A constant of a scalar type; `value` is None for a typed null such as `int(null)`.

    A datetime is its count of 100 ns ticks since 0001-01-01T00:00:00Z, a timespan its count of ticks. A string is
    decoded: escapes, verbatim and multi-line forms are gone and adjacent literals are one.
    """

    kind: LiteralKind
    value: LiteralValue


@node
class DynamicNull(Node):
    """`null` inside `dynamic(…)`."""


@node
class DynamicArray(Node):
    """`[…]` inside `dynamic(…)`."""

    items: tuple[DynamicValue, ...]


@node
class DynamicBag(Node):
    """`{…}` inside `dynamic(…)`; keys in the order of the text, repeats kept."""

    entries: tuple[tuple[Name, DynamicValue], ...]


DynamicValue: TypeAlias = Literal | DynamicNull | DynamicArray | DynamicBag


@node
class DynamicLiteral(Node):
    """`dynamic(…)`: a JSON value that may also hold KQL literals such as `datetime(2024-01-01)`."""

    value: DynamicValue


@node
class TypeName(Node):
    """A scalar type as written, aliases included (`double`, `boolean`), lower case."""

    name: str


@node
class Column(Node):
    """`name: type` in a schema."""

    name: Name
    type: TypeName


@node
class TableType(Node):
    """`(a: string, b: long)`; `open` when a `*` stands for any further columns."""

    columns: tuple[Column, ...]
    open: bool


@node
class TypeOf(Node):
    """`typeof(long)`, or `typeof(a: long, *)` for a table."""

    type: TypeName | TableType
