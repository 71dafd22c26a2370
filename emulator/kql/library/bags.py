"""Functions of bags: making, merging, looking into and changing them.

A key that starts with `$.` is a path into nested bags.
"""

from __future__ import annotations

from typing import Any

from emulator.functions import Library, Nulls
from emulator.kql.library.json_reading import path_steps
from emulator.kql.library.naming import scalar

LIBRARY = Library("kql", "bags")


@scalar(
    LIBRARY,
    "bag_pack pack pack_dictionary",
    "(key: string, value: boxed, ...more_keys: string, ...more_values: boxed) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="pack-function",
    examples="""
    bag_pack("Level", "Information", "ID", 1234) => dynamic({"Level": "Information", "ID": 1234})   [docs]
    bag_pack("a", int(null)) => dynamic({"a": null})   [reasoned]
    """,
)
def bag_pack(*parts: Any) -> dict[str, object]:
    """A bag of keys and values, given in turns."""
    return dict(zip(parts[::2], parts[1::2], strict=True))


@LIBRARY.scalar(
    "bag_keys(bag: bag) -> dynamic",
    doc="bag-keys-function",
    examples="""
    bag_keys(dynamic({'a': 'b', 'c': {'d': 123}})) => dynamic(["a", "c"])   [docs]
    bag_keys(dynamic([])) => dynamic(null)   [docs]
    """,
)
def bag_keys(bag: object) -> list[str] | None:
    """The keys of a bag; null for what is none."""
    return list(bag) if isinstance(bag, dict) else None


@LIBRARY.scalar(
    "bag_merge(first: bag, second: bag, ...more: bag) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="bag-merge-function",
    examples="""
    bag_merge(dynamic({'A': 12, 'B': 2}), dynamic({'C': 81, 'A': 1})) => dynamic({"A": 12, "B": 2, "C": 81})   [docs]
    bag_merge(dynamic(null), dynamic({'A': 1})) => dynamic({"A": 1})   [reasoned]
    bag_merge(dynamic(null), dynamic(null)) => dynamic(null)   [reasoned]
    """,
)
def bag_merge(*bags: object) -> dict[str, object] | None:
    """The keys of all bags; the leftmost value of a key counts. What is no bag is left out."""
    merged: dict[str, object] | None = None
    for bag in bags:
        if isinstance(bag, dict):
            merged = {**bag, **merged} if merged is not None else dict(bag)
    if merged is None:
        return None
    first_seen = dict.fromkeys(key for bag in bags if isinstance(bag, dict) for key in bag)
    return {key: merged[key] for key in first_seen}


def _keys(key: str) -> tuple[str, ...]:
    """The keys that lead to a place: one, or those of a path without indexes."""
    steps = path_steps(key) if key.startswith("$") else None
    if not steps or not all(isinstance(step, str) for step in steps):
        return (key,)
    return tuple(str(step) for step in steps)


@LIBRARY.scalar(
    "bag_has_key(bag: bag, key: string) -> bool",
    doc="bag-has-key-function",
    examples="""
    bag_has_key(dynamic({'key1': 123}), 'key2') => false   [docs]
    bag_has_key(dynamic({'key2': {'prop1': 'abc'}}), '$.key2.prop1') => true   [docs]
    bag_has_key(dynamic({'key2': 1}), '$.key2.prop1') => false   [reasoned]
    """,
)
def bag_has_key(bag: object, key: str) -> bool:
    """True when the bag has the key."""
    for step in _keys(key):
        if not isinstance(bag, dict) or step not in bag:
            return False
        bag = bag[step]
    return True


@LIBRARY.scalar(
    "bag_remove_keys(bag: bag, keys: array) -> dynamic",
    doc="bag-remove-keys-function",
    examples="""
    bag_remove_keys(dynamic({'key1': 123, 'key2': 'abc'}), dynamic(['key2', 'key4'])) => dynamic({"key1": 123})   [docs]
    bag_remove_keys(dynamic({'a': {'b': 1, 'c': 2}}), dynamic(['$.a.b'])) => dynamic({"a": {"c": 2}})   [docs]
    bag_remove_keys(dynamic({'a': 1}), dynamic(['$.a.b', 5])) => dynamic({"a": 1})   [reasoned]
    bag_remove_keys(dynamic([1]), dynamic(['a'])) => dynamic(null)   [reasoned]
    """,
)
def bag_remove_keys(bag: object, keys: object) -> dict[str, object] | None:
    """The bag without some keys."""
    if not isinstance(bag, dict):
        return None
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, str):
            bag = _without(bag, _keys(key))
    return dict(bag)


def _without(bag: dict[str, Any], steps: tuple[str, ...]) -> dict[str, Any]:
    first, *rest = steps
    if first not in bag:
        return bag
    if not rest:
        return {key: value for key, value in bag.items() if key != first}
    inner = bag[first]
    return {**bag, first: _without(inner, tuple(rest))} if isinstance(inner, dict) else bag


@LIBRARY.scalar(
    "bag_set_key(bag: bag, const key: string, value: boxed) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="bag-set-key-function",
    examples="""
    bag_set_key(dynamic({'a': 1}), 'b', 3) => dynamic({"a": 1, "b": 3})   [docs]
    bag_set_key(dynamic({'a': 1}), '$.k.p', 'x') => dynamic({"a": 1, "k": {"p": "x"}})   [docs]
    bag_set_key(dynamic({'k': {'p': 1, 'q': 2}}), '$.k.p', 3) => dynamic({"k": {"q": 2, "p": 3}})   [recorded]
    bag_set_key(dynamic(null), 'b', 3) => dynamic(null)   [docs]
    """,
)
def bag_set_key(bag: object, key: str, value: object) -> dict[str, object] | None:
    """The bag with a key set; what a path leads through becomes a bag."""
    return _with(bag, _keys(key), value) if isinstance(bag, dict) else None


def _with(bag: dict[str, Any], steps: tuple[str, ...], value: object) -> dict[str, Any]:
    first, *rest = steps
    if rest:
        inner = bag.get(first)
        value = _with(inner if isinstance(inner, dict) else {}, tuple(rest), value)
    return {**{key: kept for key, kept in bag.items() if key != first}, first: value}


@LIBRARY.scalar(
    "bag_zip(keys: array, values: array) -> dynamic",
    doc="bag-zip",
    examples="""
    bag_zip(dynamic(['a', 8, 'b']), dynamic([1, '2', 2.5])) => dynamic({"a": 1, "b": 2.5})   [docs]
    bag_zip(dynamic(['a', 'b']), dynamic(1)) => dynamic({"a": null, "b": null})   [docs]
    bag_zip(dynamic('a'), dynamic([1])) => dynamic(null)   [docs]
    """,
)
def bag_zip(keys: object, values: object) -> dict[str, object] | None:
    """A bag of the keys of one array and the values of another; keys that are no texts are left out."""
    if not isinstance(keys, list):
        return None
    items = values if isinstance(values, list) else []
    return {
        key: items[position] if position < len(items) else None
        for position, key in enumerate(keys)
        if isinstance(key, str)
    }
