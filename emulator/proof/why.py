"""Why an event did or did not raise an alert: every stage and branch of a rule, with the values that decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from emulator.clock import from_datetime
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Limits, Run
from emulator.interpreter.cost import conjuncts
from emulator.interpreter.output import json_cell
from emulator.interpreter.tables import Raw
from emulator.nodes import record
from emulator.plan.expressions import Expression, Field, walk
from emulator.plan.relations import Relation, Scan, Segment, inputs
from emulator.plan.steps import Branch, Extract, Filter, Step
from emulator.proof.lints.plan_parts import roots
from emulator.query import STOPS, Query
from emulator.source import Span

Recorder: TypeAlias = Callable[[Step, Mapping[str, object], tuple[object, ...]], bool]
"""Is told a step, the fields that it read and the value of each condition; answers whether the row goes on."""

TRACED = Limits(seconds=60)
"""What a traced run may use: it looks at all of every row."""


@record
class Condition:
    """One condition: what it says, what it came to, and the fields that it read."""

    span: Span
    text: str
    value: object
    read: Mapping[str, object]


@record
class Stage:
    """One stage that an event met: kept or dropped, condition by condition."""

    line: int
    kept: bool
    conditions: tuple[Condition, ...]


@dataclass(slots=True)
class Leg:
    """The way from one table through the stages; `branch` names a clause, counted from 1, or is empty."""

    table: str
    line: int
    branch: tuple[int, ...] = ()
    stages: list[Stage] = field(default_factory=list)

    @property
    def dropped_at(self) -> int | None:
        """The line of the stage that dropped the event; None when all kept it."""
        return next((stage.line for stage in self.stages if not stage.kept), None)


@record
class Explanation:
    """What a rule made of one event."""

    table: str
    alerts: int
    legs: tuple[Leg, ...]

    def to_json(self) -> dict[str, object]:
        """Everything as plain values."""
        return {"table": self.table, "alerts": self.alerts, "legs": [_leg_json(leg) for leg in self.legs]}


def _leg_json(leg: Leg) -> dict[str, object]:
    stages = [
        {
            "line": stage.line,
            "kept": stage.kept,
            "conditions": [{"text": one.text, "value": one.value, "read": one.read} for one in stage.conditions],
        }
        for stage in leg.stages
    ]
    return {"line": leg.line, "branch": list(leg.branch), "dropped_at": leg.dropped_at, "stages": stages}


def explain_event(
    query: Query, table: str, event: Mapping[str, object], now: datetime, given: Mapping[str, object]
) -> Explanation:
    """Run one event through a query, recording every decision. Raises QueryError."""
    root = query.bound(given).root
    legs = list(legs_of(root, query))
    by_step = {id(step): leg for leg, steps in legs for step in steps}

    def record(step: Step, read: Mapping[str, object], values: tuple[object, ...]) -> bool:
        kept = all(value is True for value in values)
        conditions = tuple(conditions_of(query, step, read, values))
        by_step[id(step)].stages.append(Stage(line_of(query, step.span), kept, conditions))
        return kept

    alerts = traced_run(query, root, {table: Raw([event])}, now, record)
    met = tuple(leg for leg, _ in legs if leg.stages)
    return Explanation(table, alerts, met)


def traced_run(
    query: Query, root: Relation, tables: Mapping[str, Raw], now: datetime, record: Recorder, limits: Limits = TRACED
) -> int:
    """Run a plan of a query while `record` is told every decision; the number of result rows. Raises QueryError."""
    run = Run(from_datetime(now), dict(tables), limits, trace=record)
    try:
        return sum(1 for _ in run.watched(compile_relation(root, tracing=True)(run)))
    except STOPS as error:
        raise query.stopped(error, tables) from None


def line_of(query: Query, span: Span) -> int:
    return query.source.position(span.start)[0]


def legs_of(root: Relation, query: Query) -> Iterator[tuple[Leg, list[Step]]]:
    """Each scan of the plan with the steps behind it, and a leg of its own for each clause of a branch.

    So for the sub-plans inside expressions: `in (…)`, `toscalar(…)`, what a clause does to each element of an array.
    """
    for one in roots(root):
        yield from _legs_of(one, query)


def _legs_of(relation: Relation, query: Query) -> Iterator[tuple[Leg, list[Step]]]:
    if isinstance(relation, Segment):
        table, line = (
            _table_of(relation.input),
            line_of(query, relation.steps[0].span if relation.steps else relation.span),
        )
        yield from _steps(Leg(table, line), relation.steps, query)
    for one in inputs(relation):
        yield from _legs_of(one, query)


def _table_of(relation: Relation) -> str:
    return relation.table if isinstance(relation, Scan) else ""


def _steps(leg: Leg, steps: tuple[Step, ...], query: Query) -> Iterator[tuple[Leg, list[Step]]]:
    yield leg, [step for step in steps if isinstance(step, Filter | Extract)]
    for step in steps:
        if isinstance(step, Branch):
            for number, clause in enumerate(step.clauses, 1):
                line = line_of(query, clause[0].span if clause else step.span)
                yield from _steps(Leg(leg.table, line, (*leg.branch, number)), clause, query)


def conditions_of(
    query: Query, step: Step, read: Mapping[str, object], values: tuple[object, ...]
) -> Iterator[Condition]:
    if isinstance(step, Filter):
        for expression, value in zip(conjuncts(step.predicate), values, strict=True):
            text = " ".join(query.source.slice(expression.span).split())
            yield Condition(expression.span, text, value, _read_by(expression, read))
    else:
        yield Condition(step.span, " ".join(query.source.slice(step.span).split()), values[0], {})


def _read_by(expression: Expression, read: Mapping[str, object]) -> dict[str, object]:
    """The fields of one condition as results show them; the original event is left out."""
    found: dict[str, object] = {}
    for node in walk(expression):
        if isinstance(node, Field) and not node.name.startswith("\0"):
            found[node.name] = json_cell(read[node.name], node.type)
    return found
