"""Functions that a query declares with `let`: each call is replaced by the body."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.scope import (
    BrokenBinding,
    Environment,
    FunctionBinding,
    ScalarBinding,
    Scope,
    Stream,
    TableBinding,
)
from emulator.plan.expressions import Expression
from emulator.plan.relations import Values
from emulator.schema import SchemaError, scalar_type
from emulator.source import NOWHERE
from emulator.types import RowType, ScalarType

WRONG_CALL = code(
    "KQL3011",
    "a function of the query is called wrongly",
    "The call must give a value for every parameter that has no default, of the declared type, and none twice.",
)
NO_RESULT = code(
    "KQL3012",
    "a function without a result",
    "The body of a function ends with the expression that the function gives.",
)
TOO_DEEP = code(
    "KQL5002",
    "functions of the query nest too deeply",
    "Calls are replaced by the bodies of their functions; more than 60 inside each other, or 20,000 in "
    "all, are refused.",
)
_DEEPEST = 60
_MOST = 20_000
"""Calls and parts with a number: functions that call others twice each would double without end."""
_SOME_ROWS = TableBinding(Stream(Values((), RowType(()), NOWHERE)))
_ROWS = (
    syntax.Pipeline,
    syntax.DataTable,
    syntax.ExternalData,
    syntax.Materialize,
    syntax.ToTable,
    syntax.MemberCall,
    syntax.DataScope,
)


def gives_rows(node: syntax.Expression, environment: Environment) -> bool:
    """True when an expression of the query certainly stands for rows; names of catalogue tables are not looked up."""
    match node:
        case syntax.NameRef(name=name):
            named = environment.find(name)
            return isinstance(named, TableBinding) or (isinstance(named, FunctionBinding) and _body_gives_rows(named))
        case syntax.Call(name=name):
            bound = environment.find(name.text)
            return isinstance(bound, FunctionBinding) and _body_gives_rows(bound)
        case _:
            return isinstance(node, _ROWS)


def _body_gives_rows(binding: FunctionBinding) -> bool:
    inner = binding.environment
    for parameter in binding.function.parameters:
        rows = isinstance(parameter.type, syntax.TableType)
        inner = inner.declare(parameter.name.text, _SOME_ROWS if rows else BrokenBinding())
    for statement in binding.function.statements:
        if isinstance(statement, syntax.Let):
            name, value = statement.name.text, statement.value
            if isinstance(value, syntax.Function):
                inner = inner.declare(name, FunctionBinding(name, value, inner))
            else:
                inner = inner.declare(name, _SOME_ROWS if gives_rows(value, inner) else BrokenBinding())
    return binding.function.result is not None and gives_rows(binding.function.result, inner)


def call_for_value(binding: FunctionBinding, node: syntax.Call, scope: Scope) -> Expression:
    """The value that a call of a function of the query gives."""
    environment = _enter(binding, node, scope, None)
    result = _result(binding, node, scope)
    with scope.context.inside(binding.source):
        inner = scope.context.declare(binding.function.statements, scope.body(environment))
        return scope.context.expression(result, inner)


def call_for_rows(binding: FunctionBinding, node: syntax.Call, scope: Scope, first: Stream | None = None) -> Stream:
    """The rows that a call gives; `first` are rows that stand for the first parameter (`invoke`)."""
    environment = _enter(binding, node, scope, first)
    result = _result(binding, node, scope)
    with scope.context.inside(binding.source):
        inner = scope.context.declare(binding.function.statements, scope.body(environment))
        return scope.context.table(result, inner)


def _result(binding: FunctionBinding, node: syntax.Call, scope: Scope) -> syntax.Expression:
    if binding.function.result is None:
        raise scope.context.fail(
            NO_RESULT, f"`{binding.name}` gives nothing", node.span, "end its body with an expression"
        )
    return binding.function.result


def _enter(binding: FunctionBinding, node: syntax.Call, scope: Scope, first: Stream | None) -> Environment:
    """What the body sees: its parameters, and what the function saw where it was declared."""
    if scope.context.depth >= _DEEPEST:
        raise scope.context.fail(
            TOO_DEEP, f"more than {_DEEPEST} calls inside each other", node.span, "flatten the functions"
        )
    if scope.context.number() > _MOST:
        message = f"more than {_MOST:,} calls once functions are replaced by their bodies"
        raise scope.context.fail(TOO_DEEP, message, node.span, "call less often")
    return _parameters(binding, node, scope, first)


def _parameters(binding: FunctionBinding, node: syntax.Call, scope: Scope, first: Stream | None) -> Environment:
    environment = binding.environment
    given = _by_parameter(binding, node, scope, first)
    failed = False
    for parameter in binding.function.parameters:
        name = parameter.name.text
        try:
            if name not in given and first is not None and parameter is binding.function.parameters[0]:
                environment = environment.declare(name, TableBinding(first))
            else:
                bound = _argument(parameter, given.get(name), binding, node, scope)
                environment = environment.declare(name, bound)
        except UnbindableError:
            failed = True
    if failed:
        raise UnbindableError
    return environment


def _by_parameter(
    binding: FunctionBinding, node: syntax.Call, scope: Scope, first: Stream | None
) -> dict[str, syntax.Expression]:
    """The arguments by the name of their parameter."""
    names = [parameter.name.text for parameter in binding.function.parameters]
    given: dict[str, syntax.Expression] = {}
    in_order = True
    for position, target in enumerate(node.arguments, 0 if first is None else 1):
        if target.name is not None:
            name = target.name.text
            in_order = in_order and names[position : position + 1] == [name]
        elif not in_order:
            message = "an argument without a name stands behind one that is named out of order"
            raise scope.context.fail(WRONG_CALL, message, target.span, "name this one too")
        elif position < len(names):
            name = names[position]
        else:
            raise scope.context.fail(
                WRONG_CALL, f"`{binding.name}` takes {len(names)} arguments", target.span, _shape(binding)
            )
        if name not in names or name in given:
            trouble = "is given twice" if name in given else "is no parameter"
            raise scope.context.fail(
                WRONG_CALL, f"`{name}` {trouble} of `{binding.name}`", target.span, _shape(binding)
            )
        given[name] = target.value
    return given


def _shape(binding: FunctionBinding) -> str:
    parameters = ", ".join(
        f"{one.name.text}: {one.type.name if isinstance(one.type, syntax.TypeName) else '(…)'}"
        for one in binding.function.parameters
    )
    return f"it takes `{binding.name}({parameters})`"


def _argument(
    parameter: syntax.FunctionParameter,
    given: syntax.Expression | None,
    binding: FunctionBinding,
    node: syntax.Call,
    scope: Scope,
) -> ScalarBinding | TableBinding:
    """What a parameter stands for in the body."""
    value = given if given is not None else parameter.default
    if value is None:
        message = f"`{binding.name}` needs a value for `{parameter.name.text}`"
        raise scope.context.fail(WRONG_CALL, message, node.span, _shape(binding))
    if isinstance(parameter.type, syntax.TableType):
        return TableBinding(_rows_argument(parameter, parameter.type, value, scope))
    bound = scope.context.expression(value, scope if given is not None else scope.body(binding.environment))
    wanted = declared_type(parameter.type, scope)
    if not _can_become(bound.type, wanted):
        message = f"`{parameter.name.text}` of `{binding.name}` is of type {wanted.value}, not {bound.type.value}"
        raise scope.context.fail(WRONG_CALL, message, value.span, _shape(binding))
    return ScalarBinding(conversions.convert(bound, wanted), scope.origin)


def _can_become(given: ScalarType, wanted: ScalarType) -> bool:
    """Arguments are converted: numbers to each other, anything to and from a dynamic, anything to a string."""
    if ScalarType.DYNAMIC in (given, wanted) or wanted is ScalarType.STRING:
        return True
    return given is wanted or (given.is_number and wanted.is_number)


def _rows_argument(
    parameter: syntax.FunctionParameter, wanted: syntax.TableType, value: syntax.Expression, scope: Scope
) -> Stream:
    stream = scope.context.table(value, scope.over(None))
    for column in wanted.columns:
        found = stream.find(column.name.text)
        if found is None or found.type is not declared_type(column.type, scope):
            message = f"`{parameter.name.text}` needs a column `{column.name.text}: {column.type.name}`"
            raise scope.context.fail(WRONG_CALL, message, value.span, "project the rows so that they have it")
    return stream


def declared_type(node: syntax.TypeName, scope: Scope) -> ScalarType:
    """The type that a name in the query stands for."""
    try:
        return scalar_type(node.name)
    except SchemaError as error:
        raise scope.context.fail(WRONG_CALL, str(error), node.span, "name a type such as `long` or `string`") from None
