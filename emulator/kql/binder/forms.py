"""Calls that are no functions of values: they steer evaluation, look at the columns, or ask the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions, request_properties
from emulator.kql.binder.asserting import bind_assert
from emulator.kql.binder.automatic_bins import bind_bin_auto
from emulator.kql.binder.calls import agreement, resolve
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.data_sizes import bind_data_size
from emulator.kql.binder.packing import bind_pack_all, bind_pack_columns
from emulator.kql.binder.scope import Scope
from emulator.kql.binder.workspace_values import bind_geo_info, bind_ingestion_time
from emulator.kql.library import lookup
from emulator.plan.expressions import (
    Call,
    Conditional,
    Const,
    Expression,
    Field,
    Not,
)
from emulator.types import ScalarType

WRONG_FORM = code(
    "KQL3009",
    "a built-in form is used wrongly",
    "`iff`, `case`, `not`, `ago`, `column_ifexists` and their kin take fixed numbers and types of arguments.",
)
_T = ScalarType


def _bound(node: syntax.Call, scope: Scope) -> list[Expression]:
    values: list[Expression] = []
    failed = False
    for target in node.arguments:
        try:
            values.append(scope.context.expression(target.value, scope))
        except UnbindableError:
            failed = True
    if failed:
        raise UnbindableError
    return values


def _expect(node: syntax.Call, wanted: bool, shown: str, scope: Scope) -> None:
    if not wanted:
        count = len(node.arguments)
        message = f"`{node.name.text}` does not take {count} argument{'' if count == 1 else 's'}"
        raise scope.context.fail(WRONG_FORM, message, node.span, f"write `{shown}`")


def _typed(value: Expression, kind: ScalarType, node: syntax.Call, shown: str, scope: Scope) -> Expression:
    if value.type is not kind:
        message = f"`{node.name.text}` takes a {kind.value} here, not {value.type.value}"
        raise scope.context.fail(WRONG_FORM, message, value.span, f"write `{shown}`")
    return value


def _choose(node: syntax.Call, scope: Scope) -> Expression:
    """`iff` and `case`: values of several types are boxed."""
    shown = "iff(condition, value, other)" if node.name.text != "case" else "case(condition, value, …, otherwise)"
    count = len(node.arguments)
    _expect(node, count == 3 or (node.name.text == "case" and count > 3 and count % 2 == 1), shown, scope)
    values = _bound(node, scope)
    conditions, results = values[:-1:2], [*values[1::2], values[-1]]
    for condition in conditions:
        _typed(condition, _T.BOOL, node, shown, scope)
    kind = agreement("mixed", [result.type for result in results])
    assert kind is not None
    given = [conversions.convert(result, kind) for result in results]
    return Conditional(tuple(zip(conditions, given[:-1], strict=True)), given[-1], kind, node.span)


def _not(node: syntax.Call, scope: Scope) -> Expression:
    _expect(node, len(node.arguments) == 1, "not(condition)", scope)
    (operand,) = _bound(node, scope)
    return Not(_typed(operand, _T.BOOL, node, "not(condition)", scope), node.span)


def _now(node: syntax.Call, scope: Scope) -> Expression:
    _expect(node, len(node.arguments) <= 1, "now(offset)", scope)
    moment = request_properties.moment_of_run(node.span, scope)
    return _shifted("_add", moment, _bound(node, scope), node, scope) if node.arguments else moment


def _ago(node: syntax.Call, scope: Scope) -> Expression:
    _expect(node, len(node.arguments) == 1, "ago(1d)", scope)
    moment = request_properties.moment_of_run(node.name.span, scope)
    return _shifted("_subtract", moment, _bound(node, scope), node, scope)


def _shifted(
    name: str, moment: Expression, offsets: Sequence[Expression], node: syntax.Call, scope: Scope
) -> Expression:
    offset = _typed(offsets[0], _T.TIMESPAN, node, f"{node.name.text}(1d)", scope)
    resolved = resolve(lookup(name), [moment, offset], node.span)
    assert resolved is not None
    return Call(resolved.function, resolved.arguments, resolved.type, node.span)


def _column_name(node: syntax.Call, scope: Scope) -> str:
    value = scope.context.expression(node.arguments[0].value, scope)
    if not isinstance(value, Const) or not isinstance(value.value, str):
        raise scope.context.fail(
            WRONG_FORM, "the name of a column must be a constant text", value.span, 'write `"name"`'
        )
    return value.value


def _column_if_exists(node: syntax.Call, scope: Scope) -> Expression:
    _expect(node, len(node.arguments) == 2, 'column_ifexists("name", default)', scope)
    name = _column_name(node, scope)
    default = scope.context.expression(node.arguments[1].value, scope)
    if scope.rows is not None and name in scope.rows.broken:
        raise UnbindableError
    column = scope.rows.find(name) if scope.rows is not None else None
    return default if column is None else Field(column.name, column.type, node.span)


def _column_exists(node: syntax.Call, scope: Scope) -> Expression:
    _expect(node, len(node.arguments) == 1, 'iscolumnexists("name")', scope)
    name = _column_name(node, scope)
    return Const(scope.rows is not None and scope.rows.find(name) is not None, _T.BOOL, node.span)


def _column_names(node: syntax.Call, scope: Scope) -> Expression:
    """`column_names_of(table)`: the names of the columns of a table, known before any row is."""
    _expect(node, len(node.arguments) == 1, "column_names_of(Table)", scope)
    stream = scope.context.table(node.arguments[0].value, scope.over(None))
    return Const([column.name for column in stream.visible], _T.DYNAMIC, node.span)


FORMS: dict[str, Callable[[syntax.Call, Scope], Expression]] = {
    "ago": _ago,
    "assert": bind_assert,
    "case": _choose,
    "column_ifexists": _column_if_exists,
    "column_names_of": _column_names,
    "columnifexists": _column_if_exists,
    "estimate_data_size": bind_data_size,
    "geo_info_from_ip_address": bind_geo_info,
    "iff": _choose,
    "iif": _choose,
    "ingestion_time": bind_ingestion_time,
    "iscolumnexists": _column_exists,
    "bag_pack_columns": bind_pack_columns,
    "bin_auto": bind_bin_auto,
    "not": _not,
    "now": _now,
    "pack_all": bind_pack_all,
}
"""What binds each of them, by name."""
