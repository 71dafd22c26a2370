"""`declare pattern`: rows by the constants of a call, each case with an expression of its own."""

from __future__ import annotations

from emulator.diagnostics import code, did_you_mean
from emulator.kql import syntax
from emulator.kql.binder import functions
from emulator.kql.binder.constants import constant
from emulator.kql.binder.scope import Environment, FunctionBinding, Scope, Stream

NO_CASE = code(
    "KQL2014",
    "a pattern without such a case",
    "A pattern gives rows for the constants that its cases list, and for no others.",
)
_MARK = "$pattern "
"""In front of names that no query can write: the pattern itself, and each of its cases."""


def declare_pattern(statement: syntax.Pattern, environment: Environment, scope: Scope) -> Environment:
    """What is declared behind the pattern: its name, and each case as a function of the pattern's parameters."""
    name = statement.name.text
    columns = (*statement.parameters, *((statement.path,) if statement.path is not None else ()))
    parameters = tuple(syntax.FunctionParameter(one.span, one.name, one.type, None) for one in columns)
    nothing = syntax.Function(statement.span, view=False, parameters=(), statements=(), result=None)
    declared = environment.declare(_MARK + name, FunctionBinding(name, nothing, environment))
    for case in statement.cases:
        values = [_text(value, scope) for value in case.values]
        path = None if case.path is None else str(case.path.value)
        function = syntax.Function(
            case.span, view=False, parameters=parameters, statements=case.statements, result=case.result
        )
        declared = declared.declare(_key(name, values, path), FunctionBinding(name, function, environment))
    return declared


def is_pattern(name: str, scope: Scope) -> bool:
    """True for the name of a pattern."""
    return scope.environment.find(_MARK + name) is not None


def bind_pattern(call: syntax.Call, path: syntax.Name | None, scope: Scope) -> Stream:
    """The rows of the case that a call such as `country("Canada").Alberta` asks for."""
    name = call.name.text
    values = [_text(target.value, scope) for target in call.arguments]
    wanted = _key(name, values, None if path is None else path.text)
    case = scope.environment.find(wanted)
    if not isinstance(case, FunctionBinding):
        known = [key.removeprefix(_MARK) for key in scope.environment.names if key.startswith(f"{_MARK}{name}(")]
        help = did_you_mean(wanted.removeprefix(_MARK), known, f"its cases are: {', '.join(known[:6]) or 'none'}")
        message = f"the pattern `{name}` has no case `{wanted.removeprefix(_MARK)}`"
        raise scope.context.fail(NO_CASE, message, call.span, help)
    given = call.arguments
    if path is not None:
        text = syntax.Literal(path.span, syntax.LiteralKind.STRING, path.text)
        given = (*given, syntax.Target(path.span, (), text))
    return functions.call_for_rows(case, syntax.Call(call.span, call.name, given), scope)


def _text(node: syntax.Expression, scope: Scope) -> str:
    value = constant(scope.context.expression(node, scope.over(None)))
    if value is None:
        raise scope.context.fail(NO_CASE, "the argument of a pattern is a constant", node.span, "write the value out")
    return str(value.value)


def _key(name: str, values: list[str], path: str | None) -> str:
    listed = ", ".join(f'"{value}"' for value in values)
    return f"{_MARK}{name}({listed})" + ("" if path is None else f".{path}")
