"""What is known of the rows at each filter and branch of a plan: the conditions that every one of them has passed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from emulator.nodes import record
from emulator.plan.expressions import Const, Expression, Field, fields
from emulator.plan.graphs import GraphMatch, GraphNodes
from emulator.plan.relations import (
    Aggregate,
    Apply,
    Distinct,
    GroupRows,
    Join,
    JoinKind,
    Limit,
    Relation,
    Scan,
    Segment,
    Share,
    Sort,
    TableFunction,
    Union,
    Values,
    inputs,
)
from emulator.plan.steps import Assign, Branch, Drop, Expand, Extract, Filter, Keep, Rename, Step
from emulator.proof.lints.predicates import conjuncts, is_certain, key
from emulator.source import Span

_KEEPS_LEFT = (JoinKind.INNER, JoinKind.INNER_UNIQUE, JoinKind.LEFT_OUTER, JoinKind.LEFT_SEMI, JoinKind.LEFT_ANTI)


@record
class Known:
    """What is known of a row: conditions that are true of it, and the names that the query itself gave values.

    `passed` are the conditions on the source's own columns that the row has met, shown or not. `table` is the source,
    or "" once the row is more than one of a table with changes.
    """

    facts: tuple[Expression, ...] = ()
    passed: tuple[Expression, ...] = ()
    assigned: frozenset[str] = frozenset()
    table: str = ""

    def having(self, *more: Expression) -> Known:
        """With conditions that have been passed as well."""
        certain = [one for one in more if is_certain(one)]
        own = [one for one in certain if not fields(one) & self.assigned]
        return replace(self, facts=(*self.facts, *certain), passed=(*self.passed, *own))

    def changing(self, names: Iterable[str]) -> Known:
        """Once these names have other values."""
        changed = frozenset(names)
        kept = tuple(one for one in self.facts if not fields(one) & changed)
        return replace(self, facts=kept, assigned=self.assigned | changed)

    def keeping(self, names: Iterable[str]) -> Known:
        """Once all other names are gone."""
        kept = frozenset(names)
        return replace(self, facts=tuple(one for one in self.facts if fields(one) <= kept))


NOTHING = Known()


@record
class BranchReading:
    """A branch with what was known before it and at the end of each clause."""

    step: Branch
    before: Known
    ends: tuple[Known, ...]


@dataclass(slots=True)
class Reading:
    """Every filter and branch of a plan in order, a part that stands in it twice being read twice."""

    filters: list[tuple[Filter, Known]] = field(default_factory=list)
    branches: list[BranchReading] = field(default_factory=list)
    after: dict[int, Known] = field(default_factory=dict)
    """By the identity of a relation: what is known of its rows."""
    varying: Sequence[Span] = ()
    """Where parameters of the query stand: what a condition with one says differs by run, so nothing is known by it."""

    def varies(self, span: Span) -> bool:
        """Whether a parameter stands in a part of the text."""
        return any(span.start <= one.start and one.end <= span.end for one in self.varying)


def read_facts(roots: Iterable[Relation], varying: Sequence[Span] = ()) -> Reading:
    """Read relations from their scans on; parameters stand at the places `varying`."""
    reading = Reading(varying=varying)
    for root in roots:
        _after(root, reading)
    return reading


def _after(relation: Relation, reading: Reading) -> Known:
    found = reading.after[id(relation)] = _known(relation, reading)
    return found


def _known(relation: Relation, reading: Reading) -> Known:
    match relation:
        case Scan(table=table):
            return Known(table=table)
        case Values() | GroupRows():
            return NOTHING
        case Segment(input=inner, steps=steps):
            return _through(steps, _after(inner, reading), reading)
        case Sort(input=inner) | Limit(input=inner) | Share(input=inner) | Distinct(input=inner):
            return _after(inner, reading)
        case Aggregate(input=inner, keys=keys):
            grouped = {one.name for one in keys if isinstance(one.value, Field) and one.value.name == one.name}
            return replace(_after(inner, reading).keeping(grouped), table="")
        case Join():
            return _joined(relation, reading)
        case Union(inputs=several):
            return _common([_after(one, reading) for one in several])
        case Apply(input=inner, body=body):
            _after(inner, reading)
            _after(body, reading)
            return NOTHING
        case TableFunction() | GraphMatch() | GraphNodes():
            for one in inputs(relation):
                _after(one, reading)
            return NOTHING
        case _:
            assert_never(relation)


def _joined(join: Join, reading: Reading) -> Known:
    """What is known of the left rows, as far as their columns keep their names."""
    left = _after(join.left, reading)
    _after(join.right, reading)
    if join.kind not in _KEEPS_LEFT:
        return NOTHING
    return replace(left.keeping(name for name, shown in join.left_columns if name == shown), table="")


def _common(several: Sequence[Known]) -> Known:
    """What is known of rows that come from one of several places."""
    first, *others = several
    facts = _shared(first.facts, [other.facts for other in others])
    passed = _shared(first.passed, [other.passed for other in others])
    tables = {one.table for one in several}
    table = tables.pop() if len(tables) == 1 else ""
    return Known(facts, passed, frozenset().union(*(one.assigned for one in several)), table)


def _shared(conditions: tuple[Expression, ...], others: Iterable[Sequence[Expression]]) -> tuple[Expression, ...]:
    """The conditions that all others have as well."""
    keys = [{key(one) for one in other} for other in others]
    return tuple(one for one in conditions if all(key(one) in known for known in keys))


def _through(steps: Iterable[Step], known: Known, reading: Reading) -> Known:
    for step in steps:
        known = _passed(step, known, reading)
    return known


def _passed(step: Step, known: Known, reading: Reading) -> Known:
    match step:
        case Filter(predicate=predicate):
            reading.filters.append((step, known))
            found = [one for one in conjuncts(predicate) if not isinstance(one, Const) and not reading.varies(one.span)]
            return known.having(*found)
        case Assign(assignments=assignments):
            return known.changing(one.name for one in assignments)
        case Extract(targets=targets) | Expand(targets=targets):
            return known.changing(one.name for one in targets) if targets else NOTHING
        case Rename(pairs=pairs):
            return known.changing(name for pair in pairs for name in pair)
        case Keep(names=names):
            return known.keeping(names)
        case Drop(names=names):
            return known.changing(names)
        case Branch(clauses=clauses):
            ends = tuple(_through(clause, known, reading) for clause in clauses)
            reading.branches.append(BranchReading(step, known, ends))
            return _common(ends) if ends else known
        case _:
            assert_never(step)
