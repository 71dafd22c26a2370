"""Steps from node to node of a graph: over one edge, or over a path of several."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from emulator.interpreter.context import Run
from emulator.interpreter.graph_code import ElementFunction, Match
from emulator.interpreter.graphs import BuiltGraph
from emulator.plan.graphs import Cycles, EdgeDirection, PatternEdge

_PACE = 1 << 12
"""Edges between two looks at the clock."""


@dataclass(slots=True)
class Pace:
    """Looks at the run's limits every so many steps."""

    run: Run
    left: int = _PACE

    def step(self, count: int = 1) -> None:
        """So many edges more were looked at. Raises LimitReached."""
        self.left -= count
        if self.left <= 0:
            self.left = _PACE
            self.run.tick()


@dataclass(slots=True)
class Used:
    """The edges and nodes that a match under way has, as far as its kind of cycles asks."""

    cycles: Cycles
    edges: set[int] = field(default_factory=set)
    nodes: set[int] = field(default_factory=set)

    def allows(self, edge: int, node: int) -> bool:
        """True when the match may go on over an edge to a node that it does not have yet."""
        if self.cycles is Cycles.ALL:
            return True
        return edge not in self.edges and not (self.cycles is Cycles.NONE and node in self.nodes)


class Neighbours:
    """The edges at each node that one edge of a pattern may stand for, with the nodes that they lead to.

    They come in the order of the edges, the outgoing ones first. A loop at a node is one edge in either direction.
    """

    def __init__(self, graph: BuiltGraph, direction: EdgeDirection, allowed: ElementFunction | None) -> None:
        self._graph = graph
        self._direction = direction
        self._allowed = allowed
        self._known: dict[int, list[tuple[int, int]]] = {}
        self._by_end: dict[int, dict[int, list[tuple[int, int]]]] = {}

    def at(self, node: int) -> list[tuple[int, int]]:
        """Pairs of an edge and the node at its other end."""
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = list(self._found(node))
        return found

    def between(self, node: int, other: int) -> list[tuple[int, int]]:
        """Those that lead to one node."""
        found = self._by_end.get(node)
        if found is None:
            found = self._by_end[node] = {}
            for pair in self.at(node):
                found.setdefault(pair[1], []).append(pair)
        return found.get(other, [])

    def _found(self, node: int) -> Iterator[tuple[int, int]]:
        graph, allowed = self._graph, self._allowed
        if self._direction is not EdgeDirection.BACKWARD:
            for edge in graph.outgoing[node]:
                if allowed is None or allowed(graph.edges[edge]):
                    yield edge, graph.targets[edge]
        if self._direction is not EdgeDirection.FORWARD:
            for edge in graph.incoming[node]:
                is_new = self._direction is EdgeDirection.BACKWARD or graph.sources[edge] != node
                if is_new and (allowed is None or allowed(graph.edges[edge])):
                    yield edge, graph.sources[edge]


@dataclass(slots=True)
class Leg:
    """An edge or path of a pattern as it is followed, from the end whose node is known.

    `start`, `goal` and `place` say where the match holds the two nodes and the edge or path. `goals` are the nodes
    that the other end may have, any where it is None; with `closing` the match has that node already. `inner` tells
    which nodes a path may pass.
    """

    edge: PatternEdge
    backwards: bool
    start: int
    goal: int
    place: int
    near: Neighbours
    goals: Collection[int] | None
    closing: bool
    inner: Callable[[int], bool] | None
    distances: dict[int, int] | None = None

    def follow(self, match: Match, used: Used, pace: Pace) -> Iterator[None]:
        """Every way to go on: the match and what it uses hold it while the caller has control."""
        if self.edge.length is None:
            return self._edges(match, used, pace)
        return self._paths(match, used, pace, self.edge.length)

    def _edges(self, match: Match, used: Used, pace: Pace) -> Iterator[None]:
        start = match[self.start]
        pace.step()
        for edge, node in self.near.between(start, match[self.goal]) if self.closing else self.near.at(start):
            pace.step()
            if used.allows(edge, node) and self._ends(node, match):
                match[self.place] = edge
                used.edges.add(edge)
                yield from self._arrive(node, match, used)
                used.edges.discard(edge)

    def _ends(self, node: int, match: Match) -> bool:
        """True when a node can be the other end."""
        if self.closing:
            return bool(match[self.goal] == node)
        return self.goals is None or node in self.goals

    def _arrive(self, node: int, match: Match, used: Used) -> Iterator[None]:
        """Hand over control with a node at the other end."""
        if self.closing:
            yield
            return
        match[self.goal] = node
        fresh = node not in used.nodes
        used.nodes.add(node)
        yield
        if fresh:
            used.nodes.discard(node)

    def _paths(self, match: Match, used: Used, pace: Pace, length: tuple[int, int]) -> Iterator[None]:
        least, most = length
        start: int = match[self.start]
        edges: list[int] = []
        nodes: list[int] = []
        if least == 0 and self._ends(start, match):
            self._hold(match, edges, nodes, pace)
            yield from self._arrive(start, match, used)
        waiting = [iter(self.near.at(start))] if most > 0 else []
        while waiting:
            pair = next(waiting[-1], None)
            if pair is None:
                waiting.pop()
                if edges:
                    _leave(edges, nodes, used)
                continue
            edge, node = pair
            pace.step()
            if not used.allows(edge, node) or not self._in_reach(node, most - len(edges) - 1):
                continue
            edges.append(edge)
            used.edges.add(edge)
            if len(edges) >= least and self._ends(node, match):
                self._hold(match, edges, nodes, pace)
                yield from self._arrive(node, match, used)
            if len(edges) < most and (self.inner is None or self.inner(node)):
                nodes.append(node)
                used.nodes.add(node)
                waiting.append(iter(self.near.at(node)))
            else:
                used.edges.discard(edges.pop())

    def _in_reach(self, node: int, left: int) -> bool:
        return self.distances is None or self.distances.get(node, left + 1) <= left

    def _hold(self, match: Match, edges: list[int], nodes: list[int], pace: Pace) -> None:
        """Put the path into the match, read from left to right; what reads it will take as many steps as it is long."""
        pace.step(len(edges))
        direction = -1 if self.backwards else 1
        match[self.place] = (tuple(edges[::direction]), tuple(nodes[::direction]))


def _leave(edges: list[int], nodes: list[int], used: Used) -> None:
    """Go back over the last edge of a path."""
    used.edges.discard(edges.pop())
    used.nodes.discard(nodes.pop())


def distances(
    goals: Collection[int], back: Neighbours, most: int, inner: Callable[[int], bool] | None, pace: Pace
) -> dict[int, int]:
    """For each node from which a path of at most `most` edges leads to a goal the least number of edges."""
    found = dict.fromkeys(goals, 0)
    front = list(found)
    for length in range(1, most + 1):
        further: list[int] = []
        for node in front:
            if length > 1 and inner is not None and not inner(node):
                continue
            for _, other in back.at(node):
                pace.step()
                if other not in found:
                    found[other] = length
                    further.append(other)
        if not further:
            break
        front = further
    return found
