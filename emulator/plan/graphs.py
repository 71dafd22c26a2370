"""Graphs of a plan: nodes and edges that have properties, and the relations that read them."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, TypeAlias, assert_never

from emulator.nodes import record
from emulator.source import Span
from emulator.types import RowType

if TYPE_CHECKING:
    from emulator.plan.expressions import Expression
    from emulator.plan.relations import Relation

ID = "$id"
"""The column of a node that holds its identifier."""
DEGREE_IN = "$in"
"""The column of a node that counts the edges that end in it."""
DEGREE_OUT = "$out"
"""The column of a node that counts the edges that begin in it."""
KEY = "$key"
"""The column of a table of nodes that identifies them."""


@record
class MakeGraph:
    """A graph: an edge for each row of `edges`, from the node that `source` names to the one that `target` names.

    `tables` give properties of nodes: each has a column `$key`, and other columns that are columns of `node`. Rows with
    one key are one node; of several values of a property the first that is not missing counts. A node without a row has
    its identifier in the properties `filled`. The columns of `node` are the properties, then `$id`, `$in` and `$out`.
    Graphs with one `key` are the same one: a run builds it once.
    """

    edges: Relation
    source: str
    target: str
    tables: tuple[Relation, ...]
    filled: tuple[str, ...]
    node: RowType
    key: int
    span: Span


@record
class MarkComponents:
    """A graph whose nodes know, in the last column of `node`, which connected part they are in; counted from zero.

    Parts are numbered in the order of their first nodes. A `strong` part can be crossed both ways along the edges.
    """

    graph: Graph
    strong: bool
    node: RowType
    key: int
    span: Span


Graph: TypeAlias = MakeGraph | MarkComponents


class EdgeDirection(enum.Enum):
    """Which way an edge of a pattern points, read from left to right."""

    FORWARD = "-->"
    BACKWARD = "<--"
    EITHER = "--"

    @property
    def reversed(self) -> EdgeDirection:
        """The same edge, read from right to left."""
        return _REVERSED[self]


_REVERSED = {
    EdgeDirection.FORWARD: EdgeDirection.BACKWARD,
    EdgeDirection.BACKWARD: EdgeDirection.FORWARD,
    EdgeDirection.EITHER: EdgeDirection.EITHER,
}


@record
class PatternEdge:
    """An edge between two nodes of a pattern, or with `length` a path of at least and at most so many edges."""

    name: str
    left: str
    right: str
    direction: EdgeDirection
    length: tuple[int, int] | None = None


class Cycles(enum.Enum):
    """Which matches that come back to a node count."""

    ALL = "all"
    """All of them: an edge may be used over and over."""
    UNIQUE_EDGES = "unique_edges"
    """Those that use no edge twice."""
    NONE = "none"
    """None: no node is met twice."""


class Shortest(enum.Enum):
    """Which of the shortest matches between two ends are given."""

    ANY = "any"
    ALL = "all"


@record
class GraphMatch:
    """A row for each way that a connected pattern fits the graph and all `predicates` are true.

    Expressions read `name.property` of the pattern's nodes and edges; those of paths only inside of `Along`. With
    `shortest`, of the matches that join two nodes at the ends of the pattern only those with the fewest edges count.
    """

    graph: Graph
    nodes: tuple[str, ...]
    edges: tuple[PatternEdge, ...]
    cycles: Cycles
    predicates: tuple[Expression, ...]
    outputs: tuple[Expression, ...]
    row: RowType
    span: Span
    shortest: Shortest | None = None


@record
class GraphNodes:
    """A row for each node of a graph, with the columns of the graph's `node`."""

    graph: Graph
    row: RowType
    span: Span


def graph_inputs(graph: Graph) -> tuple[Relation, ...]:
    """The relations that a graph is made of: its edges, then its tables of nodes."""
    match graph:
        case MakeGraph(edges=edges, tables=tables):
            return (edges, *tables)
        case MarkComponents(graph=inner):
            return graph_inputs(inner)
        case _:
            assert_never(graph)


def edge_row(graph: Graph) -> RowType:
    """The properties of the edges of a graph."""
    return graph_inputs(graph)[0].row


def columns_of(match: GraphMatch) -> dict[str, tuple[str, int]]:
    """For each name that expressions of a match may read: the node or edge, and the place of the property."""
    found: dict[str, tuple[str, int]] = {}
    for name, row in (
        *((name, match.graph.node) for name in match.nodes),
        *((edge.name, edge_row(match.graph)) for edge in match.edges),
    ):
        for place, column in enumerate(row):
            found.setdefault(f"{name}.{column.name}", (name, place))
    return found
