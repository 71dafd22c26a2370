"""Graphs as a run holds them: numbered nodes and edges, and the edges at each node."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from emulator.interpreter.context import Row, Run, Runner
from emulator.interpreter.graph_components import strong_parts, weak_parts
from emulator.nodes import record
from emulator.plan.graphs import KEY, Graph, GraphNodes, MakeGraph, MarkComponents

if TYPE_CHECKING:
    from emulator.plan.relations import Relation

GraphRunner: TypeAlias = "Callable[[Run], BuiltGraph]"
_OWN = 3
"""Columns of a node that are not properties: its identifier and its degrees, the last ones when it is made."""


@record
class BuiltGraph:
    """Nodes and edges by number: their rows, and the nodes where each edge begins and ends."""

    nodes: list[Row]
    edges: list[Row]
    sources: list[int]
    targets: list[int]

    @cached_property
    def outgoing(self) -> list[list[int]]:
        """The edges that begin in each node."""
        return self._at(self.sources)

    @cached_property
    def incoming(self) -> list[list[int]]:
        """The edges that end in each node."""
        return self._at(self.targets)

    def _at(self, ends: list[int]) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in self.nodes]
        for edge, node in enumerate(ends):
            found[node].append(edge)
        return found


def graph_runner(graph: Graph, runner: Callable[[Relation], Runner]) -> GraphRunner:
    """Compile a graph; a run builds it when it is first asked for."""
    build = _builder(graph, runner)

    def run_graph(run: Run) -> BuiltGraph:
        if graph.key not in run.shared:
            run.shared[graph.key] = [build(run)]
        built: BuiltGraph = run.shared[graph.key][0]
        return built

    return run_graph


def _builder(graph: Graph, runner: Callable[[Relation], Runner]) -> GraphRunner:
    match graph:
        case MakeGraph():
            return _maker(graph, runner)
        case MarkComponents(graph=inner, strong=strong):
            source = graph_runner(inner, runner)
            return lambda run: _marked(source(run), run, strong=strong)
        case _:
            assert_never(graph)


def nodes_runner(node: GraphNodes, runner: Callable[[Relation], Runner]) -> Runner:
    """Compile the nodes of a graph as rows."""
    build = graph_runner(node.graph, runner)
    return lambda run: build(run).nodes


def _maker(graph: MakeGraph, runner: Callable[[Relation], Runner]) -> GraphRunner:
    edges_of = runner(graph.edges)
    tables = [(runner(table), _places(table, graph)) for table in graph.tables]
    places = {column.name: place for place, column in enumerate(graph.edges.row)}
    source, target = places[graph.source], places[graph.target]

    def make(run: Run) -> BuiltGraph:
        nodes = _Nodes(graph)
        for rows_of, (key, columns) in tables:
            for row in run.watched(rows_of(run)):
                nodes.add(row[key], [(row[ours], theirs) for ours, theirs in columns])
        edges = list(run.watched(edges_of(run)))
        sources, targets = [], []
        for edge in run.watched(edges):
            sources.append(nodes.number(edge[source]))
            targets.append(nodes.number(edge[target]))
        return BuiltGraph(nodes.finished(sources, targets), edges, sources, targets)

    return make


def _places(table: Relation, graph: MakeGraph) -> tuple[int, list[tuple[int, int]]]:
    """Where a table of nodes has its key, and which of its columns are which properties."""
    names = table.row.names
    properties = {column.name: place for place, column in enumerate(graph.node)}
    shared = [(place, properties[name]) for place, name in enumerate(names) if name in properties]
    return names.index(KEY), shared


class _Nodes:
    """The nodes of a graph in the making, in the order in which they are first named."""

    def __init__(self, graph: MakeGraph) -> None:
        columns = graph.node.columns[:-_OWN]
        self.nulls = [column.type.null for column in columns]
        self.filled = [place for place, column in enumerate(columns) if column.name in graph.filled]
        self.numbers: dict[Any, int] = {}
        self.rows: list[list[Any]] = []

    def add(self, key: Any, values: list[tuple[Any, int]]) -> None:
        """Take in a row of a table of nodes."""
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.rows)
            self.rows.append(list(self.nulls))
        row = self.rows[number]
        for value, place in values:
            if row[place] == self.nulls[place]:
                row[place] = value

    def number(self, key: Any) -> int:
        """The node at an end of an edge."""
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.rows)
            row = list(self.nulls)
            for place in self.filled:
                row[place] = key
            self.rows.append(row)
        return found

    def finished(self, sources: list[int], targets: list[int]) -> list[Row]:
        """The rows of all nodes, with their identifiers and degrees."""
        begins, ends = [0] * len(self.rows), [0] * len(self.rows)
        for node in sources:
            begins[node] += 1
        for node in targets:
            ends[node] += 1
        return [
            (*row, key, into, out) for row, key, into, out in zip(self.rows, self.numbers, ends, begins, strict=True)
        ]


def _marked(graph: BuiltGraph, run: Run, *, strong: bool) -> BuiltGraph:
    parts = strong_parts if strong else weak_parts
    numbers = parts(len(graph.nodes), graph.sources, graph.targets, run.tick)
    nodes = [(*row, part) for row, part in zip(graph.nodes, numbers, strict=True)]
    return BuiltGraph(nodes, graph.edges, graph.sources, graph.targets)
