"""The graph operators, as written."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from emulator.kql.syntax.expressions import Expression, Keyworded, Parameter, Subpipeline, Target
from emulator.kql.syntax.literals import Name, Node


@dataclass(frozen=True, slots=True)
class GraphNodes(Node):
    """A table of nodes and the column that identifies them."""

    table: Expression
    key: Name


@dataclass(frozen=True, slots=True)
class GraphPartition(Node):
    """`partitioned-by column (subpipeline)`."""

    column: Expression
    body: Subpipeline


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class PatternNode(Node):
    """`(name)`, or `()`."""

    name: Name | None


@dataclass(frozen=True, slots=True)
class EdgeLength(Node):
    """`*low..high`: how many edges a variable one may stand for."""

    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class PatternEdge(Node):
    """`-[name*1..3]->`, `<-[name]-`, `-[name]-`, `-->`, `<--` or `--`."""

    name: Name | None
    length: EdgeLength | None
    direction: EdgeDirection


@dataclass(frozen=True, slots=True)
class GraphPattern(Node):
    """Nodes and edges in turn, beginning and ending with a node."""

    parts: tuple[PatternNode | PatternEdge, ...]


@dataclass(frozen=True, slots=True)
class GraphMatch(Keyworded):
    """`graph-match pattern, … where predicate project name = value, …`."""

    parameters: tuple[Parameter, ...]
    patterns: tuple[GraphPattern, ...]
    predicate: Expression | None
    project: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class GraphOutput(Node):
    """`nodes as name with_node_id = column`, or `edges …`."""

    part: GraphPart
    name: Name | None
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class GraphToTable(Keyworded):
    """`graph-to-table nodes, edges`."""

    outputs: tuple[GraphOutput, ...]


@dataclass(frozen=True, slots=True)
class GraphMarkComponents(Keyworded):
    """`graph-mark-components kind = … with_component_id = …`."""

    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class GraphWhereNodes(Keyworded):
    """`graph-where-nodes predicate`."""

    predicate: Expression


@dataclass(frozen=True, slots=True)
class GraphWhereEdges(Keyworded):
    """`graph-where-edges predicate`."""

    predicate: Expression
