"""Steps of a segment as SQL: conditions of rows, and values computed from values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from emulator.columnar.expressions.bounds import Value, Values
from emulator.columnar.expressions.cells import SQL_TYPES
from emulator.columnar.expressions.scalars import Scalars
from emulator.columnar.plans.rows import Rows, Untranslatable, conjunction, inner, is_light, subquery
from emulator.interpreter.segments import live_before
from emulator.plan.steps import Assign, Branch, Drop, Filter, Keep, Rename, Step, read_by
from emulator.types import ScalarType

Fresh = Callable[[str], str]
"""Makes a name that no other part of a query has."""
_ABSENT = Value(exp.cast(exp.null(), "VARCHAR"), ScalarType.TEXT)
_CLAUSE = "k"


class Stepping:
    """Takes rows through steps; `is_open` for events, whose fields may be missing."""

    def __init__(self, scalars: Scalars, fresh: Fresh, *, is_open: bool) -> None:
        self._scalars = scalars
        self._fresh = fresh
        self._open = is_open

    def through(self, rows: Rows, steps: Sequence[Step], wanted: frozenset[str]) -> tuple[Rows, int, str]:
        """The rows behind the steps that SQL can say, how many those are, and why it can't say the next.

        Of closed rows, the columns `wanted` are read behind the last step.
        """
        live = [wanted] * (len(steps) + 1) if self._open else live_before(tuple(steps), wanted)
        for number, step in enumerate(steps):
            try:
                rows = self._step(rows, step, live[number + 1])
            except Untranslatable as answer:
                return rows, number, str(answer)
        return rows, len(steps), ""

    def _step(self, rows: Rows, step: Step, live: frozenset[str]) -> Rows:
        if isinstance(step, Branch):
            return self._branch(rows, step)
        conditions, values = self._row(rows.values, step, live)
        settled = rows.settled and not (self._open and _unsettles(step, rows.values))
        rows = replace(rows.kept(*conditions), values=values, settled=settled or isinstance(step, Keep))
        if isinstance(step, Assign) and not all(is_light(values[one.name]) for one in step.assignments):
            return self._nested(rows)
        return rows

    def _nested(self, rows: Rows, more: Mapping[str, exp.Expr] | None = None) -> Rows:
        """The rows from a query of their own, so that no value is computed twice."""
        columns, behind = inner(rows, more)
        return replace(behind, source=subquery(rows.query(columns, ordered=False), self._fresh("t")))

    def _row(self, values: Values, step: Step, live: frozenset[str] | None) -> tuple[list[exp.Expr], dict[str, Value]]:
        """What a step asks of one row, and the values behind it."""
        known = dict(values)
        reading = with_absent(known, read_by([step])) if self._open else known
        match step:
            case Filter(predicate=predicate):
                condition = self._scalars.condition(predicate, reading)
                if condition is None:
                    raise Untranslatable(self._scalars.why_not(predicate, reading) or "a condition has no SQL")
                return [condition], known
            case Assign():
                return [], self._assigned(step, known, reading, live)
            case Rename(pairs=pairs):
                return [], _renamed_fields(known, pairs) if self._open else _renamed_columns(known, pairs)
            case Keep(names=names):
                return [], {name: known[name] for name in names if not self._open or name in known}
            case Drop(names=names):
                return [], {name: value for name, value in known.items() if name not in names}
            case _:
                raise Untranslatable(f"a step of the kind `{type(step).__name__.lower()}` works row by row")

    def _assigned(
        self, step: Assign, known: dict[str, Value], reading: Values, live: frozenset[str] | None
    ) -> dict[str, Value]:
        made = {}
        for one in step.assignments:
            if not self._open and live is not None and one.name not in live:
                made[one.name] = Value(exp.cast(exp.null(), SQL_TYPES[one.value.type]), one.value.type)
                continue
            value = self._scalars.value(one.value, reading)
            if value is None:
                why = self._scalars.why_not(one.value, reading) or "it has no SQL"
                raise Untranslatable(f"the value of `{one.name}`: {why}")
            if self._open and value.type is not ScalarType.TEXT:
                raise Untranslatable(f"the value of `{one.name}` is of the type {value.type.value}")
            made[one.name] = value
        for name, value in made.items():
            old = known.get(name)
            if step.keep_on_null and old is not None and not isinstance(value.sql, exp.Literal):
                value = Value(exp.Coalesce(this=value.sql.copy(), expressions=[old.sql.copy()]), value.type)
            known[name] = value
        return known

    def _branch(self, rows: Rows, step: Branch) -> Rows:
        """A number for the first clause that lets a row through, then for each field the value of that clause."""
        choice = exp.Case()
        for number, clause in enumerate(step.clauses):
            conditions, _ = self._clause(rows.values, clause)
            choice = choice.when(conjunction(conditions), exp.Literal.number(number), copy=False)
        nested = self._nested(rows, {_CLAUSE: choice})
        chosen = exp.column(_CLAUSE)
        ways = [self._clause(nested.values, _unfiltered(clause))[1] for clause in step.clauses]
        names, agree = merged_names([nested.values, *ways])
        values = {
            name: _chosen(chosen, name, nested.values, ways) for name in names if any(name in way for way in ways)
        }
        settled = (
            rows.settled and agree and not any(_unsettles(one, rows.values) for way in step.clauses for one in way)
        )
        behind = replace(nested, values=values, settled=settled)
        return behind.kept(exp.not_(exp.Is(this=chosen.copy(), expression=exp.null())))

    def _clause(self, values: Values, steps: Iterable[Step]) -> tuple[list[exp.Expr], dict[str, Value]]:
        conditions: list[exp.Expr] = []
        behind = dict(values)
        for step in steps:
            if isinstance(step, Branch):
                raise Untranslatable("a case stands inside a case")
            more, behind = self._row(behind, step, None)
            conditions += more
        return conditions, behind


def _chosen(chosen: exp.Expr, name: str, before: Values, ways: Sequence[Values]) -> Value:
    """The value of a field in the clause that was chosen."""
    found = [way.get(name, _ABSENT) for way in ways]
    if all(one is before.get(name) for one in found):
        return before[name]
    if all(one.sql == found[0].sql for one in found):
        return found[0]
    made = exp.Case(this=chosen.copy())
    for number, one in enumerate(found):
        made = made.when(exp.Literal.number(number), one.sql.copy(), copy=False)
    return Value(made, ScalarType.TEXT)


def _unfiltered(steps: Iterable[Step]) -> list[Step]:
    """The steps that change values."""
    return [step for step in steps if not isinstance(step, Filter)]


def with_absent(values: Values, names: Iterable[str]) -> dict[str, Value]:
    """The values of events, with an absent one for each name that no event has."""
    return {**{name: _ABSENT for name in names if name not in values}, **values}


def merged_names(several: Sequence[Values]) -> tuple[list[str], bool]:
    """All names in an order, and whether each has its own in that order."""
    names = list(dict.fromkeys(name for one in several for name in one))
    places = {name: place for place, name in enumerate(names)}
    listed = [[places[name] for name in one] for one in several]
    return names, all(one == sorted(one) for one in listed)


def _unsettles(step: Step, values: Values) -> bool:
    """True when the place of a field among those of an event depends on what the event held before."""
    match step:
        case Assign(assignments=assignments):
            return any(one.name in values for one in assignments)
        case Rename(pairs=pairs):
            return any(new in values for _, new in pairs)
        case _:
            return False


def _renamed_columns(values: dict[str, Value], pairs: Iterable[tuple[str, str]]) -> dict[str, Value]:
    new_names = dict(pairs)
    gone = set(new_names.values()) - set(new_names)
    return {new_names.get(name, name): value for name, value in values.items() if name not in gone}


def _renamed_fields(values: dict[str, Value], pairs: Iterable[tuple[str, str]]) -> dict[str, Value]:
    """One pair after the other; an event that lacks the old field keeps what it has under the new name."""
    for old, new in pairs:
        value = values.pop(old, None)
        if value is None:
            continue
        there = values.pop(new, None)
        if there is not None:
            value = Value(exp.Coalesce(this=value.sql.copy(), expressions=[there.sql.copy()]), value.type)
        values[new] = value
    return values
