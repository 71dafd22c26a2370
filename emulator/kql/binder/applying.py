"""`mv-apply` and `partition`: a pipeline for each row, or for each group of rows."""

from __future__ import annotations

from dataclasses import replace

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import settings, steps
from emulator.kql.binder.expanding import expand
from emulator.kql.binder.ordering import row_count
from emulator.kql.binder.rows import require_groupable
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.targets import automatic_name
from emulator.plan.expressions import Const, Expression
from emulator.plan.relations import Apply, GroupRows
from emulator.types import RowType, ScalarType

PARTITION_GAP = code(
    "KQL4015",
    "a form of `partition` that is not emulated",
    "The product knows the form, the emulator does not: in braces the pipeline begins with a table of its own.",
)
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
    value = scope.context.expression(node.key, scope.over(stream))
    if value.type is _T.DYNAMIC:
        require_groupable(scope.context.source.slice(node.key.span), node.key.span, scope)
    key = scope.context.number()
    group = replace(stream, relation=GroupRows(key, stream.relation.row, node.span))
    if not isinstance(node.body, syntax.Subpipeline):
        raise scope.context.fail(
            PARTITION_GAP,
            "`partition` with braces is not emulated",
            node.body.span,
            "write the pipeline in parentheses, without its table: `partition by key (where …)`",
        )
    body = scope.context.operators(node.body.operators, group, scope)
    relation = Apply(stream.relation, (value,), body.relation, key, (), RowType(body.relation.row.columns), node.span)
    return Stream(relation, body.broken, stream.history)
