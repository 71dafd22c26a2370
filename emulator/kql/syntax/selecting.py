"""The operators that choose, order or count rows."""

from __future__ import annotations

import enum
from typing import TypeAlias

from emulator.kql.syntax.expressions import Expression, Keyworded, Parameter, Star, Target
from emulator.kql.syntax.literals import Name, TypeName
from emulator.kql.syntax.node import Node, node


@node
class Where(Keyworded):
    """`where predicate`, also spelt `filter`.

    `name` is set where the text says `where name = value`: that gives the predicate a name, and does not compare.
    """

    parameters: tuple[Parameter, ...]
    predicate: Expression
    name: Name | None


class Direction(enum.Enum):
    """How rows or columns are ordered; the `granny` kinds compare digits in names as numbers."""

    ASC = "asc"
    DESC = "desc"
    GRANNY_ASC = "granny-asc"
    GRANNY_DESC = "granny-desc"


class Nulls(enum.Enum):
    """Where nulls go in an order."""

    FIRST = "first"
    LAST = "last"


@node
class Ordered(Node):
    """A sort key; what the text leaves out is None (the product's defaults are the binder's)."""

    target: Target
    direction: Direction | None
    nulls: Nulls | None


@node
class Sort(Keyworded):
    """`sort by key desc nulls last, …`, also spelt `order by`."""

    parameters: tuple[Parameter, ...]
    keys: tuple[Ordered, ...]


@node
class Top(Keyworded):
    """`top count by key`."""

    parameters: tuple[Parameter, ...]
    count: Target
    key: Ordered


@node
class Take(Keyworded):
    """`take count`, also spelt `limit`."""

    parameters: tuple[Parameter, ...]
    count: Target


@node
class Sample(Keyworded):
    """`sample count`."""

    parameters: tuple[Parameter, ...]
    count: Target


@node
class SampleDistinct(Keyworded):
    """`sample-distinct count of value`."""

    parameters: tuple[Parameter, ...]
    count: Target
    value: Target


@node
class Distinct(Keyworded):
    """`distinct value, …`, or `distinct *` (a Target whose value is Star)."""

    parameters: tuple[Parameter, ...]
    targets: tuple[Target, ...]


@node
class Count(Keyworded):
    """`count`, or `count as name`."""

    name: Name | None


@node
class PackColumn(Node):
    """`pack(*)` in the `project` of `find`."""


@node
class FindColumn(Node):
    """A column in the `project` of `find`, with the type to take when tables differ."""

    name: Name
    type: TypeName | None


FindItem: TypeAlias = FindColumn | Star | PackColumn


@node
class Find(Keyworded):
    """`find in (table, …) where predicate project column, … project-away …`; `smart` for `project-smart`."""

    parameters: tuple[Parameter, ...]
    tables: tuple[Expression, ...]
    predicate: Expression
    project: tuple[FindItem, ...]
    smart: bool
    away: tuple[FindItem, ...]


@node
class Search(Keyworded):
    """`search kind = … in (table, …) predicate`."""

    parameters: tuple[Parameter, ...]
    tables: tuple[Expression, ...]
    predicate: Expression
