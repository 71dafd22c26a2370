"""The CQL binder: a syntax tree becomes a typed plan."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.cql import syntax
from emulator.cql.binder.context import Context
from emulator.cql.binder.flow import EVENT_COLUMN, Flow
from emulator.cql.binder.pipeline import bind_pipeline
from emulator.diagnostics import Reporter
from emulator.plan.relations import Plan, Scan
from emulator.schema import Catalogue
from emulator.source import Source
from emulator.types import OPEN, Rest, RowType

STREAM = "events"
"""The name of the table that a query reads."""


def bind(
    query: syntax.Query,
    source: Source,
    catalogue: Catalogue,
    *,
    assume: frozenset[str] = frozenset(),
    parameters: Mapping[str, object] | None = None,
    given: Mapping[str, object] | None = None,
) -> Plan:
    """Bind a query. Raises QueryError with all errors at once. `catalogue` is not asked: events are open."""
    del catalogue
    context, plan = _bind(query, Context(source, Reporter(source), assume, parameters or {}, given or {}), OPEN)
    if context.reads_original:
        context = Context(source, Reporter(source), assume, parameters or {}, given or {}, reads_original=True)
        context, plan = _bind(query, context, RowType((EVENT_COLUMN,), Rest.OPEN))
    context.reporter.stop_if_failed()
    return plan


def _bind(query: syntax.Query, context: Context, events: RowType) -> tuple[Context, Plan]:
    """Events carry the event as it came only when a free-text filter asks for it."""
    context.stream = Scan(STREAM, events, query.span)
    flow = Flow(context, context.stream, main=True)
    bind_pipeline(flow, query.pipeline)
    root = flow.relation(query.span)
    return context, Plan(root, tuple(context.used), time_range=flow.time_range, drawing=flow.drawing)
