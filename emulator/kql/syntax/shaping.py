"""The operators that change the columns of a row, or hand the rows on."""

from __future__ import annotations

from emulator.kql.syntax.expressions import (
    Call,
    Expression,
    Keyworded,
    MemberCall,
    NameRef,
    Parameter,
    Star,
    Subpipeline,
    Target,
    WildcardRef,
)
from emulator.kql.syntax.literals import Literal, Name, TableType, TypeName, TypeOf
from emulator.kql.syntax.node import Node, node
from emulator.kql.syntax.selecting import Direction


@node
class Extend(Keyworded):
    """`extend name = value, …`."""

    targets: tuple[Target, ...]


@node
class Project(Keyworded):
    """`project name = value, …`."""

    targets: tuple[Target, ...]


@node
class ProjectAway(Keyworded):
    """`project-away column, pattern*, …`."""

    columns: tuple[NameRef | WildcardRef, ...]


@node
class ProjectKeep(Keyworded):
    """`project-keep column, pattern*, …`."""

    columns: tuple[NameRef | WildcardRef, ...]


@node
class ProjectRename(Keyworded):
    """`project-rename new = old, …`."""

    targets: tuple[Target, ...]


@node
class ReorderItem(Node):
    """A column or pattern of `project-reorder`, with the order of the columns that match it."""

    column: NameRef | WildcardRef
    direction: Direction | None


@node
class ProjectReorder(Keyworded):
    """`project-reorder column, pattern* asc, …`."""

    items: tuple[ReorderItem, ...]


@node
class ProjectByNames(Keyworded):
    """`project-by-names expression, …`: columns by computed names."""

    names: tuple[Expression, ...]


@node
class ExpandItem(Node):
    """`name = value to typeof(type)`; `target` is None for the `to typeof(type)` of `mv-apply` alone."""

    target: Target | None
    type: TypeOf | None


@node
class MvExpand(Keyworded):
    """`mv-expand value, … limit count`; `legacy` for the old spelling `mvexpand`, whose limit is 128."""

    legacy: bool
    parameters: tuple[Parameter, ...]
    items: tuple[ExpandItem, ...]
    limit: Expression | None


@node
class MvApply(Keyworded):
    """`mv-apply value, … limit count id context on (subpipeline)`."""

    parameters: tuple[Parameter, ...]
    items: tuple[ExpandItem, ...]
    limit: Expression | None
    context_id: Expression | None
    body: Subpipeline


@node
class ParseColumn(Node):
    """A column that `parse` fills; string when its type is left out."""

    name: Name
    type: TypeName | None


@node
class Parse(Keyworded):
    """`parse value with "text" column: type * …`; `only_matches` for `parse-where`, which drops the other rows."""

    only_matches: bool
    parameters: tuple[Parameter, ...]
    value: Expression
    pattern: tuple[Literal | Star | ParseColumn, ...]


@node
class ParseKv(Keyworded):
    """`parse-kv value as (key: type, …) with (pair_delimiter = ";", …)`."""

    value: Expression
    keys: TableType
    properties: tuple[Parameter, ...]


@node
class Evaluate(Keyworded):
    """`evaluate plugin(argument, …) : (column: type, …)`."""

    parameters: tuple[Parameter, ...]
    call: Call
    schema: TableType | None


@node
class Invoke(Keyworded):
    """`invoke function(argument, …)`: the rows so far are its first argument."""

    call: Call | MemberCall


@node
class As(Keyworded):
    """`as name`: a name for the rows so far."""

    parameters: tuple[Parameter, ...]
    name: Name


@node
class Serialize(Keyworded):
    """`serialize name = value, …`."""

    parameters: tuple[Parameter, ...]
    targets: tuple[Target, ...]


@node
class GetSchema(Keyworded):
    """`getschema`."""

    parameters: tuple[Parameter, ...]


@node
class Consume(Keyworded):
    """`consume`."""

    parameters: tuple[Parameter, ...]


@node
class ExecuteAndCache(Keyworded):
    """`execute-and-cache`."""


@node
class Render(Keyworded):
    """`render chart with (title = "…", …)`; settings outside of `with` come first."""

    chart: Name
    properties: tuple[Parameter, ...]


@node
class Print(Keyworded):
    """`print name = value, …`."""

    targets: tuple[Target, ...]


@node
class Range(Keyworded):
    """`range name from start to stop step size`."""

    name: Name
    start: Expression
    stop: Expression
    step: Expression


@node
class AssertSchema(Keyworded):
    """`assert-schema (column: type, …)`."""

    schema: TableType
