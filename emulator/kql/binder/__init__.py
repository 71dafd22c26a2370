"""The KQL binder: from the syntax tree and the schema to the typed plan."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from emulator.diagnostics import QueryError
from emulator.kql import syntax
from emulator.kql.binder.context import Context, UnbindableError
from emulator.kql.binder.expressions import bind_expression
from emulator.kql.binder.pipelines import apply
from emulator.kql.binder.scope import Environment, Scope
from emulator.kql.binder.statements import bind_result, declare
from emulator.kql.binder.tables import bind_table
from emulator.plan.relations import Plan, Relation
from emulator.schema import Catalogue
from emulator.source import Source

_STACK = 20_000
"""Frames that binding may need: nesting is bounded by the parser and by the depth of inlined functions."""


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
    `watchlist:<alias>`, `externaldata:<first address>` and `fileprofile`. Some columns depend on the rows
    (`bag_unpack`, `pivot`): the plan then `needs_rows`, and has to be bound again with `evaluate`, which gives the rows
    of a relation, before it can run.
    """
    context = Context(
        source=source,
        catalogue=catalogue,
        assume=assume,
        parameters=parameters or {},
        given=given or {},
        expression=bind_expression,
        table=bind_table,
        declare=declare,
        operators=apply,
        evaluate=evaluate,
    )
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _STACK))
    try:
        stream = bind_result(query, declare(query.statements, Scope(context, Environment())))
    except UnbindableError:
        raise QueryError(context.reporter.found) from None
    finally:
        sys.setrecursionlimit(limit)
    context.reporter.stop_if_failed()
    return Plan(stream.relation, tuple(context.assumed), context.needs_rows)
