"""What an expression amounts to when it is the same for all rows and runs."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from emulator.casing import fold_ascii
from emulator.functions import Nulls
from emulator.plan.expressions import And, Call, Compare, Comparison, Const, Expression, Not, Or
from emulator.types import ScalarType

_COMPARISONS: dict[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.EQUAL: operator.eq,
    Comparison.NOT_EQUAL: operator.ne,
    Comparison.LESS: operator.lt,
    Comparison.LESS_OR_EQUAL: operator.le,
    Comparison.GREATER: operator.gt,
    Comparison.GREATER_OR_EQUAL: operator.ge,
}


def constant(value: Expression) -> Const | None:
    """The constant that an expression of constants amounts to, or None when it depends on rows or the run."""
    match value:
        case Const():
            return value
        case Call(function=function, arguments=arguments) if function.pure:
            known = [constant(argument) for argument in arguments]
            given = [one.value for one in known if one is not None]
            if len(given) < len(known):
                return None
            if function.nulls is Nulls.STRICT and None in given:
                return Const(value.type.null, value.type, value.span)
            return Const(function.python(*given), value.type, value.span)
        case Compare() | And() | Or() | Not():
            return _condition(value)
        case _:
            return None


def _condition(value: Compare | And | Or | Not) -> Const | None:
    """What a condition on constants amounts to."""
    match value:
        case Compare(left=left, right=right):
            sides = [constant(left), constant(right)]
        case Not(operand=operand):
            sides = [constant(operand)]
        case And(operands=operands) | Or(operands=operands):
            sides = [constant(one) for one in operands]
    given = [one.value for one in sides if one is not None]
    return Const(_decided(value, given), ScalarType.BOOL, value.span) if len(given) == len(sides) else None


def _decided(value: Compare | And | Or | Not, given: list[Any]) -> bool | None:
    match value:
        case Compare() if None in given:
            return value.both_null if given == [None, None] else value.one_null
        case Compare():
            left, right = map(fold_ascii, given) if value.fold else given
            return _COMPARISONS[value.operator](left, right)
        case Not():
            return None if given == [None] else not given[0]
        case And():
            return False if False in given else None if None in given else True
        case Or():
            return True if True in given else None if None in given else False
