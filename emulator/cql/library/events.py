"""Functions that make events: from texts written in the query, or from others."""

from __future__ import annotations

from emulator.assumptions import assumption
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.context import EVENT
from emulator.cql.binder.expressions import operate, operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.values import Event
from emulator.diagnostics import code
from emulator.functions import Library
from emulator.plan.expressions import Const, ContextValue, Expression, FromContext, Row
from emulator.plan.relations import Values
from emulator.plan.steps import Assign, Assignment, Expand
from emulator.types import Column, Rest, RowType, ScalarType

LIBRARY = Library("cql", "events")

PARSER_ONLY = code(
    "CQL3012",
    "a function of parsers in a search",
    "The product takes the function in the script of a parser alone; a search with it is rejected.",
)
IN_PARSER = assumption(
    "parser-script",
    "cql",
    "the query is the script of a parser, so that `copyEvent()` works; the product rejects it in a search",
    opt_in=True,
)
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


@LIBRARY.table("copyEvent(type: text) -> events", doc="copyevent")
def lower_copy_event(flow: Flow, arguments: Arguments) -> None:
    """Each event, and a copy of it with another type."""
    span = arguments.call.span
    if not flow.context.allows(IN_PARSER):
        help = "leave it out; for the script of a parser opt in to the assumption `parser-script`"
        flow.context.error(PARSER_ONLY, "`copyEvent()` works in parsers only", span, help)
        return
    kind = Const(arguments["type"], ScalarType.VALUE, span)
    flow.add(Expand(operator("copied"), (Row(span), kind), (), span, whole=True))


@LIBRARY.assign("operator:copied(event: event, type: text) -> fields")
def copied(event: Event, kind: str) -> list[dict[str, str]]:
    """The event and its copy."""
    return [dict(event), {**event, "#type": kind}]
