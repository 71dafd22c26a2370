"""`graph-match` and `graph-shortest-paths`: patterns of nodes and edges, conditions on them, and the rows they give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions, settings
from emulator.kql.binder.constants import constant
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.expressions import bind_condition
from emulator.kql.binder.graph_functions import loose_paths, pattern_columns
from emulator.kql.binder.graph_streams import GRAPH_GAP, on_graph
from emulator.kql.binder.scope import Pattern, Scope, Stream
from emulator.kql.binder.targets import Names, bind_targets, broken
from emulator.plan.expressions import Along, And, Expression, Fold, walk
from emulator.plan.graphs import Cycles, EdgeDirection, Graph, GraphMatch, PatternEdge, Shortest, edge_row
from emulator.plan.relations import Values
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

WRONG_PATTERN = code(
    "KQL3083",
    "a pattern that no graph can match",
    "The parts of a pattern hang together by the names of nodes, and a name stands for one node or edge. A path has a "
    "least and a greatest length, which are whole numbers. `graph-shortest-paths` takes one row of nodes and edges, at "
    "least one of them of variable length.",
)
LONG_PATTERN = code(
    "KQL5080",
    "a pattern with too many edges",
    "Patterns of more than 200 edges are refused: finding the order in which to match them would take too long.",
)
GRAPH_CYCLES = assumption(
    "graph-cycles",
    "kql",
    "`unique_edges` lets no edge stand twice in a whole match, `none` no node; a loop counts once where an edge has no "
    "direction",
)
GRAPH_ORDER = assumption("graph-order", "kql", "matches come in the order in which they are found")
GRAPH_PATHS = assumption(
    "graph-paths",
    "kql",
    "a condition that names an edge of variable length must be true for each edge of the path, and a column that names "
    "one is an array with a value for each of them",
)
SHORTEST_PATHS = assumption(
    "shortest-paths",
    "kql",
    "a shortest path meets no node twice unless `cycles` says otherwise, and is the shortest of those that meet all "
    "conditions; `any` gives the one that is found first",
)
_DIRECTIONS = {
    syntax.EdgeDirection.RIGHT: EdgeDirection.FORWARD,
    syntax.EdgeDirection.LEFT: EdgeDirection.BACKWARD,
    syntax.EdgeDirection.ANY: EdgeDirection.EITHER,
}
_MOST_EDGES = 200
_CYCLES = {one.value: one for one in Cycles}
_SHORTEST = {one.value: one for one in Shortest}


@on_graph
def bind_graph_match(node: syntax.GraphMatch, graph: Graph, stream: Stream, scope: Scope) -> Stream:
    """`graph-match`: every way in which the pattern fits."""
    given = settings.read(node.parameters, {"cycles"}, scope)
    cycles = _CYCLES[settings.word(given.get("cycles"), _CYCLES, "unique_edges", scope)]
    scope.context.rests_on(GRAPH_CYCLES.name)
    return _bind(node, graph, stream, cycles, None, scope)


@on_graph
def bind_shortest_paths(node: syntax.GraphShortestPaths, graph: Graph, stream: Stream, scope: Scope) -> Stream:
    """`graph-shortest-paths`: of the ways between two nodes the shortest."""
    given = settings.read(node.parameters, {"cycles", "output"}, scope)
    cycles = _CYCLES[settings.word(given.get("cycles"), _CYCLES, "none", scope)]
    which = _SHORTEST[settings.word(given.get("output"), _SHORTEST, "any", scope)]
    parts = [one for pattern in node.patterns for one in pattern.parts]
    if len(node.patterns) > 1 or not any(isinstance(one, syntax.PatternEdge) and one.length for one in parts):
        help = "write one row of nodes and edges with a path in it, such as `(a)-[e*1..5]->(b)`"
        raise scope.context.fail(WRONG_PATTERN, "a path is expected", node.patterns[0].span, help)
    scope.context.rests_on(SHORTEST_PATHS.name)
    return _bind(node, graph, stream, cycles, which, scope)


def _bind(
    node: syntax.GraphMatch | syntax.GraphShortestPaths,
    graph: Graph,
    stream: Stream,
    cycles: Cycles,
    shortest: Shortest | None,
    scope: Scope,
) -> Stream:
    shape = _Shape(scope)
    for pattern in node.patterns:
        shape.add(pattern)
    shape.require_connected(node.patterns)
    inner = scope.over(_match_stream(shape, graph, stream, node.span))
    predicates, failed = _predicates(node, inner)
    if not node.project:
        help = "end it with `project` and the properties to show"
        raise scope.context.fail(GRAPH_GAP, "a match without `project`", node.keyword, help)
    found = bind_targets(node.project, inner, Names(scope.context))
    outputs = [(one.name, _shown(one.value, inner)) for one in found if one.value is not None]
    row = RowType(tuple(Column(name, value.type) for name, value in outputs))
    if failed:
        raise UnbindableError
    scope.context.rests_on(GRAPH_ORDER.name)
    made = GraphMatch(
        graph,
        tuple(shape.nodes),
        tuple(shape.edges),
        cycles,
        predicates,
        tuple(value for _, value in outputs),
        row,
        node.span,
        shortest,
    )
    return Stream(made, broken(found), stream.history)


class _Shape:
    """The nodes and edges of a pattern under construction; those without a name get one."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.nodes: dict[str, None] = {}
        self.edges: list[PatternEdge] = []

    def add(self, pattern: syntax.GraphPattern) -> None:
        """Take in one row of nodes and edges."""
        nodes = [one for one in pattern.parts if isinstance(one, syntax.PatternNode)]
        edges = [one for one in pattern.parts if isinstance(one, syntax.PatternEdge)]
        names = [self._node(one) for one in nodes]
        if len(self.edges) + len(edges) > _MOST_EDGES:
            message = f"a pattern of more than {_MOST_EDGES} edges"
            raise self.scope.context.fail(LONG_PATTERN, message, pattern.span, "write paths, such as `-[e*1..5]->`")
        for edge, left, right in zip(edges, names[:-1], names[1:], strict=True):
            self.edges.append(
                PatternEdge(self._edge(edge), left, right, _DIRECTIONS[edge.direction], self._length(edge))
            )

    def _node(self, node: syntax.PatternNode) -> str:
        name = self.scope.context.fresh() if node.name is None else node.name.text
        if any(edge.name == name for edge in self.edges):
            self._refuse(node.span, name)
        self.nodes.setdefault(name)
        return name

    def _edge(self, edge: syntax.PatternEdge) -> str:
        if edge.name is None:
            return self.scope.context.fresh()
        name = edge.name.text
        if name in self.nodes or any(one.name == name for one in self.edges):
            self._refuse(edge.name.span, name)
        return name

    def _refuse(self, span: Span, name: str) -> None:
        help = "give each edge a name of its own"
        raise self.scope.context.fail(WRONG_PATTERN, f"`{name}` stands for something else already", span, help)

    def _length(self, edge: syntax.PatternEdge) -> tuple[int, int] | None:
        if edge.length is None:
            return None
        least, most = (self._number(one) for one in (edge.length.low, edge.length.high))
        if not 0 <= least <= most:
            message = f"no path has between {least} and {most} edges"
            raise self.scope.context.fail(WRONG_PATTERN, message, edge.length.span, "write the smaller number first")
        return least, most

    def _number(self, written: syntax.Expression) -> int:
        value = constant(self.scope.context.expression(written, self.scope.over(None)))
        if value is None or value.type not in (ScalarType.INT, ScalarType.LONG) or not isinstance(value.value, int):
            raise self.scope.context.fail(WRONG_PATTERN, "a whole number is expected", written.span, "write it out")
        return value.value

    def require_connected(self, patterns: Sequence[syntax.GraphPattern]) -> None:
        """Refuse parts that share no node: the product does not take them."""
        names = list(self.nodes)
        reached = {names[0]}
        while (
            more := {
                name for edge in self.edges if {edge.left, edge.right} & reached for name in (edge.left, edge.right)
            }
            - reached
        ):
            reached |= more
        if len(reached) < len(names):
            help = "let the parts share the name of a node"
            raise self.scope.context.fail(WRONG_PATTERN, "the parts do not hang together", patterns[-1].span, help)


def _match_stream(shape: _Shape, graph: Graph, stream: Stream, span: Span) -> Stream:
    """The properties of the pattern's nodes and edges as columns `name.property`."""

    def properties(row: RowType) -> Stream:
        return Stream(Values((), row, span), history=stream.history, open=stream.open, absent=stream.absent)

    node, edge = properties(graph.node), properties(edge_row(graph))
    elements = {**dict.fromkeys(shape.nodes, node), **{one.name: edge for one in shape.edges}}
    paths = frozenset(one.name for one in shape.edges if one.length is not None)
    pattern = Pattern(elements, frozenset(shape.nodes), paths)
    return Stream(Values((), pattern_columns(pattern), span), pattern=pattern, open=stream.open)


def _predicates(
    node: syntax.GraphMatch | syntax.GraphShortestPaths, scope: Scope
) -> tuple[tuple[Expression, ...], bool]:
    """The conditions that all have to be true, and whether something was wrong with them."""
    if node.predicate is None:
        return (), False
    try:
        bound = bind_condition(node.predicate, scope, "the condition")
        return tuple(_for_each_edge(one, scope) for one in _conjuncts(bound)), False
    except UnbindableError:
        return (), True


def _conjuncts(predicate: Expression) -> Iterator[Expression]:
    if isinstance(predicate, And):
        for one in predicate.operands:
            yield from _conjuncts(one)
    else:
        yield predicate


def _for_each_edge(predicate: Expression, scope: Scope) -> Expression:
    """A condition that names a path holds when it is true for each of its edges."""
    path = _path_of(predicate, scope)
    if path is None:
        return predicate
    scope.context.rests_on(GRAPH_PATHS.name)
    return Along(path, nodes=False, fold=Fold.ALL, value=predicate, type=ScalarType.BOOL, span=predicate.span)


def _shown(value: Expression, scope: Scope) -> Expression:
    """A column of the result: dynamic where it has to do with paths, an array where it names one."""
    path = _path_of(value, scope)
    if path is None:
        return conversions.box(value) if any(isinstance(one, Along) for one in walk(value)) else value
    scope.context.rests_on(GRAPH_PATHS.name)
    boxed = conversions.box(value)
    return Along(path, nodes=False, fold=Fold.EACH, value=boxed, type=ScalarType.DYNAMIC, span=value.span)


def _path_of(value: Expression, scope: Scope) -> str | None:
    """The path that an expression names outside of `all`, `any` and `map`."""
    assert scope.rows is not None
    assert scope.rows.pattern is not None
    along = any(isinstance(one, Along) for one in walk(value))
    found = sorted(loose_paths(value, scope.rows.pattern))
    if len(found) > 1 or (found and along):
        help = "use `all`, `any` or `map` for one path at a time"
        shown = " and ".join(f"`{one}`" for one in found)
        message = f"an expression names {shown}" + (" beside `all`, `any` or `map`" if along else "")
        raise scope.context.fail(GRAPH_GAP, message, value.span, help)
    return found[0] if found else None
