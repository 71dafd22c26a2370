"""`estimate_data_size`: how many bytes values take."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions
from emulator.kql.binder.calls import resolve
from emulator.kql.binder.scope import Scope
from emulator.kql.library import lookup
from emulator.plan.expressions import Call, Const, Expression, Field
from emulator.types import ScalarType

UNKNOWN_SIZE = code(
    "KQL4076",
    "the size of a dynamic or decimal value",
    "`estimate_data_size` is documented for numbers and texts. In how many bytes the product keeps other values is not "
    "published: leave them out.",
)
DATA_SIZES = assumption(
    "data-sizes",
    "kql",
    "estimate_data_size counts the bytes of a text in UTF-8 and those of the width of anything else, null or not; the "
    "documentation has examples of a long and a text",
)
_T = ScalarType
_WIDTHS = {_T.BOOL: 1, _T.INT: 4, _T.LONG: 8, _T.REAL: 8, _T.DATETIME: 8, _T.TIMESPAN: 8, _T.GUID: 16}


def bind_data_size(node: syntax.Call, scope: Scope) -> Expression:
    """`estimate_data_size(*)`, or of some columns."""
    if not node.arguments:
        help = "write `estimate_data_size(*)`"
        raise scope.context.fail(UNKNOWN_SIZE, "there is nothing to measure", node.span, help)
    scope.context.rests_on(DATA_SIZES.name)
    fixed = 0
    texts: list[Expression] = []
    for value in _values(node, scope):
        if value.type is _T.STRING:
            texts.append(conversions.named("string_size", value, gives=_T.LONG, span=value.span))
        elif value.type in _WIDTHS:
            fixed += _WIDTHS[value.type]
        else:
            message = f"the size of a value of type {value.type.value} is not published"
            raise scope.context.fail(UNKNOWN_SIZE, message, value.span, "leave it out, or convert it to a text")
    return reduce(_sum, [*texts, Const(fixed, _T.LONG, node.span)])


def _sum(left: Expression, right: Expression) -> Expression:
    resolved = resolve(lookup("_add"), [left, right], right.span)
    assert resolved is not None
    return Call(resolved.function, resolved.arguments, resolved.type, right.span)


def _values(node: syntax.Call, scope: Scope) -> Iterator[Expression]:
    for target in node.arguments:
        if isinstance(target.value, syntax.Star) and scope.rows is not None:
            yield from (Field(column.name, column.type, target.span) for column in scope.rows.visible)
        else:
            yield scope.context.expression(target.value, scope)
