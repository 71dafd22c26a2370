"""The shortest matches of a pattern between the nodes at its two ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.interpreter.graph_code import Match
from emulator.interpreter.graph_steps import Neighbours
from emulator.plan.graphs import Cycles, PatternEdge, Shortest

if TYPE_CHECKING:
    from emulator.interpreter.graph_matching import Search


def shortest_matches(search: Search, which: Shortest) -> Iterator[Match]:
    """The matches with the fewest edges for each pair of ends, one of them or all."""
    first, *others = search.node.edges
    ends = {first.left, first.right}
    local = all(read <= ends for read, _ in search.tests)
    simple = search.node.cycles is Cycles.NONE and not others and local and len(ends) > 1
    if not simple or first.length is None or first.length[0] > 1:
        return _among_all(search, which)
    return _by_breadth(search, first, first.length, which)


def _among_all(search: Search, which: Shortest) -> Iterator[Match]:
    """The shortest of all matches: what a match must meet is known only once it is complete."""
    edges = search.node.edges
    start, end = search.places[edges[0].left], search.places[edges[-1].right]
    paths = [search.places[edge.name] for edge in edges if edge.length is not None]
    best: dict[tuple[int, int], tuple[int, list[Match]]] = {}
    for match in search.matches(search.node.cycles):
        length = sum(len(match[place][0]) for place in paths)
        pair = (match[start], match[end])
        known = best.get(pair)
        if known is None or length < known[0]:
            best[pair] = (length, [list(match)])
        elif length == known[0] and which is Shortest.ALL:
            known[1].append(list(match))
    for _, found in best.values():
        yield from found


def _by_breadth(search: Search, edge: PatternEdge, length: tuple[int, int], which: Shortest) -> Iterator[Match]:
    """Level by level from each node that the pattern may begin with: so no node is met twice."""
    match: Match = [None] * len(search.places)
    start, end, place = (search.places[name] for name in (edge.left, edge.right, edge.name))
    goals = search.candidates.goals(edge.right)
    for source in search.candidates.numbers(edge.left):
        levels = _Levels(search, edge, source, which)
        match[start] = source
        for node in levels.reached(*length):
            match[end] = node
            if (goals is None or node in goals) and search.holds(match):
                for walk in levels.paths(node):
                    match[place] = walk
                    yield match


@dataclass(slots=True)
class _Levels:
    """A search from one node outwards, and how each node was first come to."""

    search: Search
    edge: PatternEdge
    source: int
    which: Shortest
    before: dict[int, list[tuple[int, int]]]

    def __init__(self, search: Search, edge: PatternEdge, source: int, which: Shortest) -> None:
        self.search, self.edge, self.source, self.which = search, edge, source, which
        self.before = {source: []}

    def reached(self, least: int, most: int) -> Iterator[int]:
        """The nodes in reach, the nearest first."""
        if least == 0:
            yield self.source
        near = self.search.candidates.near(self.edge, backwards=False)
        front = [self.source]
        length = 0
        while front and length < most:
            length += 1
            front = self._next(front, near, most - length)
            yield from front

    def _next(self, front: list[int], near: Neighbours, left: int) -> list[int]:
        """The nodes one edge further out, from which a goal can be reached over so many edges more."""
        inner = self.search.candidates.inner(self.edge)
        distances = self.search.candidates.distances(self.edge)
        found: dict[int, list[tuple[int, int]]] = {}
        for node in front:
            if inner is not None and node != self.source and not inner(node):
                continue
            for edge, other in near.at(node):
                self.search.pace.step()
                if other in self.before or (distances is not None and distances.get(other, left + 1) > left):
                    continue
                if other not in found:
                    found[other] = [(edge, node)]
                elif self.which is Shortest.ALL:
                    found[other].append((edge, node))
        self.before.update(found)
        return list(found)

    def paths(self, node: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """The edges and inner nodes of the shortest paths to a node."""
        edges: list[int] = []
        nodes: list[int] = []
        if node == self.source:
            yield (), ()
        waiting = [iter(self.before[node])]
        while waiting:
            pair = next(waiting[-1], None)
            if pair is None:
                waiting.pop()
                if edges:
                    edges.pop()
                    nodes.pop()
                continue
            self.search.pace.step()
            edges.append(pair[0])
            nodes.append(pair[1])
            if pair[1] == self.source:
                yield tuple(edges[::-1]), tuple(nodes[-2::-1])
            waiting.append(iter(self.before[pair[1]]))
