"""Three-valued logic and comparison pieces that generated code calls."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.interpreter.context import LimitReached
from emulator.types import ScalarType


def all_of(values: Iterable[bool | None]) -> bool | None:
    """False when one is false, else null when one is null, else true."""
    unknown = False
    for value in values:
        if value is False:
            return False
        unknown = unknown or value is None
    return None if unknown else True


def any_of(values: Iterable[bool | None]) -> bool | None:
    """True when one is true, else null when one is null, else false."""
    unknown = False
    for value in values:
        if value:
            return True
        unknown = unknown or value is None
    return None if unknown else False


def as_number(text: object) -> float | int | None:
    """The number that a field's text spells, or None."""
    if not isinstance(text, str):
        return text if isinstance(text, (int, float)) else None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def as_hex(text: object) -> int | None:
    """The number that a field's text spells in hexadecimal, or None."""
    try:
        return int(str(text), 16)
    except ValueError:
        return None


def nulls_for(types: Iterable[ScalarType]) -> tuple[object, ...]:
    """The null of each type."""
    return tuple(kind.null for kind in types)


LONGEST = 8 << 20
"""Characters of a text, or items of a list, that one step may store in a column."""


def bounded(value: object) -> object:
    """The value itself. Raises LimitReached for a text or list that is too long to be anything but an attack."""
    if isinstance(value, str | list | dict) and len(value) > LONGEST:
        raise LimitReached(f"a value has more than {LONGEST:,} characters or items")
    return value
