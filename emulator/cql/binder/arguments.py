"""The arguments of a call, matched with the parameters of its signature and read as their types."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from emulator.assumptions import assumption
from emulator.cql import patterns, syntax
from emulator.cql.binder.constants import NotOfType, read_constant, read_default, text_of
from emulator.cql.binder.context import Context
from emulator.cql.parser.arguments import ARGUMENTS
from emulator.cql.timeformat import FormatError
from emulator.diagnostics import Label, code, did_you_mean
from emulator.functions import Function, Parameter
from emulator.source import Span

UNKNOWN_ARGUMENT = code(
    "CQL2002",
    "a function has no such argument",
    "The function's documentation lists its arguments. Names are case-sensitive.",
)
MISSING_ARGUMENT = code(
    "CQL2003",
    "a required argument is missing",
    "The function can't work without it; give it by name or, if it is the first, unnamed.",
)
REPEATED_ARGUMENT = code("CQL2004", "an argument is given twice", "Keep one of them.")
WRONG_ARGUMENT = code(
    "CQL3001",
    "an argument of the wrong kind",
    "The parameter takes another kind of value: a field, a text, a number, a list in brackets, a regular expression …",
)
BAD_PATTERN = code(
    "CQL1090",
    "a regular expression that can't be compiled",
    "The pattern is not valid in the product's dialect. The position is marked.",
)
BAD_FORMAT = code(
    "CQL3011",
    "a format that can't be used",
    "The pattern of `format()` or `formatTime()` holds a code that the product does not have.",
)
FORMAT_GAP = code(
    "CQL4005",
    "a format beyond the emulator",
    "The product knows the code, but what it prints is not documented well enough to be exact. Please report it.",
)
PATTERN_GAP = code(
    "CQL4003",
    "a regular expression beyond the emulator",
    "The product accepts the pattern, but it can't be given its exact meaning here. Please report it.",
)

UNNAMED_FIELDS = assumption(
    "unnamed-fields",
    "cql",
    "several arguments without a name are one list where the function takes a list of fields, as in `table(a, b)`: "
    "published rules write so, the documentation has one such argument",
)

SUPPLIED = frozenset({"event", "original", "time", "names", "now", "start", "end"})
"""Types of parameters that the binder fills in itself; a call can't give them."""


@dataclass(slots=True)
class Arguments:
    """The arguments of one call by parameter name, read as their types; and where each stands.

    `others` are those of a function that takes any names. `negated` tells a step `!f()`.
    """

    call: syntax.Call
    values: dict[str, Any]
    spans: dict[str, Span]
    others: tuple[syntax.Argument, ...] = ()
    negated: bool = False

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def given(self, name: str) -> bool:
        """True when the call says it itself."""
        return name in self.spans

    def span(self, name: str) -> Span:
        """Where an argument stands; the call itself when it was not given."""
        return self.spans.get(name, self.call.span)


@dataclass(slots=True)
class _Found:
    """The arguments as written, by parameter name."""

    named: dict[str, tuple[syntax.Value, Span]] = field(default_factory=dict)
    others: list[syntax.Argument] = field(default_factory=list)


def match_arguments(
    context: Context, function: Function, call: syntax.Call, field: syntax.Name | None = None
) -> Arguments | None:
    """Read a call's arguments. `field` is the left side of `=~`. None after an error was reported."""
    found = _assigned(context, function, call, field)
    arguments = None if found is None else _read_all(context, function, call, found)
    if arguments is not None:
        _rest_on(context, function, arguments)
    return arguments


def _rest_on(context: Context, function: Function, arguments: Arguments) -> None:
    """Note what a call assumes; an assumption may hold `where` an argument is given, or has a value."""
    for one in function.assumes:
        name, _, condition = one.partition(" where ")
        parameter, _, value = condition.partition("=")
        met = arguments.given(parameter) if not value else str(arguments.values.get(parameter)).lower() == value
        if not condition or met:
            context.used[name] = None


def _assigned(context: Context, function: Function, call: syntax.Call, field: syntax.Name | None) -> _Found | None:
    """Which argument is for which parameter."""
    parameters = {one.name: one for one in function.signature.parameters if one.type not in SUPPLIED}
    takes_any = any(parameter.rest for parameter in parameters.values())
    found = _Found()
    arguments = _with_unnamed_fields(context, call, parameters)
    if sum(one.name is None and not _is_labelled(one) for one in arguments) > 1 and not takes_any:
        _second_unnamed(context, call)
        return None
    if field is not None and "field" in parameters:
        found.named["field"] = (field, field.span)
    for argument in arguments:
        name = argument.name.text if argument.name is not None else _unnamed(parameters, found.named)
        if takes_any and (name not in parameters or parameters[name].rest):
            found.others.append(argument)
            continue
        if name not in parameters:
            _unknown(context, function, argument, name, parameters)
            return None
        if name in found.named:
            context.error(REPEATED_ARGUMENT, f"`{name}` is given twice", argument.span, "keep one of them")
            return None
        found.named[name] = (argument.value, argument.span)
    return found


def _with_unnamed_fields(
    context: Context, call: syntax.Call, parameters: dict[str, Parameter]
) -> tuple[syntax.Argument, ...]:
    """The arguments; several fields without a name as one list, where the function's first parameter takes one."""
    unnamed = [one for one in call.arguments if one.name is None]
    first = next(iter(parameters.values()), None)
    if len(unnamed) < 2 or first is None or first.type != "fields" or not all(map(_is_field, unnamed)):
        return call.arguments
    context.rest_on(UNNAMED_FIELDS)
    span = unnamed[0].span.to(unnamed[-1].span)
    fields = syntax.Argument(None, syntax.Array(tuple(one.value for one in unnamed), span), span)
    return (fields, *(one for one in call.arguments if one.name is not None))


def _is_field(argument: syntax.Argument) -> bool:
    return isinstance(argument.value, syntax.Word | syntax.Quoted)


def _is_labelled(argument: syntax.Argument) -> bool:
    return isinstance(argument.value, syntax.Subquery) and argument.value.name is not None


def _second_unnamed(context: Context, call: syntax.Call) -> None:
    unnamed = [one for one in call.arguments if one.name is None]
    fix = "name it, as in `values=[…]` or `as=name`"
    if all(map(_is_field, unnamed)):
        together = ", ".join(context.source.slice(one.span) for one in unnamed)
        fix = f"for several values write a list: `[{together}]`; else {fix}"
    also = (Label(unnamed[0].span, "the first one"),)
    context.error(ARGUMENTS, "a second argument without a name", unnamed[1].span, fix, also=also)


def _unknown(
    context: Context, function: Function, argument: syntax.Argument, name: str, parameters: dict[str, Parameter]
) -> None:
    if any(parameter.type == "expression" for parameter in parameters.values()) and len(parameters) == 1:
        help = f"equality is `==`: write `{name} == …`"
    else:
        help = did_you_mean(name, parameters, f"`{function.name}()` takes {_list(parameters)}")
    message = f"`{function.name}()` has no argument `{name}`"
    context.error(UNKNOWN_ARGUMENT, message, argument.span, help)


def _unnamed(parameters: dict[str, Parameter], found: dict[str, Any]) -> str:
    """The parameter that an unnamed argument is for: the first one, or the next when `=~` gave the first."""
    names = list(parameters)
    if names and names[0] in found and "field" in found and names[0] == "field":
        return next((name for name in names if name not in found), names[0])
    return names[0] if names else ""


def _list(names: dict[str, Parameter]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "no arguments"


def _read_all(context: Context, function: Function, call: syntax.Call, found: _Found) -> Arguments | None:
    arguments = Arguments(call, {}, {}, tuple(found.others))

    def sibling(name: str) -> str | None:
        return text_of(context, found.named[name][0]) if name in found.named else None

    for parameter in function.signature.parameters:
        name = parameter.name
        if parameter.rest or parameter.type in SUPPLIED:
            continue
        if name in found.named:
            value, span = found.named[name]
            try:
                arguments.values[name] = read_constant(context, parameter.type, value, sibling)
            except (NotOfType, patterns.PatternError, FormatError) as wrong:
                if context.holds_unknown(span) and parameter.default is not None:
                    arguments.values[name] = read_default(parameter.type, parameter.default.strip())
                    continue
                if context.holds_unknown(span) and parameter.type == "regex":
                    arguments.values[name] = patterns.compile_pattern("", "")
                    continue
                if not context.holds_missing(span):
                    _report(context, function, name, wrong, span)
                return None
            arguments.spans[name] = span
        elif parameter.default is None:
            message = f"`{function.name}()` needs the argument `{name}`"
            context.error(MISSING_ARGUMENT, message, call.span, f"add it: {function.name}({name}=…)")
            return None
        else:
            arguments.values[name] = read_default(parameter.type, parameter.default.strip())
    return arguments


def _report(context: Context, function: Function, name: str, wrong: Exception, span: Span) -> None:
    """Say why an argument can't be read."""
    match wrong:
        case patterns.PatternError():
            what = PATTERN_GAP if wrong.gap else BAD_PATTERN
            context.error(what, wrong.message, span, "mend the pattern at the marked place")
        case FormatError():
            context.error(FORMAT_GAP if wrong.is_gap else BAD_FORMAT, wrong.message, span, wrong.fix)
        case _:
            message = f"`{name}` of `{function.name}()` takes {wrong}"
            context.error(WRONG_ARGUMENT, message, span, f"write {wrong}")
