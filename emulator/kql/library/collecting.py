"""Aggregates that collect values: lists, sets and bags. An array among the values is taken item by item."""

from __future__ import annotations

from collections.abc import Hashable

from emulator.assumptions import assumption
from emulator.functions import Library, Nulls
from emulator.kql.library.conditions import where_true
from emulator.kql.library.equality import identity

LIBRARY = Library("kql", "collecting")
FIRST_SEEN = assumption(
    "first-seen-order",
    "kql",
    "make_set, whose order the product leaves open, keeps the order of first appearance, as make_list that of the rows",
)
FIRST_OF_KEY = assumption(
    "first-value-of-key", "kql", "make_bag keeps the first value of a key; the product keeps any of them"
)
_MOST = 1_048_576
_MOST_OLD = 128


class Items:
    """All values in order, at most `most`; null items of arrays are left out as null values are."""

    __slots__ = ("_items", "_most")

    def __init__(self, most: int = _MOST) -> None:
        self._most = min(most, _MOST)
        self._items: list[object] = []

    def step(self, value: object) -> None:
        if isinstance(value, list):
            for item in value:
                if item is not None:
                    self._add(item)
        else:
            self._add(value)

    def _add(self, item: object) -> None:
        if len(self._items) < self._most:
            self._items.append(item)

    def merge(self, other: Items) -> None:
        for item in other._items:
            self._add(item)

    def finish(self) -> list[object]:
        return self._items


class ItemsWithNulls(Items):
    """All values in order, nulls among them."""

    __slots__ = ()

    def step(self, value: object) -> None:
        for item in value if isinstance(value, list) else [value]:
            self._add(item)


class Members:
    """The distinct values in the order of first appearance, at most `most`."""

    __slots__ = ("_members", "_most")

    def __init__(self, most: int = _MOST) -> None:
        self._most = min(most, _MOST)
        self._members: dict[Hashable, object] = {}

    def step(self, value: object) -> None:
        if isinstance(value, list):
            for item in value:
                if item is not None:
                    self._add(item)
        else:
            self._add(value)

    def _add(self, item: object) -> None:
        key = identity(item)
        if key not in self._members and len(self._members) < self._most:
            self._members[key] = item

    def merge(self, other: Members) -> None:
        for item in other._members.values():
            self._add(item)

    def finish(self) -> list[object]:
        return list(self._members.values())


class Entries:
    """One bag with the entries of all bags, at most `most`; what is no bag is left out."""

    __slots__ = ("_entries", "_most")

    def __init__(self, most: int = _MOST) -> None:
        self._most = min(most, _MOST)
        self._entries: dict[str, object] = {}

    def step(self, value: object) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if key not in self._entries and len(self._entries) < self._most:
                    self._entries[key] = item

    def merge(self, other: Entries) -> None:
        self.step(other._entries)

    def finish(self) -> dict[str, object]:
        return self._entries


for _name, _limit in (("make_list", _MOST), ("makelist", _MOST_OLD)):
    LIBRARY.aggregate(
        f"{_name}(value: boxed, const most: long = {_limit}) -> dynamic", doc="make-list-aggregation-function"
    )(Items)
for _name, _limit in (("make_set", _MOST), ("makeset", _MOST_OLD)):
    LIBRARY.aggregate(
        f"{_name}(value: boxed, const most: long = {_limit}) -> dynamic",
        doc="make-set-aggregation-function",
        assumes=(FIRST_SEEN.name,),
    )(Members)
for _name, _limit in (("make_bag", _MOST), ("make_dictionary", _MOST_OLD)):
    LIBRARY.aggregate(
        f"{_name}(value: bag, const most: long = {_limit}) -> dynamic",
        doc="make-bag-aggregation-function",
        assumes=(FIRST_OF_KEY.name,),
    )(Entries)
LIBRARY.aggregate(
    "make_list_with_nulls(value: boxed) -> dynamic",
    nulls=Nulls.TOTAL,
    doc="make-list-with-nulls-aggregation-function",
)(ItemsWithNulls)
LIBRARY.aggregate(
    f"make_list_if(value: boxed, predicate: bool, const most: long = {_MOST}) -> dynamic",
    doc="make-list-if-aggregation-function",
)(where_true(Items))
LIBRARY.aggregate(
    f"make_set_if(value: boxed, predicate: bool, const most: long = {_MOST}) -> dynamic",
    doc="make-set-if-aggregation-function",
    assumes=(FIRST_SEEN.name,),
)(where_true(Members))
LIBRARY.aggregate(
    f"make_bag_if(value: bag, predicate: bool, const most: long = {_MOST}) -> dynamic",
    doc="make-bag-if-aggregation-function",
    assumes=(FIRST_OF_KEY.name,),
)(where_true(Entries))
