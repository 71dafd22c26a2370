"""How large a plan is once everything in it that is used twice is written twice."""

from __future__ import annotations

from emulator.nodes import parts
from emulator.plan.relations import Relation


def size(root: Relation) -> int:
    """Nodes of the plan as a tree. A name that is used twice may share its node, but every engine compiles it twice.

    Counting takes one step a node, so that a plan that doubles a thousand times is counted soon.
    """
    return _size(root, {})


def _size(node: object, known: dict[int, int]) -> int:
    if isinstance(node, tuple):
        return sum(_size(one, known) for one in node)
    kind = type(node)
    names = parts(kind) if kind.__module__.startswith("emulator.plan.") else None
    if names is None:
        return 0
    found = known.get(id(node))
    if found is None:
        found = known[id(node)] = 1 + sum(_size(getattr(node, name), known) for name in names)
    return found
