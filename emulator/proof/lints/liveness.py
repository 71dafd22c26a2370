"""Which computed columns a plan uses: read backwards from the result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from emulator.nodes import record
from emulator.plan.expressions import Expression, Field, ListQuery, Row, ScalarQuery, walk
from emulator.plan.graphs import GraphMatch, GraphNodes
from emulator.plan.relations import (
    Aggregate,
    Apply,
    Distinct,
    GroupRows,
    Join,
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
from emulator.proof.lints.plan_parts import relation_expressions
from emulator.source import Span
from emulator.types import Rest

Computed: TypeAlias = tuple[str, Span]
"""A column's name and where its value is written."""


@record
class Live:
    """The columns that something later reads: those named or, with `everything`, all but those named."""

    names: frozenset[str]
    everything: bool = False

    def __contains__(self, name: str) -> bool:
        return (name in self.names) is not self.everything

    def adding(self, names: Iterable[str]) -> Live:
        """With these columns as well."""
        more = frozenset(names)
        return Live(self.names - more if self.everything else self.names | more, self.everything)

    def without(self, names: Iterable[str]) -> Live:
        """Without these columns."""
        fewer = frozenset(names)
        return Live(self.names | fewer if self.everything else self.names - fewer, self.everything)

    def among(self, names: Iterable[str]) -> Live:
        """Those of the columns named that are live."""
        return Live(frozenset(name for name in names if name in self))

    def either(self, other: Live) -> Live:
        """What is live here or there."""
        if not other.everything:
            return self.adding(other.names)
        if not self.everything:
            return other.adding(self.names)
        return Live(self.names & other.names, everything=True)


ALL = Live(frozenset(), everything=True)


@dataclass(slots=True)
class _Reader:
    used: dict[Computed, bool] = field(default_factory=dict)

    def relation(self, relation: Relation, live: Live) -> None:
        """Read a relation whose columns `live` are used."""
        match relation:
            case Scan() | GroupRows():
                pass
            case Values(rows=rows):
                self.reading((cell for row in rows for cell in row), live)
            case Segment(input=inner, steps=steps):
                self.relation(inner, self.steps(steps, live))
            case Sort(input=inner, keys=keys):
                self.relation(inner, self.reading((key.value for key in keys), live))
            case Limit(input=inner, count=count):
                self.relation(inner, self.reading([count], live))
            case Aggregate(input=inner, keys=groups, aggregates=aggregates):
                read = [key.value for key in groups] + [one for call in aggregates for one in call.arguments]
                self.relation(inner, self.reading(read, Live(frozenset())))
            case Join():
                self.join(relation, live)
            case Union(inputs=several):
                for one in several:
                    self.relation(one, live)
            case Distinct(input=inner) | Share(input=inner):
                self.relation(inner, ALL)
            case Apply(input=inner, body=body, keys=group):
                self.reading(group or (), ALL)
                self.relation(inner, ALL)
                self.relation(body, ALL)
            case TableFunction() | GraphMatch() | GraphNodes():
                self.reading(relation_expressions(relation), ALL)
                for one in inputs(relation):
                    self.relation(one, ALL)
            case _:
                assert_never(relation)

    def join(self, join: Join, live: Live) -> None:
        for side, keys, columns in (
            (join.left, join.left_keys, join.left_columns),
            (join.right, join.right_keys, join.right_columns),
        ):
            shown = Live(frozenset(name for name, out in columns if out in live))
            self.relation(side, self.reading(keys, ALL if join.row.rest is not Rest.CLOSED else shown))

    def steps(self, steps: tuple[Step, ...], live: Live) -> Live:
        for step in reversed(steps):
            live = self.step(step, live)
        return live

    def step(self, step: Step, live: Live) -> Live:
        """What is live before a step."""
        match step:
            case Filter(predicate=predicate):
                return self.reading([predicate], live)
            case Assign(assignments=assignments, keep_on_null=keeps):
                for one in assignments:
                    self.note((one.name, one.span), one.name in live)
                before = live if keeps else live.without(one.name for one in assignments)
                return self.reading((one.value for one in assignments), before)
            case Extract(arguments=arguments) | Expand(arguments=arguments):
                return self.reading(arguments, live)
            case Rename(pairs=pairs):
                renamed = [old for old, new in pairs if new in live]
                return live.without(new for _, new in pairs).without(old for old, _ in pairs).adding(renamed)
            case Keep(names=names):
                return live.among(names)
            case Drop(names=names):
                return live.without(names)
            case Branch(clauses=clauses):
                before = Live(frozenset())
                for clause in clauses:
                    before = before.either(self.steps(clause, live))
                return before
            case _:
                assert_never(step)

    def note(self, computed: Computed, used: bool) -> None:
        self.used[computed] = used or self.used.get(computed, False)

    def reading(self, expressions: Iterable[Expression], live: Live) -> Live:
        """What is live where expressions are evaluated; their sub-plans are read on the way."""
        names: set[str] = set()
        for expression in expressions:
            for node in walk(expression):
                match node:
                    case Field(name=name):
                        names.add(name)
                    case Row():
                        live = ALL
                    case ScalarQuery(query=query) | ListQuery(query=query):
                        self.relation(query, _shown(query))
                    case _:
                        pass
        return live.adding(names)


def computed_columns(root: Relation) -> dict[Computed, bool]:
    """Every column that a step of a plan assigns, and whether its value is used anywhere it stands."""
    reader = _Reader()
    reader.relation(root, _shown(root))
    return reader.used


def _shown(relation: Relation) -> Live:
    """The columns that a result shows."""
    if relation.row.rest is Rest.CLOSED:
        return Live(frozenset(column.name for column in relation.row.visible))
    return ALL
