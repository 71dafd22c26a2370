"""What `in` and `in~` mean: a value among the items of a list, whose arrays count as their own items."""

from __future__ import annotations

from collections.abc import Callable

from emulator.casing import folded_among
from emulator.functions import VARYING, Library, Meaning, Nulls
from emulator.kql.library.matching import flatten
from emulator.types import Scalar

LIBRARY = Library("kql", "membership")


def _key(value: object) -> object:
    """A value as it compares: typed values inside a dynamic as plain ones, true and false as no numbers."""
    if isinstance(value, Scalar):
        return value.value
    if isinstance(value, dict | list):
        return repr(value)
    return value


def _keys(items: tuple[object, ...]) -> frozenset[object]:
    return frozenset(_key(item) for item in flatten(items) if item is not None)


def _specialise(value: object, *items: object) -> Meaning | None:
    """Makes a set of the items once."""
    if value is not VARYING or VARYING in items:
        return None
    members = _keys(items)

    def test(varying: object) -> bool:
        try:
            return varying in members or (varying.__class__ is Scalar and _key(varying) in members)
        except TypeError:  # an array or bag
            return _key(varying) in members

    return test


@LIBRARY.scalar(
    "_in(value: scalar, ...items: scalar) -> bool", nulls=Nulls.TOTAL, doc="in-cs-operator", specialise=_specialise
)
def is_in(value: object, *items: object) -> bool:
    """True when an item equals the value; a null equals nothing."""
    return _key(value) in _keys(items) if value is not None else False


def _specialise_fold(value: object, *items: object) -> Meaning | None:
    """Folds the items once."""
    if value is not VARYING or VARYING in items:
        return None
    return _among(items)


def _among(items: tuple[object, ...]) -> Callable[[str], bool]:
    return folded_among(item for item in flatten(items) if isinstance(item, str))


@LIBRARY.scalar(
    "_in_fold(value: string, ...items: scalar) -> bool",
    nulls=Nulls.TOTAL,
    doc="in-operator",
    specialise=_specialise_fold,
)
def is_in_fold(value: str, *items: object) -> bool:
    """True when an item equals the value, the case of ASCII letters ignored."""
    return _among(items)(value)
