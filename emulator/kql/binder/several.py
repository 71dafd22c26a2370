"""Functions that give several values for one row: each value becomes a column of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from emulator.functions import Function
from emulator.kql import library, syntax
from emulator.kql.binder import callables, conversions
from emulator.kql.binder.scope import FunctionBinding, Scope
from emulator.plan.expressions import Call, Const, Expression
from emulator.types import ScalarType

_SORTS = frozenset({"array_sort_asc", "array_sort_desc"})
Namer = Callable[[syntax.Expression], str]


def values_of(node: syntax.Expression, scope: Scope, name_of: Namer) -> list[tuple[str, Expression]] | None:
    """The values that a call gives, with the names that KQL makes for them; None for anything else.

    Where the scope collects columns to be made beforehand the call is evaluated once a row, else once for each value.
    """
    if not isinstance(node, syntax.Call) or isinstance(scope.environment.find(node.name.text), FunctionBinding):
        return None
    overloads = library.lookup(node.name.text)
    if not overloads or not (node.name.text in _SORTS or gives_several(overloads)):
        return None
    call = callables.call_of_library(node, overloads, scope)
    assert isinstance(call, Call)
    columns = list(_sorted(node, call, name_of) if node.name.text in _SORTS else _columns(node, call, name_of))
    if len(columns) == 1 and node.name.text in _SORTS:
        return [(columns[0][0], call)]
    whole: Expression = call if scope.windows is None else scope.windows.before(call)
    found: list[tuple[str, Expression]] = []
    for place, (name, kind) in enumerate(columns):
        position = Const(place, ScalarType.LONG, node.span)
        value = conversions.named("_member", whole, position, gives=kind, span=node.span)
        found.append((name, value))
    return found


def gives_several(overloads: Sequence[Function]) -> bool:
    """True for a function whose signature returns `(name: type, …)`."""
    return overloads[0].signature.returns.startswith("(")


def _columns(node: syntax.Call, call: Call, name_of: Namer) -> Iterator[tuple[str, ScalarType]]:
    """`function_argument_value` for each value of the signature."""
    prefix = f"{node.name.text}_{name_of(node.arguments[0].value)}"
    for part in call.function.signature.returns.strip("()").split(","):
        name, _, kind = part.partition(":")
        yield f"{prefix}_{name.strip()}", ScalarType(kind.strip())


def _sorted(node: syntax.Call, call: Call, name_of: Namer) -> Iterator[tuple[str, ScalarType]]:
    """`argument_sorted` for each array that is sorted."""
    for place, (target, value) in enumerate(zip(node.arguments, call.arguments, strict=False)):
        if value.type is ScalarType.DYNAMIC:
            yield f"{name_of(target.value) or f'array{place}'}_sorted", ScalarType.DYNAMIC
