"""`in`, `has_any` and their kin: a value beside a list of values, arrays and pipelines."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.functions import gives_rows
from emulator.kql.binder.operations import ASCII_CASE, DYNAMIC_TYPES, MIXED_TYPES, OPERATOR_TYPES
from emulator.kql.binder.scope import Scope
from emulator.kql.binder.stand_ins import names_rows
from emulator.kql.syntax import ListOperator as L
from emulator.plan.expressions import Expression, ListQuery, Not
from emulator.types import ScalarType

EMPTY_ROWS = code(
    "KQL3007",
    "rows without a column",
    "A list operator looks at the first column of a table or pipeline, and there is none.",
)
_T = ScalarType
_MEANING = {
    L.IN: "_in",
    L.NOT_IN: "_in",
    L.IN_FOLD: "_in_fold",
    L.NOT_IN_FOLD: "_in_fold",
    L.HAS_ANY: "_has_any",
    L.HAS_ALL: "_has_all",
}
_NEGATED = frozenset({L.NOT_IN, L.NOT_IN_FOLD})
_EXACT = frozenset({L.IN, L.NOT_IN})
_NUMBERS = frozenset({_T.BOOL, _T.INT, _T.LONG, _T.REAL, _T.DECIMAL})


def bind_in(node: syntax.InList, scope: Scope) -> Expression:
    """Bind a list operator; arrays are flattened when it runs."""
    value = scope.context.expression(node.value, scope)
    if node.operator not in _EXACT:
        value = _text(value, node, scope)
        scope.context.rests_on(ASCII_CASE.name)
    items = _items(node, value, scope)
    meaning = _MEANING[node.operator]
    test = conversions.named(meaning, value, *items, gives=_T.BOOL, span=node.span)
    return Not(test, node.span) if node.operator in _NEGATED else test


def _text(value: Expression, node: syntax.InList, scope: Scope) -> Expression:
    if value.type not in (_T.STRING, _T.DYNAMIC):
        message = f"`{node.operator.value}` takes a string, not {value.type.value}"
        help = f"convert it: `tostring({scope.context.source.slice(node.value.span)[:60]})`"
        raise scope.context.fail(OPERATOR_TYPES, message, node.value.span, help)
    return conversions.text(value)


def _items(node: syntax.InList, value: Expression, scope: Scope) -> list[Expression]:
    items: list[Expression] = []
    failed = False
    for item in node.items:
        try:
            items.append(_item(item, value, scope))
        except UnbindableError:
            failed = True
    if failed:
        raise UnbindableError
    return items


def _item(item: syntax.Expression, value: Expression, scope: Scope) -> Expression:
    if _is_table(item, scope):
        stream = scope.context.table(item, scope.over(None))
        if not stream.visible:
            raise scope.context.fail(EMPTY_ROWS, "these rows have no column", item.span, "project one column")
        kind = stream.visible[0].type
        if kind is not value.type and not (kind in _NUMBERS and value.type in _NUMBERS):
            scope.context.rests_on(MIXED_TYPES.name)
        return ListQuery(stream.relation, item.span)
    bound = scope.context.expression(item, scope)
    if bound.type is value.type or bound.type is _T.DYNAMIC or (bound.type in _NUMBERS and value.type in _NUMBERS):
        return bound
    if value.type is _T.DYNAMIC:
        scope.context.rests_on(DYNAMIC_TYPES.name)
        return conversions.box(bound)
    scope.context.rests_on(MIXED_TYPES.name)
    return conversions.convert(bound, value.type)


def _is_table(item: syntax.Expression, scope: Scope) -> bool:
    """True for a pipeline or the name of a table; a column or a declared value is none."""
    if isinstance(item, syntax.NameRef) and scope.rows is not None and scope.rows.find(item.name) is not None:
        return False
    return gives_rows(item, scope.environment) or names_rows(item, scope)
