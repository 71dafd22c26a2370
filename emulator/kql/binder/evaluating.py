"""`evaluate`: plugins that make tables of tables; the columns of some depend on the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from emulator.diagnostics import code, did_you_mean
from emulator.functions import Kind
from emulator.kql import names, syntax
from emulator.kql.binder import analytics, branching, conversions, joining, ordering, settings, steps, unpacking
from emulator.kql.binder.aggregates import Aggregates, resolve_aggregate, split
from emulator.kql.binder.callables import arguments
from emulator.kql.binder.rows import matching, require_groupable
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.library import lookup
from emulator.plan.expressions import Const, Expression, Field
from emulator.plan.relations import Aggregate, AggregateCall, Distinct, Key, MissingKeys, TableFunction
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

WRONG_PLUGIN = code(
    "KQL3029",
    "a plugin is called wrongly",
    "Plugins of `evaluate` take certain arguments: columns, constants, tables.",
)
UNKNOWN_PLUGIN = code(
    "KQL2010",
    "unknown plugin",
    "`evaluate` calls a plugin of the product, and there is none of this name.",
)
PLUGIN_GAP = code(
    "KQL4016",
    "a plugin that is not emulated",
    "The product knows the plugin, the emulator does not yet: the query is right and the gap is ours.",
)
_T = ScalarType
_SCHEMA = (("ColumnName", _T.STRING), ("ColumnOrdinal", _T.LONG), ("DataType", _T.STRING), ("ColumnType", _T.STRING))
"""The columns of `getschema`."""
_ZERO = frozenset({"count", "sum", "dcount", "stdev", "variance"})


def bind_evaluate(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """Bind a call of a plugin."""
    settings.read(node.parameters, (), scope)
    name = node.call.name.text
    bind = PLUGINS.get(name)
    if bind is not None:
        return bind(node, stream, scope)
    if name in names.known(Kind.TABLE):
        help = names.gap_help(Kind.TABLE, name)
        raise scope.context.fail(PLUGIN_GAP, f"the plugin `{name}` is not emulated yet", node.call.name.span, help)
    help = did_you_mean(name, names.known(Kind.TABLE), "see the documentation of `evaluate`")
    raise scope.context.fail(UNKNOWN_PLUGIN, f"unknown plugin `{name}`", node.call.name.span, help)


def _column(target: syntax.Target, stream: Stream, scope: Scope) -> Column:
    """An argument that names a column."""
    if not isinstance(target.value, syntax.NameRef):
        raise scope.context.fail(WRONG_PLUGIN, "a column is expected", target.span, "write the name of a column")
    found = matching(target.value, stream, scope)
    return found[0] if found else Column(target.value.name, _T.DYNAMIC)


def _identity(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`identity()`: the rows as they are."""
    _takes_nothing(node, scope)
    return stream


def _rows_count(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`estimate_rows_count()`: how many rows there are, which is no estimate here."""
    _takes_nothing(node, scope)
    name = syntax.Name(node.span, "EstimatedRowsCount")
    return ordering.bind_count(syntax.Count(node.span, node.keyword, name), stream, scope)


def _takes_nothing(node: syntax.Evaluate, scope: Scope) -> None:
    if node.call.arguments:
        name = node.call.name.text
        raise scope.context.fail(WRONG_PLUGIN, f"`{name}` takes nothing", node.call.span, f"write `{name}()`")


def _narrow(node: syntax.Evaluate, stream: Stream, _: Scope) -> Stream:
    """`narrow()`: one row for each cell."""
    span = node.span
    cells: list[tuple[str, Expression]] = [
        (column.name, conversions.text(Field(column.name, column.type, span))) for column in stream.visible
    ]
    relation = steps.projected(stream.relation, cells, span)
    (function,) = lookup("_narrow", Kind.TABLE)
    row = RowType((Column("Row", _T.LONG), Column("Column", _T.STRING), Column("Value", _T.STRING)))
    listed = Const([column.name for column in stream.visible], _T.DYNAMIC, span)
    return Stream(TableFunction(function, (relation,), (listed,), row, span), history=stream.history)


def _ip_lookup(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`ipv4_lookup(table, address, range, …)`: the rows with the ranges that their address is in."""
    plain = [target for target in node.call.arguments if target.name is None]
    if len(plain) < 3:
        help = "write `evaluate ipv4_lookup(Table, AddressColumn, RangeColumn)`"
        raise scope.context.fail(WRONG_PLUGIN, "a table and two columns are expected", node.call.span, help)
    table = scope.context.table(plain[0].value, scope.over(None))
    flags = [target.value for target in node.call.arguments if target.name is not None]
    flags.extend(target.value for target in plain[3:] if isinstance(target.value, syntax.Literal))
    unmatched = settings.flag(flags[0], scope) if flags else False
    extra = [target for target in plain[3:] if not isinstance(target.value, syntax.Literal)]
    keys = [_column(plain[1], stream, scope), *(_column(target, stream, scope) for target in extra)]
    range_keys = [_column(plain[2], table, scope), *(_column(target, table, scope) for target in extra)]
    named = joining.unique_names(stream.columns, table.columns)
    added = [Column(name, column.type, column.hidden) for column, name in named]
    span = node.span
    given: tuple[Expression, ...] = (
        Const([stream.columns.index(key) for key in keys], _T.DYNAMIC, span),
        Const([table.columns.index(key) for key in range_keys], _T.DYNAMIC, span),
        Const(tuple(column.type.null for column in added) if unmatched else None, _T.DYNAMIC, span),
    )
    (function,) = lookup(f"_{node.call.name.text}", Kind.TABLE)
    row = RowType((*stream.columns, *added))
    relation = TableFunction(function, (stream.relation, table.relation), given, row, span)
    return replace(stream, relation=relation, open=stream.open or table.open)


def _schema_merge(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`schema_merge(PreserveOrder)`: one schema of the rows of several `getschema`."""
    arguments = node.call.arguments
    if tuple((one.name, one.type) for one in stream.visible) != _SCHEMA or len(arguments) > 1:
        help = "write `union (A | getschema), (B | getschema) | evaluate schema_merge()`"
        raise scope.context.fail(WRONG_PLUGIN, "rows of `getschema` are expected", node.call.span, help)
    if arguments and arguments[0].name is not None and arguments[0].name.text != "PreserveOrder":
        help = "write `PreserveOrder = false`"
        raise scope.context.fail(WRONG_PLUGIN, "`schema_merge` has no such argument", arguments[0].span, help)
    preserved = settings.flag(arguments[0].value, scope) if arguments else True
    (function,) = lookup("_schema_merge", Kind.TABLE)
    relation = steps.kept(stream.relation, stream.visible, node.span)
    given = (Const(preserved, _T.BOOL, node.span),)
    return replace(stream, relation=TableFunction(function, (relation,), given, relation.row, node.span))


def _pivot(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`pivot(column, aggregate, keys …)`: a column for each value of a column."""
    targets = node.call.arguments
    if not targets:
        raise scope.context.fail(WRONG_PLUGIN, "a column is expected", node.call.span, "write `pivot(Column)`")
    pivot = _column(targets[0], stream, scope)
    is_call = len(targets) > 1 and isinstance(targets[1].value, syntax.Call)
    call = targets[1].value if is_call else syntax.Call(node.span, syntax.Name(node.span, "count"), ())
    assert isinstance(call, syntax.Call)
    inner = scope.over(stream)
    resolved = resolve_aggregate(call, arguments(call, inner.collecting(Aggregates(scope.context)).plain()), inner)
    keys = [_column(target, stream, scope) for target in targets[2 if is_call else 1 :]]
    if not keys:
        used = {pivot.name, *(one.name for one in resolved.arguments if isinstance(one, Field))}
        keys = [column for column in stream.visible if column.name not in used]
    for column in keys:
        if column.type is _T.DYNAMIC:
            require_groupable(column.name, node.call.span, scope)
    declared = unpacking.declared_columns(node.schema, scope) if node.schema is not None else None
    values = _pivot_values(pivot, declared, keys, stream, scope, node.span)
    nothing = values is not None and not values and declared is None
    if nothing:
        values = {name: name for name in unpacking.of_nothing(stream, scope)}
    if values is None:
        return Stream(steps.kept(stream.relation, keys, node.span), history=stream.history, open=True)
    label = scope.context.fresh()
    constants, given = split(resolved)
    aggregate = AggregateCall((label,), resolved.function, constants, given, node.span)
    all_keys = [*keys, pivot]
    grouped = Aggregate(
        stream.relation,
        tuple(Key(column.name, Field(column.name, column.type, node.span)) for column in all_keys),
        (aggregate,),
        MissingKeys.GROUP,
        RowType((*(Column(one.name, one.type) for one in all_keys), Column(label, resolved.type))),
        node.span,
    )
    missing = 0 if call.name.text in _ZERO else resolved.type.null
    (function,) = lookup("_spread", Kind.TABLE)
    listed = (Const(list(values), _T.DYNAMIC, node.span), Const(missing, resolved.type, node.span))
    taken = {column.name for column in keys}
    spread: list[Column] = []
    for name in values.values():
        unique = names.unique(name, taken)
        taken.add(unique)
        spread.append(Column(unique, resolved.type))
    row = RowType((*(Column(one.name, one.type) for one in keys), *spread))
    return Stream(TableFunction(function, (grouped,), listed, row, node.span), history=stream.history, open=nothing)


def _pivot_values(
    pivot: Column, declared: list[Column] | None, keys: Sequence[Column], stream: Stream, scope: Scope, span: Span
) -> dict[object, str] | None:
    """The values that become columns, with their names; None while the rows are not known."""
    if declared is not None:
        known = {column.name for column in keys}
        return {column.name: column.name for column in declared if column.name not in known}
    value = Field(pivot.name, pivot.type, span)
    listed: list[tuple[str, Expression]] = [("value", value), ("name", conversions.text(value))]
    relation = steps.projected(stream.relation, listed, span)
    rows = scope.context.rows_of(Distinct(relation, RowType(relation.row.columns), span))
    return None if rows is None else {row[0]: str(row[1]) for row in rows}


PLUGINS: dict[str, Callable[[syntax.Evaluate, Stream, Scope], Stream]] = {
    **analytics.PLUGINS,
    "bag_unpack": unpacking.bind_bag_unpack,
    "estimate_rows_count": _rows_count,
    "identity": _identity,
    "ipv4_lookup": _ip_lookup,
    "ipv6_lookup": _ip_lookup,
    "narrow": _narrow,
    "pivot": _pivot,
    "schema_merge": _schema_merge,
    "preview": branching.bind_preview,
}
