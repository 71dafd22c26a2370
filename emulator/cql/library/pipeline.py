"""Functions that shape the pipeline: which events go on, with which fields, in which order.

Their meaning is a lowering: it gets the flow under construction and the arguments, and adds plan nodes.
"""

from __future__ import annotations

from emulator.assumptions import assumption
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.context import EVENT
from emulator.cql.binder.flow import Flow
from emulator.diagnostics import code
from emulator.functions import Library
from emulator.plan.expressions import Const, Field
from emulator.plan.relations import Ordering, Relation, Segment, Sort, SortKey
from emulator.plan.steps import Drop, Filter, Keep
from emulator.source import Span
from emulator.types import RowType, ScalarType

LIBRARY = Library("cql", "pipeline")
DOCUMENTATION = "https://library.humio.com/data-analysis/functions-"

BARE_DROP = code(
    "CQL2102",
    "`drop()` without fields",
    "`drop` removes fields, and needs to be told which; it never drops events. Leave the branch out (an event that no "
    "branch of a case takes is dropped anyway), or write `dropEvent()`. A rule published with `drop()` can opt in to "
    "the assumption `bare-drop`, under which it drops the event.",
)
ALLOW_BARE_DROP = assumption(
    "bare-drop", "cql", "`drop()` without fields drops the event; the product rejects it", opt_in=True
)
MOST_ROWS = 200_000
"""What `limit=max` stands for."""


def drop_event(flow: Flow, span: Span) -> None:
    """No event goes on."""
    flow.add(Filter(Const(False, ScalarType.BOOL, span), span))  # noqa: FBT003 - the condition


@LIBRARY.table("dropEvent() -> events", doc="dropevent")
def lower_drop_event(flow: Flow, arguments: Arguments) -> None:
    """Drops the event; inside a clause the next clause is tried."""
    drop_event(flow, arguments.call.span)


@LIBRARY.table("drop(fields: fields = none, mode: text = exact) -> events", doc="drop")
def lower_drop(flow: Flow, arguments: Arguments) -> None:
    """Removes fields."""
    if arguments["fields"] is None:
        if flow.context.allows(ALLOW_BARE_DROP):
            drop_event(flow, arguments.call.span)
            return
        help = "leave this branch out, write `dropEvent()`, or opt in to the assumption `bare-drop`"
        flow.context.error(BARE_DROP, "`drop()` needs the fields to remove", arguments.call.span, help)
        return
    flow.add(Drop(arguments["fields"], arguments.call.span))


def sort_keys(
    fields: tuple[str, ...], orders: tuple[str, ...], types: tuple[str, ...], span: Span
) -> tuple[SortKey, ...]:
    """Sort keys of fields with their orders and types; a list that is too short repeats its last item."""
    keys = []
    for position, name in enumerate(fields):
        descending = orders[min(position, len(orders) - 1)].lower() != "asc"
        kind = types[min(position, len(types) - 1)].lower()
        ordering = {"string": Ordering.TEXT, "hex": Ordering.HEX}.get(kind, Ordering.NUMERIC)
        keys.append(SortKey(Field(name, ScalarType.TEXT, span), descending, False, ordering))  # noqa: FBT003
    return tuple(keys)


@LIBRARY.table(
    "table(fields: fields, limit: limit = 200, sortby: fields = @timestamp, order: texts = desc,"
    " type: texts = number, reverse: bool = false) -> events",
    doc="table",
)
def lower_table(flow: Flow, arguments: Arguments) -> None:
    """The newest events (or the first by `sortby`) with these fields, in this order."""
    fields: tuple[str, ...] = arguments["fields"]
    span = arguments.call.span
    keys = sort_keys(arguments["sortby"], arguments["order"], arguments["type"], span)
    limit = MOST_ROWS if arguments["limit"] is None else arguments["limit"]

    def make(before: Relation, row: RowType) -> Relation:
        ordered = Sort(before, keys, before.row, span, limit, noted=True)
        kept = (*fields, EVENT) if flow.context.reads_original else fields
        return Segment(ordered, (Keep(kept, span),), row, span)

    flow.replace(make, fields, "table", span)
