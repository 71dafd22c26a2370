"""Bags made of columns: `pack_all`, `bag_pack_columns`, and what `find` packs."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions
from emulator.kql.binder.scope import Scope
from emulator.plan.expressions import Const, Expression, Field
from emulator.source import Span
from emulator.types import Column, ScalarType

WRONG_PACK = code(
    "KQL3034",
    "columns to pack are expected",
    "`pack_all()` packs all columns, `pack_all(true)` those that hold something, `bag_pack_columns(a, b)` some.",
)
_T = ScalarType


def packed(columns: Sequence[Column], span: Span, *, filled: bool = False) -> Expression:
    """A bag of columns by their names; with `filled`, nulls and empty strings are left out."""
    arguments: list[Expression] = []
    for column in columns:
        arguments.append(Const(column.name, _T.STRING, span))
        arguments.append(conversions.box(Field(column.name, column.type, span)))
    name = "_pack_filled" if filled else "_pack"
    return conversions.named(name, *arguments, gives=_T.DYNAMIC, span=span)


def bind_pack_all(node: syntax.Call, scope: Scope) -> Expression:
    """`pack_all(ignore_null_empty)`."""
    flag = scope.context.expression(node.arguments[0].value, scope) if node.arguments else None
    wrong = flag is not None and not (isinstance(flag, Const) and isinstance(flag.value, bool))
    if wrong or len(node.arguments) > 1 or scope.rows is None:
        raise scope.context.fail(WRONG_PACK, "all columns are packed", node.span, "write `pack_all()`")
    return packed(scope.rows.visible, node.span, filled=isinstance(flag, Const) and bool(flag.value))


def bind_pack_columns(node: syntax.Call, scope: Scope) -> Expression:
    """`bag_pack_columns(a, b)`."""
    columns: list[Column] = []
    for target in node.arguments:
        value = scope.context.expression(target.value, scope)
        if not isinstance(value, Field):
            raise scope.context.fail(WRONG_PACK, "this is no column", target.span, "name a column")
        columns.append(Column(value.name, value.type))
    return packed(columns, node.span)
