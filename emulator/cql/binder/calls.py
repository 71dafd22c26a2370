"""Calls: looked up, their arguments matched, and turned into plan pieces by the kind of the function."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from emulator.cql import library, syntax
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments, NotOfType, match_arguments
from emulator.diagnostics import code, did_you_mean
from emulator.functions import Function, Kind, Parameter
from emulator.plan.expressions import Call, Const, Expression, Field
from emulator.plan.relations import AggregateCall
from emulator.source import Span
from emulator.types import ScalarType

if TYPE_CHECKING:
    from emulator.cql.binder.context import Context

UNKNOWN_FUNCTION = code(
    "CQL2001",
    "there is no such function",
    "The name is not one of the query language's functions. Names are looked up without regard to case.",
)
NO_SUCH_MEANING = code(
    "CQL4001",
    "a function that the emulator does not have",
    "The product has this function; the emulator does not, so a query that calls it is refused rather than guessed.",
)
NOT_A_VALUE = code(
    "CQL3004",
    "a function that gives no value",
    "Only functions of one event that give one value can stand in an expression.",
)
NOT_AN_AGGREGATE = code(
    "CQL3005",
    "not an aggregate function",
    "Here only functions that aggregate events can stand: count(), sum(), collect() …",
)


@lru_cache(maxsize=1)
def reserved_names() -> frozenset[str]:
    """The names of all functions of the product, in lower case."""
    text = resources.files("emulator.cql").joinpath("functions.txt").read_text("utf8")
    return frozenset(line.strip().lower() for line in text.splitlines() if line and not line.startswith("#"))


def find_function(context: Context, call: syntax.Call) -> Function | None:
    """The function of a call, or None after an error was reported."""
    function = library.lookup(call.name)
    if function is not None:
        return function
    if call.name.lower() in reserved_names():
        help = "remove it, or run the rule without the emulator; `ruleproof functions` lists what is there"
        context.error(NO_SUCH_MEANING, f"`{call.name}()` is not supported yet", call.name_span, help)
        return None
    known = [one.name for one in library.functions().values()]
    help = did_you_mean(call.name, known, "check the name in the product's list of functions")
    context.error(UNKNOWN_FUNCTION, f"there is no function `{call.name}()`", call.name_span, help)
    return None


def value_parameters(function: Function) -> list[Parameter]:
    """The parameters that the Python meaning gets: all but the name of the result."""
    return [parameter for parameter in function.signature.parameters if parameter.name != "as"]


def call_of(context: Context, function: Function, arguments: Arguments, kind: ScalarType) -> Call | None:
    """The plan's call of a scalar or filter function."""
    values: list[Expression] = []
    for parameter in value_parameters(function):
        span = arguments.spans.get(parameter.name, arguments.call.span)
        value = _argument(context, parameter, arguments[parameter.name], span)
        if value is None:
            return None
        values.append(value)
    return Call(function, tuple(values), kind, arguments.call.span)


def _argument(context: Context, parameter: Parameter, value: Any, span: Span) -> Expression | None:
    match parameter.type:
        case "field" if value is not None:
            return Field(value, ScalarType.TEXT, span)
        case "expression" if isinstance(value, str):
            return Field(value, ScalarType.TEXT, span)
        case "expression" if value is not None:
            from emulator.cql.binder.expressions import bind_expression

            return bind_expression(context, value)
        case _:
            return Const(value, ScalarType.VALUE, span)


def bind_filter_call(context: Context, call: syntax.Call, field: syntax.Name | None = None) -> Expression | None:
    """A call as a condition, or None after an error. Functions that are no filters are refused."""
    function = find_function(context, call)
    if function is None:
        return None
    if function.kind is not Kind.FILTER:
        help = "give it a step of its own, between `|`"
        context.error(NOT_A_FILTER, f"`{function.name}()` is no filter", call.span, help)
        return None
    arguments = match_arguments(context, function, call, field)
    return None if arguments is None else call_of(context, function, arguments, ScalarType.BOOL)


NOT_A_FILTER = code(
    "CQL3002",
    "a function that is no filter inside a filter",
    "Only functions that keep or drop an event can be combined with `and`, `or`, `not`. Others stand as steps of "
    "their own.",
)


def bind_value_call(context: Context, call: syntax.Call) -> Expression | None:
    """A call inside an expression: its value, or None after an error."""
    function = find_function(context, call)
    if function is None:
        return None
    if function.kind is Kind.FILTER:
        return bind_filter_call(context, call)
    if function.kind is not Kind.SCALAR:
        help = "give it a step of its own, and use the field that it sets"
        context.error(NOT_A_VALUE, f"`{function.name}()` can't stand in an expression", call.span, help)
        return None
    arguments = match_arguments(context, function, call)
    return None if arguments is None else call_of(context, function, arguments, ScalarType.VALUE)


def bind_aggregate(context: Context, value: syntax.Value) -> AggregateCall | None:
    """`count()`, `x := sum(y)` or `sum(y, as=x)` as an aggregate, or None after an error."""
    target: str | None = None
    if isinstance(value, syntax.Assign):
        target, value = value.target.text, value.value
    if not isinstance(value, syntax.Call):
        context.error(NOT_AN_AGGREGATE, "this is no aggregate function", value.span, "write a call such as count()")
        return None
    function = find_function(context, value)
    if function is None:
        return None
    if function.kind is not Kind.AGGREGATE:
        help = "use an aggregate such as count(), or put the function behind the grouping"
        context.error(NOT_AN_AGGREGATE, f"`{function.name}()` does not aggregate", value.span, help)
        return None
    arguments = match_arguments(context, function, value)
    return None if arguments is None else _aggregate_call(function, arguments, target)


def _aggregate_call(function: Function, arguments: Arguments, target: str | None) -> AggregateCall | None:
    """Fields are stepped, everything else makes the state."""
    constants: list[object] = []
    steps: list[Expression] = []
    for parameter in value_parameters(function):
        value = arguments[parameter.name]
        span = arguments.spans.get(parameter.name, arguments.call.span)
        if parameter.type == "field" and value is not None:
            steps.append(Field(value, ScalarType.TEXT, span))
        elif parameter.type == "fields":
            steps.extend(Field(name, ScalarType.TEXT, span) for name in value)
            constants.append(value)
        else:
            constants.append(value)
    names = () if "as" not in arguments.values else (target or arguments["as"],)
    return AggregateCall(names, function, tuple(constants), tuple(steps), arguments.call.span)


def wrong(context: Context, arguments: Arguments, name: str, problem: NotOfType) -> None:
    """Report an argument that a lowering could not read."""
    span = arguments.spans.get(name, arguments.call.span)
    context.error(WRONG_ARGUMENT, f"`{name}` takes {problem}", span, f"write {problem}")
