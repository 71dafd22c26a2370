"""Pipelines: each operator is bound over the rows of the one before."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import NoReturn

from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import branching, graph_streams, shaping
from emulator.kql.binder.scope import Scope, Stream, TableBinding
from emulator.support import gaps

NEEDS_ROWS = code(
    "KQL3020",
    "an operator without rows",
    "This operator works on the rows of a table: put a table and `|` before it.",
)
MAKES_ROWS = code(
    "KQL3033",
    "an operator that makes its own rows",
    "`print`, `range`, `find` and `search in (…)` begin a pipeline; they take no rows.",
)
OPERATOR_GAP = code(
    "KQL4011",
    "an operator that is not emulated",
    "The product knows the operator, the emulator does not yet: the query is right and the gap is ours.",
)
OPERATORS: dict[type, str] = {
    syntax.Consume: "shaping.bind_consume",
    syntax.Count: "ordering.bind_count",
    syntax.Distinct: "rows.bind_distinct",
    syntax.Evaluate: "evaluating.bind_evaluate",
    syntax.Extend: "rows.bind_extend",
    syntax.Facet: "branching.bind_facet",
    syntax.Fork: "branching.bind_fork",
    syntax.GetSchema: "shaping.bind_get_schema",
    syntax.GraphMarkComponents: "graphs.bind_mark_components",
    syntax.GraphMatch: "graph_patterns.bind_graph_match",
    syntax.GraphShortestPaths: "graph_patterns.bind_shortest_paths",
    syntax.GraphToTable: "graphs.bind_graph_to_table",
    syntax.Invoke: "shaping.bind_invoke",
    syntax.Join: "joining.bind_join",
    syntax.Lookup: "joining.bind_lookup",
    syntax.MakeGraph: "graphs.bind_make_graph",
    syntax.MakeSeries: "series.bind_make_series",
    syntax.MvApply: "applying.bind_mv_apply",
    syntax.MvExpand: "expanding.bind_mv_expand",
    syntax.ParseKv: "key_values.bind_parse_kv",
    syntax.Partition: "applying.bind_partition",
    syntax.Parse: "parsing.bind_parse",
    syntax.Project: "rows.bind_project",
    syntax.ProjectAway: "rows.bind_project_away",
    syntax.ProjectByNames: "columns_by_name.bind_project_by_names",
    syntax.ProjectKeep: "rows.bind_project_keep",
    syntax.ProjectRename: "rows.bind_project_rename",
    syntax.ProjectReorder: "rows.bind_project_reorder",
    syntax.Reduce: "reducing.bind_reduce",
    syntax.Render: "shaping.bind_render",
    syntax.Sample: "shaping.bind_sample",
    syntax.SampleDistinct: "shaping.bind_sample_distinct",
    syntax.Scan: "scanning.bind_scan",
    syntax.Search: "searching.bind_search",
    syntax.Serialize: "rows.bind_serialize",
    syntax.Sort: "ordering.bind_sort",
    syntax.Summarize: "summarizing.bind_summarize",
    syntax.Take: "ordering.bind_take",
    syntax.Top: "ordering.bind_top",
    syntax.TopHitters: "nesting.bind_top_hitters",
    syntax.TopNested: "nesting.bind_top_nested",
    syntax.Union: "unions.bind_union_with",
    syntax.Where: "rows.bind_where",
}
"""The module and the function that bind an operator: few rules need more than five of the modules."""
_ON_GRAPHS = (
    syntax.GraphMarkComponents,
    syntax.GraphMatch,
    syntax.GraphShortestPaths,
    syntax.GraphToTable,
    syntax.GraphWhereEdges,
    syntax.GraphWhereNodes,
)
SOURCES: dict[type, str] = {
    syntax.Find: "searching.bind_find",
    syntax.Print: "making.bind_print",
    syntax.Range: "making.bind_range",
    syntax.Search: "searching.bind_search_tables",
    syntax.Union: "unions.bind_union",
}
"""The same for operators that begin a pipeline."""


@cache
def binder(place: str) -> Callable[..., Stream]:
    """The function at a place of `OPERATORS` or `SOURCES`."""
    module, _, name = place.partition(".")
    found: Callable[..., Stream] = getattr(importlib.import_module(f"emulator.kql.binder.{module}"), name)
    return found


def bind_pipeline(node: syntax.Pipeline, scope: Scope) -> Stream:
    """The rows that come out of the last operator."""
    return apply(node.operators, _source(node.source, scope), scope)


def _source(node: syntax.Expression | syntax.Operator, scope: Scope) -> Stream:
    inner = scope.over(None)
    make = SOURCES.get(type(node))
    if make is not None:
        return binder(make)(node, inner)
    if isinstance(node, syntax.Keyworded):
        if type(node) in OPERATORS:
            word = scope.context.source.slice(node.keyword)
            raise scope.context.fail(NEEDS_ROWS, f"`{word}` needs rows", node.keyword, f"write `table | {word} …`")
        _gap(node, scope)
    return scope.context.table(node, inner.taking_graphs())


def apply(operators: Sequence[syntax.Operator], stream: Stream, scope: Scope) -> Stream:
    """Bind operators over the rows of a stream, one after the other."""
    for operator in operators:
        if not isinstance(operator, _ON_GRAPHS):
            graph_streams.require_rows(stream, operator.keyword, scope)
        if not isinstance(operator, syntax.Render):
            branching.require_one(stream, operator.keyword, scope.taking_graphs())
        if isinstance(operator, syntax.As):
            stream = replace(shaping.share(stream, scope), name=operator.name.text)
            scope = scope.within(scope.environment.declare(operator.name.text, TableBinding(stream)))
            continue
        bind = OPERATORS.get(type(operator))
        if type(operator) in SOURCES and (bind is None or _names_tables(operator)):
            word = scope.context.source.slice(operator.keyword)
            help = f"begin the pipeline with `{word}`"
            raise scope.context.fail(MAKES_ROWS, f"`{word}` can't follow rows", operator.keyword, help)
        if bind is None:
            _gap(operator, scope)
        else:
            history = stream.passed(scope.context.source.slice(operator.keyword), operator.keyword)
            stream = replace(binder(bind)(operator, stream, scope), history=history, name="")
    return stream


def apply_for_one(operators: Sequence[syntax.Operator], stream: Stream, scope: Scope) -> Stream:
    """The same where one table is expected."""
    found = apply(operators, stream, scope)
    return branching.require_one(found, operators[-1].span, scope) if operators else found


def _names_tables(operator: syntax.Operator) -> bool:
    return isinstance(operator, syntax.Search) and bool(operator.tables)


def _gap(operator: syntax.Keyworded, scope: Scope) -> NoReturn:
    word = scope.context.source.slice(operator.keyword)
    help = f"the query is right: {gaps('kql')['operator', word]}"
    raise scope.context.fail(OPERATOR_GAP, f"the operator `{word}` is not emulated yet", operator.keyword, help)
