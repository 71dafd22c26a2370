"""`lowercase()`: names and values of fields in lower case, for parsers."""

from __future__ import annotations

from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.calls import values_of
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.pipeline import MODE_GAP
from emulator.cql.library.texts import CASE_OF_LANGUAGE
from emulator.cql.library.values import Event
from emulator.functions import Library
from emulator.plan.expressions import Const, Field, Row
from emulator.plan.steps import Extract
from emulator.types import ScalarType

LIBRARY = Library("cql", "lowercasing")


@LIBRARY.table(
    "lowercase(field: fields, include: choice[values|fields|both] = values, locale: text = none) -> events",
    doc="lowercase",
)
def lower_lowercase(flow: Flow, arguments: Arguments) -> None:
    """Sets fields to their values in lower case, or fields whose names are in lower case; `*` stands for all fields."""
    span = arguments.call.span
    names, include = arguments["field"], arguments["include"]
    if arguments["locale"] is not None:
        flow.context.rest_on(CASE_OF_LANGUAGE)
    if "*" in names and len(names) > 1:
        message = "`*` stands for all fields, and alone"
        flow.context.error(WRONG_ARGUMENT, message, arguments.span("field"), 'write field="*"')
        return
    if "*" in names and include != "values":
        message = "`lowercase()` of the names of all fields is not supported"
        flow.context.error(MODE_GAP, message, arguments.span("include"), "name the fields, or lower their values alone")
        return
    if "*" in names:
        flow.add(Extract(operator("lower_values"), (Row(span),), (), False, span))  # noqa: FBT003 - keeps the others
        return
    values = values_of([Field(name, ScalarType.TEXT, span) for name in names], span)
    given = (Const(names, ScalarType.VALUE, span), Const(include, ScalarType.VALUE, span))
    flow.add(Extract(operator("lowered"), (values, *given), (), False, span))  # noqa: FBT003 - as above


@LIBRARY.assign("operator:lower_values(event: event) -> fields")
def lower_values(event: Event) -> dict[str, str]:
    """All values in lower case."""
    return {name: value.lower() for name, value in event.items() if name[:1] != "\0"}


@LIBRARY.assign("operator:lowered(values: any, names: any, include: any) -> fields")
def lowered(values: tuple[str | None, ...], names: tuple[str, ...], include: str) -> dict[str, str]:
    """Values, or names of fields, or both in lower case."""
    pairs = [(name, value) for name, value in zip(names, values, strict=True) if value is not None]
    return {
        name.lower() if include != "values" else name: value.lower() if include != "fields" else value
        for name, value in pairs
    }
