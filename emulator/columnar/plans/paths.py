"""The ways of a row through a segment: what must hold of a row for the segment to give anything for it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from emulator.columnar.expressions.bounds import UNKNOWN, Bound, Bounds, Value, Values, any_of, every
from emulator.cql.patterns import Pattern
from emulator.plan.expressions import Const
from emulator.plan.steps import Assign, Branch, Drop, Expand, Extract, Filter, Keep, Rename, Step
from emulator.types import ScalarType


def necessary(steps: Iterable[Step], values: Values, bounds: Bounds) -> Bound:
    """What must hold of a row for the steps to let it through; exact when nothing else need hold."""
    return _through(tuple(steps), dict(values), bounds)[0]


def _through(steps: tuple[Step, ...], values: dict[str, Value], bounds: Bounds) -> tuple[Bound, dict[str, Value]]:
    """The bound of some steps, and the values that are known behind them."""
    parts: list[Bound] = []
    for step in steps:
        match step:
            case Filter(predicate=predicate):
                parts.append(bounds.of(predicate, values))
            case Assign(assignments=assignments, keep_on_null=keep):
                made = {one.name: bounds.value(one.value, values) for one in assignments}
                values = _with(values, {name: _or_old(name, made[name], values) for name in made} if keep else made)
            case Extract(required=required):
                written = _written(step)
                values = {} if written is None else _with(values, dict.fromkeys(written))
                parts.append(UNKNOWN if required else every(()))
            case Rename(pairs=pairs):
                values = _renamed(values, pairs)
            case Keep(names=names):
                values = {name: value for name, value in values.items() if name in names}
            case Drop(names=names):
                values = {name: value for name, value in values.items() if name not in names}
            case Expand(targets=targets, whole=whole):
                values = {} if whole or not targets else _with(values, {target.name: None for target in targets})
                parts.append(UNKNOWN)
            case Branch():
                bound, values = _branch(step, values, bounds)
                parts.append(bound)
    return every(parts), values


def _renamed(values: dict[str, Value], pairs: tuple[tuple[str, str], ...]) -> dict[str, Value]:
    """The values under their new names; an event that lacks the old field keeps what it has under the new name."""
    if any(value.type is ScalarType.TEXT for value in values.values()):
        for old, new in pairs:
            value = values.get(old)
            values = _with(values, {old: None, new: value and _or_old(new, value, values)})
        return values
    moved = {new: values.get(old) for old, new in pairs}
    return _with(values, {**dict.fromkeys(old for old, _ in pairs), **moved})


def _or_old(name: str, value: Value | None, values: Values) -> Value | None:
    """A value that replaces the old one unless it is null."""
    old = values.get(name)
    if value is None or old is None or value.type is not old.type or old.unknown is not None:
        return None
    return Value(exp.Coalesce(this=value.sql.copy(), expressions=[old.sql.copy()]), value.type, value.unknown)


def _written(step: Extract) -> tuple[str, ...] | None:
    """The names that an extraction may set; None when only the rows tell."""
    if step.targets:
        return tuple(target.name for target in step.targets)
    patterns = [one.value for one in step.arguments if isinstance(one, Const) and isinstance(one.value, Pattern)]
    return tuple(patterns[0].group_names) if patterns else None


def _with(values: dict[str, Value], changes: dict[str, Value | None]) -> dict[str, Value]:
    """The values with some replaced; None makes one unknown."""
    kept = {name: value for name, value in values.items() if name not in changes}
    return {**kept, **{name: value for name, value in changes.items() if value is not None}}


def _branch(step: Branch, values: dict[str, Value], bounds: Bounds) -> tuple[Bound, dict[str, Value]]:
    """A row goes the way of the first clause that lets it through."""
    ways = [_through(clause, values, bounds) for clause in step.clauses]
    names = set(values).union(*(known for _, known in ways))
    behind = {name: made for name in names if (made := _chosen(name, values, ways)) is not None}
    return any_of(bound for bound, _ in ways), behind


def _chosen(name: str, values: dict[str, Value], ways: list[tuple[Bound, dict[str, Value]]]) -> Value | None:
    """The value behind the clauses: that of the first whose exact condition holds; unknown from where none is exact."""
    if all(name in known and known[name] is values.get(name) for _, known in ways):
        return values[name]
    choice, unknown = exp.Case(), exp.Case()
    for bound, known in ways:
        value = known.get(name)
        if bound.sql is None or not bound.exact or (value is not None and value.type is not ScalarType.TEXT):
            return Value(choice, ScalarType.TEXT, unknown.else_(exp.true())) if choice.args.get("ifs") else None
        choice = choice.when(bound.sql, exp.null() if value is None else value.sql)
        unsure = exp.true() if value is None else (value.unknown or exp.false())
        unknown = unknown.when(bound.sql, unsure)
    return Value(choice, ScalarType.TEXT, unknown.else_(exp.false()))
