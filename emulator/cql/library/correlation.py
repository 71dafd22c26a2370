"""`correlate()`: constellations of events, one for each of several queries, that agree on linked fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from emulator.assumptions import assumption
from emulator.cql import syntax
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.constants import NotOfType, field_name, items
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.cql.binder.pipeline import bind_pipeline
from emulator.cql.library.pipeline import MODE_GAP
from emulator.cql.library.sequences import applied
from emulator.cql.library.values import Event, number
from emulator.diagnostics import code
from emulator.functions import Library, MeaningError
from emulator.plan.expressions import Const
from emulator.plan.relations import Share, TableFunction
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "correlation")

FIRST_MATCH = assumption(
    "correlate-first-match",
    "cql",
    "`correlate()` gives for each event of the root query the earliest events of the others that fit, in the order of "
    "the queries; equal times count as in sequence, and no event stands in two places of one constellation",
)
TOO_WIDE = code(
    "CQL5007",
    "a correlation of too many events",
    "Where queries are linked by few fields, every event of one has to be tried with every event of the others. The "
    "number of tries is limited, so that a rule can't hang a run.",
)
_MOST_TRIED = 10_000_000
_MOST_QUERIES = 100
_STANDARD = ("@id", "@timestamp", "@ingesttimestamp")
_NUMBER = "\0number"


@dataclass(frozen=True, slots=True)
class Node:
    """One query: its name, the fields it shows (None for all), and links as own field, other query, its field."""

    name: str
    shown: tuple[str, ...] | None
    links: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a constellation must fulfil, besides the links."""

    sequence: bool
    within: float | None
    constraints: tuple[str, ...]
    once: bool
    most: int
    show_links: bool


@LIBRARY.table(
    "correlate(...query: query, globalConstraints: fields = [], includeConstraintValues: bool = true,"
    " includeMatchesOnceOnly: bool = false, iterationLimit: number = 5, jitterTolerance: duration = none,"
    " maxPerRoot: number = 1, root: text = none, sequence: bool = false, sequenceBy: fields = none,"
    " within: duration = none) -> aggregate",
    doc="correlate",
)
def lower_correlate(flow: Flow, arguments: Arguments) -> None:
    """One event for each constellation."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("correlate", span)
        return
    for name in ("jitterTolerance", "sequenceBy", "root"):
        if arguments[name] is not None:
            message = f"`correlate()` with `{name}` is not known exactly"
            flow.context.error(MODE_GAP, message, arguments.span(name), f"leave `{name}` out")
            return
    queries = [one.value for one in arguments.others]
    named = [one for one in queries if isinstance(one, syntax.Subquery) and one.name is not None]
    if len(named) != len(queries) or len(named) < 2:
        help = "write correlate(A: {…}, B: {…}, …)"
        flow.context.error(WRONG_ARGUMENT, "`correlate()` takes two named queries or more", span, help)
        return
    if len(named) > _MOST_QUERIES:
        message = f"`correlate()` of more than {_MOST_QUERIES} queries is not supported"
        flow.context.error(MODE_GAP, message, span, "link fewer queries")
        return
    flow.context.rest_on(FIRST_MATCH)
    numbered = applied("numbered", flow.relation(span), (), span)
    events = Share(numbered, flow.context.fresh_key(), OPEN, span)
    names = [one.name.text for one in named if one.name is not None]
    nodes, inputs = [], []
    for query, name in zip(named, names, strict=True):
        links, rest = _links(query.pipeline, names)
        inner = Flow(flow.context, events)
        bind_pipeline(inner, rest)
        inputs.append(inner.relation(span))
        nodes.append(Node(name, _included(flow, query), links))
    pattern = Pattern(
        arguments["sequence"],
        arguments["within"],
        arguments["globalConstraints"],
        arguments["includeMatchesOnceOnly"],
        int(arguments["maxPerRoot"]),
        arguments["includeConstraintValues"],
    )
    given = Const((tuple(nodes), pattern), ScalarType.VALUE, span)
    flow.put(TableFunction(operator("constellations"), (*inputs,), (given,), OPEN, span), ())


def _links(pipeline: syntax.Pipeline, names: list[str]) -> tuple[tuple[tuple[str, str, str], ...], syntax.Pipeline]:
    """The links of a query, and the query without them."""
    links: list[tuple[str, str, str]] = []
    steps: list[syntax.Step] = []
    for step in pipeline.steps:
        kept: list[syntax.Filter] = []
        if not isinstance(step, syntax.And):
            if (link := _link(step, names)) is None:
                steps.append(step)
            else:
                links.append(link)
            continue
        for one in step.operands:
            if (link := _link(one, names)) is None:
                kept.append(one)
            else:
                links.append(link)
        if len(kept) > 1:
            steps.append(replace(step, operands=tuple(kept)))
        else:
            steps.extend(kept)
    return tuple(links), replace(pipeline, steps=tuple(steps))


def _link(one: syntax.Step, names: list[str]) -> tuple[str, str, str] | None:
    if not isinstance(one, syntax.Comparison) or one.operator is not syntax.FilterOperator.LINK:
        return None
    other, field = _target(one.value, names)
    return one.field.text, other, field


def _target(value: syntax.Pattern, names: list[str]) -> tuple[str, str]:
    text = getattr(value, "text", "")
    name = max((one for one in names if text.startswith(f"{one}.")), key=len, default="")
    return name, text[len(name) + 1 :] if name else text


def _included(flow: Flow, query: syntax.Subquery) -> tuple[str, ...] | None:
    for option in query.options:
        try:
            fields = tuple(field_name(flow.context, one) for one in items(option.value))
        except NotOfType as wrong:
            flow.context.error(WRONG_ARGUMENT, f"`include` takes {wrong}s", option.span, "write include: [a, b]")
            return ()
        return None if "*" in fields else fields
    return ()


@LIBRARY.table("operator:numbered(rows: any) -> aggregate")
def numbered(rows: Iterable[Event]) -> Iterator[dict[str, str]]:
    """The events with a number each, to tell them apart."""
    return ({**row, _NUMBER: str(at)} for at, row in enumerate(rows))


class _Search:
    """Looks for constellations, query by query."""

    def __init__(self, nodes: tuple[Node, ...], pattern: Pattern, tables: list[list[Event]]) -> None:
        self.nodes = nodes
        self.pattern = pattern
        self.tried = 0
        self.used: list[set[str]] = [set() for _ in nodes]
        places = {node.name: at for at, node in enumerate(nodes)}
        links = [(at, link) for at, node in enumerate(nodes) for link in node.links]
        self.ties: list[list[tuple[str, int, str]]] = [[(one, 0, one) for one in pattern.constraints] for _ in nodes]
        self.ties[0] = []
        for at, (own, name, field) in links:
            other = places.get(name)
            if other is not None and other != at:
                late, early = (at, other) if at > other else (other, at)
                self.ties[late].append((own, early, field) if late == at else (field, early, own))
        self.index = [self._indexed(rows, ties) for rows, ties in zip(tables, self.ties, strict=True)]

    @staticmethod
    def _indexed(rows: list[Event], ties: list[tuple[str, int, str]]) -> dict[tuple[str | None, ...], list[Event]]:
        index: dict[tuple[str | None, ...], list[Event]] = {}
        for row in rows:
            index.setdefault(tuple(row.get(own) for own, _, _ in ties), []).append(row)
        return index

    def found(self, chosen: list[Event]) -> Iterator[list[Event]]:
        """The constellations that begin with some events."""
        at = len(chosen)
        if at == len(self.nodes):
            yield chosen
            return
        key = tuple(chosen[other].get(field) for _, other, field in self.ties[at])
        if None in key:
            return
        for row in self.index[at].get(key, ()):
            if self._fits(chosen, row, at):
                yield from self.found([*chosen, row])

    def _fits(self, chosen: list[Event], row: Event, at: int) -> bool:
        self.tried += len(chosen)
        if self.tried > _MOST_TRIED:
            help = "link the queries by more fields, or narrow them"
            raise MeaningError(TOO_WIDE, f"`correlate()` tried more than {_MOST_TRIED:,} pairs of events", help)
        if any(row[_NUMBER] == one[_NUMBER] for one in chosen) or row[_NUMBER] in self.used[at]:
            return False
        times = [number(one.get("@timestamp")) or 0 for one in (*chosen, row)]
        if self.pattern.sequence and len(times) > 1 and times[-1] < times[-2]:
            return False
        return self.pattern.within is None or max(times) - min(times) <= self.pattern.within

    def rows(self) -> Iterator[dict[str, str]]:
        """One row for each constellation, at most so many for each event of the root."""
        roots = [row for rows in self.index[0].values() for row in rows]
        for root in roots:
            count = 0
            for constellation in self.found([root]):
                if self.pattern.once and any(
                    one[_NUMBER] in used for one, used in zip(constellation, self.used, strict=True)
                ):
                    continue
                for one, used in zip(constellation, self.used, strict=True):
                    if self.pattern.once:
                        used.add(one[_NUMBER])
                yield self._shown(constellation)
                count += 1
                if count >= self.pattern.most:
                    break

    def _shown(self, constellation: list[Event]) -> dict[str, str]:
        row: dict[str, str] = {}
        for node, event in zip(self.nodes, constellation, strict=True):
            names = [name for name in event if name[:1] != "\0"] if node.shown is None else list(node.shown)
            if self.pattern.show_links:
                names += [*self.pattern.constraints, *(own for own, _, _ in node.links)]
                names += [field for one in self.nodes for _, other, field in one.links if other == node.name]
            for name in dict.fromkeys((*_STANDARD, *names)):
                if name in event:
                    row[f"{node.name}.{name}"] = event[name]
        return row


@LIBRARY.table("operator:constellations(...rows: any) -> aggregate")
def constellations(*given: Any) -> Iterator[dict[str, str]]:
    """The rows of all constellations; the last argument says what they must fulfil."""
    *tables, (nodes, pattern) = given
    ordered = [sorted(rows, key=lambda row: number(row.get("@timestamp")) or 0) for rows in tables]
    return _Search(nodes, pattern, ordered).rows()
