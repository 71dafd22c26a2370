"""Functions of arrays: fields named `a[0]`, `a[1]` … up to the first that is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from emulator.assumptions import assumption
from emulator.cql import patterns
from emulator.cql.binder.aggregation import NOT_AN_AGGREGATE, columns_of, functions_of, simple_call
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.sequences import applied, running
from emulator.cql.library.values import Event, array_name, number, texts_of
from emulator.functions import Library, Nulls
from emulator.plan.expressions import Const, Row
from emulator.plan.steps import Expand
from emulator.types import ScalarType

LIBRARY = Library("cql", "arrays")

ARRAY_REPLACED = assumption(
    "array-replaced",
    "cql",
    "a function that writes an array replaces one of that name: elements beyond the new ones go",
)


def written(event: Event, name: str, items: Iterable[str]) -> dict[str, str]:
    """The event with an array in place of the one of that name."""
    pattern = re.compile(re.escape(name) + r"\[\d+\].*", re.DOTALL)
    kept = {field: text for field, text in event.items() if not pattern.fullmatch(field)}
    return {**kept, **{f"{name}[{position}]": item for position, item in enumerate(items)}}


@LIBRARY.scalar(
    "concatArray(field: text, separator: text = '', as: text = _concatArray, from: number = 0, to: number = none,"
    " prefix: text = '', suffix: text = '', event: event) -> text",
    nulls=Nulls.TOTAL,
    doc="concatarray",
    examples="""
        concatArray(a, separator="-") of a[0]=x a[1]=y => x-y   [docs]
        concatArray("a[]") of a[0]=x a[1]=y => xy   [docs]
        concatArray(a) of => null   [reasoned]
    """,
)
def concat_array(
    array: str, separator: str, first: int, last: int | None, prefix: str, suffix: str, event: Event
) -> str | None:
    """The items of an array, joined."""
    name, bracket, rest = array.partition("[]")
    items = texts_of(name, event) if not (bracket and rest) else _nested(name, rest, event)
    chosen = items[first : None if last is None else last + 1]
    return separator.join(f"{prefix}{item}{suffix}" for item in chosen) if chosen else None


def _nested(name: str, rest: str, event: Event) -> list[str]:
    """The values of one field in each object of an array."""
    found: list[str] = []
    while (text := event.get(f"{name}[{len(found)}]{rest}")) is not None:
        found.append(text)
    return found


def items_of(array: str, event: Event) -> list[str]:
    """The items of an array written as `a`, `a[]` or `a[].field`."""
    name, bracket, rest = array.partition("[]")
    return _nested(name, rest, event) if bracket and rest else texts_of(name, event)


@LIBRARY.filter(
    "array:contains(array: text, value: text, event: event) -> bool",
    doc="array-contains",
    examples="""
        array:contains("a[]", value="y") of a[0]=x a[1]=y => true   [docs]
        array:contains("a[].n", value="y") of a[0].n=x a[1].n=y => true   [docs]
        array:contains("a[]", value="Y") of a[0]=y => false   [docs]
    """,
)
def array_contains(array: str, value: str, event: Event) -> bool:
    """True when an item of the array is this text."""
    return value in items_of(array, event)


@LIBRARY.filter(
    "array:regex(array: text, regex: regex, flags: text = none, event: event) -> bool",
    doc="array-regex",
    examples="""
        array:regex("a[]", regex="^y") of a[0]=x a[1]=yes => true   [docs]
        array:regex("a[]", regex="Y", flags="i") of a[0]=y => true   [docs]
    """,
)
def array_regex(array: str, pattern: patterns.Pattern, flags: str | None, event: Event) -> bool:
    """True when the pattern matches in an item."""
    del flags
    return any(map(pattern.matches, items_of(array, event)))


@LIBRARY.scalar(
    "array:length(array: text, as: text = _length, event: event) -> number",
    nulls=Nulls.TOTAL,
    doc="array-length",
    examples='array:length("a[]") of a[0]=x a[1]=y => 2   [docs]',
)
def array_length(array: str, event: Event) -> int:
    """How many items an array has."""
    return len(items_of(array, event))


def _rewriting(declaration: str, doc: str) -> Callable[[Callable[..., dict[str, str]]], Callable[..., dict[str, str]]]:
    """Declare a function that gives the whole event anew, as a step."""
    name = declaration.partition("(")[0]
    keep = LIBRARY.assign(f"operator:{name.replace(':', '_')}(event: event, given: any) -> fields")

    def declare(meaning: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
        def one(event: Event, given: tuple[object, ...]) -> list[dict[str, str]]:
            return [meaning(event, *given)]

        keep(one)

        def lower(flow: Flow, arguments: Arguments) -> None:
            span = arguments.call.span
            given = tuple(arguments.values[one.name] for one in signature.parameters)
            flow.context.rest_on(ARRAY_REPLACED)
            constant = Const(given, ScalarType.VALUE, span)
            flow.add(Expand(operator(name.replace(":", "_")), (Row(span), constant), (), span, whole=True))

        lower.__doc__ = meaning.__doc__
        LIBRARY.table(declaration, doc=doc)(lower)
        signature = LIBRARY.functions[-1].signature
        return meaning

    return declare


@_rewriting("array:append(array: text, values: texts) -> events", "array-append")
def array_append(event: Event, array: str, values: tuple[str, ...]) -> dict[str, str]:
    """Adds items at the end of an array."""
    name = array_name(array)
    return written(event, name, [*texts_of(name, event), *values])


@_rewriting("array:drop(array: text) -> events", "array-drop")
def array_drop(event: Event, array: str) -> dict[str, str]:
    """Removes an array."""
    return written(event, array_name(array), ())


@_rewriting("array:dedup(array: text, asArray: text = none) -> events", "array-dedup")
def array_dedup(event: Event, array: str, target: str | None) -> dict[str, str]:
    """Keeps the first of equal items."""
    name = array_name(array)
    return written(event, array_name(target or array), dict.fromkeys(texts_of(name, event)))


@_rewriting("array:rename(array: text, asArray: text) -> events", "array-rename")
def array_rename(event: Event, array: str, target: str) -> dict[str, str]:
    """Gives an array another name."""
    name = array_name(array)
    return written(written(event, name, ()), array_name(target), texts_of(name, event))


@_rewriting(
    "array:sort(array: text, order: choice[asc|desc] = asc, type: choice[number|string|hex] = number,"
    " asArray: text = none) -> events",
    "array-sort",
)
def array_sort(event: Event, array: str, order: str, kind: str, target: str | None) -> dict[str, str]:
    """The items in order; those that do not read as the type come last."""
    items = texts_of(array_name(array), event)
    read = {text: _read_as(text, kind) for text in items}
    known = sorted((one for one in items if read[one] is not None), key=lambda one: read[one], reverse=order == "desc")  # type: ignore[arg-type,return-value]  # none is left out
    return written(event, array_name(target or array), [*known, *(one for one in items if read[one] is None)])


def _read_as(text: str, kind: str) -> float | int | str | None:
    if kind == "string":
        return text
    if kind == "number":
        return number(text)
    try:
        return int(text, 16)
    except ValueError:
        return None


@LIBRARY.aggregate(
    "array:union(array: text, event: event, as: text = _union) -> fields", nulls=Nulls.TOTAL, doc="array-union"
)
class ArrayUnion:
    """The distinct items of an array over all events, as an array."""

    def __init__(self, array: str, name: str | None) -> None:
        self.array = array
        self.name = array_name(name or "_union")
        self.items: dict[str, None] = {}

    def step(self, event: Event) -> None:
        """Take in one event's items."""
        self.items.update(dict.fromkeys(items_of(self.array, event)))

    def merge(self, other: ArrayUnion) -> None:
        """Take in another part."""
        self.items.update(other.items)

    def finish(self) -> dict[str, str]:
        """The items."""
        return {f"{self.name}[{position}]": item for position, item in enumerate(self.items)}


@LIBRARY.aggregate(
    "array:intersection(array: text, event: event, as: text = _intersection) -> fields",
    nulls=Nulls.TOTAL,
    doc="array-intersection",
)
class ArrayIntersection(ArrayUnion):
    """The items that an array has in every event."""

    def __init__(self, array: str, name: str | None) -> None:
        super().__init__(array, name or "_intersection")
        self.begun = False

    def step(self, event: Event) -> None:
        """Keep the items that this event has too."""
        found = dict.fromkeys(items_of(self.array, event))
        self.items = {item: None for item in self.items if item in found} if self.begun else found
        self.begun = True

    def merge(self, other: ArrayUnion) -> None:
        """Take in another part."""
        assert isinstance(other, ArrayIntersection)
        if other.begun:
            self.items = {one: None for one in self.items if one in other.items} if self.begun else other.items
            self.begun = True


@LIBRARY.table(
    "array:reduceAll(array: text, var: text, function: functions) -> aggregate",
    doc="array-reduceall",
)
def lower_reduce_all(flow: Flow, arguments: Arguments) -> None:
    """What an aggregate gives over all items of an array of all events."""
    span = arguments.call.span
    if flow.in_clause:
        flow.refuse_in_clause("array:reduceAll", span)
        return
    value = arguments["function"]
    found = [simple_call(flow.context, one) for one in functions_of(value)]
    calls = tuple(call for call in found if call is not None)
    if len(calls) != 1 or len(found) != 1:
        help = "use one aggregate such as count(), sum(), avg(), max()"
        flow.context.error(NOT_AN_AGGREGATE, "`array:reduceAll()` takes one plain aggregate", span, help)
        return
    given = (arguments["array"], arguments["var"], calls)
    flow.put(applied("reduce_all", flow.relation(span), given, span), columns_of(calls))


@LIBRARY.table("operator:reduce_all(rows: any, array: any, name: any, calls: any) -> aggregate")
def reduce_all(rows: Iterable[Event], array: str, variable: str, calls: tuple[object, ...]) -> list[dict[str, str]]:
    """One row: the aggregate over every item."""
    items = [{variable: item} for row in rows for item in items_of(array, row)]
    last = list(running(items, calls, ("all", 0, True)))[-1:]  # type: ignore[arg-type]  # what the lowering put in
    return [{name: text for name, text in one.items() if name != variable} for one in last]
