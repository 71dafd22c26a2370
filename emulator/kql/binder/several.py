"""Functions that give several values for one row: each value becomes a column of its own."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.functions import Function
from emulator.kql import library, syntax
from emulator.kql.binder import callables, conversions
from emulator.kql.binder.scope import FunctionBinding, Scope
from emulator.plan.expressions import Call, Const, Expression
from emulator.types import ScalarType


def values_of(node: syntax.Expression, scope: Scope) -> list[tuple[str, Expression]] | None:
    """The values that a call gives, each with the end of its automatic name; None for anything else.

    Where the scope collects columns to be made beforehand the call is evaluated once a row, else once for each value.
    """
    if not isinstance(node, syntax.Call) or isinstance(scope.environment.find(node.name.text), FunctionBinding):
        return None
    overloads = library.lookup(node.name.text)
    if not overloads or not gives_several(overloads):
        return None
    call = callables.call_of_library(node, overloads, scope)
    assert isinstance(call, Call)
    whole: Expression = call if scope.windows is None else scope.windows.before(call)
    found: list[tuple[str, Expression]] = []
    for place, (name, kind) in enumerate(_columns(call.function)):
        position = Const(place, ScalarType.LONG, node.span)
        value = conversions.named("_member", whole, position, gives=kind, span=node.span)
        found.append((name, value))
    return found


def gives_several(overloads: Sequence[Function]) -> bool:
    """True for a function whose signature returns `(name: type, …)`."""
    return overloads[0].signature.returns.startswith("(")


def _columns(function: Function) -> list[tuple[str, ScalarType]]:
    parts = function.signature.returns.strip("()").split(",")
    named = (part.partition(":") for part in parts)
    return [(name.strip(), ScalarType(kind.strip())) for name, _, kind in named]
