"""The operators that bring tables together or split them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.kql.syntax.expressions import Expression, Keyworded, Parameter, Subpipeline
from emulator.kql.syntax.literals import Name, Node

if TYPE_CHECKING:
    # Statements hold every kind of node; named in annotations only.
    from emulator.kql.syntax.statements import Statement


@dataclass(frozen=True, slots=True)
class Join(Keyworded):
    """`join kind = … (right) on condition, …`; `where` holds the undocumented `where` form."""

    parameters: tuple[Parameter, ...]
    right: Expression
    on: tuple[Expression, ...]
    where: Expression | None


@dataclass(frozen=True, slots=True)
class Lookup(Keyworded):
    """`lookup kind = … (right) on condition, …`."""

    parameters: tuple[Parameter, ...]
    right: Expression
    on: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Union(Keyworded):
    """`union kind = … withsource = … table, (pipeline), pattern*, …`."""

    parameters: tuple[Parameter, ...]
    tables: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Partition(Keyworded):
    """`partition by key in scope (subpipeline)` or `… { pipeline }`."""

    parameters: tuple[Parameter, ...]
    key: Expression
    scope: Expression | None
    body: Subpipeline | Expression


@dataclass(frozen=True, slots=True)
class PartitionBy(Keyworded):
    """`__partitionby key id literal (subpipeline)`."""

    parameters: tuple[Parameter, ...]
    key: Expression
    identifier: Expression | None
    body: Subpipeline


@dataclass(frozen=True, slots=True)
class ForkBranch(Node):
    """`name = (subpipeline)`."""

    name: Name | None
    body: Subpipeline | Expression


@dataclass(frozen=True, slots=True)
class Fork(Keyworded):
    """`fork (subpipeline) name = (subpipeline) …`."""

    branches: tuple[ForkBranch, ...]


@dataclass(frozen=True, slots=True)
class Facet(Keyworded):
    """`facet by column, … with (subpipeline)`."""

    columns: tuple[Expression, ...]
    body: Subpipeline | None


@dataclass(frozen=True, slots=True)
class MacroExpand(Keyworded):
    """`macro-expand group as name (statements)`."""

    parameters: tuple[Parameter, ...]
    group: Expression
    name: Name | None
    statements: tuple[Statement, ...]
