"""Functions that make events: from texts written in the query."""

from __future__ import annotations

from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.context import EVENT
from emulator.cql.binder.expressions import operate
from emulator.cql.binder.flow import Flow
from emulator.functions import Library
from emulator.plan.expressions import Const, ContextValue, Expression, FromContext, Row
from emulator.plan.relations import Values
from emulator.plan.steps import Assign, Assignment
from emulator.types import Column, Rest, RowType, ScalarType

LIBRARY = Library("cql", "events")
_FIELDS = ("@rawstring", "@timestamp", "@timestamp.nanos")


@LIBRARY.table("createEvents(rawstring: texts) -> aggregate", doc="createevents")
def lower_create_events(flow: Flow, arguments: Arguments) -> None:
    """Events with these texts, at the present time, in place of all that came."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("createEvents", span)
        return
    now = operate("milliseconds", FromContext(ContextValue.NOW, ScalarType.DATETIME, span), span=span)
    texts: list[tuple[Expression, ...]] = [
        (Const(text, ScalarType.TEXT, span), now, Const("0", ScalarType.TEXT, span)) for text in arguments["rawstring"]
    ]
    row = RowType(tuple(Column(name, ScalarType.TEXT) for name in _FIELDS), Rest.OPEN)
    flow.put(Values(tuple(texts), row, span), ())
    if flow.context.reads_original:
        flow.add(Assign((Assignment(EVENT, Row(span), span),), span))
