"""The statements of a KQL query, and the query itself."""

from __future__ import annotations

from typing import TypeAlias

from emulator.kql.syntax.expressions import Expression, Parameter
from emulator.kql.syntax.literals import Column, Literal, Name, TableType, TypeName
from emulator.kql.syntax.node import Node, node
from emulator.source import Source, Span


@node
class FunctionParameter(Node):
    """`name: type = default`; a TableType for a tabular parameter."""

    name: Name
    type: TypeName | TableType
    default: Expression | None


@node
class Function(Node):
    """`(a: string, T: (x: long)) { statements; expression }`; `view` when the word precedes it."""

    view: bool
    parameters: tuple[FunctionParameter, ...]
    statements: tuple[Statement, ...]
    result: Expression | None


@node
class Let(Node):
    """`let name = value`; `keyword` is where `let` stands."""

    keyword: Span
    name: Name
    value: Expression | Function


@node
class SetOption(Node):
    """`set name = value`."""

    name: Name
    value: Expression | None


@node
class QueryParameters(Node):
    """`declare query_parameters (name: type = default, …)`."""

    parameters: tuple[FunctionParameter, ...]


@node
class Alias(Node):
    """`alias database name = value`."""

    name: Name
    value: Expression


@node
class Restrict(Node):
    """`restrict access to (table, pattern*, …) with (property = value, …)`."""

    tables: tuple[Expression, ...]
    properties: tuple[Parameter, ...]


@node
class PatternCase(Node):
    """`("value", …).["path"] = { statements; expression };` of a pattern."""

    values: tuple[Expression, ...]
    path: Literal | None
    statements: tuple[Statement, ...]
    result: Expression | None


@node
class Pattern(Node):
    """`declare pattern name = (a: string)[path: string] { case … }`; `cases` is empty for a mere declaration."""

    name: Name
    parameters: tuple[Column, ...]
    path: Column | None
    cases: tuple[PatternCase, ...]


@node
class ExpressionStatement(Node):
    """The statement whose rows the query gives."""

    value: Expression


Statement: TypeAlias = Let | SetOption | QueryParameters | Alias | Restrict | Pattern | ExpressionStatement


@node
class Query(Node):
    """A whole text: `source` is where all spans of the tree point."""

    source: Source
    statements: tuple[Statement, ...]
