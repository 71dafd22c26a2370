"""Operators that hand the rows on, name them, describe them, or pass them to a function."""

from __future__ import annotations

from dataclasses import replace

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import functions, profiles
from emulator.kql.binder.ordering import row_count
from emulator.kql.binder.rows import matching, require_groupable
from emulator.kql.binder.scope import FunctionBinding, Scope, Stream
from emulator.kql.binder.steps import projected
from emulator.plan.expressions import Const, Expression, Field
from emulator.plan.relations import Distinct, Limit, Share, Values
from emulator.types import Column, RowType, ScalarType

NO_FUNCTION = code(
    "KQL2009",
    "unknown function of rows in `invoke`",
    "`invoke` hands the rows to a function that `let` declares and whose first parameter is a table.",
)
NO_COLUMN_NAMED = code(
    "KQL3036",
    "the name of a column is expected",
    "`sample-distinct … of`, `top-hitters … of`, `facet by` and `partition by` take a column as it is, no expression.",
)
_T = ScalarType
_NET_TYPES = {
    _T.BOOL: "System.SByte",
    _T.INT: "System.Int32",
    _T.LONG: "System.Int64",
    _T.REAL: "System.Double",
    _T.DECIMAL: "System.Data.SqlTypes.SqlDecimal",
    _T.STRING: "System.String",
    _T.DATETIME: "System.DateTime",
    _T.TIMESPAN: "System.TimeSpan",
    _T.GUID: "System.Guid",
    _T.DYNAMIC: "System.Object",
}


def bind_render(_: syntax.Render, stream: Stream, __: Scope) -> Stream:
    """`render` says how to draw the rows; the rows stay as they are."""
    return stream


def share(stream: Stream, scope: Scope) -> Stream:
    """The rows, evaluated once however often they are named."""
    relation = stream.relation
    if isinstance(relation, Share):
        return stream
    return replace(stream, relation=Share(relation, scope.context.number(), relation.row, relation.span))


def bind_get_schema(node: syntax.GetSchema, stream: Stream, _: Scope) -> Stream:
    """`getschema`: one row for each column."""
    rows = []
    for position, column in enumerate(stream.visible):
        cells: list[tuple[object, ScalarType]] = [
            (column.name, _T.STRING),
            (position, _T.LONG),
            (_NET_TYPES[column.type], _T.STRING),
            (column.type.value, _T.STRING),
        ]
        rows.append(tuple(Const(value, kind, node.span) for value, kind in cells))
    columns = (
        Column("ColumnName", _T.STRING),
        Column("ColumnOrdinal", _T.LONG),
        Column("DataType", _T.STRING),
        Column("ColumnType", _T.STRING),
    )
    return Stream(Values(tuple(rows), RowType(columns), node.span), history=stream.history)


def bind_consume(node: syntax.Consume, stream: Stream, _: Scope) -> Stream:
    """`consume` reads all rows and gives none."""
    nothing = Const(0, _T.LONG, node.span)
    return replace(stream, relation=Limit(stream.relation, nothing, stream.relation.row, node.span))


def bind_invoke(node: syntax.Invoke, stream: Stream, scope: Scope) -> Stream:
    """`invoke`: the rows are the first argument of a function."""
    if isinstance(node.call, syntax.MemberCall):
        raise scope.context.fail(
            NO_FUNCTION, "functions of another cluster can't be called", node.call.span, "declare it with `let`"
        )
    name = node.call.name.text
    binding = scope.environment.find(name)
    if isinstance(binding, FunctionBinding):
        return functions.call_for_rows(binding, node.call, scope.over(None).taking_graphs(), stream)
    if name == "FileProfile":
        return profiles.bind_file_profile(node.call, stream, scope)
    if name == "SeenBy":
        return profiles.bind_seen_by(node.call, stream, scope)
    help = f"declare it: `let {name} = (T: (*)) {{ T | … }};`"
    raise scope.context.fail(NO_FUNCTION, f"unknown function `{name}`", node.call.name.span, help)


def bind_sample(node: syntax.Sample, stream: Stream, scope: Scope) -> Stream:
    """`sample n`: some rows; here the first ones, so that a run can be repeated."""
    count = row_count(node.count.value, scope)
    return replace(stream, relation=Limit(stream.relation, count, stream.relation.row, node.span))


def bind_sample_distinct(node: syntax.SampleDistinct, stream: Stream, scope: Scope) -> Stream:
    """`sample-distinct n of column`: some of its values; here the first ones."""
    count = row_count(node.count.value, scope)
    if not isinstance(node.value.value, syntax.NameRef) or node.value.names:
        message = "`sample-distinct` takes the name of a column"
        raise scope.context.fail(NO_COLUMN_NAMED, message, node.value.span, "compute it in an `extend` before")
    found = matching(node.value.value, stream, scope)
    values: list[tuple[str, Expression]] = [(one.name, Field(one.name, one.type, node.span)) for one in found]
    for one in found:
        if one.type is _T.DYNAMIC:
            require_groupable(one.name, node.value.span, scope)
    relation = projected(stream.relation, values, node.span)
    once = Distinct(relation, RowType(relation.row.columns), node.span)
    return Stream(Limit(once, count, once.row, node.span), history=stream.history)
