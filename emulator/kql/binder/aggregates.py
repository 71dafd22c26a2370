"""Calls of aggregate functions: collected while the expressions around them are bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.diagnostics import code
from emulator.functions import Function, Kind, Mode
from emulator.kql import syntax
from emulator.kql.binder.callables import arguments, constant_argument, refuse
from emulator.kql.binder.calls import Argument, Resolved, resolve
from emulator.kql.binder.context import Context
from emulator.kql.binder.scope import Scope
from emulator.kql.library import lookup
from emulator.plan.expressions import Const, Expression, Field, walk
from emulator.plan.relations import AggregateCall
from emulator.source import Span

NOT_AN_AGGREGATE = code(
    "KQL3017",
    "a column that no row of the result has one value of",
    "Behind `summarize`, `make-series` and `top-nested` a row is a group. A column of the input has to be a key there, "
    "or be the argument of an aggregate function such as `take_any(…)` or `make_set(…)`.",
)


@dataclass(slots=True)
class Aggregates:
    """The aggregate calls of one operator; equal calls are made once."""

    context: Context
    calls: list[AggregateCall] = field(default_factory=list)

    def bind(self, node: syntax.Call, scope: Scope) -> Expression:
        """The column that will hold the value of a call."""
        resolved = resolve_aggregate(node, arguments(node, scope.plain()), scope)
        name = self.add(resolved, node.span)
        return Field(name, resolved.type, node.span)

    def add(self, resolved: Resolved, span: Span, names: Sequence[str] = ()) -> str:
        """Note a call; its columns get these names, or one name that no query can write."""
        constants, values = split(resolved)
        columns = tuple(names) or (self.context.fresh(),)
        self.calls.append(AggregateCall(columns, resolved.function, constants, values, span))
        return columns[0]


def resolve_aggregate(node: syntax.Call, given: Sequence[Argument], scope: Scope) -> Resolved:
    """The overload of an aggregate function for these arguments, its constants known."""
    overloads: tuple[Function, ...] = lookup(node.name.text, Kind.AGGREGATE)
    resolved = resolve(overloads, given, node.span)
    if resolved is None:
        refuse(node, overloads, given, scope)
    scope.context.rests_on(*resolved.function.assumes)
    values = list(resolved.arguments)
    for position, mode in enumerate(resolved.modes[: len(node.arguments)]):
        if mode is Mode.CONSTANT:
            values[position] = constant_argument(values[position], node, position, scope)
    return Resolved(resolved.function, tuple(values), resolved.modes, resolved.type)


def split(resolved: Resolved) -> tuple[tuple[object, ...], tuple[Expression, ...]]:
    """The values that make the state, and the arguments evaluated for each row."""
    pairs = list(zip(resolved.arguments, resolved.modes, strict=True))
    constants = tuple(one.value for one, mode in pairs if mode is Mode.CONSTANT and isinstance(one, Const))
    return constants, tuple(one for one, mode in pairs if mode is not Mode.CONSTANT)


def require_aggregated(value: Expression, aggregates: Aggregates, scope: Scope) -> None:
    """Only aggregates and constants may stand where a row is a group."""
    made = {name for call in aggregates.calls for name in call.names}
    for node in walk(value):
        if isinstance(node, Field) and node.name not in made:
            message = f"`{node.name}` is neither a key nor aggregated"
            help = f"write `by {node.name}`, or aggregate it: `take_any({node.name})`"
            raise scope.context.fail(NOT_AN_AGGREGATE, message, node.span, help)
