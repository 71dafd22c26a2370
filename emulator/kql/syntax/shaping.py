"""The operators that change the columns of a row, or hand the rows on."""

from __future__ import annotations

from dataclasses import dataclass

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
from emulator.kql.syntax.literals import Literal, Name, Node, TableType, TypeName, TypeOf
from emulator.kql.syntax.selecting import Direction


@dataclass(frozen=True, slots=True)
class Extend(Keyworded):
    """`extend name = value, …`."""

    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Project(Keyworded):
    """`project name = value, …`."""

    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class ProjectAway(Keyworded):
    """`project-away column, pattern*, …`."""

    columns: tuple[NameRef | WildcardRef, ...]


@dataclass(frozen=True, slots=True)
class ProjectKeep(Keyworded):
    """`project-keep column, pattern*, …`."""

    columns: tuple[NameRef | WildcardRef, ...]


@dataclass(frozen=True, slots=True)
class ProjectRename(Keyworded):
    """`project-rename new = old, …`."""

    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class ReorderItem(Node):
    """A column or pattern of `project-reorder`, with the order of the columns that match it."""

    column: NameRef | WildcardRef
    direction: Direction | None


@dataclass(frozen=True, slots=True)
class ProjectReorder(Keyworded):
    """`project-reorder column, pattern* asc, …`."""

    items: tuple[ReorderItem, ...]


@dataclass(frozen=True, slots=True)
class ProjectByNames(Keyworded):
    """`project-by-names expression, …`: columns by computed names."""

    names: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ExpandItem(Node):
    """`name = value to typeof(type)`; `target` is None for the `to typeof(type)` of `mv-apply` alone."""

    target: Target | None
    type: TypeOf | None


@dataclass(frozen=True, slots=True)
class MvExpand(Keyworded):
    """`mv-expand value, … limit count`; `legacy` for the old spelling `mvexpand`, whose limit is 128."""

    legacy: bool
    parameters: tuple[Parameter, ...]
    items: tuple[ExpandItem, ...]
    limit: Expression | None


@dataclass(frozen=True, slots=True)
class MvApply(Keyworded):
    """`mv-apply value, … limit count id context on (subpipeline)`."""

    parameters: tuple[Parameter, ...]
    items: tuple[ExpandItem, ...]
    limit: Expression | None
    context_id: Expression | None
    body: Subpipeline


@dataclass(frozen=True, slots=True)
class ParseColumn(Node):
    """A column that `parse` fills; string when its type is left out."""

    name: Name
    type: TypeName | None


@dataclass(frozen=True, slots=True)
class Parse(Keyworded):
    """`parse value with "text" column: type * …`; `only_matches` for `parse-where`, which drops the other rows."""

    only_matches: bool
    parameters: tuple[Parameter, ...]
    value: Expression
    pattern: tuple[Literal | Star | ParseColumn, ...]


@dataclass(frozen=True, slots=True)
class ParseKv(Keyworded):
    """`parse-kv value as (key: type, …) with (pair_delimiter = ";", …)`."""

    value: Expression
    keys: TableType
    properties: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Evaluate(Keyworded):
    """`evaluate plugin(argument, …) : (column: type, …)`."""

    parameters: tuple[Parameter, ...]
    call: Call
    schema: TableType | None


@dataclass(frozen=True, slots=True)
class Invoke(Keyworded):
    """`invoke function(argument, …)`: the rows so far are its first argument."""

    call: Call | MemberCall


@dataclass(frozen=True, slots=True)
class As(Keyworded):
    """`as name`: a name for the rows so far."""

    parameters: tuple[Parameter, ...]
    name: Name


@dataclass(frozen=True, slots=True)
class Serialize(Keyworded):
    """`serialize name = value, …`."""

    parameters: tuple[Parameter, ...]
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class GetSchema(Keyworded):
    """`getschema`."""

    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Consume(Keyworded):
    """`consume`."""

    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class ExecuteAndCache(Keyworded):
    """`execute-and-cache`."""


@dataclass(frozen=True, slots=True)
class Render(Keyworded):
    """`render chart with (title = "…", …)`; settings outside of `with` come first."""

    chart: Name
    properties: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Print(Keyworded):
    """`print name = value, …`."""

    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Range(Keyworded):
    """`range name from start to stop step size`."""

    name: Name
    start: Expression
    stop: Expression
    step: Expression


@dataclass(frozen=True, slots=True)
class AssertSchema(Keyworded):
    """`assert-schema (column: type, …)`."""

    schema: TableType
