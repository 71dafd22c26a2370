"""How large a plan is once everything in it that is used twice is written twice."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from emulator.plan.relations import Relation


def size(root: Relation) -> int:
    """Nodes of the plan as a tree. A name that is used twice may share its node, but every engine compiles it twice.

    Counting takes one step a node, so that a plan that doubles a thousand times is counted soon.
    """
    return _size(root, {})


def _size(node: object, known: dict[int, int]) -> int:
    if isinstance(node, tuple):
        return sum(_size(one, known) for one in node)
    names = _parts(type(node))
    if names is None:
        return 0
    found = known.get(id(node))
    if found is None:
        found = known[id(node)] = 1 + sum(_size(getattr(node, name), known) for name in names)
    return found


_KNOWN: dict[str, tuple[str, ...] | None] = {}


def _parts(kind: type) -> tuple[str, ...] | None:
    """The fields of a node of the plan; None for everything else."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name not in _KNOWN:
        is_node = name.startswith("emulator.plan.") and is_dataclass(kind)
        _KNOWN[name] = tuple(field.name for field in fields(kind)) if is_node else None
    return _KNOWN[name]
