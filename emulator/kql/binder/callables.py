"""Calls in expressions: functions of the query, forms that the binder itself understands, and the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from emulator.diagnostics import code, did_you_mean
from emulator.functions import Function, Kind, Mode
from emulator.kql import library, names, syntax
from emulator.kql.binder import conversions, functions
from emulator.kql.binder.calls import Argument, TypeArgument, expected, resolve, takes_count
from emulator.kql.binder.constants import constant
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.forms import FORMS
from emulator.kql.binder.graph_functions import (
    GRAPH_FUNCTIONS,
    WRONG_GRAPH_CALL,
    bind_graph_function,
    bind_path_length,
    path_of_length,
)
from emulator.kql.binder.regexes import check
from emulator.kql.binder.scope import FunctionBinding, Scope
from emulator.kql.binder.windows import is_window
from emulator.plan.expressions import Call, Const, Expression
from emulator.schema import SchemaError, scalar_type
from emulator.types import ScalarType

UNKNOWN_FUNCTION = code(
    "KQL2003",
    "unknown function",
    "No function of KQL has this name, and no `let` declares it. Names are case-sensitive.",
)
WRONG_ARGUMENTS = code(
    "KQL3003",
    "arguments that a function does not take",
    "The function exists, but not for this number of arguments or these types.",
)
NOT_CONSTANT = code(
    "KQL3004",
    "a constant is expected",
    "This argument decides how the function works and has to be the same for all rows: write it out, or use a `let`.",
)
FUNCTION_GAP = code(
    "KQL4010",
    "a function that is not emulated",
    "The product knows the function, the emulator does not yet: the query is right and the gap is ours.",
)
NO_AGGREGATE_HERE = code(
    "KQL3008",
    "an aggregate function has no meaning here",
    "Aggregate functions look at many rows. They belong into `summarize`, `make-series` and their kin, and not into "
    "each other.",
)
NO_WINDOW_HERE = code(
    "KQL3028",
    "a function of the rows around has no meaning here",
    "`prev`, `next`, `row_number` and their kin look at the order of the rows. They belong into `extend`, `serialize`, "
    "`project` and `where`.",
)
_CONVERSIONS = frozenset(
    (
        "tobool",
        "toboolean",
        "todatetime",
        "todecimal",
        "todouble",
        "toguid",
        "toint",
        "tolong",
        "toreal",
        "tostring",
        "totime",
        "totimespan",
    )
)
"""What they give for a value of their own type is the value itself, which keeps its name."""
_PATTERNS = frozenset({"regex", "lookup_regex", "pattern"})


def bind_call(node: syntax.Call, scope: Scope) -> Expression:
    """Bind a call to a value."""
    name = node.name.text
    declared = scope.environment.find(name)
    if isinstance(declared, FunctionBinding):
        return functions.call_for_value(declared, node, scope)
    if name in GRAPH_FUNCTIONS and scope.rows is not None and scope.rows.pattern is not None:
        return bind_graph_function(node, scope)
    path = path_of_length(node, scope)
    if path is not None:
        return bind_path_length(path, node)
    if name in FORMS:
        return FORMS[name](node, scope)
    if scope.aggregates is not None and library.lookup(name, Kind.AGGREGATE):
        return scope.aggregates.bind(node, scope)
    if is_window(name):
        return _window(node, scope)
    overloads = library.lookup(name)
    if not overloads or name.startswith("_"):
        return _unknown(node, scope)
    if overloads[0].signature.returns.startswith("("):
        message = f"`{name}` gives several values, which is not emulated inside of an expression"
        raise scope.context.fail(FUNCTION_GAP, message, node.span, "give its values names: `extend (a, b) = …`")
    return call_of_library(node, overloads, scope)


def _window(node: syntax.Call, scope: Scope) -> Expression:
    """A function that looks at the rows around."""
    if scope.windows is None:
        message = f"`{node.name.text}` looks at the rows around, which can't be done here"
        raise scope.context.fail(NO_WINDOW_HERE, message, node.name.span, "compute it in an `extend` before")
    given = arguments(node, scope)
    overloads = library.lookup(node.name.text, Kind.TABLE)
    values = [one for one in given if not isinstance(one, TypeArgument)]
    bound = scope.windows.bind(node, values, overloads) if len(values) == len(given) else None
    if bound is None:
        refuse(node, overloads, given, scope)
    return bound


def call_of_library(node: syntax.Call, overloads: Sequence[Function], scope: Scope) -> Expression:
    """A call of the overload that takes the arguments."""
    resolved_arguments = arguments(node, scope)
    resolved = resolve(overloads, resolved_arguments, node.span)
    if resolved is None:
        refuse(node, overloads, resolved_arguments, scope)
    if node.name.text in _CONVERSIONS and resolved.arguments[0].type is resolved.type:
        return resolved.arguments[0]
    scope.context.rests_on(*resolved.function.assumes)
    given = list(resolved.arguments)
    for position, mode in enumerate(resolved.modes[: len(node.arguments)]):
        if mode is Mode.CONSTANT and not isinstance(resolved_arguments[position], TypeArgument):
            given[position] = constant_argument(given[position], node, position, scope)
            if resolved.function.signature.parameters[position].name in _PATTERNS:
                check(given[position], node.arguments[position].span, scope)
    return _as_typed(Call(resolved.function, tuple(given), resolved.type, node.span))


def _as_typed(call: Call) -> Expression:
    """The call with the type that the engine gives it: differences in weeks are real, all others long (recorded)."""
    match call:
        case Call(function=Function(name="datetime_diff"), arguments=(Const(value=str(period)), *_)) if (
            period.lower() == "week"
        ):
            return conversions.convert(call, ScalarType.REAL)
        case _:
            return call


def constant_argument(value: Expression, node: syntax.Call, position: int, scope: Scope) -> Expression:
    """The constant that an argument amounts to."""
    known = constant(value)
    if known is None:
        message = f"argument {position + 1} of `{node.name.text}` must be a constant"
        raise scope.context.fail(NOT_CONSTANT, message, node.arguments[position].span, "write the value out")
    return known


def arguments(node: syntax.Call, scope: Scope) -> list[Argument]:
    """All arguments bound; what is wrong with any of them is reported before the call is left."""
    bound: list[Argument] = []
    failed = False
    for target in node.arguments:
        try:
            bound.append(_argument(target, scope))
        except UnbindableError:
            failed = True
    if failed:
        raise UnbindableError
    return bound


def _argument(target: syntax.Target, scope: Scope) -> Argument:
    if isinstance(target.value, syntax.TypeOf) and isinstance(target.value.type, syntax.TypeName):
        try:
            return TypeArgument(scalar_type(target.value.type.name), target.span)
        except SchemaError as error:
            raise scope.context.fail(
                WRONG_ARGUMENTS, str(error), target.span, "name a type such as `long` or `string`"
            ) from None
    return scope.context.expression(target.value, scope)


def refuse(node: syntax.Call, overloads: Sequence[Function], given: Sequence[Argument], scope: Scope) -> NoReturn:
    """Report arguments that no overload takes."""
    name = node.name.text
    signatures = " or ".join(f"`{_shown(function)}`" for function in overloads[:4])
    if not takes_count(overloads, len(given)):
        message = f"`{name}` does not take {len(given)} argument{'' if len(given) == 1 else 's'}"
    else:
        for value, kind in expected(overloads, given):
            scope.context.retype(value, kind)
        message = f"`{name}` does not take ({', '.join(argument.type.value for argument in given)})"
    raise scope.context.fail(WRONG_ARGUMENTS, message, node.span, f"it takes {signatures}")


def _shown(function: Function) -> str:
    return " ".join(function.declaration.split())


def _unknown(node: syntax.Call, scope: Scope) -> Expression:
    name = node.name.text
    aggregate = name in names.known(Kind.AGGREGATE)
    misplaced = scope.aggregates is None or library.lookup(name, Kind.AGGREGATE)
    if aggregate and misplaced and name not in names.known(Kind.SCALAR):
        raise scope.context.fail(
            NO_AGGREGATE_HERE, f"`{name}` is an aggregate function", node.name.span, "use it in `summarize`"
        )
    if name in GRAPH_FUNCTIONS:
        help = "use it in the conditions and columns of `graph-match`"
        raise scope.context.fail(WRONG_GRAPH_CALL, f"`{name}` works on graph patterns alone", node.name.span, help)
    if aggregate or name in names.known(Kind.SCALAR):
        message = f"the function `{name}` is not emulated yet"
        raise scope.context.fail(
            FUNCTION_GAP, message, node.name.span, names.gap_help(Kind.AGGREGATE if aggregate else Kind.SCALAR, name)
        )
    candidates = [*names.known(Kind.SCALAR), *scope.environment]
    help = did_you_mean(name, candidates, "declare it with `let`, or correct its name")
    raise scope.context.fail(UNKNOWN_FUNCTION, f"unknown function `{name}`", node.name.span, help)
