"""Rules on the clock: how one is deployed, what its rows stand for, and which events can matter to it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

from emulator.clock import TICKS_PER_MICROSECOND, to_datetime
from emulator.events.sensors import SensorEvent
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Limits, Run, Runner
from emulator.interpreter.tables import Raw
from emulator.plan.expressions import And, Expression, FromContext, ListQuery, ScalarQuery, walk
from emulator.plan.relations import Aggregate, Distinct, Limit, Relation, Scan, Segment, Sort, Union, Values, inputs
from emulator.plan.steps import Filter, Step, expressions
from emulator.plan.uncut import without_final_limit
from emulator.replay.clocked.deployment import NEAR_REAL_TIME, SCHEDULED_DELAY, Deployment, Grouping, Trigger
from emulator.replay.clocked.simulation import Evaluate, Look, Row
from emulator.replay.rulebook import Rule
from emulator.rules import Detection, Language

Matters: TypeAlias = Callable[[SensorEvent], bool]
"""Whether an event can matter to a rule."""


def ticks(time: timedelta) -> int:
    """A time in ticks."""
    return time // timedelta(microseconds=1) * TICKS_PER_MICROSECOND


def deployment_of(detection: Detection, language: Language) -> Deployment:
    """How a detection's file says that its query runs: Sentinel runs KQL, LogScale CQL."""
    schedule = detection.schedule
    if schedule.near_real_time and language is Language.KQL:
        made = NEAR_REAL_TIME
    else:
        delay = SCHEDULED_DELAY if language is Language.KQL else 0
        made = Deployment(ticks(schedule.frequency), ticks(detection.lookback(language)), delay)
    return replace(
        made,
        trigger=Trigger(*schedule.trigger),
        grouping=Grouping.EACH if schedule.each else Grouping.SINGLE,
        suppression=ticks(schedule.suppression),
        throttle=ticks(schedule.throttle),
        throttle_field=schedule.throttle_field,
    )


def evaluation(rule: Rule, deployment: Deployment) -> Evaluate:
    """What a rule gives for one run. Its rows stand for themselves, or for what they are about (see `keyed_by`)."""
    keys = keyed_by(rule)

    def evaluate(look: Look) -> list[Row]:
        if not look.arrivals:
            return []
        tables: dict[str, list[Mapping[str, Any]]] = {}
        for one in look.arrivals:
            tables.setdefault(one.event.table, []).append(one.event.row)
        now = to_datetime(look.end + TICKS_PER_MICROSECOND - 1)  # an end within a microsecond has to let it all in
        interval = None if deployment.by_arrival else (to_datetime(look.start), now)
        result = rule.query.run(tables, now=now, time_range=interval, given=rule.given, final_limit=False)
        names = [column.name for column in result.columns]
        chosen = [names.index(key) for key in keys if key in names] or range(len(names))
        field = names.index(deployment.throttle_field) if deployment.throttle_field in names else None
        return [
            (tuple(_hashable(row[place]) for place in chosen), "" if field is None else str(row[field]))
            for row in result.rows
        ]

    return evaluate


def keyed_by(rule: Rule) -> tuple[str, ...]:
    """The columns that tell two detections apart; none where the whole row does.

    A rule that looks at each event alone gives the same row for an event whenever it runs. One that counts gives other
    numbers in every window, so that its rows are told apart by what it groups by, or else by the detection's entities.
    """
    if is_row_by_row(rule.query.plan.root):
        return ()
    language = rule.name.language
    entities = tuple(one.columns[language] for one in rule.detection.entities if language in one.columns)
    return _grouped_by(rule.query.plan.root) or entities


def _grouped_by(root: Relation) -> tuple[str, ...]:
    """The keys of the aggregation that the rows come from, if they come from one."""
    while isinstance(root, Segment | Sort | Limit):
        root = root.input
    return tuple(key.name for key in root.keys) if isinstance(root, Aggregate) else ()


def is_row_by_row(root: Relation) -> bool:
    """True when no row of the result depends on two events, once its final limit is taken away."""
    return all(map(_is_row_by_row, _below(without_final_limit(root))))


def _is_row_by_row(node: Relation) -> bool:
    if isinstance(node, Sort):
        return node.limit is None
    return isinstance(node, Scan | Values | Segment | Union | Distinct) and not _asks_of_others(node)


def matters(rule: Rule) -> Matters:
    """A test that is true of every event which can change what a rule gives, and false of most others.

    Each segment over a table is run on the event alone, without its conditions on the run's own time.
    """
    root = rule.query.plan.root
    if any(map(_asks_of_others, _below(root))):
        return lambda _: True
    legs: dict[str, list[Runner | None]] = {}
    for segment, scan in _legs(root):
        steps = None if segment is None else _timeless(segment.steps)
        runner = None if segment is None or steps is None else compile_relation(replace(segment, steps=steps))
        legs.setdefault(scan.table, []).append(runner)

    def test(event: SensorEvent) -> bool:
        runners = legs.get(event.table, ())
        return any(runner is None or _gives_rows(runner, event) for runner in runners)

    return test


def _gives_rows(runner: Runner, event: SensorEvent) -> bool:
    run = Run(event.at, {event.table: Raw([event.row])}, Limits())
    return next(iter(runner(run)), None) is not None


def _below(root: Relation) -> Iterator[Relation]:
    yield root
    for one in inputs(root):
        yield from _below(one)


def _legs(root: Relation) -> Iterator[tuple[Segment | None, Scan]]:
    """Each scan with the segment right above it."""
    for node in _below(root):
        for one in inputs(node):
            if isinstance(one, Scan):
                yield (node if isinstance(node, Segment) else None), one
    if isinstance(root, Scan):
        yield None, root


def _asks_of_others(relation: Relation) -> bool:
    """True for steps that ask of more than their row."""
    steps = relation.steps if isinstance(relation, Segment) else ()
    return any(isinstance(part, ScalarQuery | ListQuery) for one in expressions(steps) for part in walk(one))


def _timeless(steps: tuple[Step, ...]) -> tuple[Step, ...] | None:
    """The steps without conditions on the run's own time; None when the run's time is part of anything else."""
    made: list[Step] = []
    for step in steps:
        if isinstance(step, Filter):
            operands = step.predicate.operands if isinstance(step.predicate, And) else (step.predicate,)
            kept = tuple(one for one in operands if not _asks_the_clock(one))
            if kept:
                made.append(replace(step, predicate=kept[0] if len(kept) == 1 else And(kept, step.span)))
        elif any(map(_asks_the_clock, expressions((step,)))):
            return None
        else:
            made.append(step)
    return tuple(made)


def _asks_the_clock(expression: Expression) -> bool:
    return any(isinstance(part, FromContext) for part in walk(expression))


def name_of(detection: Hashable) -> str:
    """A detection as people read it."""
    parts = detection if isinstance(detection, tuple) else (detection,)
    return ", ".join(str(part) for part in parts if part not in (None, ""))


def _hashable(value: object) -> Hashable:
    if isinstance(value, dict):
        return tuple((key, _hashable(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return value if isinstance(value, Hashable) else str(value)
