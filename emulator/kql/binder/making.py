"""The operators that make rows of nothing: print and range."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.functions import Kind
from emulator.kql import syntax
from emulator.kql.binder import conversions
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.several import values_of
from emulator.kql.binder.targets import Names, automatic_name
from emulator.kql.library import lookup
from emulator.plan.expressions import Expression
from emulator.plan.relations import TableFunction, Values
from emulator.types import Column, RowType, ScalarType

WRONG_RANGE = code(
    "KQL3021",
    "a range that can't be counted through",
    "`range` takes a start, an end and a step of fitting types: numbers, or datetimes with a timespan as step.",
)
_T = ScalarType


def bind_print(node: syntax.Print, scope: Scope) -> Stream:
    """`print`: one row."""
    taken = Names(scope.context)
    cells: list[Expression] = []
    columns: list[Column] = []
    failed = False
    for position, target in enumerate(node.targets):
        try:
            for name, value in _printed(target, position, scope):
                columns.append(Column(taken.choose(name, target.span), value.type))
                cells.append(value)
        except UnbindableError:
            failed = True
    if failed:
        raise UnbindableError
    return Stream(Values((tuple(cells),), RowType(tuple(columns)), node.span))


def _printed(target: syntax.Target, position: int, scope: Scope) -> list[tuple[str, Expression]]:
    """The columns of one target: all values of a function that gives several, but one only when it is named."""
    several = values_of(target.value, scope, lambda one: automatic_name(one, scope))
    if several is None:
        several = [(f"print_{position}", scope.context.expression(target.value, scope))]
    return several if target.name is None else [(target.name.text, several[0][1])]


def bind_range(node: syntax.Range, scope: Scope) -> Stream:
    """`range`: one row for each step."""
    start, stop, step = (scope.context.expression(part, scope) for part in (node.start, node.stop, node.step))
    kind = _range_type(start, stop, step)
    if kind is None:
        kinds = f"{start.type.value} to {stop.type.value} step {step.type.value}"
        raise scope.context.fail(WRONG_RANGE, f"no range goes from {kinds}", node.span, "give all three one type")
    wanted = _T.TIMESPAN if kind is _T.DATETIME else kind
    arguments = (conversions.convert(start, kind), conversions.convert(stop, kind), conversions.convert(step, wanted))
    (function,) = lookup("_range", Kind.TABLE)
    row = RowType((Column(node.name.text, kind),))
    return Stream(TableFunction(function, (), arguments, row, node.span))


def _range_type(start: Expression, stop: Expression, step: Expression) -> ScalarType | None:
    kinds = [start.type, stop.type, step.type]
    if all(kind.is_number for kind in kinds):
        return _T.LONG if _T.REAL not in kinds and _T.DECIMAL not in kinds else conversions.widest(kinds)
    if start.type is stop.type and start.type in (_T.DATETIME, _T.TIMESPAN) and step.type is _T.TIMESPAN:
        return start.type
    return None
