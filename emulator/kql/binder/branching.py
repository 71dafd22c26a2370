"""What gives several tables (`fork`, `facet`, `evaluate preview`): the first is the result, the others stand beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emulator.diagnostics import code
from emulator.functions import Kind
from emulator.kql import syntax
from emulator.kql.binder.calls import resolve
from emulator.kql.binder.graph_streams import require_rows
from emulator.kql.binder.ordering import bind_count, row_count
from emulator.kql.binder.rows import named, require_groupable
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.shaping import NO_COLUMN_NAMED, share
from emulator.kql.library import lookup
from emulator.plan.expressions import Field
from emulator.plan.relations import Aggregate, AggregateCall, Further, Key, Limit, MissingKeys, Relation
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

SEVERAL_TABLES = code(
    "KQL4022",
    "several tables where one is expected",
    "`fork`, `facet` and `evaluate preview` give several tables, and only the end of a query can show them: the "
    "product refuses operators behind `facet` and `preview`, and does not say what they would do behind `fork`.",
)
NOT_IN_LEGS = code(
    "KQL3037",
    "an operator that a leg of `fork` can't hold",
    "Legs of `fork`, and the lone operator of `facet … with`, take operators that work on their rows alone: no `join`, "
    "`union`, `evaluate`, `scan` and the like, and no table of their own.",
)
WRONG_PREVIEW = code(
    "KQL3038",
    "`preview` needs a number of rows",
    "`evaluate preview(n)` shows the first `n` rows, and how many there are.",
)
_IN_LEGS = (
    syntax.As,
    syntax.Count,
    syntax.Distinct,
    syntax.Extend,
    syntax.Invoke,
    syntax.MvExpand,
    syntax.Parse,
    syntax.ParseKv,
    syntax.Project,
    syntax.ProjectAway,
    syntax.ProjectByNames,
    syntax.ProjectKeep,
    syntax.ProjectRename,
    syntax.ProjectReorder,
    syntax.Reduce,
    syntax.Sample,
    syntax.SampleDistinct,
    syntax.Sort,
    syntax.Summarize,
    syntax.Take,
    syntax.Top,
    syntax.TopHitters,
    syntax.TopNested,
    syntax.Where,
)
"""What the official binder lets a leg hold."""


def require_one(stream: Stream, span: Span, scope: Scope) -> Stream:
    """The stream, which must be one table, or where the scope takes them a graph."""
    if not scope.graphs:
        require_rows(stream, span, scope)
    if stream.beside:
        help = "end the query with it, or write one query for each table"
        raise scope.context.fail(SEVERAL_TABLES, "these are several tables", span, help)
    return stream


def bind_fork(node: syntax.Fork, stream: Stream, scope: Scope) -> Stream:
    """`fork (…) name = (…)`: a table for each leg, named by the leg or by `as` at its end."""
    source = replace(share(stream, scope), name="")
    tables: list[Further] = []
    for number, branch in enumerate(node.branches, 1):
        if not isinstance(branch.body, syntax.Subpipeline):
            help = "begin it with an operator: its rows are those before `fork`"
            raise scope.context.fail(NOT_IN_LEGS, "a leg has no table of its own", branch.body.span, help)
        _require_simple(branch.body.operators, scope)
        leg = scope.context.operators(branch.body.operators, source, scope)
        name = branch.name.text if branch.name is not None else leg.name
        tables.append(Further(name or _numbered("Results", number), leg.relation))
    return _several(tables, stream)


def bind_facet(node: syntax.Facet, stream: Stream, scope: Scope) -> Stream:
    """`facet by column, … with (…)`: the table of the `with` clause, then the values of each column with counts."""
    source = replace(share(stream, scope), name="")
    tables: list[Further] = []
    if node.body is not None:
        if not _in_brackets(node.body, scope):
            _require_simple(node.body.operators, scope)
        tables.append(Further("", scope.context.operators(node.body.operators, source, scope).relation))
    for number, written in enumerate(node.columns, 1):
        if not isinstance(written, syntax.NameRef):
            help = "compute it in an `extend` before"
            raise scope.context.fail(NO_COLUMN_NAMED, "`facet` takes names of columns", written.span, help)
        column = named(written, source, scope)
        if column.type is ScalarType.DYNAMIC:
            require_groupable(column.name, written.span, scope)
        tables.append(Further(_numbered("Facet", number), _counts(source.relation, column, written.span)))
    return _several(tables, stream)


def bind_preview(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`evaluate preview(n)`: the first rows, and the number of all."""
    arguments = node.call.arguments
    if len(arguments) != 1:
        raise scope.context.fail(WRONG_PREVIEW, "one number is expected", node.call.span, "write `preview(10)`")
    source = share(stream, scope)
    rows = Limit(source.relation, row_count(arguments[0].value, scope), source.relation.row, node.span)
    count = bind_count(syntax.Count(node.span, node.keyword, None), source, scope)
    return _several([Further("", rows), Further("", count.relation)], stream)


def _several(tables: Sequence[Further], stream: Stream) -> Stream:
    first, *others = tables
    return replace(stream, relation=first.relation, beside=tuple(others))


def _numbered(word: str, number: int) -> str:
    """The name of a table that the query does not name, as the official binder gives it."""
    return word if number == 1 else f"{word}_{number}"


def _in_brackets(body: syntax.Subpipeline, scope: Scope) -> bool:
    return scope.context.source.text[: body.span.start].rstrip().endswith("(")


def _require_simple(operators: Sequence[syntax.Operator], scope: Scope) -> None:
    for operator in operators:
        if not isinstance(operator, _IN_LEGS):
            word = scope.context.source.slice(operator.keyword)
            help = "end one query with it, and write the other legs as queries of their own"
            raise scope.context.fail(NOT_IN_LEGS, f"`{word}` can't stand here", operator.keyword, help)


def _counts(relation: Relation, column: Column, span: Span) -> Aggregate:
    """How many rows have each value of a column."""
    resolved = resolve(lookup("count", Kind.AGGREGATE), [], span)
    assert resolved is not None
    label = f"count_{column.name}"
    call = AggregateCall((label,), resolved.function, (), resolved.arguments, span)
    key = Key(column.name, Field(column.name, column.type, span))
    row = RowType((Column(column.name, column.type), Column(label, ScalarType.LONG)))
    return Aggregate(relation, (key,), (call,), MissingKeys.GROUP, row, span)
