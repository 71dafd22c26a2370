"""The statements of a query: `let`, parameters, settings, and the one whose rows the query gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from emulator.diagnostics import Label, code
from emulator.kql import syntax
from emulator.kql.binder import functions, request_properties, tables
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.expressions import bind_expression
from emulator.kql.binder.graphs import names_of_tables, refuse_result
from emulator.kql.binder.patterns import declare_pattern
from emulator.kql.binder.query_parameters import declare_parameters
from emulator.kql.binder.scope import (
    BrokenBinding,
    FunctionBinding,
    ScalarBinding,
    Scope,
    Stream,
    TableBinding,
)
from emulator.kql.binder.stand_ins import names_rows
from emulator.plan.relations import Further
from emulator.source import NOWHERE, Span

NO_ROWS = code(
    "KQL3025",
    "a query that gives nothing",
    "The last statement of a query is the expression whose rows it gives; `let` alone gives none.",
)
LET_TWICE = code(
    "KQL2012",
    "a variable is declared twice",
    "`let` declares a name once for the whole query.",
)
STATEMENT_GAP = code(
    "KQL4014",
    "a statement that is not emulated",
    "The product knows `restrict access`, the emulator does not: it hides tables from the statements that follow.",
)


def declare(statements: Sequence[syntax.Statement], scope: Scope) -> Scope:
    """The scope behind some statements."""
    declared: dict[str, Span] = {}
    for statement in statements:
        match statement:
            case syntax.Let():
                _once(statement.name, declared, scope)
                binding = _let(statement, scope)
                scope = scope.within(scope.environment.declare(statement.name.text, binding))
            case syntax.QueryParameters():
                scope = scope.within(declare_parameters(statement, scope))
            case syntax.Pattern():
                scope = scope.within(declare_pattern(statement, scope.environment, scope))
            case syntax.SetOption():
                request_properties.take_up(statement, scope)
            case syntax.Restrict():
                help = "leave it out: it guards queries that an application passes on"
                scope.context.reporter.error(STATEMENT_GAP, "`restrict` is not emulated", statement.span, help)
            case syntax.Alias() | syntax.ExpressionStatement():
                continue  # an alias names a database, and all databases have the tables of the run
            case _:
                assert_never(statement)
    return scope


def _once(name: syntax.Name, declared: dict[str, Span], scope: Scope) -> None:
    """A name is declared once in a row of statements."""
    if name.text in declared:
        also = [Label(declared[name.text], "the first declaration")]
        help = "give one of them another name"
        scope.context.reporter.error(
            LET_TWICE, f"`{name.text}` is already declared", name.span, help, "the second one", also
        )
    declared.setdefault(name.text, name.span)


def _let(statement: syntax.Let, scope: Scope) -> ScalarBinding | TableBinding | FunctionBinding | BrokenBinding:
    """What a `let` declares; its value sees what was declared before it."""
    value = statement.value
    if isinstance(value, syntax.Function):
        return FunctionBinding(statement.name.text, value, scope.environment)
    try:
        if _gives_rows(value, scope):
            return TableBinding(replace(tables.bind_tables(value, scope.taking_graphs()), name=""))
        return ScalarBinding(bind_expression(value, scope), scope.origin)
    except UnbindableError:
        return BrokenBinding()


def _gives_rows(value: syntax.Expression, scope: Scope) -> bool:
    return functions.gives_rows(value, scope.environment) or names_rows(value, scope)


def bind_results(query: syntax.Query, scope: Scope) -> list[Further]:
    """The tables of the query: those of its first expression, which the product shows first, then those of the others.

    There is at least one. Nodes and edges that an expression gives names to are for the expressions after it.
    """
    results = [one for one in query.statements if isinstance(one, syntax.ExpressionStatement)]
    if not results:
        span = query.statements[-1].span if query.statements else NOWHERE
        raise scope.context.fail(NO_ROWS, "the query gives nothing", span, "end it with the table or pipeline to show")
    found: list[Further] = []
    for one in results:
        stream = tables.bind_tables(one.value, scope)
        refuse_result(stream, one.span, scope)
        several = [Further(stream.name, stream.relation), *stream.beside]
        declared = names_of_tables(one.value)
        for name, table in zip(declared, several, strict=False):
            scope = scope.within(scope.environment.declare(name, TableBinding(Stream(table.relation))))
        if not declared or one is results[-1]:
            found.extend(several)
    return [Further(one.name, request_properties.limited(one.relation, scope)) for one in found]
