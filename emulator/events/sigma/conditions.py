"""What a Sigma rule asks of an event, as a closed tree, and whether an event satisfies it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, TypeAlias, assert_never

import re2  # type: ignore[import-untyped]  # google-re2 ships no types
import regex

from emulator.nodes import record

Fields: TypeAlias = Mapping[str, str]
"""An event in the field names of the rule's log source; a field without a value is left out."""


@record
class Like:
    """A text with wildcards: texts, `ANY` for any text and `ONE` for any character, over the whole value."""

    parts: tuple[str | Wildcard, ...]
    cased: bool = False


Wildcard: TypeAlias = Literal[0, 1]
ANY: Wildcard = 0
ONE: Wildcard = 1


@record
class Matches:
    """A regular expression that some part of the value matches; `flags` are letters of `i`, `m` and `s`."""

    pattern: str
    flags: str = ""


@record
class Within:
    """An address of a network."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network


@record
class Ordered:
    """A number on one side of another."""

    operator: Literal["<", "<=", ">", ">=", "!="]
    number: float


@record
class Present:
    """Some value, or with `present` false none."""

    present: bool


@record
class SameAs:
    """The value of another field, or a value that starts or ends so."""

    field: str
    starts: bool = False
    ends: bool = False


Wanted: TypeAlias = Like | Matches | Within | Ordered | Present | SameAs


@record
class Field:
    """One field and what its value must be."""

    name: str
    wanted: Wanted


@record
class Both:
    """Every item holds."""

    items: tuple[Condition, ...]


@record
class Either:
    """At least one item holds."""

    items: tuple[Condition, ...]


@record
class Neither:
    """The item does not hold."""

    item: Condition


Condition: TypeAlias = Field | Both | Either | Neither


def holds(condition: Condition, fields: Fields) -> bool:
    """Whether an event satisfies a condition. Raises TooSlowError."""
    match condition:
        case Field(name=name, wanted=wanted):
            return fits(fields.get(name), wanted, fields)
        case Both(items=items):
            return all(holds(item, fields) for item in items)
        case Either(items=items):
            return any(holds(item, fields) for item in items)
        case Neither(item=item):
            return not holds(item, fields)
        case _:
            assert_never(condition)


def fits(value: str | None, wanted: Wanted, fields: Fields) -> bool:
    """Whether a field's value is as wanted; Sigma compares text without regard to case unless told otherwise.

    Raises TooSlowError.
    """
    if isinstance(wanted, Present):
        return (value is not None) is wanted.present
    if value is None:
        return False
    match wanted:
        case Like():
            return _pattern(wanted).fullmatch(value) is not None
        case Matches():
            return _found(wanted, value)
        case Within(network=network):
            return _inside(value, network)
        case Ordered():
            return _in_order(value, wanted)
        case SameAs():
            return _same(value, wanted, fields)
        case _:
            assert_never(wanted)


@lru_cache(maxsize=4096)
def _pattern(like: Like) -> Any:
    spelt = {ANY: ".*", ONE: "."}
    text = "".join(re2.escape(part) if isinstance(part, str) else spelt[part] for part in like.parts)
    options = re2.Options()
    options.dot_nl = True
    options.case_sensitive = like.cased
    return re2.compile(text, options)


SECONDS = 0.2
"""Time for one search of a rule's regular expression, whose kind can take exponential time."""


class TooSlowError(Exception):
    """A rule's regular expression that can't be searched with in the time there is."""


def _found(wanted: Matches, value: str) -> bool:
    try:
        return regex.search(wanted.pattern, value, flags=_flags(wanted), timeout=SECONDS) is not None
    except regex.error:
        return False
    except TimeoutError:
        raise TooSlowError from None


def _flags(wanted: Matches) -> int:
    return sum({"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}[letter] for letter in wanted.flags)


def _inside(value: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


def _in_order(value: str, wanted: Ordered) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    match wanted.operator:
        case "<":
            return number < wanted.number
        case "<=":
            return number <= wanted.number
        case ">":
            return number > wanted.number
        case ">=":
            return number >= wanted.number
        case "!=":
            return number != wanted.number
        case _:
            assert_never(wanted.operator)


def _same(value: str, wanted: SameAs, fields: Fields) -> bool:
    other = fields.get(wanted.field)
    if other is None:
        return False
    mine, other = value.lower(), other.lower()
    if wanted.starts or wanted.ends:
        return (not wanted.starts or mine.startswith(other)) and (not wanted.ends or mine.endswith(other))
    return mine == other
