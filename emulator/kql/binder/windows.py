"""Functions that look at the rows around: their values become columns before the operator that uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from emulator.diagnostics import code
from emulator.functions import Function, Kind
from emulator.kql import syntax
from emulator.kql.binder import conversions, steps
from emulator.kql.binder.calls import resolve
from emulator.kql.binder.context import Context
from emulator.kql.binder.scope import Scope
from emulator.kql.library import lookup
from emulator.nodes import record
from emulator.plan.expressions import Expression, Field, is_fixed
from emulator.plan.relations import Relation, TableFunction
from emulator.plan.steps import Drop
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

NEEDS_COLUMN = code(
    "KQL3087",
    "`prev` and `next` look at a column",
    "They take the name of a column, no expression, and a constant for where there is no such row. Compute the value "
    "in an `extend` before.",
)
Meaning = Callable[[Sequence[tuple[Any, ...]]], Iterable[object]]


@record
class _Call:
    name: str
    function: Function
    arguments: tuple[Expression, ...]
    type: ScalarType
    span: Span


@record
class _Before:
    """A value of the row itself that several columns are made of."""

    name: str
    value: Expression


@record
class _OverRows:
    """Adds one column to rows: the values of a window function over their last `width` columns, which go."""

    meaning: Meaning
    width: int

    def __call__(self, rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        """The rows with the new column at the end."""
        kept = list(rows)
        split = len(kept[0]) - self.width if kept else 0
        values = self.meaning([row[split:] for row in kept])
        for row, value in zip(kept, values, strict=True):
            yield (*row[:split], value)


@dataclass(slots=True)
class Windows:
    """The window calls of one operator, and the values that it needs more than once."""

    context: Context
    calls: list[_Call | _Before] = field(default_factory=list)

    def before(self, value: Expression) -> Field:
        """The column that will hold a value."""
        self.calls.append(_Before(self.context.fresh(), value))
        return Field(self.calls[-1].name, value.type, value.span)

    def bind(self, node: syntax.Call, given: Sequence[Expression], overloads: Sequence[Function]) -> Field | None:
        """The column that will hold the value of a call; None when no overload takes the arguments."""
        resolved = resolve(overloads, given, node.span)
        if resolved is None:
            return None
        if node.name.text in ("prev", "next"):
            self._check_neighbour(node, given)
        arguments = list(resolved.arguments)
        if node.name.text in ("prev", "next") and len(arguments) < 3:
            arguments.append(steps.null(Column("", resolved.type), node.span))
        elif node.name.text in ("prev", "next"):
            arguments[2] = conversions.convert(arguments[2], resolved.type)
        call = _Call(self.context.fresh(), resolved.function, tuple(arguments), resolved.type, node.span)
        self.calls.append(call)
        return Field(call.name, call.type, node.span)

    def _check_neighbour(self, node: syntax.Call, given: Sequence[Expression]) -> None:
        """Refuse an expression where `prev` and `next` take a column, and a default that differs by row."""
        column, name = node.arguments[0].value, node.name.text
        if not (isinstance(column, syntax.NameRef) and isinstance(given[0], Field)):
            help = f"compute it before, and write `{name}(column)`"
            raise self.context.fail(NEEDS_COLUMN, f"`{name}` takes the name of a column", column.span, help)
        if len(given) > 2 and not is_fixed(given[2]):
            message = f"the default of `{name}` must be a constant"
            raise self.context.fail(NEEDS_COLUMN, message, node.arguments[2].span, "write the value out")

    def over(self, relation: Relation) -> Relation:
        """The relation with a column for each call."""
        for call in self.calls:
            if isinstance(call, _Before):
                relation = steps.extended(relation, [(call.name, call.value)], call.value.span)
            else:
                relation = _with(relation, call, self.context)
        return relation

    def away(self, relation: Relation, span: Span) -> Relation:
        """The relation without these columns, behind the operator that used them."""
        if not self.calls:
            return relation
        gone = {call.name for call in self.calls}
        columns = [column for column in relation.row.columns if column.name not in gone]
        return steps.after(relation, [Drop(tuple(sorted(gone)), span)], columns, span)


def _with(relation: Relation, call: _Call, context: Context) -> Relation:
    inputs: list[tuple[str, Expression]] = [(context.fresh(), value) for value in call.arguments]
    columns = relation.row.columns
    wide = steps.extended(relation, inputs, call.span)
    meaning = _OverRows(call.function.python, len(inputs))
    function = Function("kql", f"_window_{call.function.name}", Kind.TABLE, call.function.declaration, meaning)
    row = RowType((*columns, Column(call.name, call.type, hidden=True)))
    return TableFunction(function, (wide,), (), row, call.span)


def is_window(name: str) -> bool:
    """True for a function that looks at the rows around."""
    return bool(lookup(name, Kind.TABLE)) and not name.startswith("_")


def windowed(scope: Scope) -> tuple[Scope, Windows]:
    """The scope where window functions may be called, and what collects their calls."""
    windows = Windows(scope.context)
    return replace(scope, windows=windows), windows
