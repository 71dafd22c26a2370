"""The ways of events through a rule: its legs and branches with their stages, and how far one event came on each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Limits, Run
from emulator.interpreter.tables import Raw
from emulator.nodes import record
from emulator.plan.relations import Relation, Scan, Segment, inputs
from emulator.plan.steps import Branch, Extract, Filter, Keep, Step
from emulator.proof.why import Condition, conditions_of
from emulator.query import Query
from emulator.source import Span


@record
class Way:
    """One leg, or one branch in it. `spans` are its parts in the text, `base` counts the stages before it.

    `before` covers what stands in front of a branch: the same for all branches of one `case`.
    """

    branch: tuple[int, ...]
    steps: tuple[Step, ...]
    spans: tuple[Span, ...]
    base: int
    before: Span | None = None


@record
class Kept:
    """A way that let the event through, after these conditions."""

    way: Way
    conditions: tuple[Condition, ...]


@record
class Dropped:
    """A place where the event was dropped: a condition, or a whole `case` that no branch of took it (None).

    `depth` counts the stages passed before.
    """

    way: Way
    span: Span
    condition: Condition | None
    depth: int


Seen = Mapping[int, tuple[Condition, ...]]
"""The conditions of each stage that an event met, by the identity of the step."""


class Tracer:
    """A rule's ways, and what one event met on them."""

    def __init__(self, query: Query, given: Mapping[str, object]) -> None:
        self.query = query
        root = query.bound(given).root
        self.ways = list(_ways(root, _written(root)))
        self.shown = [step.span for step in _kept_columns(root)]
        self._runner = compile_relation(root, tracing=True)

    def event(
        self, table: str, event: Mapping[str, object], now: int, start: int | None
    ) -> tuple[int, list[Kept | Dropped]]:
        """How many alerts one event gives, and what became of it on each way that it met.

        `now` is the time of the run in ticks, `start` where its search begins, if it has a beginning.
        """
        seen: dict[int, tuple[Condition, ...]] = {}

        def record(step: Step, read: Mapping[str, object], values: tuple[object, ...]) -> bool:
            seen[id(step)] = tuple(conditions_of(self.query, step, read, values))
            return all(value is True for value in values)

        run = Run(now, {table: Raw([event])}, Limits(), start, trace=record)
        alerts = sum(1 for _ in self._runner(run))
        found = [one for way in self.ways for one in _followed(way, seen, self.query.source.text)]
        return alerts, found


def _written(relation: Relation) -> list[Span]:
    """Where the steps of a plan stand in the text."""
    own = [step.span for step in relation.steps] if isinstance(relation, Segment) else []
    return own + [span for one in inputs(relation) for span in _written(one)]


def _ways(relation: Relation, written: list[Span]) -> Iterator[Way]:
    """The segments of a plan that hold stages, from the outermost inwards."""
    if isinstance(relation, Segment) and any(isinstance(step, Filter | Extract | Branch) for step in relation.steps):
        yield _way(relation, written)
    for one in inputs(relation):
        yield from _ways(one, written)


def _way(segment: Segment, written: list[Span]) -> Way:
    """A leg. Steps that a union adds around its legs are none of theirs."""
    base = sum(len(way.steps) for below in inputs(segment) for way in _ways(below, written))
    spans = [step.span for step in segment.steps if not any(_around(step.span, one) for one in written)]
    if isinstance(segment.input, Scan) and all(segment.input.span.start <= span.start for span in spans):
        # Where the table is named; a query without that begins where its text does.
        spans.insert(0, Span(segment.input.span.start, segment.input.span.start))
    return Way((), segment.steps, tuple(spans), base)


def _around(outer: Span, inner: Span) -> bool:
    return outer != inner and outer.start <= inner.start and inner.end <= outer.end


def _followed(way: Way, seen: Seen, text: str) -> Iterator[Kept | Dropped]:
    """What became of an event on a way; nothing when it never came there."""
    passed: list[Condition] = []
    depth = way.base
    for step in way.steps:
        if isinstance(step, Branch):
            yield from _branched(way, step, seen, text, depth, tuple(passed))
            return
        if not isinstance(step, Filter | Extract):
            continue
        if id(step) not in seen:
            return
        failed = next((one for one in seen[id(step)] if one.value is not True), None)
        if failed is not None:
            yield Dropped(way, failed.span, failed, depth)
            return
        passed.extend(seen[id(step)])
        depth += 1
    yield Kept(way, tuple(passed))


def _branched(
    way: Way, step: Branch, seen: Seen, text: str, depth: int, passed: tuple[Condition, ...]
) -> Iterator[Kept | Dropped]:
    """The first branch that lets the event through, or where each of them dropped it."""
    dropped: list[Kept | Dropped] = []
    spans = step.spans or (step.span,) * len(step.clauses)
    before = Span(way.spans[0].start, step.span.start)
    reached = step.span.start
    for number, (clause, span) in enumerate(zip(step.clauses, spans, strict=True), 1):
        inner = Way((*way.branch, number), clause, (_from_its_line(span, reached, text),), depth, before)
        reached = span.end
        found = list(_followed(inner, seen, text))
        kept = [one for one in found if isinstance(one, Kept)]
        if kept:
            yield from (Kept(one.way, passed + one.conditions) for one in kept)
            return
        dropped.extend(found)
    yield Dropped(way, step.span, None, depth)
    yield from dropped


def _from_its_line(span: Span, after: int, text: str) -> Span:
    """A clause with the lines of its own that precede it, such as a comment, behind the end of the one before."""
    end = text.find("\n", after, span.start)
    return span if end < 0 else Span(end + 1, span.end)


def _kept_columns(root: Relation) -> Iterator[Keep]:
    """The steps behind everything else that choose what an alert shows."""
    relation: Relation = root
    while not isinstance(relation, Scan):
        if isinstance(relation, Segment):
            yield from (step for step in relation.steps if isinstance(step, Keep))
        below = inputs(relation)
        if len(below) != 1:
            return
        (relation,) = below
