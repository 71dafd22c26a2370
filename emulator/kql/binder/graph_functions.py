"""Functions of graph patterns: `all`, `any` and `map` along a path, and what a node has beside its properties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions
from emulator.kql.binder.graph_streams import GRAPH_GAP
from emulator.kql.binder.scope import Pattern, Scope, Stream
from emulator.plan.expressions import Along, Const, Expression, Field, Fold, children, walk
from emulator.plan.graphs import DEGREE_IN, DEGREE_OUT, ID
from emulator.plan.relations import Values
from emulator.types import Column, RowType, ScalarType

WRONG_GRAPH_CALL = code(
    "KQL3084",
    "a function of graph patterns is used wrongly",
    "`all`, `any` and `map` take an edge of variable length, or `inner_nodes` of one, and an expression. `node_id` and "
    "its kin take a node of the pattern, and nothing inside of `all`, `any` and `map` over inner nodes. They work in "
    "`graph-match` and `graph-shortest-paths` alone.",
)
_T = ScalarType
_FOLDS = {one.value: one for one in Fold}


def pattern_columns(pattern: Pattern) -> RowType:
    """The properties of all nodes and edges of a pattern, as `name.property`."""
    return RowType(
        tuple(
            Column(f"{name}.{column.name}", column.type)
            for name, stream in pattern.elements.items()
            for column in stream.columns
        )
    )


def of_properties(node: syntax.Expression, pattern: Pattern) -> syntax.Expression:
    """An expression with the properties of nodes and edges named alone: inside of calls they name columns so."""
    match node:
        case syntax.Member(value=syntax.NameRef(name=element), name=name) if element in pattern.elements:
            return syntax.NameRef(node.span, name.text)
        case syntax.Member(value=value):
            return replace(node, value=of_properties(value, pattern))
        case syntax.Call(arguments=arguments):
            inner = tuple(replace(one, value=of_properties(one.value, pattern)) for one in arguments)
            return replace(node, arguments=inner)
        case _:
            return node


def loose_paths(value: Expression, pattern: Pattern) -> frozenset[str]:
    """The paths whose edges an expression names outside of `all`, `any` and `map`."""
    match value:
        case Field(name=name):
            return frozenset(path for path in pattern.paths if name.startswith(f"{path}."))
        case Along():
            return frozenset()
        case _:
            return frozenset().union(*(loose_paths(one, pattern) for one in children(value)))


def bind_graph_function(node: syntax.Call, scope: Scope) -> Expression:
    """A call of one of `GRAPH_FUNCTIONS` in an expression over a pattern."""
    assert scope.rows is not None
    assert scope.rows.pattern is not None
    return GRAPH_FUNCTIONS[node.name.text](node, scope.rows.pattern, scope)


def path_of_length(node: syntax.Call, scope: Scope) -> str | None:
    """The path that `array_length(path)` counts the edges of; None for any other call."""
    if scope.rows is None or scope.rows.pattern is None or node.name.text != "array_length":
        return None
    match [one.value for one in node.arguments]:
        case [syntax.NameRef(name=name)] if name in scope.rows.pattern.paths:
            return name
        case _:
            return None


def bind_path_length(path: str, node: syntax.Call) -> Expression:
    """`array_length(path)`: how many edges a path has."""
    one = Const(1, _T.DYNAMIC, node.span)
    edges = Along(path, nodes=False, fold=Fold.EACH, value=one, type=_T.DYNAMIC, span=node.span)
    return conversions.named("array_length", edges, gives=_T.LONG, span=node.span)


def _fold(node: syntax.Call, pattern: Pattern, scope: Scope) -> Expression:
    """`all(path, condition)`, `any(path, condition)`, `map(path, value)`."""
    fold = _FOLDS[node.name.text]
    shown = f"{node.name.text}(edge, {'value' if fold is Fold.EACH else 'condition'})"
    if len(node.arguments) != 2:
        raise scope.context.fail(
            WRONG_GRAPH_CALL, f"`{node.name.text}` takes two arguments", node.span, f"write `{shown}`"
        )
    path, at_node = _path(node.arguments[0].value, pattern, shown, scope)
    value = scope.context.expression(node.arguments[1].value, scope.over(_along(path, at_node, pattern, scope)))
    if fold is not Fold.EACH and value.type is not _T.BOOL:
        message = f"the condition must be of type bool, not {value.type.value}"
        raise scope.context.fail(WRONG_GRAPH_CALL, message, value.span, f"write `{shown}`")
    if any(isinstance(one, Along) for one in walk(value)):
        help = "use one of them at a time"
        raise scope.context.fail(GRAPH_GAP, "`all`, `any` and `map` inside each other", node.span, help)
    stray = loose_paths(value, pattern) - (frozenset() if at_node else {path})
    if stray:
        message = f"`{min(stray)}` is a path, and not the one that `{node.name.text}` goes along"
        raise scope.context.fail(WRONG_GRAPH_CALL, message, value.span, "name the properties alone")
    if fold is Fold.EACH:
        return Along(path, at_node, fold, conversions.box(value), _T.DYNAMIC, node.span)
    return Along(path, at_node, fold, value, _T.BOOL, node.span)


def _path(written: syntax.Expression, pattern: Pattern, shown: str, scope: Scope) -> tuple[str, bool]:
    """The path that a first argument names, and whether its inner nodes are meant."""
    match written:
        case syntax.NameRef(name=name) if name in pattern.paths:
            return name, False
        case syntax.Call(
            name=syntax.Name(text="inner_nodes"), arguments=(syntax.Target(value=syntax.NameRef(name=name)),)
        ) if name in pattern.paths:
            return name, True
    message = "an edge of variable length is expected"
    raise scope.context.fail(
        WRONG_GRAPH_CALL, message, written.span, f"write `{shown}`, with `edge*1..3` in the pattern"
    )


def _along(path: str, at_node: bool, pattern: Pattern, scope: Scope) -> Stream:
    """The properties of an edge or inner node by their names alone, before all that is known outside."""
    assert scope.rows is not None
    node = next(stream for name, stream in pattern.elements.items() if name in pattern.nodes)
    within = node if at_node else pattern.elements[path]
    columns = (*within.columns, *scope.rows.columns)
    relation = Values((), RowType(columns), scope.rows.relation.span)
    return replace(scope.rows, relation=relation, pattern=replace(pattern, within=within, at_node=at_node))


def _of_node(column: str, kind: ScalarType | None) -> Callable[[syntax.Call, Pattern, Scope], Expression]:
    """A function of a node of the pattern, or without an argument of the node that is gone through."""

    def bind(node: syntax.Call, pattern: Pattern, scope: Scope) -> Expression:
        shown = f"{node.name.text}(node)"
        match [one.value for one in node.arguments]:
            case [] if pattern.at_node:
                name = column
            case [syntax.NameRef(name=variable)] if variable in pattern.nodes:
                name = f"{variable}.{column}"
            case _:
                message = f"`{node.name.text}` takes a node of the pattern"
                raise scope.context.fail(WRONG_GRAPH_CALL, message, node.span, f"write `{shown}`")
        assert scope.rows is not None
        found = scope.rows.find(name)
        assert found is not None
        return conversions.text(Field(name, found.type, node.span)) if kind is None else Field(name, kind, node.span)

    return bind


def _labels(node: syntax.Call, pattern: Pattern, scope: Scope) -> Expression:
    """`labels`: stored graph models alone have labels; in a graph of `make-graph` there are none."""
    match [one.value for one in node.arguments]:
        case [] if pattern.within is not None:
            pass
        case [syntax.NameRef(name=name)] if name in pattern.elements:
            pass
        case _:
            message = "`labels` takes a node or edge of the pattern"
            raise scope.context.fail(WRONG_GRAPH_CALL, message, node.span, "write `labels(node)`")
    return Const([], _T.DYNAMIC, node.span)


def _inner_nodes(node: syntax.Call, _: Pattern, scope: Scope) -> Expression:
    message = "`inner_nodes` is no value"
    help = "put it into `all`, `any` or `map`: `map(inner_nodes(edge), property)`"
    raise scope.context.fail(WRONG_GRAPH_CALL, message, node.span, help)


GRAPH_FUNCTIONS: dict[str, Callable[[syntax.Call, Pattern, Scope], Expression]] = {
    "all": _fold,
    "any": _fold,
    "inner_nodes": _inner_nodes,
    "labels": _labels,
    "map": _fold,
    "node_degree_in": _of_node(DEGREE_IN, _T.LONG),
    "node_degree_out": _of_node(DEGREE_OUT, _T.LONG),
    "node_id": _of_node(ID, None),
}
"""What binds each of them, by name."""
