"""What an expression amounts to when it is the same for all rows and runs."""

from __future__ import annotations

from emulator.functions import Nulls
from emulator.plan.expressions import Call, Const, Expression


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
        case _:
            return None
