"""Functions that aggregate the elements of arrays: of all events, of each event, or of each place in the array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from emulator.assumptions import assumption
from emulator.cql import syntax
from emulator.cql.binder.aggregation import NOT_AN_AGGREGATE, aggregated, functions_of, gives_one
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.arrays import items_of
from emulator.cql.library.items import AT, elements_of, put_for_each
from emulator.cql.library.sequences import applied
from emulator.cql.library.values import Event, array_name
from emulator.functions import Library
from emulator.plan.expressions import Field
from emulator.plan.relations import Aggregate, Apply, GroupRows, Share, TableFunction
from emulator.types import OPEN, ScalarType

LIBRARY = Library("cql", "reductions")

REDUCED_NAMES = assumption(
    "reduced-names",
    "cql",
    "`array:reduceRow()` sets `_reduceRow._avg` and `array:reduceColumn()` `_reduceColumn[0]._avg`, with the name of "
    "the aggregate's field behind a dot, as the text says; tables of examples show it without, or alone",
)


def _functions(arguments: Arguments) -> tuple[syntax.Value, ...]:
    return functions_of(arguments["function"])


@LIBRARY.table("array:reduceAll(array: text, var: text, function: functions) -> aggregate", doc="array-reduceall")
def lower_reduce_all(flow: Flow, arguments: Arguments) -> None:
    """What some functions give over all items of an array of all events."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("array:reduceAll", span)
        return
    items = applied("items", flow.relation(span), (arguments["array"], arguments["var"]), span)
    shared = Share(items, flow.context.fresh_key(), items.row, span)
    relation, columns = aggregated(flow.context, shared, _functions(arguments), span)
    flow.put(replace(relation, input=items) if isinstance(relation, Aggregate) else relation, columns)


@LIBRARY.table("operator:items(rows: any, array: any, name: any) -> aggregate")
def all_items(rows: Iterable[Event], array: str, variable: str) -> Iterator[dict[str, str]]:
    """An event for each item, with the item under the given name beside the event's own fields."""
    return ({**row, variable: item} for row in rows for item in items_of(array, row))


@LIBRARY.table(
    "array:reduceRow(array: text, var: text, function: functions, as: text = _reduceRow) -> events",
    doc="array-reducerow",
)
def lower_reduce_row(flow: Flow, arguments: Arguments) -> None:
    """Adds to each event what some functions give over the items of its array."""
    span = arguments.call.span
    flow.context.rest_on(REDUCED_NAMES)
    event = GroupRows(flow.context.fresh_key(), flow.row(), span)
    items = elements_of(event, array_name(arguments["array"]), arguments["var"], span)
    row, _ = aggregated(flow.context, items, _functions(arguments), span)
    if not gives_one(row):
        help = "use functions that give one event, such as avg(), count(), sum(), max()"
        message = "`array:reduceRow()` takes functions that give one event"
        flow.context.error(NOT_AN_AGGREGATE, message, arguments.span("function"), help)
        return
    named = applied("reduced_row", row, (arguments["as"],), span)
    body = TableFunction(operator("beside"), (event, named), (), OPEN, span)
    put_for_each(flow, body, event)


@LIBRARY.table("operator:reduced_row(rows: any, name: any) -> aggregate")
def reduced_row(rows: Iterable[Event], name: str) -> Iterator[dict[str, str]]:
    """The fields of a row below a name."""
    return ({f"{name}.{field}": text for field, text in row.items()} for row in rows)


@LIBRARY.table(
    "array:reduceColumn(array: text, var: text, function: functions, as: text = _reduceColumn) -> aggregate",
    doc="array-reducecolumn",
)
def lower_reduce_column(flow: Flow, arguments: Arguments) -> None:
    """What some functions give over the items at each place of an array of all events, as an array."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("array:reduceColumn", span)
        return
    flow.context.rest_on(REDUCED_NAMES)
    items = elements_of(flow.relation(span), array_name(arguments["array"]), arguments["var"], span)
    key = flow.context.fresh_key()
    rows, _ = aggregated(flow.context, GroupRows(key, items.row, span), _functions(arguments), span)
    places = Apply(items, (Field(AT, ScalarType.TEXT, span),), rows, key, (AT,), OPEN, span)
    flow.put(applied("reduced_columns", places, (arguments["as"],), span), ())


@LIBRARY.table("operator:reduced_columns(rows: any, name: any) -> aggregate")
def reduced_columns(rows: Iterable[Event], name: str) -> list[dict[str, str]]:
    """The first rows of all places as one event, the second ones as another, and so on."""
    count: dict[int, int] = {}
    events: list[dict[str, str]] = []
    for row in sorted(rows, key=lambda one: int(one[AT])):
        place = int(row[AT])
        number = count[place] = count.get(place, -1) + 1
        if number == len(events):
            events.append({})
        events[number] |= {f"{name}[{place}].{field}": text for field, text in row.items() if field != AT}
    return events
