"""Streams that stand for graphs: operators take a graph or rows, never both."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import NoReturn, TypeVar

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder.scope import Scope, Stream
from emulator.plan.graphs import Graph
from emulator.plan.relations import Values
from emulator.source import Span
from emulator.types import RowType

NEEDS_GRAPH = code(
    "KQL3085",
    "an operator that needs a graph",
    "`graph-match`, `graph-to-table` and their kin work on what `make-graph` gives.",
)
NOT_A_TABLE = code(
    "KQL3086",
    "a graph where rows are expected",
    "Behind `make-graph` come operators of graphs. `graph-match … project` and `graph-to-table` make rows again.",
)
GRAPH_GAP = code(
    "KQL4080",
    "a use of graphs that the documentation does not explain",
    "The product accepts the query and does not say what it means: a graph, a whole node or a whole edge as a result, "
    "identifiers of two types, a match without `project`, and the like. Stored graph models live in a cluster.",
)
_OPERATOR = TypeVar("_OPERATOR", bound=syntax.Keyworded)


def graph_stream(graph: Graph, stream: Stream) -> Stream:
    """A stream that stands for a graph made of another stream."""
    nothing = Values((), RowType(()), graph.span)
    return Stream(nothing, history=stream.history, open=stream.open, absent=stream.absent, graph=graph)


def refuse_stored(node: syntax.Call, scope: Scope) -> NoReturn:
    """Refuse `graph("name")`: stored graph models live in a cluster."""
    help = "build the graph from rows: `edges | make-graph source --> target with nodes on id`"
    raise scope.context.fail(GRAPH_GAP, "there are no stored graphs here", node.span, help)


def require_rows(stream: Stream, span: Span, scope: Scope) -> None:
    """Refuse a graph."""
    if stream.graph is not None:
        help = "make rows of it: `graph-to-table nodes`, or `graph-match … project …`"
        raise scope.context.fail(NOT_A_TABLE, "this is a graph, not rows", span, help)


def on_graph(bind: Callable[[_OPERATOR, Graph, Stream, Scope], Stream]) -> Callable[[_OPERATOR, Stream, Scope], Stream]:
    """The binder of an operator that works on graphs."""

    @wraps(bind)
    def bind_on_graph(node: _OPERATOR, stream: Stream, scope: Scope) -> Stream:
        if stream.graph is None:
            word = scope.context.source.slice(node.keyword)
            help = "put `make-graph source --> target` before it"
            raise scope.context.fail(NEEDS_GRAPH, f"`{word}` needs a graph", node.keyword, help)
        return bind(node, stream.graph, stream, scope)

    return bind_on_graph
