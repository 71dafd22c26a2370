"""The graph operators, as written."""

from __future__ import annotations

import enum

from emulator.kql.syntax.expressions import Expression, Keyworded, Parameter, Subpipeline, Target
from emulator.kql.syntax.literals import Name
from emulator.kql.syntax.node import Node, node


@node
class GraphNodes(Node):
    """A table of nodes and the column that identifies them."""

    table: Expression
    key: Name


@node
class GraphPartition(Node):
    """`partitioned-by column (subpipeline)`."""

    column: Expression
    body: Subpipeline


@node
class MakeGraph(Keyworded):
    """`make-graph source --> target with nodes on key, …`, or `with_node_id = name`; `directed` for the arrow."""

    parameters: tuple[Parameter, ...]
    source: Name
    directed: bool
    target: Name
    nodes: tuple[GraphNodes, ...]
    node_id: Name | None
    partition: GraphPartition | None


class EdgeDirection(enum.Enum):
    """Which way an edge of a pattern points."""

    RIGHT = "-->"
    LEFT = "<--"
    ANY = "--"


@node
class PatternNode(Node):
    """`(name)`, or `()`."""

    name: Name | None


@node
class EdgeLength(Node):
    """`*low..high`: how many edges a variable one may stand for."""

    low: Expression
    high: Expression


@node
class PatternEdge(Node):
    """`-[name*1..3]->`, `<-[name]-`, `-[name]-`, `-->`, `<--` or `--`."""

    name: Name | None
    length: EdgeLength | None
    direction: EdgeDirection


@node
class GraphPattern(Node):
    """Nodes and edges in turn, beginning and ending with a node."""

    parts: tuple[PatternNode | PatternEdge, ...]


@node
class GraphMatch(Keyworded):
    """`graph-match pattern, … where predicate project name = value, …`."""

    parameters: tuple[Parameter, ...]
    patterns: tuple[GraphPattern, ...]
    predicate: Expression | None
    project: tuple[Target, ...]


@node
class GraphShortestPaths(Keyworded):
    """`graph-shortest-paths pattern, … where predicate project name = value, …`."""

    parameters: tuple[Parameter, ...]
    patterns: tuple[GraphPattern, ...]
    predicate: Expression | None
    project: tuple[Target, ...]


class GraphPart(enum.Enum):
    """What `graph-to-table` turns into rows."""

    NODES = "nodes"
    EDGES = "edges"


@node
class GraphOutput(Node):
    """`nodes as name with_node_id = column`, or `edges …`."""

    part: GraphPart
    name: Name | None
    parameters: tuple[Parameter, ...]


@node
class GraphToTable(Keyworded):
    """`graph-to-table nodes, edges`."""

    outputs: tuple[GraphOutput, ...]


@node
class GraphMarkComponents(Keyworded):
    """`graph-mark-components kind = … with_component_id = …`."""

    parameters: tuple[Parameter, ...]


@node
class GraphWhereNodes(Keyworded):
    """`graph-where-nodes predicate`."""

    predicate: Expression


@node
class GraphWhereEdges(Keyworded):
    """`graph-where-edges predicate`."""

    predicate: Expression
