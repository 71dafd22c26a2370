"""Values of expressions: a field is text, and its text is read as a number or a truth value where one is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from emulator.cql.numbers import format_number, parse_number

Value: TypeAlias = str | int | float | bool | None
Event: TypeAlias = Mapping[str, str]


def number(value: Value) -> float | int | None:
    """A value as a number, or None."""
    if isinstance(value, bool) or value is None:
        return None
    return parse_number(value) if isinstance(value, str) else value


def show(value: Value) -> str | None:
    """A value as the text that a field holds."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return format_number(value)


def boolean(value: Value) -> bool | None:
    """A value as a truth value, or None."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def texts_of(array: str, event: Event) -> list[str]:
    """The items of an array, `array[0]`, `array[1]` … up to the first that is missing."""
    found: list[str] = []
    while (text := event.get(f"{array}[{len(found)}]")) is not None:
        found.append(text)
    return found


def array_name(text: str) -> str:
    """The name of an array, which may be written with its brackets: `a[]`."""
    return text.removesuffix("[]")
