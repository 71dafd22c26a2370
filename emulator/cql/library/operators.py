"""What the operators of filters and expressions mean. Names that no query can call are written `operator:name`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

from emulator.clock import UNIX_EPOCH
from emulator.cql import patterns
from emulator.cql.library.values import Event, Value, boolean, number, show
from emulator.cql.numbers import parse_number
from emulator.cql.pattern_wildcards import wildcard as wildcard_test
from emulator.diagnostics import code
from emulator.functions import Library, MeaningError, Nulls

LIBRARY = Library("cql", "operators")
CONFLICT = code(
    "CQL5006",
    "two aggregates give one field different values",
    "The rows of several aggregates are combined, and a field that two of them give must have the same value in both. "
    "Name one of them with `as=`, or leave it out.",
)

_NOT_SEARCHED = ("#", "@id", "@timestamp", "@ingesttimestamp")
"""Free text looks at every field but tags and these."""


@LIBRARY.scalar("operator:print(value: expression) -> text", nulls=Nulls.TOTAL)
def print_value(value: Value) -> str | None:
    """The text of a value, when it is assigned to a field."""
    return show(value)


@LIBRARY.scalar("operator:number(text: text) -> number")
def literal(text: str) -> float | int | None:
    """A number as written."""
    return parse_number(text)


def _arithmetic(name: str, compute: Callable[[float | int, float | int], float | int | None]) -> None:
    def meaning(left: Value, right: Value) -> float | int | None:
        a, b = number(left), number(right)
        if a is None or b is None:
            return None
        try:
            return compute(a, b)
        except (ZeroDivisionError, OverflowError):
            return None

    LIBRARY.scalar(f"operator:{name}(left: expression, right: expression) -> number", nulls=Nulls.TOTAL)(meaning)


def _divide(a: float, b: float) -> float | int:
    quotient = a / b
    return int(quotient) if quotient.is_integer() else quotient


_arithmetic("add", lambda a, b: a + b)
_arithmetic("subtract", lambda a, b: a - b)
_arithmetic("multiply", lambda a, b: a * b)
_arithmetic("divide", _divide)
_arithmetic("remainder", lambda a, b: a - b * int(a / b))


@LIBRARY.scalar("operator:negate(value: expression) -> number", nulls=Nulls.TOTAL)
def negate(value: Value) -> float | int | None:
    """`-x`."""
    found = number(value)
    return None if found is None else -found


@LIBRARY.scalar("operator:not(value: expression) -> bool", nulls=Nulls.TOTAL)
def negation(value: Value) -> bool | None:
    """`!x` in an expression: null when the value is no truth value."""
    truth = boolean(value)
    return None if truth is None else not truth


def equal_values(left: Value, right: Value) -> bool | None:
    """`==`: numbers by value, texts by their characters; a text and a number are never equal."""
    if left is None or right is None:
        return None
    a, b = number(left), number(right)
    if a is not None and b is not None:
        return a == b
    return show(left) == show(right)


@LIBRARY.scalar("operator:equal(left: expression, right: expression) -> bool", nulls=Nulls.TOTAL)
def equal(left: Value, right: Value) -> bool | None:
    """`a == b`."""
    return equal_values(left, right)


@LIBRARY.scalar("operator:not_equal(left: expression, right: expression) -> bool", nulls=Nulls.TOTAL)
def not_equal(left: Value, right: Value) -> bool | None:
    """`a != b`."""
    same = equal_values(left, right)
    return None if same is None else not same


def _order(name: str, holds: Callable[[float | int, float | int], bool]) -> None:
    def meaning(left: Value, right: Value) -> bool | None:
        a, b = number(left), number(right)
        return None if a is None or b is None else holds(a, b)

    LIBRARY.scalar(f"operator:{name}(left: expression, right: expression) -> bool", nulls=Nulls.TOTAL)(meaning)


_order("less", lambda a, b: a < b)
_order("less_or_equal", lambda a, b: a <= b)
_order("greater", lambda a, b: a > b)
_order("greater_or_equal", lambda a, b: a >= b)


def _bound(name: str, holds: Callable[[float | int, float | int], bool]) -> None:
    """A filter's comparison with a number: false for a field that is absent or no number."""

    def meaning(value: str | None, text: str) -> bool:
        a, b = number(value), parse_number(text)
        return a is not None and b is not None and holds(a, b)

    LIBRARY.filter(f"operator:{name}(value: field, bound: text) -> bool")(meaning)


_bound("below", lambda a, b: a < b)
_bound("at_most", lambda a, b: a <= b)
_bound("above", lambda a, b: a > b)
_bound("at_least", lambda a, b: a >= b)


@LIBRARY.filter("operator:exists(value: field) -> bool")
def exists(value: str | None) -> bool:
    """`field = *`."""
    return value is not None


def _wildcard_of(_: object, pattern: str) -> Callable[[str | None], bool]:
    matches = wildcard_test(pattern, ignore_case=False)
    return lambda value: value is not None and matches(value)


@LIBRARY.filter("operator:wildcard(value: field, pattern: text) -> bool", specialise=_wildcard_of)
def wildcard(value: str | None, pattern: str) -> bool:
    """`field = a*b`: the whole text, case-sensitive; `*` stands for any characters."""
    return value is not None and wildcard_test(pattern, ignore_case=False)(value)


@LIBRARY.filter("operator:number_equal(value: field, text: text) -> bool")
def number_equal(value: str | None, text: str) -> bool:
    """`field = 400`: the same text, or a text that reads as the same number."""
    if value is None or value == text:
        return value is not None
    found = parse_number(value)
    return found is not None and found == parse_number(text)


def _regex_of(_: object, pattern: patterns.Pattern) -> Callable[[str | None], bool]:
    search = pattern.matches
    return lambda value: value is not None and search(value)


@LIBRARY.filter("operator:regex(value: field, pattern: regex) -> bool", specialise=_regex_of)
def regex(value: str | None, pattern: patterns.Pattern) -> bool:
    """`field = /pattern/`, anywhere in the text."""
    return value is not None and pattern.matches(value)


@LIBRARY.assign("operator:groups(value: field, pattern: regex) -> fields")
def groups(value: str | None, pattern: patterns.Pattern) -> Mapping[str, str] | None:
    """The named groups of the first match, or None."""
    found = None if value is None else pattern.find(value)
    return None if found is None else found.named


def searched(event: Event) -> list[str]:
    """The texts that a free-text filter looks at, `@rawstring` first."""
    first = [event["@rawstring"]] if "@rawstring" in event else []
    return first + [text for name, text in event.items() if name != "@rawstring" and not name.startswith(_NOT_SEARCHED)]


@LIBRARY.filter("operator:text_contains(event: event, text: text) -> bool")
def text_contains(event: Event | None, text: str) -> bool:
    """Free text: a part of any field, case-sensitive; `*` stands for any characters."""
    matches = wildcard_test(f"*{text}*", ignore_case=False)
    return event is not None and any(map(matches, searched(event)))


@LIBRARY.filter("operator:text_regex(event: event, pattern: regex) -> bool")
def text_regex(event: Event | None, pattern: patterns.Pattern) -> bool:
    """A regular expression alone: anywhere in any field."""
    return event is not None and any(map(pattern.matches, searched(event)))


@LIBRARY.assign("operator:text_groups(event: event, pattern: regex) -> fields")
def text_groups(event: Event | None, pattern: patterns.Pattern) -> Mapping[str, str] | None:
    """The named groups of the first field that matches, `@rawstring` first; None when none does."""
    found = (pattern.find(text) for text in searched(event or {}))
    return next((one.named for one in found if one is not None), None)


@LIBRARY.scalar("operator:values(...values: text) -> any", nulls=Nulls.TOTAL)
def values(*given: Value) -> tuple[Value, ...]:
    """Several values as one argument."""
    return given


@LIBRARY.filter("operator:not_empty(event: event) -> bool")
def not_empty(event: Event) -> bool:
    """True for an event with any field."""
    return bool(event)


@LIBRARY.scalar("operator:event_time(timestamp: text, ingested: text) -> number", nulls=Nulls.TOTAL)
def event_time(timestamp: str | None, ingested: str | None) -> str | None:
    """When an event happened; when it was ingested, if nobody knows."""
    return timestamp if timestamp is not None else ingested


@LIBRARY.scalar("operator:milliseconds(ticks: number) -> text")
def milliseconds(ticks: int) -> str:
    """An instant as a field holds it: milliseconds since 1970."""
    return str((ticks - UNIX_EPOCH) // _TICKS)


_TICKS = 10_000


@LIBRARY.table("operator:combine(...rows: any) -> aggregate")
def combine(*relations: Iterable[Any]) -> list[Any]:
    """Each row of one relation with each of the others; one without rows counts as a single empty row."""
    rows = [list(relation) or [{}] for relation in relations]
    return [_merged(chosen) for chosen in product(*rows)]


def _merged(chosen: tuple[Event, ...]) -> dict[str, str]:
    row: dict[str, str] = {}
    for part in chosen:
        for name, value in part.items():
            if row.setdefault(name, value) != value and not name.startswith("\0"):
                message = f"two aggregates give `{name}`, with the values `{row[name]}` and `{value}`"
                raise MeaningError(CONFLICT, message, "name one of them with `as=`, or leave it out")
    return row
