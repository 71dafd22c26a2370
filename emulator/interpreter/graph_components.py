"""The connected parts of a graph, numbered in the order of their first nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

_NO_MORE = -1
_PACE = 1 << 16
"""Nodes and edges between two looks at the clock."""


def weak_parts(count: int, sources: Sequence[int], targets: Sequence[int], tick: Callable[[], None]) -> list[int]:
    """For each of `count` nodes its part, when edges can be crossed both ways."""
    heads = list(range(count))

    def head(node: int) -> int:
        while heads[node] != node:
            heads[node] = node = heads[heads[node]]
        return node

    for done, (one, other) in enumerate(zip(sources, targets, strict=True), 1):
        first, second = head(one), head(other)
        heads[max(first, second)] = min(first, second)
        if done % _PACE == 0:
            tick()
    return _numbered([head(node) for node in range(count)])


def strong_parts(count: int, sources: Sequence[int], targets: Sequence[int], tick: Callable[[], None]) -> list[int]:
    """For each of `count` nodes its part, when edges can be crossed along their direction alone.

    The algorithm is Tarjan's, without recursion: a part is complete when its first node is left for the last time.
    """
    after: list[list[int]] = [[] for _ in range(count)]
    for one, other in zip(sources, targets, strict=True):
        after[one].append(other)
    order, lowest, part = [-1] * count, [0] * count, [-1] * count
    met: list[int] = []
    seen = 0

    def enter(node: int) -> tuple[int, Iterator[int]]:
        nonlocal seen
        order[node] = lowest[node] = seen
        seen += 1
        met.append(node)
        if seen % _PACE == 0:
            tick()
        return node, iter(after[node])

    for root in range(count):
        path = [enter(root)] if order[root] < 0 else []
        while path:
            node, others = path[-1]
            other = next(others, _NO_MORE)
            if other == _NO_MORE:
                path.pop()
                if path:
                    above = path[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == order[node]:
                    _close(node, met, part)
            elif order[other] < 0:
                path.append(enter(other))
            elif part[other] < 0:
                lowest[node] = min(lowest[node], order[other])
    return _numbered(part)


def _close(node: int, met: list[int], part: list[int]) -> None:
    """All nodes that were met since a node make a part with it."""
    while part[node] < 0:
        part[met.pop()] = node


def _numbered(heads: Sequence[int]) -> list[int]:
    """Numbers from zero for what tells the parts apart."""
    numbers: dict[int, int] = {}
    return [numbers.setdefault(one, len(numbers)) for one in heads]
