"""The operators that order, cut or count rows: sort, top, take, count."""

from __future__ import annotations

from dataclasses import replace

from emulator.diagnostics import code
from emulator.functions import Kind
from emulator.kql import syntax
from emulator.kql.binder.calls import resolve
from emulator.kql.binder.constants import constant
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.rows import require_groupable
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.library import lookup
from emulator.plan.expressions import Const, Expression
from emulator.plan.relations import Aggregate, AggregateCall, Limit, MissingKeys, Sort, SortKey
from emulator.types import Column, RowType, ScalarType

WRONG_COUNT = code(
    "KQL3016",
    "a number of rows is expected",
    "`take`, `top`, `sample` and their kin take a constant whole number that is not negative.",
)
_T = ScalarType


def row_count(target: syntax.Expression, scope: Scope) -> Const | Expression:
    """A number of rows: fixed for the run, a whole number."""
    value = scope.context.expression(target, scope.over(None))
    known = constant(value)
    bad = value.type not in (_T.INT, _T.LONG)
    if known is not None and not bad:
        bad = not isinstance(known.value, int) or known.value < 0
    if bad:
        raise scope.context.fail(
            WRONG_COUNT, "this is no number of rows", target.span, "write a whole number such as `10`"
        )
    return known or value


def sort_key(key: syntax.Ordered, stream: Stream, scope: Scope) -> SortKey:
    """`desc` is the default; nulls come last on `desc` and first on `asc`."""
    value = scope.context.expression(key.target.value, scope.over(stream))
    if value.type is _T.DYNAMIC:
        require_groupable(scope.context.source.slice(key.target.span), key.target.span, scope)
        raise UnbindableError
    descending = key.direction is not syntax.Direction.ASC
    nulls_first = key.nulls is syntax.Nulls.FIRST if key.nulls is not None else not descending
    return SortKey(value, descending, nulls_first)


def bind_sort(node: syntax.Sort, stream: Stream, scope: Scope) -> Stream:
    """`sort by`."""
    keys = []
    for key in node.keys:
        try:
            keys.append(sort_key(key, stream, scope))
        except UnbindableError:
            continue
    relation = Sort(stream.relation, tuple(keys), stream.relation.row, node.span)
    return replace(stream, relation=relation)


def bind_top(node: syntax.Top, stream: Stream, scope: Scope) -> Stream:
    """`top n by`: the first rows in an order."""
    count = row_count(node.count.value, scope)
    keys = (sort_key(node.key, stream, scope),)
    row = stream.relation.row
    if isinstance(count, Const) and isinstance(count.value, int):
        relation = Sort(stream.relation, keys, row, node.span, limit=count.value, noted=True)
        return replace(stream, relation=relation)
    ordered = Sort(stream.relation, keys, row, node.span)
    return replace(stream, relation=Limit(ordered, count, row, node.span, noted=True))


def bind_take(node: syntax.Take, stream: Stream, scope: Scope) -> Stream:
    """`take n`: the first rows as they come; the product gives any."""
    count = row_count(node.count.value, scope)
    return replace(stream, relation=Limit(stream.relation, count, stream.relation.row, node.span, noted=True))


def bind_count(node: syntax.Count, stream: Stream, _: Scope) -> Stream:
    """`count`: one row with the number of rows."""
    name = node.name.text if node.name is not None else "Count"
    resolved = resolve(lookup("count", Kind.AGGREGATE), [], node.span)
    assert resolved is not None
    call = AggregateCall((name,), resolved.function, (), resolved.arguments, node.span)
    row = RowType((Column(name, _T.LONG),))
    return Stream(Aggregate(stream.relation, (), (call,), MissingKeys.GROUP, row, node.span), history=stream.history)
