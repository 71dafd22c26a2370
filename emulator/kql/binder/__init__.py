"""The KQL binder: from the syntax tree and the schema to the typed plan."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from emulator.kql import syntax
from emulator.kql.binder.context import Context, UnbindableError
from emulator.kql.binder.expressions import bind_expression
from emulator.kql.binder.pipelines import apply_for_one
from emulator.kql.binder.scope import Scope
from emulator.kql.binder.statements import bind_results, declare
from emulator.kql.binder.stored_functions import stored_functions
from emulator.kql.binder.tables import bind_table
from emulator.plan.relations import Further, Plan, Relation, Values
from emulator.schema import Catalogue
from emulator.source import Source
from emulator.types import RowType, ScalarType

_STACK = 20_000
"""Frames that binding may need: nesting is bounded by the parser and by the depth of inlined functions."""

_MOST_INVENTED = 1_000
"""Names of columns that rows which nobody has are taken to have."""


def bind(
    query: syntax.Query,
    source: Source,
    catalogue: Catalogue,
    *,
    assume: frozenset[str] = frozenset(),
    parameters: Mapping[str, object] | None = None,
    given: Mapping[str, object] | None = None,
    evaluate: Callable[[Relation], Sequence[tuple[object, ...]]] | None = None,
) -> Plan:
    """Bind a query to the tables of a catalogue. Raises QueryError with everything that is wrong with it.

    `parameters` are values of the query's parameters; `given` holds the rows (mappings) of stand-ins, by
    `watchlist:<alias>`, `externaldata:<first address>`, `fileprofile` and the like. Some columns depend on the rows
    (`bag_unpack`, `pivot`): the plan then `needs_rows`, and has to be bound again with `evaluate`, which gives the rows
    of a relation, before it can run.
    """
    invented: dict[str, ScalarType] = {}
    settled = False
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _STACK))
    try:
        while True:
            context = Context(
                source=source,
                catalogue=catalogue,
                assume=assume,
                parameters=parameters or {},
                given=given or {},
                expression=bind_expression,
                table=bind_table,
                declare=declare,
                operators=apply_for_one,
                evaluate=evaluate,
                invented=invented,
                settled=settled,
            )
            plan = _bind(query, context)
            if context.needs_rows or not context.wanted:
                break
            invented = invented | context.wanted
            settled = len(invented) > _MOST_INVENTED
    finally:
        sys.setrecursionlimit(limit)
    context.reporter.stop_if_failed()
    assert plan is not None
    return plan


def _bind(query: syntax.Query, context: Context) -> Plan | None:
    """The plan, or None when something is wrong or wanting."""
    try:
        first, *more = bind_results(query, declare(query.statements, Scope(context, stored_functions(context.given))))
    except UnbindableError:
        if not context.needs_rows:
            return None
        first, more = Further("", Values((), RowType(()), query.span)), []
    return Plan(first.relation, tuple(context.assumed), context.needs_rows, tuple(more))
