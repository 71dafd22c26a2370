"""`correlate()`: constellations of events, one for each of several queries, that agree on linked fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from emulator.assumptions import assumption
from emulator.cql import library, syntax
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.constants import NotOfType, field_name, items
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.cql.binder.pipeline import bind_pipeline
from emulator.cql.constellations import NUMBER, Event, Node, Pattern, Search
from emulator.cql.library.pipeline import MODE_GAP
from emulator.cql.library.sequences import applied
from emulator.diagnostics import code
from emulator.functions import Kind, Library
from emulator.plan.expressions import Const
from emulator.plan.relations import Share, TableFunction
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "correlation")

FIRST_MATCH = assumption(
    "correlate-first-match",
    "cql",
    "`correlate()` gives for each event of the root query the earliest events of the others that fit, in the order of "
    "the queries; equal times without `@id` count as in sequence, and no event stands in two places of a constellation",
)
ORDER_OF_VALUES = assumption(
    "correlate-sequence-by",
    "cql",
    "`sequenceBy` of `correlate()` compares numbers by value and other texts by their characters; what is missing "
    "comes first",
)
JITTER = assumption(
    "correlate-jitter",
    "cql",
    "`jitterTolerance` of `correlate()` takes any two events of a constellation for in sequence that lie no further "
    "apart than it",
)
_MOST_QUERIES = 100
AFTER_AGGREGATE = code(
    "CQL3016",
    "a function of all events, after an aggregate",
    "`correlate()` looks for its events among those that filters leave. It can't stand behind aggregates such as "
    "`groupBy()` and `sort()`, nor behind `createEvents()` and `readFile()`; the product rejects it there.",
)


@LIBRARY.table(
    "correlate(...query: query, globalConstraints: fields = [], includeConstraintValues: bool = true,"
    " includeMatchesOnceOnly: bool = false, iterationLimit: between[1|10] = 5, jitterTolerance: duration = none,"
    " maxPerRoot: between[1|1000000] = 1, root: text = none, sequence: bool = false, sequenceBy: fields = none,"
    " within: duration = none) -> aggregate",
    doc="correlate",
)
def lower_correlate(flow: Flow, arguments: Arguments) -> None:
    """One event for each constellation."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("correlate", span)
        return
    if flow.context.ordered:
        help = "put it before the first aggregate"
        flow.context.error(AFTER_AGGREGATE, "`correlate()` needs events that no aggregate made", span, help)
        return
    named = _queries(flow, arguments)
    names = [one.name.text for one in named if one.name is not None]
    pattern = _pattern(flow, arguments, names) if named else None
    if pattern is None:
        return
    flow.context.rest_on(FIRST_MATCH)
    numbered = applied("numbered", flow.relation(span), (), span)
    events = Share(numbered, flow.context.fresh_key(), OPEN, span)
    nodes, inputs = [], []
    for query, name in zip(named, names, strict=True):
        links, rest = _links(flow, query.pipeline, name, names)
        inner = Flow(flow.context, events)
        bind_pipeline(inner, rest)
        _check_steps(flow, rest)
        inputs.append(inner.relation(span))
        nodes.append(Node(name, _included(flow, query), links))
    given = Const((tuple(nodes), pattern), ScalarType.VALUE, span)
    flow.put(TableFunction(operator("constellations"), (*inputs,), (given,), OPEN, span), ())


def _queries(flow: Flow, arguments: Arguments) -> list[syntax.Subquery]:
    """The named queries; none after an error."""
    span = arguments.call.span
    queries = [one.value for one in arguments.others]
    named = [one for one in queries if isinstance(one, syntax.Subquery) and one.name is not None]
    if len(named) != len(queries) or len(named) < 2:
        help = "write correlate(A: {…}, B: {…}, …)"
        flow.context.error(WRONG_ARGUMENT, "`correlate()` takes two named queries or more", span, help)
        return []
    if len({one.name.text for one in named if one.name is not None}) < len(named):
        help = "give each query a name of its own"
        flow.context.error(WRONG_ARGUMENT, "two queries of `correlate()` have one name", span, help)
        return []
    if len(named) > _MOST_QUERIES:
        message = f"`correlate()` of more than {_MOST_QUERIES} queries is not supported"
        flow.context.error(MODE_GAP, message, span, "link fewer queries")
        return []
    return named


def _pattern(flow: Flow, arguments: Arguments, names: list[str]) -> Pattern | None:
    """What the options ask for, or None after an error."""
    root, jitter, within = arguments["root"], arguments["jitterTolerance"], arguments["within"]
    for name in ("jitterTolerance", "sequenceBy"):
        if arguments[name] is not None and not arguments["sequence"]:
            flow.context.error(WRONG_ARGUMENT, f"`{name}` needs a sequence", arguments.span(name), "add sequence=true")
            return None
    if root is not None and root not in names:
        help = f"name one of {', '.join(f'`{name}`' for name in names)}"
        flow.context.error(WRONG_ARGUMENT, f"there is no query `{root}`", arguments.span("root"), help)
        return None
    if jitter is not None and within is not None and jitter > within:
        message = "`jitterTolerance` is longer than `within`"
        flow.context.error(WRONG_ARGUMENT, message, arguments.span("jitterTolerance"), "write a shorter one")
        return None
    if arguments["sequenceBy"] is not None:
        flow.context.rest_on(ORDER_OF_VALUES)
    if jitter is not None:
        flow.context.rest_on(JITTER)
    return Pattern(
        root=0 if root is None else names.index(root),
        sequence=arguments["sequence"],
        order=arguments["sequenceBy"] or (),
        jitter=jitter,
        within=within,
        constraints=arguments["globalConstraints"],
        once=arguments["includeMatchesOnceOnly"],
        most=arguments["maxPerRoot"],
        show_links=arguments["includeConstraintValues"],
    )


def _links(
    flow: Flow, pipeline: syntax.Pipeline, name: str, names: list[str]
) -> tuple[tuple[tuple[str, str, str], ...], syntax.Pipeline]:
    """The links of a query, and the query without them."""
    links: list[tuple[str, str, str]] = []
    steps: list[syntax.Step] = []
    for step in pipeline.steps:
        operands = step.operands if isinstance(step, syntax.And) else (step,)
        kept = []
        for one in operands:
            if not isinstance(one, syntax.Comparison) or one.operator is not syntax.FilterOperator.LINK:
                kept.append(one)
            elif (link := _link(flow, one, name, names)) is not None:
                links.append(link)
        if isinstance(step, syntax.And) and len(kept) > 1:
            steps.append(replace(step, operands=tuple(one for one in step.operands if one in kept)))
        else:
            steps.extend(kept)
    return tuple(links), replace(pipeline, steps=tuple(steps))


def _link(flow: Flow, one: syntax.Comparison, name: str, names: list[str]) -> tuple[str, str, str] | None:
    """Own field, other query and its field; None after an error."""
    text = getattr(one.value, "text", "")
    other = max((query for query in names if text.startswith(f"{query}.")), key=len, default="")
    if other and other != name:
        return one.field.text, other, text[len(other) + 1 :]
    others = " or ".join(f"`{query}.{one.field.text}`" for query in names if query != name)
    flow.context.error(WRONG_ARGUMENT, f"`{text}` is no field of another query", one.span, f"write {others}")
    return None


def _check_steps(flow: Flow, pipeline: syntax.Pipeline) -> None:
    """Report functions of many events: a query of `correlate()` filters, and changes events one by one."""
    for step in pipeline.steps:
        function = library.lookup(step.name) if isinstance(step, syntax.Call) else None
        if function is not None and (function.kind is Kind.AGGREGATE or function.signature.returns == "aggregate"):
            message = f"`{function.name}()` looks at many events, which a query of `correlate()` can't"
            flow.context.error(WRONG_ARGUMENT, message, step.span, "move it behind `correlate()`")


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
    return ({**row, NUMBER: str(at)} for at, row in enumerate(rows))


@LIBRARY.table("operator:constellations(...rows: any) -> aggregate")
def constellations(*given: Any) -> Iterator[dict[str, str]]:
    """The rows of all constellations; the last argument says what they must fulfil."""
    *tables, (nodes, pattern) = given
    return Search(nodes, pattern, [list(rows) for rows in tables]).rows()
