"""Which tables a plan reads, and which more than once: rows that can be had only once have to be kept for them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from emulator.plan.relations import Relation, Scan


def tables_read(root: Relation) -> frozenset[str]:
    """The names of the tables that the plan scans, in sub-plans inside expressions too."""
    return _walk(root, {})[0]


def read_again(root: Relation) -> frozenset[str]:
    """The names of the tables that the plan scans in more than one place, sub-plans inside expressions included."""
    return _walk(root, {})[1]


_Read = tuple[frozenset[str], frozenset[str]]
_NONE: _Read = (frozenset(), frozenset())


def _walk(node: object, known: dict[int, _Read]) -> _Read:
    """The tables that a part of the plan reads, and those that it reads again; each node is looked at once."""
    if isinstance(node, Scan):
        return frozenset({node.table}), frozenset()
    if isinstance(node, tuple):
        return _together([_walk(one, known) for one in node])
    if not is_dataclass(node) or not type(node).__module__.startswith("emulator.plan."):
        return _NONE
    if id(node) not in known:
        known[id(node)] = _together([_walk(getattr(node, field.name), known) for field in fields(node)])
    return known[id(node)]


def _together(parts: list[_Read]) -> _Read:
    read: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    for one, more in parts:
        again |= more | (read & one)
        read |= one
    return read, again
