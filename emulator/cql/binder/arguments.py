"""The arguments of a call, matched with the parameters of its signature and read as their types."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.cql import patterns, syntax
from emulator.cql.binder.context import Context
from emulator.diagnostics import code, did_you_mean
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
PATTERN_GAP = code(
    "CQL4003",
    "a regular expression beyond the emulator",
    "The product accepts the pattern, but it can't be given its exact meaning here. Please report it.",
)

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]+)")
_UNITS = {
    "ms": 1,
    "millis": 1,
    "millisecond": 1,
    "milliseconds": 1,
    "s": 1_000,
    "sec": 1_000,
    "secs": 1_000,
    "second": 1_000,
    "seconds": 1_000,
    "m": 60_000,
    "min": 60_000,
    "mins": 60_000,
    "minute": 60_000,
    "minutes": 60_000,
    "h": 3_600_000,
    "hr": 3_600_000,
    "hrs": 3_600_000,
    "hour": 3_600_000,
    "hours": 3_600_000,
    "d": 86_400_000,
    "day": 86_400_000,
    "days": 86_400_000,
    "w": 604_800_000,
    "week": 604_800_000,
    "weeks": 604_800_000,
}


class NotOfType(Exception):  # noqa: N818 - says what to write instead, and is always caught
    """A value that does not read as the parameter's type; the text says what would."""


@dataclass(slots=True)
class Arguments:
    """The arguments of one call by parameter name, read as their types; and where each stands."""

    call: syntax.Call
    values: dict[str, Any]
    spans: dict[str, Span]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def given(self, name: str) -> bool:
        """True when the call says it itself."""
        return name in self.spans


def match_arguments(
    context: Context, function: Function, call: syntax.Call, field: syntax.Name | None = None
) -> Arguments | None:
    """Read a call's arguments. `field` is the left side of `=~`. None after an error was reported."""
    parameters = {parameter.name: parameter for parameter in function.signature.parameters}
    found: dict[str, tuple[syntax.Value, Span]] = {}
    if field is not None and "field" in parameters:
        found["field"] = (field, field.span)
    for argument in call.arguments:
        name = argument.name.text if argument.name is not None else _unnamed(function, found)
        if name not in parameters:
            help = did_you_mean(name, parameters, f"`{function.name}()` takes {_list(parameters)}")
            context.error(UNKNOWN_ARGUMENT, f"`{function.name}()` has no argument `{name}`", argument.span, help)
            return None
        if name in found:
            context.error(REPEATED_ARGUMENT, f"`{name}` is given twice", argument.span, "keep one of them")
            return None
        found[name] = (argument.value, argument.span)
    return _read_all(context, function, call, found)


def _unnamed(function: Function, found: dict[str, Any]) -> str:
    """The parameter that an unnamed argument is for: the first one that `=~` has not given."""
    names = [parameter.name for parameter in function.signature.parameters]
    return next((name for name in names if name not in found), names[0] if names else "")


def _list(names: dict[str, Parameter]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "no arguments"


def _read_all(
    context: Context, function: Function, call: syntax.Call, found: dict[str, tuple[syntax.Value, Span]]
) -> Arguments | None:
    arguments = Arguments(call, {}, {})
    for parameter in function.signature.parameters:
        if parameter.name in found:
            value, span = found[parameter.name]
            try:
                arguments.values[parameter.name] = _read(context, parameter.type, value)
            except NotOfType as wrong:
                message = f"`{parameter.name}` of `{function.name}()` takes {wrong}"
                context.error(WRONG_ARGUMENT, message, span, f"write {wrong}")
                return None
            except patterns.PatternError as wrong:
                what = PATTERN_GAP if wrong.gap else BAD_PATTERN
                context.error(what, f"{wrong.message}", span, "mend the pattern at the marked place")
                return None
            arguments.spans[parameter.name] = span
        elif parameter.default is None:
            message = f"`{function.name}()` needs the argument `{parameter.name}`"
            context.error(MISSING_ARGUMENT, message, call.span, f"add it: {function.name}({parameter.name}=…)")
            return None
        else:
            arguments.values[parameter.name] = _default(parameter)
    return arguments


def _default(parameter: Parameter) -> Any:
    """A default as written in the signature, read as the parameter's type."""
    text = (parameter.default or "").strip()
    if text == "none":
        return None
    if text[:1] in "\"'" and text[-1:] == text[:1]:
        text = text[1:-1].encode().decode("unicode_escape")
    match parameter.type:
        case "bool":
            return text == "true"
        case "number":
            return float(text) if "." in text else int(text)
        case "limit":
            return int(text)
        case "duration":
            return duration(text)
        case "texts" | "fields":
            return tuple(part.strip() for part in text.strip("[]").split(",") if part.strip())
        case "bools":
            return (text == "true",)
        case _:
            return text


def _read(context: Context, kind: str, value: syntax.Value) -> Any:
    """A value as written, read as a type of emulator.cql.library. Raises NotOfType and PatternError."""
    match kind:
        case "field":
            return field_name(context, value)
        case "fields":
            return tuple(field_name(context, item) for item in items(value))
        case "text":
            return text_of(context, value)
        case "texts":
            return tuple(text_of(context, item) for item in items(value))
        case "number":
            return number_of(context, value)
        case "numbers":
            return tuple(number_of(context, item) for item in items(value))
        case "bool":
            return bool_of(context, value)
        case "bools":
            return tuple(bool_of(context, item) for item in items(value))
        case "limit":
            text = text_of(context, value)
            return None if text == "max" else _whole(text)
        case "duration":
            return duration(text_of(context, value))
        case "regex":
            return regex_of(context, value)
        case _:
            return value


def items(value: syntax.Value) -> tuple[syntax.Value, ...]:
    """The items of an array; a value alone counts as an array of one."""
    return value.items if isinstance(value, syntax.Array) else (value,)


def field_name(context: Context, value: syntax.Value) -> str:
    """The field that a word or quoted name means. Raises NotOfType."""
    if isinstance(value, syntax.Word | syntax.Quoted):
        return value.text
    if isinstance(value, syntax.Parameter):
        return context.parameter(value)
    raise NotOfType("a field")


def text_of(context: Context, value: syntax.Value) -> str:
    """The text of a constant. Raises NotOfType."""
    match value:
        case syntax.Word() | syntax.Quoted() | syntax.Number():
            return value.text
        case syntax.Boolean():
            return "true" if value.value else "false"
        case syntax.Parameter():
            return context.parameter(value)
        case syntax.Unary(operator=syntax.UnaryOperator.MINUS, operand=syntax.Number(text=text)):
            return f"-{text}"
        case _:
            raise NotOfType("a text")


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise NotOfType("a whole number, or `max`")
    return int(text)


def number_of(context: Context, value: syntax.Value) -> float | int:
    """The number of a constant. Raises NotOfType."""
    text = text_of(context, value)
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise NotOfType("a number") from None


def bool_of(context: Context, value: syntax.Value) -> bool:
    """`true` or `false`. Raises NotOfType."""
    text = text_of(context, value).lower()
    if text not in ("true", "false"):
        raise NotOfType("`true` or `false`")
    return text == "true"


def duration(text: str) -> float:
    """Milliseconds of `15m`, `1h`, `24hours` … Raises NotOfType."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != re.sub(r"\s+", "", text):
        raise NotOfType("a duration such as `15m`")
    if any(unit not in _UNITS for _, unit in parts):
        raise NotOfType("a duration with a unit such as `ms`, `s`, `m`, `h`, `d`, `w`")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def regex_of(context: Context, value: syntax.Value) -> patterns.Pattern:
    """A regular expression, written as `/…/flags` or as a text. Raises NotOfType and PatternError."""
    if isinstance(value, syntax.Regex):
        return patterns.compile_pattern(value.pattern, value.flags)
    return patterns.compile_pattern(text_of(context, value), "")


Lowering = Callable[..., None]
