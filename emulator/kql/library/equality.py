"""When two dynamic values are the same, as sets and searches in arrays see it."""

from __future__ import annotations

from collections.abc import Hashable

from emulator.kql.library.printing import json_text
from emulator.types import Scalar


def identity(value: object) -> Hashable:
    """What two values have in common exactly when they are the same: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, Scalar):
        return (value.type, value.value)
    if isinstance(value, dict | list):
        return ("json", json_text(value, ordered=True))
    assert value is None or isinstance(value, int | float | str)
    return value
