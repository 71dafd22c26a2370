"""What the nodes and edges of a pattern may be before they are put together, and in which order that is quickest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from emulator.interpreter.graph_code import ElementFunction
from emulator.interpreter.graph_steps import Leg, Neighbours, Pace, distances
from emulator.interpreter.graphs import BuiltGraph
from emulator.plan.graphs import EdgeDirection, GraphMatch, PatternEdge

_FEW = 0.5
"""The share of all nodes below which the candidates of one end are worth narrowing those of the other by."""
_LONGEST = 8
"""Edges of a path beyond which its cost is not estimated any higher."""


class Candidates:
    """The candidates of each node of a pattern, and the legs that join them."""

    def __init__(
        self,
        node: GraphMatch,
        graph: BuiltGraph,
        pace: Pace,
        places: Mapping[str, int],
        nodes: Mapping[str, ElementFunction],
        edges: Mapping[str, ElementFunction],
        inner: Mapping[str, ElementFunction],
    ) -> None:
        self._node = node
        self._graph = graph
        self._pace = pace
        self._places = places
        self._edge_tests = edges
        self._inner = {name: self._by_number(test) for name, test in inner.items()}
        self._near: dict[tuple[EdgeDirection, str], Neighbours] = {}
        self._found: dict[str, Collection[int]] = {name: self._passing(test) for name, test in nodes.items()}
        self._distances: dict[tuple[str, bool], dict[int, int]] = {}
        self._measured: dict[tuple[str, bool], int] = {}
        for one in (*node.edges, *reversed(node.edges)):
            self._narrow(one, backwards=False)
            self._narrow(one, backwards=True)

    def _by_number(self, test: ElementFunction) -> Callable[[int], bool]:
        rows = self._graph.nodes
        return lambda number: bool(test(rows[number]))

    def _passing(self, test: ElementFunction) -> dict[int, None]:
        found: dict[int, None] = {}
        for number, row in enumerate(self._graph.nodes):
            self._pace.step()
            if test(row):
                found[number] = None
        return found

    def numbers(self, name: str) -> Collection[int]:
        """The nodes that a node of the pattern may be, in order."""
        found = self._found.get(name)
        return range(len(self._graph.nodes)) if found is None else found

    def goals(self, name: str) -> Collection[int] | None:
        """The same, None where it may be any."""
        return self._found.get(name)

    def inner(self, edge: PatternEdge) -> Callable[[int], bool] | None:
        """Which nodes a path may pass; None for all."""
        return self._inner.get(edge.name)

    def near(self, edge: PatternEdge, *, backwards: bool) -> Neighbours:
        """The edges of the graph that an edge of the pattern may stand for, followed from left to right or back."""
        direction = edge.direction.reversed if backwards else edge.direction
        test = self._edge_tests.get(edge.name)
        key = (direction, edge.name if test is not None else "")
        if key not in self._near:
            self._near[key] = Neighbours(self._graph, direction, test)
        return self._near[key]

    def _narrow(self, edge: PatternEdge, *, backwards: bool) -> None:
        """Leave out the candidates of one end from which no candidate of the other end can be reached."""
        near, far = (edge.right, edge.left) if backwards else (edge.left, edge.right)
        goals = self._found.get(far)
        if goals is None or len(goals) > _FEW * len(self._graph.nodes):
            return
        reached = self._reaching(edge, goals, backwards=backwards)
        old = self._found.get(near)
        self._found[near] = dict.fromkeys(sorted(reached) if old is None else (one for one in old if one in reached))

    def _reaching(self, edge: PatternEdge, goals: Collection[int], *, backwards: bool) -> Collection[int]:
        """The nodes at one end of an edge or path whose other end is among the goals."""
        back = self.near(edge, backwards=not backwards)
        if edge.length is None:
            return {other for node in goals for _, other in back.at(node)}
        key, most = (edge.name, backwards), edge.length[1]
        known = self._distances.get(key)
        if known is None or self._measured[key] != len(goals):
            known = self._distances[key] = distances(goals, back, most, self.inner(edge), self._pace)
            self._measured[key] = len(goals)
        return known

    def distances(self, edge: PatternEdge, *, backwards: bool = False) -> dict[int, int] | None:
        """How many edges at least a path needs from a node to a candidate of its other end; None when not measured."""
        return self._distances.get((edge.name, backwards))

    def plan(self) -> tuple[str, list[Leg]]:
        """The node to begin with, and the edges in the order in which to follow them."""
        first = min(self._node.nodes, key=lambda name: len(self.numbers(name)))
        known, left = {first}, list(self._node.edges)
        legs: list[Leg] = []
        while left:
            edge, backwards = self._next(left, known)
            legs.append(self._leg(edge, known, backwards=backwards))
            known |= {edge.left, edge.right}
            left.remove(edge)
        return first, legs

    def _next(self, left: Sequence[PatternEdge], known: set[str]) -> tuple[PatternEdge, bool]:
        """The cheapest edge that a known node has; from which of its ends is told by the second value."""
        choices = [(edge, False) for edge in left if edge.left in known]
        choices += [(edge, True) for edge in left if edge.right in known and edge.left not in known]
        return min(choices, key=lambda choice: self._cost(choice[0], known, backwards=choice[1]))

    def _cost(self, edge: PatternEdge, known: set[str], *, backwards: bool) -> float:
        """About how many ways there are to go on over an edge; less than one where both ends are known."""
        goal = edge.left if backwards else edge.right
        branching = len(self._graph.edges) / max(1, len(self._graph.nodes))
        ways = branching * (2 if edge.direction is EdgeDirection.EITHER else 1)
        if edge.length is not None:
            ways = max(1.0, ways) ** min(edge.length[1], _LONGEST)
        share = 1 / max(1, len(self._graph.nodes)) if goal in known else self._share(goal)
        return ways * share

    def _share(self, name: str) -> float:
        return len(self.numbers(name)) / max(1, len(self._graph.nodes))

    def _leg(self, edge: PatternEdge, known: set[str], *, backwards: bool) -> Leg:
        start, goal = (edge.right, edge.left) if backwards else (edge.left, edge.right)
        return Leg(
            edge,
            backwards,
            self._places[start],
            self._places[goal],
            self._places[edge.name],
            self.near(edge, backwards=backwards),
            self.goals(goal),
            goal in known,
            self.inner(edge),
            self.distances(edge, backwards=backwards),
        )
