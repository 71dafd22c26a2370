"""`mv-apply` and `partition`: a pipeline for each row, or for each group of rows."""

from __future__ import annotations

from dataclasses import replace

from emulator.diagnostics import code
from emulator.functions import Kind
from emulator.kql import syntax
from emulator.kql.binder import settings, steps
from emulator.kql.binder.expanding import expand
from emulator.kql.binder.ordering import row_count
from emulator.kql.binder.rows import named, require_groupable
from emulator.kql.binder.scope import ScalarBinding, Scope, Stream
from emulator.kql.binder.shaping import NO_COLUMN_NAMED
from emulator.kql.binder.targets import automatic_name
from emulator.kql.library import lookup
from emulator.plan.expressions import Const, Expression, Field, ScalarQuery
from emulator.plan.relations import Apply, GroupRows, Relation, TableFunction
from emulator.types import Column, RowType, ScalarType

PARTITION_GAP = code(
    "KQL4015",
    "a form of `partition` that is not emulated",
    "The product's parser knows `partition by column in scope`, and its documentation does not say what it does.",
)
_UNLIMITED = frozenset({"native", "shuffle"})
"""The strategies that split rows into any number of partitions."""
_T = ScalarType
_NO_LIMIT = 2**31 - 1


def bind_mv_apply(node: syntax.MvApply, stream: Stream, scope: Scope) -> Stream:
    """Each row is expanded, its items go through the pipeline, and the row's other columns stand before the result."""
    given = settings.read(node.parameters, {"with_itemindex", "bagexpansion", "kind"}, scope)
    index = settings.name(given["with_itemindex"], scope) if "with_itemindex" in given else ""
    kind = settings.word(given.get("bagexpansion") or given.get("kind"), {"bag", "array"}, "bag", scope)
    limit: Expression = Const(_NO_LIMIT, _T.LONG, node.keyword)
    if node.limit is not None:
        limit = row_count(node.limit, scope)
    key = scope.context.number()
    row = replace(stream, relation=GroupRows(key, stream.relation.row, node.span))
    items = expand(node.items, row, scope, node, (kind == "array", limit, index))
    body = scope.context.operators(node.body.operators, items, scope)
    expanded = _expanded(node, stream, scope)
    outer = [column for column in stream.columns if column.name not in expanded]
    inner = [column for column in body.visible if column.name not in {one.name for one in outer}]
    result = RowType((*outer, *inner))
    relation = Apply(
        stream.relation,
        None,
        steps.kept(body.relation, inner, node.span),
        key,
        tuple(column.name for column in outer),
        result,
        node.span,
    )
    return Stream(relation, stream.broken | body.broken, stream.history, stream.open or body.open)


def _expanded(node: syntax.MvApply, stream: Stream, scope: Scope) -> set[str]:
    """The names of the columns that the items take the place of."""
    found = set()
    for item in node.items:
        if item.target is not None:
            named = item.target.name
            found.add(named.text if named is not None else automatic_name(item.target.value, scope.over(stream)))
    return found


def bind_partition(node: syntax.Partition, stream: Stream, scope: Scope) -> Stream:
    """Each group of rows with one key goes through the pipeline by itself."""
    settings.read(node.parameters, (), scope)
    if node.scope is not None:
        help = "leave it out: the documentation does not say what it does"
        raise scope.context.fail(PARTITION_GAP, "`in` is not emulated here", node.scope.span, help)
    if not isinstance(node.key, syntax.NameRef):
        help = "compute it in an `extend` before"
        raise scope.context.fail(NO_COLUMN_NAMED, "`partition` takes the name of a column", node.key.span, help)
    column = named(node.key, stream, scope)
    if column.type is _T.DYNAMIC:
        require_groupable(column.name, node.key.span, scope)
    number = scope.context.number()
    group = replace(stream, relation=GroupRows(number, stream.relation.row, node.span))
    body = _body(node, column, group, scope)
    source = stream.relation if _strategy(node) in _UNLIMITED else _limited(stream.relation, column, node)
    keys = (Field(column.name, column.type, node.key.span),)
    relation = Apply(source, keys, body.relation, number, (), RowType(body.relation.row.columns), node.span)
    return Stream(relation, body.broken, stream.history)


def _body(node: syntax.Partition, column: Column, group: Stream, scope: Scope) -> Stream:
    """The pipeline of a group; in braces it has a table of its own, and of the group it sees the key alone.

    The documentation says that braces go with the strategy `legacy`, and has an example where they go with `native`.
    """
    if isinstance(node.body, syntax.Subpipeline):
        return scope.context.operators(node.body.operators, group, scope)
    key = steps.kept(group.relation, [Column(column.name, column.type)], node.span)
    binding = ScalarBinding(ScalarQuery(key, column.type, node.key.span))
    inner = scope.within(scope.environment.declare(column.name, binding)).over(None)
    return scope.context.table(node.body, inner)


def _strategy(node: syntax.Partition) -> str:
    values = [one.value for one in node.parameters if one.name.text.lower() == "hint.strategy"]
    return values[0].name.lower() if values and isinstance(values[0], syntax.NameRef) else ""


def _limited(relation: Relation, column: Column, node: syntax.Partition) -> Relation:
    """The rows, which may have so many keys alone."""
    (function,) = lookup("_few_partitions", Kind.TABLE)
    slot = Const(relation.row.names.index(column.name), _T.LONG, node.span)
    return TableFunction(function, (relation,), (slot,), relation.row, node.span)
