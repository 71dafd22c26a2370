"""`make-graph … partitioned-by`: a graph of its own for each value of a column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import steps
from emulator.kql.binder.rows import named, require_groupable
from emulator.kql.binder.scope import Scope, Stream
from emulator.plan.expressions import Const, Expression, Field
from emulator.plan.relations import Apply, GroupRows, Join, JoinKind, Relation, Union, Values
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

WRONG_PARTITION = code(
    "KQL3082",
    "a graph that can't be partitioned so",
    "`partitioned-by` takes a column that the edges and all tables of nodes have with one type, and begins with "
    "`graph-match`, `graph-shortest-paths` or `graph-to-table`.",
)
_PART, _TABLE = "$part", "$table"
_ALLOWED = (syntax.GraphMatch, syntax.GraphShortestPaths, syntax.GraphToTable)


def bind_partitions(
    node: syntax.GraphPartition,
    edges: Stream,
    tables: Sequence[Stream],
    make: Callable[[Stream, Sequence[Stream]], Stream],
    scope: Scope,
) -> Stream:
    """The rows that the operators give for each partition, one after the other.

    Edges and nodes go into one relation, which tells them apart by a number, and come out of it again by partition.
    """
    operators = node.body.operators
    if operators and not isinstance(operators[0], _ALLOWED):
        word = scope.context.source.slice(operators[0].keyword)
        help = "begin with `graph-match`, `graph-shortest-paths` or `graph-to-table`"
        raise scope.context.fail(WRONG_PARTITION, f"`{word}` can't stand here", operators[0].keyword, help)
    sources = (edges, *tables)
    kind = _partition_type(node, sources, scope)
    key = scope.context.number()
    row = RowType((Column(_PART, kind), Column(_TABLE, ScalarType.LONG), *_packed_columns(sources)))
    packed = tuple(_packed(number, sources, node, scope) for number in range(len(sources)))
    group = GroupRows(key, row, node.span)
    first, *others = (
        replace(one, relation=_unpacked(number, one, group, node.span)) for number, one in enumerate(sources)
    )
    body = scope.context.operators(operators, make(first, others), scope)
    by = (Field(_PART, kind, node.span),)
    shown = RowType(body.relation.row.columns)
    relation = Apply(Union(packed, row, node.span), by, body.relation, key, (), shown, node.span)
    return Stream(relation, body.broken, edges.history, body.open)


def _partition_type(node: syntax.GraphPartition, sources: Sequence[Stream], scope: Scope) -> ScalarType:
    """The type of the column in the edges and all tables of nodes."""
    if not isinstance(node.column, syntax.NameRef):
        raise scope.context.fail(WRONG_PARTITION, "a column is expected", node.column.span, "compute it before")
    column = named(node.column, sources[0], scope)
    if column.type is ScalarType.DYNAMIC:
        require_groupable(column.name, node.column.span, scope)
    for table in sources[1:]:
        found = table.find(column.name)
        if found is None or found.type is not column.type:
            message = f"a table of nodes has no column `{column.name}: {column.type.value}`"
            help = "give the column to the edges and to all tables of nodes"
            raise scope.context.fail(WRONG_PARTITION, message, node.column.span, help)
    return column.type


def _packed_name(number: int, column: Column) -> str:
    return f"${number}.{column.name}"


def _packed_columns(sources: Sequence[Stream]) -> Iterator[Column]:
    for number, stream in enumerate(sources):
        for column in stream.visible:
            yield Column(_packed_name(number, column), column.type)


def _packed(number: int, sources: Sequence[Stream], node: syntax.GraphPartition, scope: Scope) -> Relation:
    """The rows of one table in the columns of all."""
    assert isinstance(node.column, syntax.NameRef)
    part = named(node.column, sources[number], scope)
    values: list[tuple[str, Expression]] = [
        (_PART, Field(part.name, part.type, node.span)),
        (_TABLE, Const(number, ScalarType.LONG, node.span)),
    ]
    for other, stream in enumerate(sources):
        for column in stream.visible:
            own: Expression = Field(column.name, column.type, node.span)
            value = own if other == number else steps.null(column, node.span)
            values.append((_packed_name(other, column), value))
    return steps.projected(sources[number].relation, values, node.span)


def _unpacked(number: int, stream: Stream, group: GroupRows, span: Span) -> Relation:
    """The rows of one table out of those of a partition: by a join, as the author wrote no condition to be told of."""
    table = Field(_TABLE, ScalarType.LONG, span)
    own = Values(((Const(number, ScalarType.LONG, span),),), RowType((Column(_TABLE, ScalarType.LONG),)), span)
    columns = tuple((name, name) for name in group.row.names)
    kept = Join(group, own, JoinKind.LEFT_SEMI, (table,), (table,), columns, (), group.row, span)
    values: list[tuple[str, Expression]] = [
        (column.name, Field(_packed_name(number, column), column.type, span)) for column in stream.visible
    ]
    return steps.projected(kept, values, span)
