"""Functions that order events and choose the first of them; each has a limit that the product applies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from emulator.assumptions import assumption
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.context import EVENT
from emulator.cql.binder.expressions import operate, operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.values import number, show
from emulator.functions import Library
from emulator.plan.expressions import Const, Field
from emulator.plan.relations import Ordering, Relation, Segment, Sort, SortKey, TableFunction
from emulator.plan.steps import Keep
from emulator.source import Span
from emulator.types import OPEN, RowType, ScalarType

LIBRARY = Library("cql", "ordering")

MOST_ROWS = 200_000
"""The most that a `limit` can be, and what `limit=max` stands for."""
SORT_OTHERS = assumption(
    "sort-not-of-type",
    "cql",
    "rows whose value does not read as the sort's `type`, or is missing, come last, in the order they had",
)
SORT_TIES = assumption(
    "sort-ties", "cql", "rows that sort alike keep the order in which they came; the product documents none"
)
MAX_ROWS = assumption(
    "max-rows",
    "cql",
    "`limit=max` stands for 200,000 rows, as since version 1.202; a repository may set another bound, and older "
    "versions had 20,000",
)
TAIL_ORDER = assumption(
    "tail-order", "cql", "`tail()` gives the newest events with the oldest of them first: no order is documented"
)
SPELLED_ORDER = assumption(
    "spelled-order",
    "cql",
    "`order` also takes what begins or spells out `asc` and `desc`, such as `ascending` and `des`: the vendor's own "
    "dashboards write so, the documentation names the two words",
)
_ORDERINGS = {"string": Ordering.TEXT, "hex": Ordering.HEX}


def sort_keys(
    fields: tuple[str, ...], orders: tuple[str, ...], types: tuple[str, ...], span: Span
) -> tuple[SortKey, ...]:
    """Sort keys of fields with their orders and types; a list that is too short repeats its last item."""
    keys = []
    for position, name in enumerate(fields):
        descending = orders[min(position, len(orders) - 1)] != "asc"
        ordering = _ORDERINGS.get(types[min(position, len(types) - 1)], Ordering.NUMERIC)
        keys.append(SortKey(Field(name, ScalarType.TEXT, span), descending, nulls_first=False, ordering=ordering))
    return tuple(keys)


def limit_of(flow: Flow, arguments: Arguments, most: int | None = None) -> int:
    """The `limit` of a call; beyond the most that the function takes, or else a repository's rows, it is an error."""
    limit: int | None = arguments["limit"]
    if limit is None and most is None:
        flow.context.rest_on(MAX_ROWS)
    bound = MOST_ROWS if most is None else most
    if limit is not None and limit > bound:
        message = f"`limit` is {bound:,} at most"
        flow.context.error(WRONG_ARGUMENT, message, arguments.span("limit"), f"write limit={bound} or limit=max")
    return bound if limit is None else min(limit, bound)


def _orders(flow: Flow, arguments: Arguments) -> tuple[str, ...]:
    """`order`, or the deprecated `reverse`, where it is given; each as `asc` or `desc`."""
    if arguments.given("reverse") and not arguments.given("order"):
        return ("desc",) if arguments["reverse"] else ("asc",)
    return tuple(_order(flow, arguments, text.lower()) for text in arguments["order"])


def _order(flow: Flow, arguments: Arguments, text: str) -> str:
    if text in ("asc", "desc"):
        return text
    spelled = next((whole for whole in ("ascending", "descending") if len(text) > 2 and whole.startswith(text)), None)
    if spelled is None:
        if not flow.context.holds_unknown(arguments.span("order")):
            message = f"`order` of `{arguments.call.name}()` takes `asc` or `desc`"
            flow.context.error(WRONG_ARGUMENT, message, arguments.span("order"), "write `asc` or `desc`")
        return "desc"
    flow.context.rest_on(SPELLED_ORDER)
    return spelled.removesuffix("ending")


@LIBRARY.table(
    "table(fields: fields, limit: limit = 200, sortby: fields = @timestamp, order: texts = desc,"
    " type: choices[number|string|hex|any] = number, reverse: bool = false) -> aggregate",
    doc="table",
)
def lower_table(flow: Flow, arguments: Arguments) -> None:
    """The newest events (or the first by `sortby`) with these fields, in this order."""
    fields: tuple[str, ...] = tuple(dict.fromkeys(arguments["fields"]))
    span = arguments.call.span
    keys = sort_keys(arguments["sortby"], _orders(flow, arguments), arguments["type"], span)
    limit = limit_of(flow, arguments)
    flow.context.rest_on(SORT_TIES)
    if arguments.given("sortby"):
        flow.context.rest_on(SORT_OTHERS)

    def make(before: Relation, row: RowType) -> Relation:
        ordered = Sort(before, keys, before.row, span, limit, noted=True)
        kept = (*fields, EVENT) if flow.context.reads_original else fields
        return Segment(ordered, (Keep(kept, span),), row, span)

    flow.replace(make, fields, "table", span)


@LIBRARY.table(
    "sort(field: fields = _count, order: texts = desc, type: choices[number|string|hex|any] = number,"
    " limit: limit = 200, reverse: bool = false) -> aggregate",
    doc="sort",
)
def lower_sort(flow: Flow, arguments: Arguments) -> None:
    """All events in order, the first `limit` of them."""
    span = arguments.call.span
    keys = sort_keys(arguments["field"], _orders(flow, arguments), arguments["type"], span)
    limit = limit_of(flow, arguments)
    flow.context.rest_on(SORT_OTHERS)
    flow.context.rest_on(SORT_TIES)
    flow.replace(lambda before, row: Sort(before, keys, row, span, limit, noted=True), flow.columns, "sort", span)


def by_time(span: Span, *, descending: bool) -> tuple[SortKey, ...]:
    """Events by their time; those that have none are told by the time they were ingested."""
    fields = [Field(name, ScalarType.TEXT, span) for name in ("@timestamp", "@ingesttimestamp")]
    return (
        SortKey(operate("event_time", *fields, span=span), descending, nulls_first=False, ordering=Ordering.NUMERIC),
    )


@LIBRARY.table("head(limit: limit = 200) -> aggregate", doc="head")
def lower_head(flow: Flow, arguments: Arguments) -> None:
    """The oldest events, in order of time."""
    span = arguments.call.span
    limit = limit_of(flow, arguments)
    keys = by_time(span, descending=False)
    flow.replace(lambda before, row: Sort(before, keys, row, span, limit, noted=True), flow.columns, "head", span)


@LIBRARY.table("tail(limit: limit = 200) -> aggregate", doc="tail")
def lower_tail(flow: Flow, arguments: Arguments) -> None:
    """The newest events, in order of time."""
    span = arguments.call.span
    limit = limit_of(flow, arguments)
    newest, oldest = by_time(span, descending=True), by_time(span, descending=False)
    flow.context.rest_on(TAIL_ORDER)

    def make(before: Relation, row: RowType) -> Relation:
        return Sort(Sort(before, newest, row, span, limit, noted=True), oldest, row, span)

    flow.replace(make, flow.columns, "tail", span)


@LIBRARY.table(
    "top(field: fields, limit: limit = 10, percent: bool = false, rest: text = none, sum: field = none,"
    " max: field = none, error: number = 5, as: text = none) -> aggregate",
    doc="top",
)
def lower_top(flow: Flow, arguments: Arguments) -> None:
    """The commonest values of some fields, or those with the greatest sum or maximum of another."""
    from emulator.cql.binder.aggregation import grouped

    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("top", span)
        return
    of = next((name for name in ("sum", "max") if arguments[name] is not None), None)
    target = arguments["as"] or f"_{of or 'count'}"
    grouped(flow, arguments["field"], (_counted(arguments, of, target),), None, span)
    how = (arguments["field"], target, arguments["limit"], arguments["percent"], arguments["rest"])
    given = tuple(Const(one, ScalarType.VALUE, span) for one in how)
    columns = (*flow.columns, "percent") if arguments["percent"] else flow.columns
    flow.put(TableFunction(operator("top"), (flow.relation(span),), given, OPEN, span), columns)


def _counted(arguments: Arguments, of: str | None, target: str) -> Any:
    """The aggregate that `top()` stands for, as a query would write it."""
    from emulator.cql import syntax

    span = arguments.call.span
    field = () if of is None else (syntax.Argument(None, syntax.Quoted(arguments[of], span), span),)
    call = syntax.Call(of or "count", field, span, span)
    return syntax.Assign(syntax.Word(target, span), call, span, span)


@LIBRARY.table(
    "operator:top(rows: any, fields: texts, name: text, limit: limit, percent: bool, rest: text) -> aggregate"
)
def top(
    rows: Iterable[dict[str, str]],
    fields: tuple[str, ...],
    name: str,
    limit: int | None,
    percent: bool,
    rest: str | None,
) -> list[dict[str, str]]:
    """The rows with the greatest numbers, and one for all others together where it is asked for."""
    read = [(number(row.get(name)), row) for row in rows]
    counted = sorted(((n, row) for n, row in read if n is not None), key=lambda one: one[0], reverse=True)
    total = sum(n for n, _ in counted)
    chosen, others = counted[:limit], counted[slice(limit, None)] if limit is not None else []
    result = [(n, dict(row)) for n, row in chosen]
    if rest is not None and others:
        beyond = sum(n for n, _ in others)
        result.append((beyond, {**dict.fromkeys(fields, rest), name: show(beyond) or ""}))
    if percent and total:
        for n, row in result:
            row["percent"] = show(n / total * 100) or ""
    return [row for _, row in result]
