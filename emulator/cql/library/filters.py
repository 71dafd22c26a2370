"""Functions that keep or drop an event by one of its fields."""

from __future__ import annotations

from collections.abc import Callable

from emulator.cql.pattern_wildcards import wildcard
from emulator.functions import Library

LIBRARY = Library("cql", "filters")


def _in_of(_: object, values: tuple[str, ...], ignore_case: bool) -> Callable[[str | None], bool]:
    tests = [wildcard(value, ignore_case) for value in values]
    plain = frozenset(value for value in values if "*" not in value)
    if not ignore_case and len(plain) == len(values):
        return lambda field: field in plain
    return lambda field: field is not None and any(test(field) for test in tests)


@LIBRARY.filter(
    "in(field: field, values: texts, ignoreCase: bool = false) -> bool",
    doc="in",
    specialise=_in_of,
)
def contained(field: str | None, values: tuple[str, ...], ignore_case: bool) -> bool:
    """True when the field is one of the values, each of which may hold wildcards; an absent field never is."""
    return _in_of(None, values, ignore_case)(field)
