"""Functions that take texts apart by patterns."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.cql import patterns
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.expressions import operate, operator
from emulator.cql.binder.flow import Flow
from emulator.functions import Library
from emulator.plan.expressions import Const, Field
from emulator.plan.steps import Expand, Extract, Filter
from emulator.types import ScalarType

LIBRARY = Library("cql", "extraction")


@LIBRARY.assign("operator:each_match(value: field, pattern: regex, limit: number, strict: bool) -> fields")
def each_match(text: str | None, pattern: patterns.Pattern, limit: int, strict: bool) -> list[Mapping[str, str]]:
    """The named groups of every match, up to a limit; without a match nothing, or one empty mapping if not strict."""
    found: list[Mapping[str, str]] = []
    if text is not None:
        found += [match.named for match in pattern.find_all(text, limit)]
    return found or ([] if strict else [{}])


@LIBRARY.table(
    "step:regex(regex: regex, field: field = @rawstring, flags: text = none, limit: number = 100,"
    " repeat: bool = false, strict: bool = true) -> events",
    doc="regex",
)
def lower_regex(flow: Flow, arguments: Arguments) -> None:
    """Keeps the events that match and sets a field for each named group; one event for each match with `repeat`."""
    span = arguments.call.span
    pattern: patterns.Pattern = arguments["regex"]
    strict: bool = arguments["strict"]
    field = Field(arguments["field"], ScalarType.TEXT, arguments.span("field"))
    given = Const(pattern, ScalarType.VALUE, span)
    if arguments["repeat"]:
        how = [Const(one, ScalarType.VALUE, span) for one in (arguments["limit"], strict)]
        flow.add(Expand(operator("each_match"), (field, given, *how), (), span))
    elif pattern.group_names:
        flow.add(Extract(operator("groups"), (field, given), (), strict, span))
    elif strict:
        flow.add(Filter(operate("regex", field, given, span=span, kind=ScalarType.BOOL), span))


@LIBRARY.assign(
    "splitString(field: field = @rawstring, by: regex, index: number = none, as: text = _splitstring) -> fields",
    doc="splitstring",
)
def split_string(text: str | None, by: patterns.Pattern, index: int | None, name: str) -> Mapping[str, str] | None:
    """The parts between the matches of a pattern as an array, or one part alone."""
    if text is None:
        return None
    parts: list[str] = []
    behind = 0
    for match in by.find_all(text):
        if match.end > match.start or 0 < match.start < len(text):
            parts.append(text[behind : match.start])
            behind = match.end
    parts.append(text[behind:])
    if index is None:
        return {f"{name}[{number}]": part for number, part in enumerate(parts)}
    return {name: parts[index]} if -len(parts) <= index < len(parts) else None
