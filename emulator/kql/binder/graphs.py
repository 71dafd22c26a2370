"""`make-graph`, `graph-mark-components` and `graph-to-table`: rows become a graph, and nodes and edges rows again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions, settings, steps
from emulator.kql.binder.calls import resolve
from emulator.kql.binder.graph_partitions import bind_partitions
from emulator.kql.binder.graph_streams import GRAPH_GAP, graph_stream, on_graph
from emulator.kql.binder.rows import named
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.library import lookup
from emulator.plan.expressions import Call, Expression, Field
from emulator.plan.graphs import DEGREE_IN, DEGREE_OUT, ID, KEY, Graph, GraphNodes, MakeGraph, MarkComponents
from emulator.plan.relations import Further, Relation
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

WRONG_IDS = code(
    "KQL3080",
    "a column that can't identify nodes",
    "The source and the target of edges, and the keys of tables of nodes, can't be of type dynamic: convert them, for "
    "example with `tostring(…)`.",
)
MANY_OUTPUTS = code(
    "KQL3081",
    "tables of a graph without names",
    "`graph-to-table` gives nodes and edges at once only under names: `graph-to-table nodes as N, edges as E`.",
)
GRAPH_IDS = assumption(
    "graph-ids",
    "kql",
    "a null or empty identifier is a node like any other, and rows of node tables with one key are one node, which has "
    "the first value that is not missing; the documentation says that any may be chosen",
)
GRAPH_NODES = assumption(
    "graph-nodes",
    "kql",
    "nodes come in the order of their tables and then of the edges that name them first, and connected parts are "
    "numbered in that order; one without a row has its identifier in the key columns of all tables of nodes",
)
NODE_HASH = assumption(
    "node-hash",
    "kql",
    "the number of a node in `graph-to-table` is the `hash` of its identifier: so it is for all documented numbers, "
    "which are those of strings",
)
_T = ScalarType
_JSON = frozenset({_T.BOOL, _T.INT, _T.LONG, _T.REAL, _T.STRING})


def bind_make_graph(node: syntax.MakeGraph, stream: Stream, scope: Scope) -> Stream:
    """`make-graph`: rows are edges, the rows of other tables nodes."""
    settings.read(node.parameters, (), scope)
    tables = [_table(one, scope) for one in node.nodes]
    ids = [_identifier(name, stream, scope) for name in (node.source, node.target)]
    ids += [_identifier(one.key, table, scope) for one, table in zip(node.nodes, tables, strict=True)]
    kind = ids[0].type
    for one, name in zip(ids, (node.source, node.target, *(table.key for table in node.nodes)), strict=True):
        if one.type is not kind:
            message = f"identifiers of the types {kind.value} and {one.type.value}"
            help = f"convert them to one type, such as with `tostring({name.text})`"
            raise scope.context.fail(GRAPH_GAP, message, name.span, help)
    scope.context.rests_on(GRAPH_IDS.name, GRAPH_NODES.name)
    keys = [column.name for column in ids[2:]]
    if node.partition is not None:

        def make(edges: Stream, nodes: Sequence[Stream]) -> Stream:
            return _made(node, edges, nodes, keys, kind, scope)

        return bind_partitions(node.partition, stream, tables, make, scope)
    return _made(node, stream, tables, keys, kind, scope)


def _table(node: syntax.GraphNodes, scope: Scope) -> Stream:
    return scope.context.table(node.table, scope.over(None))


def _identifier(name: syntax.Name, stream: Stream, scope: Scope) -> Column:
    column = named(syntax.NameRef(name.span, name.text), stream, scope)
    if column.type is _T.DYNAMIC:
        help = f"convert it before: `extend {name.text} = tostring({name.text})`"
        raise scope.context.fail(WRONG_IDS, f"`{name.text}` is of type dynamic", name.span, help)
    return column


def _made(
    node: syntax.MakeGraph, edges: Stream, tables: Sequence[Stream], keys: Sequence[str], kind: ScalarType, scope: Scope
) -> Stream:
    """The graph of some edges and nodes whose identifiers are of one type."""
    properties = _properties(tables)
    if node.node_id is not None:
        properties = {node.node_id.text: kind}
        keys = [node.node_id.text]
    for key in keys:
        if properties[key] is _T.DYNAMIC and kind not in _JSON:
            help = "rename one of the columns of that name before"
            raise scope.context.fail(GRAPH_GAP, f"`{key}` has several types", node.span, help)
    own = (Column(ID, kind, hidden=True), *(Column(name, _T.LONG, hidden=True) for name in (DEGREE_IN, DEGREE_OUT)))
    row = RowType((*(Column(name, one) for name, one in properties.items()), *own))
    given = zip(tables, keys, strict=False)
    graph = MakeGraph(
        edges.relation,
        node.source.text,
        node.target.text,
        tuple(_as_nodes(table, key, properties, node.span) for table, key in given),
        tuple(dict.fromkeys(keys)),
        row,
        scope.context.number(),
        node.span,
    )
    combined = replace(edges, open=edges.open or any(one.open for one in tables))
    return graph_stream(graph, combined)


def _properties(tables: Sequence[Stream]) -> dict[str, ScalarType]:
    """The columns of all tables of nodes; one that has two types is dynamic."""
    found: dict[str, ScalarType] = {}
    for table in tables:
        for column in table.visible:
            same = found.setdefault(column.name, column.type) is column.type
            found[column.name] = column.type if same else _T.DYNAMIC
    return found


def _as_nodes(table: Stream, key: str, properties: Mapping[str, ScalarType], span: Span) -> Relation:
    """The rows of a table with their properties as the graph has them, and the key."""
    values: list[tuple[str, Expression]] = []
    for column in table.visible:
        value: Expression = Field(column.name, column.type, span)
        values.append((column.name, conversions.convert(value, properties[column.name])))
        if column.name == key:
            values.append((KEY, value))
    return steps.projected(table.relation, values, span)


@on_graph
def bind_mark_components(node: syntax.GraphMarkComponents, graph: Graph, stream: Stream, scope: Scope) -> Stream:
    """`graph-mark-components`: nodes know which connected part of the graph they are in."""
    given = settings.read(node.parameters, {"kind", "with_component_id"}, scope)
    kind = settings.word(given.get("kind"), {"weak", "strong"}, "weak", scope)
    written = given.get("with_component_id")
    name = "ComponentId" if written is None else settings.name(written, scope)
    _require_new(name, graph.node, node.span, scope)
    row = RowType((*graph.node, Column(name, _T.LONG)))
    marked = MarkComponents(graph, kind == "strong", row, scope.context.number(), node.span)
    return graph_stream(marked, stream)


def _require_new(name: str, row: RowType, span: Span, scope: Scope) -> None:
    """Refuse a name that the nodes or edges have already: what becomes of two columns of one name is not documented."""
    if row.find(name) is not None:
        help = "choose another name"
        raise scope.context.fail(GRAPH_GAP, f"there is a property `{name}` already", span, help)


@on_graph
def bind_graph_to_table(node: syntax.GraphToTable, graph: Graph, stream: Stream, scope: Scope) -> Stream:
    """`graph-to-table`: the nodes or edges as rows; both at once are two tables."""
    several = len(node.outputs) > 1
    for output in node.outputs:
        if several and output.name is None:
            help = f"write `{output.part.value} as Name`"
            raise scope.context.fail(MANY_OUTPUTS, "this table needs a name", output.span, help)
    tables = [_output(one, graph, scope) for one in node.outputs]
    first, *others = tables
    return Stream(first.relation, name=first.name, beside=tuple(others), history=stream.history, open=stream.open)


def names_of_tables(node: syntax.Expression) -> list[str]:
    """The names that `graph-to-table` at the end of a pipeline gives to nodes and edges when it gives both."""
    match node:
        case syntax.Pipeline(operators=(*_, syntax.GraphToTable(outputs=outputs))) if len(outputs) > 1:
            return [one.name.text for one in outputs if one.name is not None]
        case _:
            return []


def refuse_result(stream: Stream, span: Span, scope: Scope) -> None:
    """Refuse a graph as the result of a query: which rows the product shows for it is not documented."""
    if stream.graph is not None:
        help = "end the query with `graph-to-table nodes`, `graph-to-table edges` or `graph-match … project …`"
        raise scope.context.fail(GRAPH_GAP, "a graph as the result", span, help)


def _output(output: syntax.GraphOutput, graph: Graph, scope: Scope) -> Further:
    name = "" if output.name is None else output.name.text
    if output.part is syntax.GraphPart.NODES:
        return Further(name, _nodes(output, graph, scope))
    return Further(name, _edges(output, graph, scope))


def _nodes(output: syntax.GraphOutput, graph: Graph, scope: Scope) -> Relation:
    given = settings.read(output.parameters, {"with_node_id"}, scope)
    relation = GraphNodes(graph, graph.node, output.span)
    numbers = _numbers(given, {"with_node_id": ID}, graph.node, output.span, scope)
    return steps.projected(relation, [*numbers, *_shown(graph.node, output.span)], output.span)


def _edges(output: syntax.GraphOutput, graph: Graph, scope: Scope) -> Relation:
    made = graph
    while not isinstance(made, MakeGraph):
        made = made.graph
    given = settings.read(output.parameters, {"with_source_id", "with_target_id"}, scope)
    ends = {"with_source_id": made.source, "with_target_id": made.target}
    numbers = _numbers(given, ends, made.edges.row, output.span, scope)
    return steps.projected(made.edges, [*numbers, *_shown(made.edges.row, output.span)], output.span)


def _shown(row: RowType, span: Span) -> list[tuple[str, Expression]]:
    return [(column.name, Field(column.name, column.type, span)) for column in row.visible]


def _numbers(
    given: Mapping[str, syntax.Expression], columns: Mapping[str, str], row: RowType, span: Span, scope: Scope
) -> list[tuple[str, Expression]]:
    """The columns that hold the numbers of nodes, in the order in which the product shows them."""
    found: list[tuple[str, Expression]] = []
    for setting, column in columns.items():
        if setting in given:
            name = settings.name(given[setting], scope)
            _require_new(name, RowType((*row, *(Column(one, _T.LONG) for one, _ in found))), span, scope)
            known = row.find(column)
            assert known is not None
            found.append((name, _hash(Field(column, known.type, span), span, scope)))
    return found


def _hash(value: Field, span: Span, scope: Scope) -> Expression:
    resolved = resolve(lookup("hash"), [value], span)
    assert resolved is not None
    scope.context.rests_on(NODE_HASH.name, *resolved.function.assumes)
    return Call(resolved.function, resolved.arguments, resolved.type, span)
