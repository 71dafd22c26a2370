"""Functions that apply a pipeline or condition to each element of an array."""

from __future__ import annotations

import re
from collections.abc import Iterable

from emulator.assumptions import assumption
from emulator.cql import syntax
from emulator.cql.binder.arguments import WRONG_ARGUMENT, Arguments
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.filters import bind_filter
from emulator.cql.binder.flow import Flow
from emulator.cql.binder.pipeline import bind_pipeline
from emulator.cql.library.values import Event, array_name
from emulator.functions import Library
from emulator.plan.expressions import Const, ListQuery, Row
from emulator.plan.relations import Apply, GroupRows, Relation, TableFunction
from emulator.plan.steps import Expand, Filter
from emulator.source import Span
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "items")

SPARSE_ARRAY = assumption(
    "sparse-array",
    "cql",
    "functions of array elements take every element there is, also behind a missing one, as an example shows; the text "
    "says that they stop there",
)
AT = "\0at"
"""The field that holds where in the array an element stands."""


def elements_of(source: Relation, name: str, variable: str, span: Span) -> Relation:
    """An event for each element of an array of the events, which stands under another name in it."""
    names = Const((name, variable), ScalarType.VALUE, span)
    return TableFunction(operator("elements"), (source,), (names,), OPEN, span)


def put_for_each(flow: Flow, body: Relation, event: GroupRows) -> None:
    """Go on with what a sub-plan gives for each event, which it reads as `event`."""
    span = event.span
    if flow.in_clause:
        found = ListQuery(body, span, over=Row(span), key=event.key)
        flow.add(Expand(operator("events"), (found,), (), span, whole=True))
    else:
        flow.put(Apply(flow.relation(span), None, body, event.key, (), OPEN, span), flow.columns)


@LIBRARY.assign("operator:events(found: any) -> fields")
def events(found: list[Event]) -> list[Event]:
    """The events that a sub-plan gave in place of one."""
    return found


def _each(flow: Flow, arguments: Arguments, mode: str, parameter: str) -> None:
    """Bind what is done to each element, and put the results back into the event."""
    span = arguments.call.span
    flow.context.rest_on(SPARSE_ARRAY)
    name = array_name(arguments["array"])
    variable = array_name(arguments.values.get("var") or name)
    target = array_name(arguments.values.get("asArray") or name)
    event = GroupRows(flow.context.fresh_key(), flow.row(), span)
    inner = Flow(flow.context, elements_of(event, name, variable, span))
    if not _bind_each(inner, arguments, parameter):
        return
    how = Const((name, variable, target, mode, arguments.negated), ScalarType.VALUE, span)
    result = TableFunction(operator("put_elements"), (event, inner.relation(span)), (how,), event.row, span)
    put_for_each(flow, result, event)


def _bind_each(inner: Flow, arguments: Arguments, parameter: str) -> bool:
    value = arguments[parameter]
    span = arguments.span(parameter)
    match value:
        case syntax.Subquery(pipeline=pipeline):
            bind_pipeline(inner, pipeline)
        case syntax.Call() if parameter == "condition":
            inner.add(Filter(bind_filter(inner.context, value), span))
        case syntax.Binary() if parameter == "condition":
            test = syntax.Call("test", (syntax.Argument(None, value, span),), span, span)
            inner.add(Filter(bind_filter(inner.context, test), span))
        case _:
            message = f"`{parameter}` of `{arguments.call.name}()` takes a query in braces"
            inner.context.error(WRONG_ARGUMENT, message, span, f"write {parameter}={{…}}")
            return False
    return True


@LIBRARY.table(
    "array:filter(array: text, function: any, var: text = none, asArray: text = none) -> events", doc="array-filter"
)
def lower_array_filter(flow: Flow, arguments: Arguments) -> None:
    """Keeps the items that a filter lets through."""
    _each(flow, arguments, "filter", "function")


@LIBRARY.table(
    "array:eval(array: text, function: any, var: text = none, asArray: text = none) -> events", doc="array-eval"
)
def lower_array_eval(flow: Flow, arguments: Arguments) -> None:
    """Computes an array from the items of another."""
    _each(flow, arguments, "eval", "function")


@LIBRARY.table(
    "objectArray:eval(array: text, asArray: text, function: any, var: text = none) -> events", doc="objectarray-eval"
)
def lower_object_array_eval(flow: Flow, arguments: Arguments) -> None:
    """Computes an array from the objects of another."""
    _each(flow, arguments, "eval", "function")


@LIBRARY.table("array:exists(array: text, condition: any, var: text = none) -> filter", doc="array-exists")
def lower_array_exists(flow: Flow, arguments: Arguments) -> None:
    """Keeps events in whose array a condition holds for some item."""
    _each(flow, arguments, "exists", "condition")


@LIBRARY.table("objectArray:exists(array: text, condition: any, var: text = none) -> filter", doc="objectarray-exists")
def lower_object_array_exists(flow: Flow, arguments: Arguments) -> None:
    """Keeps events in whose array a condition holds for some object."""
    _each(flow, arguments, "exists", "condition")


def _split(event: Event, name: str) -> tuple[dict[str, str], dict[int, dict[str, str]]]:
    """The other fields of an event, and the fields of each element by what follows its index."""
    pattern = re.compile(re.escape(name) + r"\[(\d+)\](.*)", re.DOTALL)
    others: dict[str, str] = {}
    elements: dict[int, dict[str, str]] = {}
    for field, text in event.items():
        found = pattern.fullmatch(field)
        if found is None:
            others[field] = text
        else:
            elements.setdefault(int(found[1]), {})[found[2]] = text
    return others, dict(sorted(elements.items()))


@LIBRARY.table("operator:elements(rows: any, names: any) -> aggregate")
def elements(rows: Iterable[Event], names: tuple[str, str]) -> list[dict[str, str]]:
    """An event for each element of the array: the other fields, and the element under a name of its own."""
    name, variable = names
    found = []
    for event in rows:
        others, parts = _split(event, name)
        for index, fields in parts.items():
            found.append({**others, **{variable + rest: text for rest, text in fields.items()}, AT: str(index)})
    return found


@LIBRARY.table("operator:put_elements(rows: any, results: any, how: any) -> aggregate")
def put_elements(
    rows: Iterable[Event], results: Iterable[Event], how: tuple[str, str, str, str, bool]
) -> list[dict[str, str]]:
    """The event with what its elements became."""
    name, _, target, mode, negated = how
    (event,) = rows
    given = list(results)
    if mode == "exists":
        return [dict(event)] if bool(given) is not negated else []
    others, parts = _split(event, name)
    if mode == "filter":
        chosen = [parts[int(one[AT])] for one in given]
    else:
        chosen = [found for one in given if (found := _assigned(one, target))]
    kept = others if target == name else dict(event)
    return [{**kept, **{f"{target}[{at}]{rest}": text for at, one in enumerate(chosen) for rest, text in one.items()}}]


def _assigned(row: Event, target: str) -> dict[str, str]:
    """The fields of a row that make the new element: the array's name, and those below it."""
    return {
        field[len(target) :]: text for field, text in row.items() if field == target or field.startswith(f"{target}.")
    }
