"""Functions of arrays: fields named `a[0]`, `a[1]` … up to the first that is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from emulator.cql import patterns
from emulator.cql.binder.arguments import Arguments
from emulator.cql.binder.expressions import operator
from emulator.cql.binder.flow import Flow
from emulator.cql.library.values import Event, Value, array_name, number, show, texts_of
from emulator.functions import Library, Nulls
from emulator.plan.expressions import Const, Row
from emulator.plan.steps import Expand
from emulator.types import ScalarType

LIBRARY = Library("cql", "arrays")


def written(event: Event, name: str, items: Iterable[str]) -> dict[str, str]:
    """The event with items at the beginning of an array; elements behind them stay, as the documentation says."""
    return {**event, **{f"{name}[{position}]": item for position, item in enumerate(items)}}


def without(event: Event, name: str) -> dict[str, str]:
    """The event without an array, up to its first missing element."""
    gone = {f"{name}[{position}]" for position in range(len(texts_of(name, event)))}
    return {field: text for field, text in event.items() if field not in gone}


@LIBRARY.scalar(
    "concatArray(field: text, separator: text = '', as: text = _concatArray, from: number = 0, to: number = none,"
    " prefix: text = '', suffix: text = '', event: event) -> text",
    nulls=Nulls.TOTAL,
    doc="concatarray",
    examples="""
        concatArray(a, separator="-") of a[0]=x a[1]=y => x-y   [docs]
        concatArray(a, from=1, to=2) of a[0]=w a[1]=x a[2]=y a[3]=z => xy   [docs]
        concatArray(a, prefix="[", suffix="]", separator=",") of a[0]=x a[1]=y => [x,y]   [docs]
        concatArray(a) of a[0]=x a[2]=y => x   [docs]
        concatArray(a, from=1) of a[0]=x => null   [docs]
    """,
)
def concat_array(
    array: str, separator: str, first: int, last: int | None, prefix: str, suffix: str, event: Event
) -> str | None:
    """The items of an array between two places, joined, up to the first that is missing."""
    name = array_name(array)
    items: list[str] = []
    while last is None or first + len(items) <= last:
        item = event.get(f"{name}[{first + len(items)}]")
        if item is None:
            break
        items.append(item)
    return f"{prefix}{separator.join(items)}{suffix}" if items else None


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
            constant = Const(given, ScalarType.VALUE, span)
            flow.add(Expand(operator(name.replace(":", "_")), (Row(span), constant), (), span, whole=True))

        lower.__doc__ = meaning.__doc__
        LIBRARY.table(declaration, doc=doc)(lower)
        signature = LIBRARY.functions[-1].signature
        return meaning

    return declare


@LIBRARY.assign("array:append(array: text, values: expressions, event: event) -> fields", doc="array-append")
def array_append(array: str, values: tuple[Value, ...] | Value, event: Event) -> dict[str, str]:
    """Adds values behind the last item of an array, from its first missing element on."""
    name = array_name(array)
    start = len(texts_of(name, event))
    several = values if isinstance(values, tuple) else (values,)
    added = [text for value in several if (text := show(value)) is not None]
    return {f"{name}[{start + position}]": text for position, text in enumerate(added)}


@_rewriting("array:drop(array: text) -> events", "array-drop")
def array_drop(event: Event, array: str) -> dict[str, str]:
    """Removes an array, up to its first missing element."""
    return without(event, array_name(array))


@_rewriting("array:dedup(array: text, asArray: text = none) -> events", "array-dedup")
def array_dedup(event: Event, array: str, target: str | None) -> dict[str, str]:
    """Keeps the first of equal items."""
    name = array_name(array)
    kept = event if target is not None and array_name(target) != name else without(event, name)
    return written(kept, array_name(target or array), dict.fromkeys(texts_of(name, event)))


@_rewriting("array:rename(array: text, asArray: text) -> events", "array-rename")
def array_rename(event: Event, array: str, target: str) -> dict[str, str]:
    """Gives an array another name."""
    name = array_name(array)
    return written(without(event, name), array_name(target), texts_of(name, event))


@_rewriting(
    "array:sort(array: text, order: choice[asc|desc|ascending|descending] = asc, type: choice[number|string] = string,"
    " asArray: text = none) -> events",
    "array-sort",
)
def array_sort(event: Event, array: str, order: str, kind: str, target: str | None) -> dict[str, str]:
    """The items in order, without regard to case; sorted as numbers, those that are none come last, as texts."""
    items = texts_of(array_name(array), event)
    descending = order.startswith("desc")
    numbers = [(found, item) for item in items if kind == "number" and (found := number(item)) is not None]
    numbers.sort(key=lambda one: one[0], reverse=descending)
    chosen = [item for _, item in numbers]
    others = sorted((one for one in items if one not in chosen), key=str.lower, reverse=descending)
    return written(event, array_name(target or array), [*chosen, *others])


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
