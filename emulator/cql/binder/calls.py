"""Calls: looked up, their arguments matched, and turned into plan pieces by the kind of the function."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from emulator.cql import library, syntax
from emulator.cql.binder.arguments import SUPPLIED, WRONG_ARGUMENT, Arguments, match_arguments
from emulator.cql.binder.constants import NotOfType
from emulator.cql.binder.context import EVENT
from emulator.diagnostics import code, did_you_mean
from emulator.functions import Function, Kind, Parameter
from emulator.plan.expressions import Call, Const, ContextValue, Expression, Field, FromContext, Row
from emulator.shipped import shipped_text
from emulator.source import Span
from emulator.support import gaps
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


@lru_cache(maxsize=1)
def reserved_names() -> dict[str, str]:
    """The names of all functions of the product, by the name in lower case."""
    text = shipped_text("cql/functions.txt")
    names = (line.strip() for line in text.splitlines() if line and not line.startswith("#"))
    return {name.lower(): name for name in names}


def find_function(context: Context, call: syntax.Call) -> Function | None:
    """The function of a call, or None after an error was reported."""
    function = library.lookup(call.name)
    if function is not None:
        return function
    name = reserved_names().get(call.name.lower())
    if name is not None:
        reason = gaps("cql").get(("function", name), "`ruleproof functions` lists what is there")
        help = f"remove it, or run the rule without the emulator: {reason}"
        context.error(NO_SUCH_MEANING, f"`{name}()` is not supported", call.name_span, help)
        return None
    known = [one.name for one in library.functions().values() if not one.name.startswith(library.INTERNAL)]
    help = did_you_mean(call.name, known, "check the name in the product's list of functions")
    context.error(UNKNOWN_FUNCTION, f"there is no function `{call.name}()`", call.name_span, help)
    return None


def value_parameters(function: Function) -> list[Parameter]:
    """The parameters that the Python meaning gets: all, but for a value or aggregate not the name of the result."""
    named = function.kind is Kind.ASSIGN
    return [one for one in function.signature.parameters if not one.rest and (named or one.name != "as")]


def call_of(context: Context, function: Function, arguments: Arguments, kind: ScalarType) -> Call | None:
    """The plan's call of a scalar, filter or assign function, or None after an error."""
    values: list[Expression] = []
    for parameter in value_parameters(function):
        value = argument_of(context, parameter, arguments)
        if value is None:
            return None
        values.append(value)
    return Call(function, tuple(values), kind, arguments.call.span)


def argument_of(context: Context, parameter: Parameter, arguments: Arguments) -> Expression | None:
    """What the meaning gets for a parameter; see emulator.cql.library. None after an error."""
    span = arguments.span(parameter.name)
    if parameter.type == "names":
        return Const(arguments[parameter.default or ""], ScalarType.VALUE, span)
    if parameter.type == "original" and arguments.values.get("field"):
        return Const(None, ScalarType.VALUE, span)  # the event as it came is only searched where no field is named
    if parameter.type in SUPPLIED:
        return supplied(context, parameter.type, span)
    value = arguments[parameter.name]
    match parameter.type:
        case "field" if value is not None:
            return Field(value, ScalarType.TEXT, span)
        case "fields" if value is not None:
            return values_of([Field(name, ScalarType.TEXT, span) for name in value], span)
        case "table" if value is not None:
            table: Expression = value
            return table
        case "expression" | "expressions" if value is not None:
            return _expression(context, value, span)
        case _:
            return Const(value, ScalarType.VALUE, span)


def supplied(context: Context, kind: str, span: Span) -> Expression:
    """The row, the event as it came, its time, or an instant of the run."""
    match kind:
        case "event":
            return Row(span)
        case "original":
            context.reads_original = True
            return Field(EVENT, ScalarType.DYNAMIC, span)
        case "time":
            return Field("@timestamp", ScalarType.TEXT, span)
        case _:
            return FromContext(ContextValue[kind.upper()], ScalarType.DATETIME, span)


def values_of(values: list[Expression], span: Span) -> Call:
    """Several values as a tuple."""
    function = library.internal("operator:values")
    assert function is not None
    return Call(function, tuple(values), ScalarType.VALUE, span)


def _expression(context: Context, value: Any, span: Span) -> Expression | None:
    from emulator.cql.binder.expressions import bind_expression

    if isinstance(value, str):  # a default: the name of a field
        return Field(value, ScalarType.TEXT, span)
    if not isinstance(value, syntax.Array):
        return bind_expression(context, value)
    bound = [bind_expression(context, item) for item in value.items]
    return values_of([one for one in bound if one is not None], span) if None not in bound else None


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


def find_step(context: Context, call: syntax.Call) -> Function | None:
    """The function of a call that stands as a step: some filters do more there than keep or drop the event."""
    return library.internal(f"step:{call.name}") or find_function(context, call)


def wrong(context: Context, arguments: Arguments, name: str, problem: NotOfType) -> None:
    """Report an argument that a lowering could not read."""
    span = arguments.spans.get(name, arguments.call.span)
    context.error(WRONG_ARGUMENT, f"`{name}` takes {problem}", span, f"write {problem}")
