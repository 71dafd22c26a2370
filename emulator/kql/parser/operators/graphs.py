"""make-graph, graph-match, graph-shortest-paths, graph-to-table, graph-mark-components and the graph filters."""

from __future__ import annotations

from emulator.kql.lexer import Token
from emulator.kql.parser.lists import items, targets
from emulator.kql.parser.names import accept_name, expect_name
from emulator.kql.parser.operands import simple_path
from emulator.kql.parser.parameters import parameters, settings
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import operator
from emulator.kql.syntax import (
    EdgeDirection,
    EdgeLength,
    Expression,
    GraphMarkComponents,
    GraphMatch,
    GraphNodes,
    GraphOutput,
    GraphPart,
    GraphPartition,
    GraphPattern,
    GraphShortestPaths,
    GraphToTable,
    GraphWhereEdges,
    GraphWhereNodes,
    MakeGraph,
    Name,
    PatternEdge,
    PatternNode,
    Target,
)

_COMPONENTS = settings("kind with_component_id")
_SHORTEST = settings("output")
_NODES = settings("with_node_id")
_EDGES = settings("with_source_id with_target_id")
_BARE_EDGES = {"-->": EdgeDirection.RIGHT, "<--": EdgeDirection.LEFT, "--": EdgeDirection.ANY}


@operator("make-graph")
def make_graph(parser: Parser, keyword: Token) -> MakeGraph:
    """`make-graph source --> target with nodes on key, … partitioned-by column (…)`."""
    cursor = parser.cursor
    options = parameters(parser)
    source = expect_name(cursor, "the column with an edge's source")
    arrow = cursor.accept_adjacent("-->", "--")
    if arrow is None:
        cursor.fail("expected an arrow", "write `source --> target`")
    target = expect_name(cursor, "the column with an edge's target")
    nodes: tuple[GraphNodes, ...] = ()
    node_id = None
    if cursor.accept("with_node_id"):
        cursor.expect("=", "after `with_node_id`")
        node_id = expect_name(cursor, "a name for the nodes' column")
    elif cursor.accept("with"):
        nodes = items(parser, _nodes)
    part = _partition(parser) if cursor.next.text == "partitioned-by" else None
    span = cursor.span_from(keyword.start)
    return MakeGraph(span, keyword.span, options, source, arrow == "-->", target, nodes, node_id, part)


def _nodes(parser: Parser) -> GraphNodes:
    cursor = parser.cursor
    start = cursor.next.start
    table = parser.invocation()
    cursor.expect("on", "after a table of nodes")
    key = expect_name(cursor, "the column that identifies a node")
    return GraphNodes(cursor.span_from(start), table, key)


def _partition(parser: Parser) -> GraphPartition:
    cursor = parser.cursor
    start = cursor.take().start
    column = simple_path(parser)
    opened = cursor.open("(", "before the subquery")
    body = parser.subpipeline()
    cursor.close(opened)
    return GraphPartition(cursor.span_from(start), column, body)


def _clauses(parser: Parser) -> tuple[Expression | None, tuple[Target, ...]]:
    """`where predicate project name = value, …`."""
    cursor = parser.cursor
    predicate = parser.expression() if cursor.accept("where") else None
    project = targets(parser) if cursor.accept("project") else ()
    return predicate, project


@operator("graph-match")
def graph_match(parser: Parser, keyword: Token) -> GraphMatch:
    """`graph-match cycles = … pattern, … where predicate project …`."""
    cursor = parser.cursor
    options = parameters(parser)
    patterns = items(parser, _pattern)
    predicate, project = _clauses(parser)
    return GraphMatch(cursor.span_from(keyword.start), keyword.span, options, patterns, predicate, project)


@operator("graph-shortest-paths")
def graph_shortest_paths(parser: Parser, keyword: Token) -> GraphShortestPaths:
    """`graph-shortest-paths output = … pattern, … where predicate project …`."""
    cursor = parser.cursor
    options = parameters(parser, _SHORTEST)
    patterns = items(parser, _pattern)
    predicate, project = _clauses(parser)
    return GraphShortestPaths(cursor.span_from(keyword.start), keyword.span, options, patterns, predicate, project)


def _pattern(parser: Parser) -> GraphPattern:
    """Nodes and edges in turn."""
    cursor = parser.cursor
    start = cursor.next.start
    parts: list[PatternNode | PatternEdge] = [_node(parser)]
    while cursor.next.text in ("-", "<", "<-"):
        parts.append(_edge(parser))
        parts.append(_node(parser))
    return GraphPattern(cursor.span_from(start), tuple(parts))


def _node(parser: Parser) -> PatternNode:
    cursor = parser.cursor
    opened = cursor.open("(", "before a node", "write a node in brackets: `(name)`")
    name = accept_name(cursor)
    cursor.close(opened)
    return PatternNode(cursor.span_from(opened.start), name)


def _edge(parser: Parser) -> PatternEdge:
    cursor = parser.cursor
    start = cursor.next.start
    bare = cursor.accept_adjacent(*_BARE_EDGES)
    if bare is not None:
        return PatternEdge(cursor.span_from(start), None, None, _BARE_EDGES[bare])
    begin = cursor.accept_adjacent("<-[", "-[")
    if begin is None:
        cursor.fail("expected an edge", "write `-[name]->`, `<-[name]-`, `-->` or `--`")
    name: Name | None = accept_name(cursor)
    length = _length(parser) if cursor.accept("*") else None
    end = cursor.accept_adjacent("]->", "]-")
    if end is None:
        cursor.fail("expected the end of the edge", "write `]->` or `]-`")
    direction = EdgeDirection.LEFT if begin == "<-[" else EdgeDirection.RIGHT if end == "]->" else EdgeDirection.ANY
    return PatternEdge(cursor.span_from(start), name, length, direction)


def _length(parser: Parser) -> EdgeLength:
    cursor = parser.cursor
    start = cursor.before.start
    low = parser.invocation()
    cursor.expect("..", "between the least and the greatest length")
    high = parser.invocation()
    return EdgeLength(cursor.span_from(start), low, high)


@operator("graph-to-table")
def graph_to_table(parser: Parser, keyword: Token) -> GraphToTable:
    """`graph-to-table nodes as name with_node_id = …, edges as name …`."""
    outputs = items(parser, _output)
    return GraphToTable(parser.cursor.span_from(keyword.start), keyword.span, outputs)


def _output(parser: Parser) -> GraphOutput:
    cursor = parser.cursor
    word = cursor.accept("nodes", "edges")
    if word is None:
        cursor.fail("expected a part of the graph", "write `nodes` or `edges`")
    name = expect_name(cursor, "a name for the table") if cursor.accept("as") else None
    options = parameters(parser, _NODES if word.text == "nodes" else _EDGES)
    return GraphOutput(cursor.span_from(word.start), GraphPart(word.text), name, options)


@operator("graph-mark-components")
def graph_mark_components(parser: Parser, keyword: Token) -> GraphMarkComponents:
    """`graph-mark-components kind = … with_component_id = …`."""
    options = parameters(parser, _COMPONENTS)
    return GraphMarkComponents(parser.cursor.span_from(keyword.start), keyword.span, options)


@operator("graph-where-nodes")
def graph_where_nodes(parser: Parser, keyword: Token) -> GraphWhereNodes:
    """`graph-where-nodes predicate`."""
    predicate = parser.expression()
    return GraphWhereNodes(parser.cursor.span_from(keyword.start), keyword.span, predicate)


@operator("graph-where-edges")
def graph_where_edges(parser: Parser, keyword: Token) -> GraphWhereEdges:
    """`graph-where-edges predicate`."""
    predicate = parser.expression()
    return GraphWhereEdges(parser.cursor.span_from(keyword.start), keyword.span, predicate)
