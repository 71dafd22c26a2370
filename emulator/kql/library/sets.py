"""Functions that see arrays as sets: in their results each value stands once, in the order it was first seen."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from emulator.functions import VARYING, Library, Meaning
from emulator.kql.library.equality import identity

LIBRARY = Library("kql", "sets")
Members = dict[Hashable, object]


def _members(array: object) -> Members | None:
    """The distinct items by what makes them the same; None for what is no array."""
    if not isinstance(array, list):
        return None
    members: Members = {}
    for item in array:
        members.setdefault(identity(item), item)
    return members


def _combined(
    first: object, others: tuple[object, ...], join: Callable[[Members, Members], Members]
) -> list[object] | None:
    result = _members(first)
    for other in others:
        members = _members(other)
        if result is None or members is None:
            return None
        result = join(result, members)
    return None if result is None else list(result.values())


@LIBRARY.scalar(
    "set_union(first: array, second: array, ...more: array) -> dynamic",
    doc="set-union-function",
    examples="""
    set_union(dynamic([1, 2, 1, 4]), dynamic([1, 2]), dynamic([8])) => dynamic([1, 2, 4, 8])   [docs]
    set_union(dynamic([1]), dynamic("x")) => dynamic(null)   [reasoned]
    """,
)
def set_union(first: object, *others: object) -> list[object] | None:
    """What is in any of the arrays."""
    return _combined(first, others, _either)


def _either(left: Members, right: Members) -> Members:
    return {**left, **{key: value for key, value in right.items() if key not in left}}


@LIBRARY.scalar(
    "set_intersect(first: array, second: array, ...more: array) -> dynamic",
    doc="set-intersect-function",
    examples="""
    set_intersect(dynamic([1, 2, 1, 4]), dynamic([1, 4]), dynamic([1])) => dynamic([1])   [docs]
    set_intersect(dynamic([1, 2, 3]), dynamic([4, 5])) => dynamic([])   [docs]
    """,
)
def set_intersect(first: object, *others: object) -> list[object] | None:
    """What is in all of the arrays."""
    return _combined(first, others, lambda left, right: {key: value for key, value in left.items() if key in right})


@LIBRARY.scalar(
    "set_difference(first: array, second: array, ...more: array) -> dynamic",
    doc="set-difference-function",
    examples="""
    set_difference(dynamic([1, 2, 1, 4]), dynamic([1, 2])) => dynamic([4])   [docs]
    set_difference(dynamic([1, 2, 3]), dynamic([1, 2, 3])) => dynamic([])   [docs]
    """,
)
def set_difference(first: object, *others: object) -> list[object] | None:
    """What is in the first array and in none of the others."""
    return _combined(first, others, lambda left, right: {key: value for key, value in left.items() if key not in right})


@LIBRARY.scalar(
    "set_equals(first: array, second: array) -> bool",
    examples="""
    set_equals(dynamic([1, 2, 2]), dynamic([2, 1])) => true   [reasoned]
    set_equals(dynamic([1]), dynamic([2, 1])) => false   [reasoned]
    set_equals(dynamic(1), dynamic([1])) => bool(null)   [reasoned]
    """,
)
def set_equals(first: object, second: object) -> bool | None:
    """True when both arrays hold the same values."""
    left, right = _members(first), _members(second)
    return None if left is None or right is None else left.keys() == right.keys()


def _special_has(array: object, value: object) -> Meaning | None:
    """Makes a set of a constant array once."""
    members = _members(array)
    if members is None or value is not VARYING:
        return None
    return lambda varying: identity(varying) in members


@LIBRARY.scalar(
    "set_has_element(array: array, value: boxed) -> bool",
    doc="set-has-element-function",
    specialise=_special_has,
    examples="""
    set_has_element(dynamic(["this", "is"]), "is") => true   [docs]
    set_has_element(dynamic(["this", "is"]), "This") => false   [reasoned]
    set_has_element(dynamic([1, 2]), 2.0) => true   [reasoned]
    set_has_element(dynamic("x"), "x") => bool(null)   [reasoned]
    """,
)
def set_has_element(array: object, value: object) -> bool | None:
    """True when the array holds the value."""
    wanted = identity(value)
    return any(identity(item) == wanted for item in array) if isinstance(array, list) else None


@LIBRARY.scalar(
    "jaccard_index(first: array, second: array) -> real",
    doc="jaccard-index-function",
    examples="""
    jaccard_index(dynamic([1, 2, 3]), dynamic([1, 2, 3, 4])) => 0.75   [docs]
    jaccard_index(dynamic([]), dynamic([])) => real(nan)   [reasoned]
    jaccard_index(dynamic(1), dynamic([])) => real(null)   [reasoned]
    """,
)
def jaccard_index(first: object, second: object) -> float | None:
    """How much of what is in either array is in both."""
    left, right = _members(first), _members(second)
    if left is None or right is None:
        return None
    either = len(left.keys() | right.keys())
    return len(left.keys() & right.keys()) / either if either else float("nan")
