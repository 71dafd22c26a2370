"""What must hold of a row of a table for a leg to give anything for it, in tests of single columns.

A condition is sound: it holds for every row that the leg's own steps let through, and may hold for others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from emulator.columnar.many.probes import Absent, Probe, Probes, Source, Unknown
from emulator.columnar.many.sources import Sources
from emulator.nodes import record
from emulator.plan.expressions import Along, And, Call, Expression, Field, ListQuery, Not, Or, Row, ScalarQuery, walk
from emulator.plan.steps import Assign, Branch, Drop, Expand, Extract, Filter, Keep, Rename, Step


@record
class Anything:
    """Every row may."""


@record
class Nothing:
    """No row can."""


@record
class Test:
    """The rows on which a probe is true; without `wanted`, those on which it is not."""

    probe: Probe
    wanted: bool


@record
class Every:
    """All of several conditions."""

    parts: tuple[Condition, ...]


@record
class Either:
    """One of several conditions at least."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = Anything | Nothing | Test | Every | Either
_OPAQUE = (Row, Along, ScalarQuery, ListQuery)
"""Expressions whose value is not that of one column."""


def every(parts: Iterable[Condition]) -> Condition:
    """All of them hold."""
    kept: dict[Condition, None] = {}
    for part in parts:
        if isinstance(part, Nothing):
            return part
        if isinstance(part, Every):
            kept.update(dict.fromkeys(part.parts))
        elif not isinstance(part, Anything):
            kept[part] = None
    return Every(tuple(kept)) if len(kept) > 1 else next(iter(kept), Anything())


def either(parts: Iterable[Condition]) -> Condition:
    """One of them holds."""
    kept: dict[Condition, None] = {}
    for part in parts:
        if isinstance(part, Anything):
            return part
        if isinstance(part, Either):
            kept.update(dict.fromkeys(part.parts))
        elif not isinstance(part, Nothing):
            kept[part] = None
    return Either(tuple(kept)) if len(kept) > 1 else next(iter(kept), Nothing())


def necessary(steps: Iterable[Step], sources: Sources, probes: Probes) -> Condition:
    """What must hold of a row for some steps to let it through."""
    return _through(tuple(steps), sources, probes)[0]


def _through(steps: tuple[Step, ...], sources: Sources, probes: Probes) -> tuple[Condition, Sources]:
    """The condition of some steps, and where names lead behind them."""
    parts: list[Condition] = []
    for step in steps:
        match step:
            case Filter(predicate=predicate):
                parts.append(condition_of(predicate, sources, probes))
            case Branch(clauses=clauses):
                ways = [_through(clause, sources, probes) for clause in clauses]
                parts.append(either(way for way, _ in ways))
                sources = Sources.common([behind for _, behind in ways])
            case Assign() | Extract() | Rename() | Keep() | Drop() | Expand():
                sources = sources.behind(step)
    return every(parts), sources


def condition_of(expression: Expression, sources: Sources, probes: Probes, *, wanted: bool = True) -> Condition:
    """What must hold for an expression to be true, or false when False is wanted."""
    deeper: Callable[[Expression], Condition] = lambda one: condition_of(one, sources, probes, wanted=wanted)  # noqa: E731 - short
    match expression:
        case And(operands=operands):
            return (every if wanted else either)(map(deeper, operands))
        case Or(operands=operands):
            return (either if wanted else every)(map(deeper, operands))
        case Not(operand=operand):
            return condition_of(operand, sources, probes, wanted=not wanted)
        case _:
            return _leaf(expression, sources, probes, wanted=wanted)


def _leaf(expression: Expression, sources: Sources, probes: Probes, *, wanted: bool) -> Condition:
    fields: dict[str, Field] = {}
    for node in walk(expression):
        if isinstance(node, _OPAQUE) or (isinstance(node, Call) and not node.function.pure):
            return Anything()
        if isinstance(node, Field):
            fields[node.name] = node
    found: dict[str, Source] = {name: sources.find(name) for name in fields}
    if any(isinstance(one, Unknown) for one in found.values()):
        return Anything()
    if all(isinstance(one, Absent) for one in found.values()):
        return _constant(expression, tuple(fields.values()), probes, wanted=wanted)
    if len(found) > 1:
        return Anything()
    ((name, column),) = found.items()
    assert isinstance(column, str)
    return Test(probes.of(column, fields[name], expression), wanted)


def _constant(expression: Expression, fields: tuple[Field, ...], probes: Probes, *, wanted: bool) -> Condition:
    """A condition on columns that the table lacks is the same for all its rows."""
    holds = probes.of_nulls(expression, fields)
    return Anything() if holds is None else Anything() if holds[0] is wanted else Nothing()
