"""The columns that an operator makes: their names, given or automatic, and their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from emulator.diagnostics import code
from emulator.kql import names, syntax
from emulator.kql.binder.context import Context, UnbindableError
from emulator.kql.binder.graph_functions import of_properties
from emulator.kql.binder.scope import Scope
from emulator.kql.binder.several import values_of
from emulator.nodes import record
from emulator.plan.expressions import Expression, Field
from emulator.source import Span

DECLARED_TWICE = code(
    "KQL2005",
    "a column is declared twice",
    "Two columns of one result can't have the same name. Give one of them another name.",
)
MANY_NAMES = code(
    "KQL3013",
    "several names for one value",
    "`(a, b) = …` names the values of a function that gives several; this expression gives one.",
)


@dataclass(slots=True)
class Names:
    """The names of the columns that one operator makes.

    Two names that the author chose must differ; a name that KQL makes gives way. With `replaces` (`extend`) a made
    name also may be replaced. `reserved` names are not used for columns without any name.
    """

    context: Context
    replaces: bool = False
    reserved: frozenset[str] = frozenset()
    chosen: dict[str, Span] = field(default_factory=dict)
    made: dict[str, Span] = field(default_factory=dict)
    unnamed: int = 0

    def choose(self, name: str, span: Span) -> str:
        """The name of a column that the author named, or that is a column itself."""
        if name in self.chosen:
            raise self.context.fail(
                DECLARED_TWICE, f"a column `{name}` is already declared", span, f"give it another name: `{name}1 = …`"
            )
        if name in self.made and not self.replaces:
            name = names.unique(name, self.taken)
        self.chosen[name] = span
        return name

    def make(self, name: str, span: Span) -> str:
        """The name of a column that KQL names; empty for the next `Column1`, `Column2` …"""
        if not name:
            self.unnamed += 1
            while f"Column{self.unnamed}" in self.reserved:
                self.unnamed += 1
            name = f"Column{self.unnamed}"
        if not self.replaces:
            name = names.unique(name, self.taken)
        self.made[name] = span
        return name

    @property
    def taken(self) -> set[str]:
        """All names so far."""
        return {*self.chosen, *self.made}


@record
class Bound:
    """A column that an operator makes; `value` is None when its expression was wrong."""

    name: str
    value: Expression | None


def bind_targets(targets: Iterable[syntax.Target], scope: Scope, taken: Names) -> list[Bound]:
    """Names and values of targets; what is wrong with one of them does not keep the others from being checked."""
    found: list[Bound] = []
    for target in targets:
        try:
            several = values_of(target.value, scope, lambda one: automatic_name(one, scope))
            if several is None:
                found.append(bind_target(target, scope, taken))
            else:
                found.extend(_named(target, several, scope, taken))
        except UnbindableError:
            continue
    return found


def _named(
    target: syntax.Target, several: Sequence[tuple[str, Expression]], scope: Scope, taken: Names
) -> Iterator[Bound]:
    """A column for each value: the author's names first, then those that KQL makes."""
    if len(target.names) > len(several):
        extra = target.names[len(several)]
        raise scope.context.fail(MANY_NAMES, f"this gives {len(several)} values", extra.span, "write fewer names")
    for place, (automatic, value) in enumerate(several):
        if place < len(target.names):
            name = target.names[place]
            yield Bound(taken.choose(name.text, name.span), value)
        else:
            yield Bound(taken.make(names.unique(automatic, taken.taken), target.span), value)


def bind_target(target: syntax.Target, scope: Scope, taken: Names) -> Bound:
    """Name and value of one target. Raises UnbindableError when not even its name is certain."""
    if len(target.names) > 1:
        raise scope.context.fail(MANY_NAMES, "this gives one value, not several", target.span, "write one name")
    value: Expression | None
    try:
        value = scope.context.expression(target.value, scope)
    except UnbindableError:
        value = None
    return Bound(column_name(target, value, scope, taken), value)


def column_name(target: syntax.Target, value: Expression | None, scope: Scope, taken: Names) -> str:
    """The name of a target's column."""
    if target.name is not None:
        return taken.choose(target.name.text, target.name.span)
    automatic = automatic_name(target.value, scope)
    if automatic and isinstance(value, Field) and automatic in (value.name, _property(value, scope)):
        return taken.choose(automatic, target.span)
    return taken.make(automatic, target.span)


def automatic_name(node: syntax.Expression, scope: Scope) -> str:
    """The name that KQL makes of an expression."""

    def exists(name: str) -> bool:
        return scope.rows is not None and scope.rows.find(name) is not None

    if scope.rows is not None and scope.rows.pattern is not None and isinstance(node, syntax.Call):
        node = of_properties(node, scope.rows.pattern)
    return names.of_expression(node, exists, scope.aggregates is not None)


def _property(value: Field, scope: Scope) -> str:
    """The name of a property of a node or edge; of any other column nothing."""
    if scope.rows is None or scope.rows.pattern is None:
        return ""
    return value.name.partition(".")[2]


def values(found: Sequence[Bound]) -> list[tuple[str, Expression]]:
    """The columns whose values are known; a name that is given twice keeps its last value."""
    return list({one.name: (one.name, one.value) for one in found if one.value is not None}.values())


def broken(found: Iterable[Bound]) -> frozenset[str]:
    """The names of the columns that could not be bound."""
    return frozenset(one.name for one in found if one.value is None)
