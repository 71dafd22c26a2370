"""`top-nested` and `top-hitters`: the greatest groups, level by level."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.diagnostics import code
from emulator.functions import Function, Kind, Nulls
from emulator.kql import syntax
from emulator.kql.binder import steps
from emulator.kql.binder.aggregates import Aggregates
from emulator.kql.binder.calls import resolve
from emulator.kql.binder.ordering import row_count
from emulator.kql.binder.rows import require_groupable
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.targets import Names, automatic_name, column_name
from emulator.kql.library import lookup
from emulator.kql.library.nesting import TopOfGroups
from emulator.plan.expressions import Const, Expression, Field, walk
from emulator.plan.relations import (
    Aggregate,
    AggregateCall,
    Join,
    JoinKind,
    Key,
    MissingKeys,
    Relation,
    Sort,
    SortKey,
    TableFunction,
)
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

OTHERS_GAP = code(
    "KQL4019",
    "a form of `top-nested` that is not emulated",
    "The product knows `with others = …` and numbers of rows that are computed, the emulator does not.",
)
_T = ScalarType


@dataclass(frozen=True, slots=True)
class _Level:
    """A level: its value, its aggregate over hidden columns, how many to keep, and in which direction."""

    name: str
    value: Expression
    label: str
    aggregate: Expression
    calls: tuple[AggregateCall, ...]
    limit: int | None
    descending: bool


def bind_top_nested(node: syntax.TopNested, stream: Stream, scope: Scope) -> Stream:
    """Each level keeps the groups that are greatest within the groups of the level before."""
    taken = Names(scope.context)
    source, result = stream.relation, None
    keys: list[Key] = []
    for written in node.levels:
        level = _level(written, stream, scope, taken)
        keys.append(Key(level.name, level.value))
        kept = _kept(source, keys, level, node.span)
        source = _joined(source, kept, keys, JoinKind.LEFT_SEMI, node.span)
        result = kept if result is None else _appended(result, kept, keys[:-1], node.span)
    assert result is not None
    return Stream(result, history=stream.history)


def _level(node: syntax.TopNestedLevel, stream: Stream, scope: Scope, taken: Names) -> _Level:
    inner = scope.over(stream)
    if node.others is not None:
        help = "leave it out: this is a gap of the emulator"
        raise scope.context.fail(OTHERS_GAP, "`with others` is not emulated", node.others.span, help)
    count = None if node.count is None else row_count(node.count.value, scope)
    if count is not None and not isinstance(count, Const):
        raise scope.context.fail(OTHERS_GAP, "a number that is computed is not emulated", node.span, "write it out")
    value = scope.context.expression(node.value.value, inner)
    name = column_name(node.value, value, inner, taken)
    if value.type is _T.DYNAMIC:
        require_groupable(name, node.value.span, scope)
    aggregates = Aggregates(scope.context)
    target = node.key.target
    total = scope.context.expression(target.value, inner.collecting(aggregates))
    made = target.name.text if target.name is not None else f"aggregated_{name}"
    label = taken.make(made, target.span)
    limit = count.value if count is not None and isinstance(count.value, int) else None
    descending = node.key.direction is not syntax.Direction.ASC
    return _Level(name, value, label, total, tuple(aggregates.calls), limit, descending)


def _kept(source: Relation, keys: list[Key], level: _Level, span: Span) -> Relation:
    """The groups of a level that stay: the keys of all levels, and its aggregate."""
    fields = {one.name: one.type for one in _fields(level.aggregate)}
    columns = [Column(key.name, key.value.type) for key in keys]
    hidden = [Column(name, fields[name]) for call in level.calls for name in call.names]
    grouped = Aggregate(source, tuple(keys), level.calls, MissingKeys.GROUP, RowType((*columns, *hidden)), span)
    shown: list[tuple[str, Expression]] = [(one.name, Field(one.name, one.type, span)) for one in columns]
    summed = steps.projected(grouped, [*shown, (level.label, level.aggregate)], span)
    keep = TopOfGroups(len(keys) - 1, level.limit, level.descending)
    function = Function("kql", "_top_of_groups", Kind.TABLE, "_top_of_groups(rows: rows) -> rows", keep, Nulls.TOTAL)
    return TableFunction(function, (summed,), (), summed.row, span)


def _fields(expression: Expression) -> list[Field]:
    return [one for one in walk(expression) if isinstance(one, Field)]


def _joined(left: Relation, right: Relation, keys: list[Key], kind: JoinKind, span: Span) -> Relation:
    """The rows of the left whose keys are among those of the right."""
    columns = tuple((column.name, column.name) for column in left.row)
    right_keys = tuple(Field(key.name, key.value.type, span) for key in keys)
    return Join(left, right, kind, tuple(key.value for key in keys), right_keys, columns, (), left.row, span)


def _appended(left: Relation, right: Relation, keys: list[Key], span: Span) -> Relation:
    """The columns of the levels so far, and those of the next."""
    shared = tuple(Field(key.name, key.value.type, span) for key in keys)
    known = {key.name for key in keys}
    fresh = [column for column in right.row if column.name not in known]
    row = RowType((*left.row.columns, *fresh))
    left_columns = tuple((column.name, column.name) for column in left.row)
    right_columns = tuple((column.name, column.name) for column in fresh)
    return Join(left, right, JoinKind.INNER, shared, shared, left_columns, right_columns, row, span)


def bind_top_hitters(node: syntax.TopHitters, stream: Stream, scope: Scope) -> Stream:
    """The most frequent values, or those with the greatest sum; the product's answer is approximate."""
    inner, taken = scope.over(stream), Names(scope.context)
    count = row_count(node.count.value, scope)
    value = scope.context.expression(node.value.value, inner)
    name = column_name(node.value, value, inner, taken)
    if value.type is _T.DYNAMIC:
        require_groupable(name, node.value.span, scope)
    weights = [] if node.weight is None else [scope.context.expression(node.weight.value, inner)]
    resolved = resolve(lookup("count" if node.weight is None else "sum", Kind.AGGREGATE), weights, node.span)
    if resolved is None or not isinstance(count, Const) or not isinstance(count.value, int):
        raise scope.context.fail(OTHERS_GAP, "this form is not emulated", node.span, "use `summarize` and `top`")
    of = name if node.weight is None else automatic_name(node.weight.value, inner)
    label = taken.make(f"approximate_{resolved.function.name}_{of}", node.span)
    row = RowType((Column(name, value.type), Column(label, resolved.type)))
    call = AggregateCall((label,), resolved.function, (), resolved.arguments, node.span)
    grouped = Aggregate(stream.relation, (Key(name, value),), (call,), MissingKeys.GROUP, row, node.span)
    order = SortKey(Field(label, resolved.type, node.span), descending=True, nulls_first=False)
    return Stream(Sort(grouped, (order,), row, node.span, limit=count.value), history=stream.history)
