"""`declare query_parameters`: values that a run brings, as texts of literals or as plain values, or their defaults."""

from __future__ import annotations

from datetime import datetime, timedelta

from emulator.clock import from_datetime
from emulator.diagnostics import QueryError, code
from emulator.kql import syntax
from emulator.kql.binder import conversions, functions
from emulator.kql.binder.constants import constant
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.expressions import bind_expression
from emulator.kql.binder.scope import BrokenBinding, Environment, ScalarBinding, Scope
from emulator.kql.parser import parse
from emulator.plan.expressions import Const
from emulator.source import Source
from emulator.types import ScalarType

MISSING_PARAMETER = code(
    "KQL2021",
    "a parameter of the query was not given",
    "`declare query_parameters` names values that a run has to bring unless they have a default.",
)
WRONG_PARAMETER = code(
    "KQL3046",
    "a value that does not fit a parameter",
    "The values of query parameters are texts that read as literals of the declared type, such as `5`, `1h` or "
    "`datetime(2026-03-01)`, or plain values of that type.",
)
TABLE_PARAMETER = code(
    "KQL4025",
    "a table as a parameter of the query",
    "The product's parser takes tables as parameters of a query, and its documentation knows values alone.",
)
_T = ScalarType
_PLAIN: dict[ScalarType, tuple[type, ...]] = {
    _T.BOOL: (bool,),
    _T.INT: (int,),
    _T.LONG: (int,),
    _T.REAL: (int, float),
    _T.DYNAMIC: (bool, int, float, list, dict, type(None)),
}
"""The types of plain values that stand for themselves."""


def declare_parameters(statement: syntax.QueryParameters, scope: Scope) -> Environment:
    """The parameters of the query by their names."""
    environment = scope.environment
    for parameter in statement.parameters:
        try:
            binding: ScalarBinding | BrokenBinding = ScalarBinding(_value(parameter, scope))
        except UnbindableError:
            binding = BrokenBinding()
        environment = environment.declare(parameter.name.text, binding)
    return environment


def _value(parameter: syntax.FunctionParameter, scope: Scope) -> Const:
    name = parameter.name.text
    if isinstance(parameter.type, syntax.TableType):
        raise scope.context.fail(TABLE_PARAMETER, "a table is no parameter here", parameter.span, "declare a value")
    wanted = functions.declared_type(parameter.type, scope)
    if name in scope.context.parameters:
        return _given(scope.context.parameters[name], wanted, parameter, scope)
    if parameter.default is None:
        help = f'give it: `parameters={{"{name}": …}}`'
        raise scope.context.fail(MISSING_PARAMETER, f"the parameter `{name}` was not given", parameter.span, help)
    value = constant(conversions.convert(bind_expression(parameter.default, scope), wanted))
    assert value is not None  # the parser takes literals alone
    return value


def _given(value: object, wanted: ScalarType, parameter: syntax.FunctionParameter, scope: Scope) -> Const:
    """What the run brings, as a value of the declared type."""
    if isinstance(value, str):
        found = value if wanted is _T.STRING else _read(value, wanted, scope)
    else:
        found = _plain(value, wanted)
    if found is None and value is not None:
        shown = f"`{value}`" if isinstance(value, str) else f"a value of type {type(value).__name__}"
        message = f"{shown} is no {wanted.value}, as the parameter `{parameter.name.text}` is"
        help = f"give a text that reads as a literal of type {wanted.value}"
        raise scope.context.fail(WRONG_PARAMETER, message, parameter.span, help)
    return Const(wanted.null if found is None else found, wanted, parameter.span)


def _plain(value: object, wanted: ScalarType) -> object:
    """A plain value as one of the declared type; None for one of another type."""
    match value:
        case datetime() if wanted is _T.DATETIME and value.tzinfo is not None:
            return from_datetime(value)
        case timedelta() if wanted is _T.TIMESPAN:
            return value // timedelta(microseconds=1) * 10
        case bool() if wanted not in (_T.BOOL, _T.DYNAMIC):
            return None
    return value if isinstance(value, _PLAIN.get(wanted, ())) else None


def _read(text: str, wanted: ScalarType, scope: Scope) -> object:
    """A text read as a literal, else as the `to…` functions read it."""
    literal = _literal(text)
    if literal is not None:
        known = constant(conversions.convert(bind_expression(literal, scope.over(None)), wanted))
        if known is not None and known.value is not None:
            return known.value
    return conversions.from_text(wanted)(text)


def _literal(text: str) -> syntax.Expression | None:
    """The literal that a text is; None for anything else."""
    try:
        (statement,) = parse(Source("parameter", f"print {text}")).statements
    except (QueryError, ValueError):
        return None
    value = statement.value if isinstance(statement, syntax.ExpressionStatement) else None
    made = value.source if isinstance(value, syntax.Pipeline) and not value.operators else None
    if not isinstance(made, syntax.Print) or len(made.targets) != 1 or made.targets[0].names:
        return None
    found = made.targets[0].value
    return found if isinstance(found, syntax.Literal | syntax.DynamicLiteral) else None
