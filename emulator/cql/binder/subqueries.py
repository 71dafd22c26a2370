"""Queries inside a query: pipelines of their own over the same events."""

from __future__ import annotations

from emulator.assumptions import assumption
from emulator.cql import syntax
from emulator.cql.binder.arguments import WRONG_ARGUMENT
from emulator.cql.binder.context import Context
from emulator.cql.binder.flow import Flow
from emulator.source import Span

ONE_STREAM = assumption(
    "one-stream",
    "cql",
    "a subquery reads the same events as the query around it, whatever its `view`, `repo`, `start` and `end` say",
)


def subquery(context: Context, value: syntax.Value, span: Span) -> Flow | None:
    """The pipeline in braces of an argument, over all events; None after an error."""
    from emulator.cql.binder.pipeline import bind_pipeline

    if not isinstance(value, syntax.Subquery):
        context.error(WRONG_ARGUMENT, "`query` takes a query in braces", span, "write query={…}")
        return None
    flow = Flow(context, context.stream)
    bind_pipeline(flow, value.pipeline)
    return flow
