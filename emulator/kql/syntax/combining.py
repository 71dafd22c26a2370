"""The operators that bring tables together or split them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.kql.syntax.expressions import Expression, Keyworded, Parameter, Subpipeline
from emulator.kql.syntax.literals import Name
from emulator.kql.syntax.node import Node, node

if TYPE_CHECKING:
    # Statements hold every kind of node; named in annotations only.
    from emulator.kql.syntax.statements import Statement


@node
class Join(Keyworded):
    """`join kind = … (right) on condition, …`; `where` holds the undocumented `where` form."""

    parameters: tuple[Parameter, ...]
    right: Expression
    on: tuple[Expression, ...]
    where: Expression | None


@node
class Lookup(Keyworded):
    """`lookup kind = … (right) on condition, …`."""

    parameters: tuple[Parameter, ...]
    right: Expression
    on: tuple[Expression, ...]


@node
class Union(Keyworded):
    """`union kind = … withsource = … table, (pipeline), pattern*, …`."""

    parameters: tuple[Parameter, ...]
    tables: tuple[Expression, ...]


@node
class Partition(Keyworded):
    """`partition by key in scope (subpipeline)` or `… { pipeline }`."""

    parameters: tuple[Parameter, ...]
    key: Expression
    scope: Expression | None
    body: Subpipeline | Expression


@node
class PartitionBy(Keyworded):
    """`__partitionby key id literal (subpipeline)`."""

    parameters: tuple[Parameter, ...]
    key: Expression
    identifier: Expression | None
    body: Subpipeline


@node
class ForkBranch(Node):
    """`name = (subpipeline)`."""

    name: Name | None
    body: Subpipeline | Expression


@node
class Fork(Keyworded):
    """`fork (subpipeline) name = (subpipeline) …`."""

    branches: tuple[ForkBranch, ...]


@node
class Facet(Keyworded):
    """`facet by column, … with (subpipeline)`."""

    columns: tuple[Expression, ...]
    body: Subpipeline | None


@node
class MacroExpand(Keyworded):
    """`macro-expand group as name (statements)`."""

    parameters: tuple[Parameter, ...]
    group: Expression
    name: Name | None
    statements: tuple[Statement, ...]
