"""The statements of a query: `let`, parameters, settings, and the one whose rows the query gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emulator.diagnostics import Label, code
from emulator.kql import syntax
from emulator.kql.binder import conversions, functions, tables
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.expressions import bind_expression
from emulator.kql.binder.graphs import names_of_tables, refuse_result
from emulator.kql.binder.patterns import declare_pattern
from emulator.kql.binder.scope import (
    BrokenBinding,
    Environment,
    FunctionBinding,
    ScalarBinding,
    Scope,
    Stream,
    TableBinding,
)
from emulator.kql.binder.stand_ins import names_rows
from emulator.plan.expressions import Const
from emulator.plan.relations import Further
from emulator.source import NOWHERE, Span

NO_ROWS = code(
    "KQL3025",
    "a query that gives nothing",
    "The last statement of a query is the expression whose rows it gives; `let` alone gives none.",
)
MISSING_PARAMETER = code(
    "KQL2021",
    "a parameter of the query was not given",
    "`declare query_parameters` names values that a run has to bring unless they have a default.",
)
LET_TWICE = code(
    "KQL2012",
    "a variable is declared twice",
    "`let` declares a name once for the whole query.",
)
STATEMENT_GAP = code(
    "KQL4014",
    "a statement that is not emulated",
    "The product knows the statement, the emulator does not: it would change what the names of the query mean.",
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
                scope = scope.within(_parameters(statement, scope))
            case syntax.Pattern():
                scope = scope.within(declare_pattern(statement, scope.environment, scope))
            case syntax.SetOption(name=name, value=value):
                if value is not None:
                    scope.context.settings[name.text] = value
            case syntax.ExpressionStatement():
                continue
            case _:
                help = "the query is right: this is a gap of the emulator"
                scope.context.reporter.error(STATEMENT_GAP, "this statement is not emulated", statement.span, help)
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


def _parameters(statement: syntax.QueryParameters, scope: Scope) -> Environment:
    """The parameters of the query: the values that the run brings, else their defaults."""
    environment = scope.environment
    for parameter in statement.parameters:
        name = parameter.name.text
        try:
            binding: ScalarBinding | BrokenBinding = ScalarBinding(_parameter(parameter, scope))
        except UnbindableError:
            binding = BrokenBinding()
        environment = environment.declare(name, binding)
    return environment


def _parameter(parameter: syntax.FunctionParameter, scope: Scope) -> Const:
    name = parameter.name.text
    given = scope.context.parameters
    if isinstance(parameter.type, syntax.TableType):
        raise scope.context.fail(
            STATEMENT_GAP, "a table as a parameter is not emulated", parameter.span, "declare a value"
        )
    wanted = functions.declared_type(parameter.type, scope)
    if name in given:
        return Const(given[name], wanted, parameter.span)
    if parameter.default is None:
        help = f'give it: `parameters={{"{name}": …}}`'
        raise scope.context.fail(MISSING_PARAMETER, f"the parameter `{name}` was not given", parameter.span, help)
    value = conversions.convert(bind_expression(parameter.default, scope), wanted)
    assert isinstance(value, Const)
    return value


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
    return found
