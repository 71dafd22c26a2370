"""Functions that choose the fields of events: which go on, and under which names."""

from __future__ import annotations

import re

from emulator.assumptions import assumption
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.context import EVENT
from emulator.cql.binder.expressions import bind_expression, operator
from emulator.cql.binder.flow import Flow
from emulator.cql.binder.pipeline import NULL_KEEPS_FIELD, assign
from emulator.cql.library.values import Event, Value, show
from emulator.diagnostics import code
from emulator.functions import Library, Nulls
from emulator.plan.expressions import Const, Row, fields
from emulator.plan.steps import Drop, Expand, Filter, Keep, Rename
from emulator.source import Span
from emulator.types import ScalarType

LIBRARY = Library("cql", "pipeline")

BARE_DROP = code(
    "CQL2102",
    "`drop()` without fields",
    "`drop` removes fields, and needs to be told which; it never drops events. Leave the branch out (an event that no "
    "branch of a case takes is dropped anyway), or write `dropEvent()`. A rule published with `drop()` can opt in to "
    "the assumption `bare-drop`, under which it drops the event.",
)
ALLOW_BARE_DROP = assumption(
    "bare-drop", "cql", "`drop()` without fields drops the event; the product rejects it", opt_in=True
)


def drop_event(flow: Flow, span: Span) -> None:
    """No event goes on."""
    flow.add(Filter(Const(False, ScalarType.BOOL, span), span))  # noqa: FBT003 - the condition


@LIBRARY.table("dropEvent() -> events", doc="dropevent")
def lower_drop_event(flow: Flow, arguments: Arguments) -> None:
    """Drops the event; inside a clause the next clause is tried."""
    drop_event(flow, arguments.call.span)


@LIBRARY.table("drop(fields: fields = none, mode: choice[exact|prefix|regex] = exact) -> events", doc="drop")
def lower_drop(flow: Flow, arguments: Arguments) -> None:
    """Removes fields: those named, or with another mode those that begin so, or match."""
    span = arguments.call.span
    if arguments["fields"] is None:
        if flow.context.allows(ALLOW_BARE_DROP):
            drop_event(flow, span)
            return
        help = "leave this branch out, write `dropEvent()`, or opt in to the assumption `bare-drop`"
        flow.context.error(BARE_DROP, "`drop()` needs the fields to remove", span, help)
        return
    if arguments["mode"] != "exact":
        message = "`drop()` with this `mode` is not documented well enough to be exact"
        flow.context.error(MODE_GAP, message, arguments.span("mode"), "name the fields, and leave `mode` out")
        return
    flow.add(Drop(arguments["fields"], span))


MODE_GAP = code(
    "CQL4006",
    "an option beyond the emulator",
    "The product has this option; what it does exactly is not documented, so it is refused rather than guessed.",
)


@LIBRARY.table("select(fields: fields) -> events", doc="select")
def lower_select(flow: Flow, arguments: Arguments) -> None:
    """Keeps the named fields alone."""
    fields: tuple[str, ...] = tuple(dict.fromkeys(arguments["fields"]))
    kept = (*fields, EVENT) if flow.context.reads_original else fields
    flow.add(Keep(kept, arguments.call.span))
    if not flow.in_clause:
        flow.shown_first(fields)


@LIBRARY.table("rename(field: pairs, as: text = none) -> events", doc="rename")
def lower_rename(flow: Flow, arguments: Arguments) -> None:
    """Gives fields new names; a field that already has such a name goes."""
    pairs: tuple[tuple[str, ...], ...] = arguments["field"]
    target = arguments["as"]
    span = arguments.span("field")
    if target is not None and len(pairs) == 1 and len(pairs[0]) == 1:
        pairs = ((pairs[0][0], target),)
    elif target is None and len(pairs) == 2 and all(len(pair) == 1 for pair in pairs):
        pairs = ((pairs[0][0], pairs[1][0]),)
    if any(len(pair) != 2 for pair in pairs):
        help = "write rename(old, as=new) or rename([[old, new], …])"
        flow.context.error(WRONG_ARGUMENT, "`rename()` takes pairs of an old and a new name", span, help)
        return
    kept = [(pair[0], pair[1]) for pair in pairs if pair[0] != pair[1]]
    flow.add(*(Rename(((old, new),), span) for old, new in kept))
    flow.renamed(dict(kept))


@LIBRARY.assign(
    "default(value: text, field: fields, replaceEmpty: bool = false, names: names = field) -> fields",
    doc="default",
)
def default(value: str, fields: tuple[str | None, ...], replace_empty: bool, names: tuple[str, ...]) -> dict[str, str]:
    """Sets fields that are missing; with `replaceEmpty` empty ones too."""
    return {
        name: value for name, text in zip(names, fields, strict=True) if text is None or (replace_empty and text == "")
    }


@LIBRARY.scalar(
    "coalesce(expressions: expressions, ignoreEmpty: bool = true, as: text = _coalesce) -> value",
    nulls=Nulls.TOTAL,
    doc="coalesce",
    examples="""
        coalesce([host, server, "x"]) of host="" server=s => s   [docs]
        coalesce([host, "x"], ignoreEmpty=false) of host="" => ""   [docs]
        coalesce([host, "x"]) of => x   [docs]
    """,
)
def coalesce(values: tuple[Value, ...] | Value, ignore_empty: bool) -> Value:
    """The first value that is not missing, or by default not empty either."""
    several = values if isinstance(values, tuple) else (values,)
    return next((one for one in several if one is not None and not (ignore_empty and one == "")), None)


@LIBRARY.scalar(
    "concat(field: fields, as: text = _concat) -> value",
    nulls=Nulls.TOTAL,
    doc="concat",
    examples="""
        concat([a, b]) of a=1 b=2 => 12   [docs]
        concat([a, b]) of a=1 => 1   [docs]
    """,
)
def concat(values: tuple[str | None, ...]) -> str:
    """The values one after the other; a missing one adds nothing."""
    return "".join(value for value in values if value is not None)


@LIBRARY.scalar(
    "getField(source: expression, as: text = _getField, event: event) -> value",
    nulls=Nulls.TOTAL,
    doc="getfield",
    examples='getField("host-name") of host-name=a => a   [docs]',
)
def get_field(source: Value, event: Event) -> str | None:
    """The value of the field whose name an expression gives."""
    return event.get(source) if isinstance(source, str) else None


@LIBRARY.assign("setField(target: expression, value: expression) -> fields", doc="setfield")
def set_field(target: Value, value: Value) -> dict[str, str] | None:
    """Sets the field whose name an expression gives."""
    name, text = show(target), show(value)
    return None if name is None or text is None else {name: text}


@LIBRARY.table("eval(...assignments: expression) -> events", doc="eval")
def lower_eval(flow: Flow, arguments: Arguments) -> None:
    """Assigns expressions to fields, from left to right; one without a value leaves its field as it was."""
    for one in arguments.others:
        if one.name is None:
            help = "write eval(name = …)"
            flow.context.error(WRONG_ARGUMENT, "`eval()` takes assignments", one.span, help)
            continue
        value = bind_expression(flow.context, one.value)
        if value is not None:
            if fields(value):
                flow.context.rest_on(NULL_KEEPS_FIELD)
            flow.add(assign(one.name.text, value, one.span))


@LIBRARY.assign("operator:split(event: event, name: text, strip: bool) -> fields")
def split_items(event: Event, name: str, strip: bool) -> list[dict[str, str | None]]:
    """An event for each element of an array: its own fields, without the array's."""
    pattern = re.compile(re.escape(name) + r"\[(\d+)\](.*)", re.DOTALL)
    elements: dict[int, dict[str, str]] = {}
    kept: dict[str, str] = {}
    for field, text in event.items():
        found = pattern.fullmatch(field)
        if found is None:
            kept[field] = text
            continue
        rest = found[2]
        target = rest.removeprefix(".") if (strip or not name) and rest else name + rest
        elements.setdefault(int(found[1]), {})[target] = text
    if not elements:
        return [dict(event)]
    return [_element(kept, index, fields) for index, fields in sorted(elements.items())]


def _element(kept: dict[str, str], index: int, fields: dict[str, str]) -> dict[str, str | None]:
    event: dict[str, str | None] = {**kept, **fields, "_index": str(index)}
    if "@id" in kept:
        event["@id"] = f"{kept['@id']}__{index}"
    return event


@LIBRARY.table("split(field: field = _events, strip: bool = false) -> events", doc="split")
def lower_split(flow: Flow, arguments: Arguments) -> None:
    """One event for each element of an array."""
    span = arguments.call.span
    how = [Const(arguments[name], ScalarType.VALUE, span) for name in ("field", "strip")]
    flow.add(Expand(operator("split"), (Row(span), *how), (), span, whole=True))
