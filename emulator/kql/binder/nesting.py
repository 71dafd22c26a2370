"""`top-nested` and `top-hitters`: the greatest groups, level by level, and the sum of the others."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.functions import Function, Kind, Nulls
from emulator.kql import syntax
from emulator.kql.binder import steps
from emulator.kql.binder.aggregates import Aggregates, require_aggregated
from emulator.kql.binder.calls import resolve
from emulator.kql.binder.constants import constant
from emulator.kql.binder.ordering import row_count
from emulator.kql.binder.rows import require_groupable
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.shaping import NO_COLUMN_NAMED
from emulator.kql.binder.targets import Names, automatic_name, column_name
from emulator.kql.library import lookup
from emulator.kql.library.nesting import TopOfGroups
from emulator.nodes import record
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
    Union,
)
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

COMPUTED_NUMBER = code(
    "KQL4019",
    "a form of `top-hitters` that is not emulated",
    "The product knows numbers of values that are computed, the emulator does not.",
)
WRONG_OTHERS = code(
    "KQL3044",
    "a label for the others that does not fit",
    "`with others = …` takes a constant of the type of the values that it stands beside.",
)
_T = ScalarType


@record
class _Level:
    """A level: its value, its aggregate over hidden columns, how many to keep in which direction, and `with others`.

    `limit` is empty where all are kept.
    """

    name: str
    value: Expression
    label: str
    aggregate: Expression
    calls: tuple[AggregateCall, ...]
    limit: tuple[Expression, ...]
    descending: bool
    others: Const | None


def bind_top_nested(node: syntax.TopNested, stream: Stream, scope: Scope) -> Stream:
    """Each level keeps the groups that are greatest within the groups of the level before."""
    taken = Names(scope.context)
    levels = [_level(written, stream, scope, taken) for written in node.levels]
    source, result = stream.relation, None
    keys: list[Key] = []
    others: list[Relation] = []
    for place, level in enumerate(levels):
        outer, known = tuple(keys), result
        keys.append(Key(level.name, level.value))
        kept = _kept(source, keys, level, node.span)
        if any(one.others is not None for one in levels[place:]):
            dropped = _joined(source, kept, keys, JoinKind.LEFT_ANTI, node.span)
            others.append(_others(dropped, known, outer, levels[place:], scope, node.span))
        source = _joined(source, kept, keys, JoinKind.LEFT_SEMI, node.span)
        result = kept if result is None else _appended(result, kept, keys[:-1], node.span)
    assert result is not None
    if others:
        result = Union((result, *reversed(others)), result.row, node.span)
    return Stream(result, history=stream.history)


def _others(
    dropped: Relation, known: Relation | None, outer: tuple[Key, ...], levels: list[_Level], scope: Scope, span: Span
) -> Relation:
    """A row for each group of the outer levels with rows that a level dropped.

    From that level on the columns hold the label and the aggregate of the others, or nothing where a level has no
    `with others`.
    """
    named = [one for one in levels if one.others is not None]
    # Without rows there is no row: a group needs a key, which the first level has not.
    once = Key(scope.context.fresh(), Const(0, _T.LONG, span))
    hidden = [Column(one.name, one.type) for level in named for one in _results(level)]
    shown = [Column(key.name, key.value.type) for key in outer]
    row = RowType((*shown, Column(once.name, _T.LONG), *hidden))
    calls = tuple(call for level in named for call in level.calls)
    grouped = Aggregate(dropped, (*outer, once), calls, MissingKeys.GROUP, row, span)
    cells: list[tuple[str, Expression]] = [(one.name, Field(one.name, one.type, span)) for one in shown]
    for level in levels:
        lacks = level.others is None
        cells.append((level.name, level.others or Const(level.value.type.null, level.value.type, span)))
        null = Const(level.aggregate.type.null, level.aggregate.type, span)
        cells.append((level.label, null if lacks else level.aggregate))
    summed = steps.projected(grouped, cells, span)
    return summed if known is None else _appended(known, summed, list(outer), span)


def _level(node: syntax.TopNestedLevel, stream: Stream, scope: Scope, taken: Names) -> _Level:
    inner = scope.over(stream)
    limit = () if node.count is None else (row_count(node.count.value, scope),)
    value = scope.context.expression(node.value.value, inner)
    name = _name(node.value, value, inner, taken)
    if value.type is _T.DYNAMIC:
        require_groupable(name, node.value.span, scope)
    aggregates = Aggregates(scope.context)
    target = node.key.target
    total = scope.context.expression(target.value, inner.collecting(aggregates))
    require_aggregated(total, aggregates, scope)
    if total.type is _T.DYNAMIC:
        require_groupable(scope.context.source.slice(target.span), target.span, scope)
    made = target.name.text if target.name is not None else f"aggregated_{name}"
    label = taken.make(made, target.span)
    descending = node.key.direction is not syntax.Direction.ASC
    others = None if node.others is None else _label(node.others, value, scope)
    return _Level(name, value, label, total, tuple(aggregates.calls), limit, descending, others)


def _name(target: syntax.Target, value: Expression, scope: Scope, taken: Names) -> str:
    """The name of a level's column; a column that a level before has already is numbered."""
    if target.name is None:
        return taken.make(automatic_name(target.value, scope), target.span)
    return column_name(target, value, scope, taken)


def _label(node: syntax.Expression, value: Expression, scope: Scope) -> Const:
    """What `with others` writes in place of a value."""
    known = constant(scope.context.expression(node, scope.over(None)))
    if known is None or known.type is not value.type:
        help = f"write a constant of type {value.type.value}"
        raise scope.context.fail(WRONG_OTHERS, "this label does not fit the values", node.span, help)
    return known


def _kept(source: Relation, keys: list[Key], level: _Level, span: Span) -> Relation:
    """The groups of a level that stay: the keys of all levels, and its aggregate."""
    columns = [Column(key.name, key.value.type) for key in keys]
    row = RowType((*columns, *_results(level)))
    grouped = Aggregate(source, tuple(keys), level.calls, MissingKeys.GROUP, row, span)
    shown: list[tuple[str, Expression]] = [(one.name, Field(one.name, one.type, span)) for one in columns]
    summed = steps.projected(grouped, [*shown, (level.label, level.aggregate)], span)
    keep = TopOfGroups(len(keys) - 1, level.descending)
    declared = "_top_of_groups(rows: rows, ...limit: long) -> rows"
    function = Function("kql", "_top_of_groups", Kind.TABLE, declared, keep, Nulls.TOTAL)
    return TableFunction(function, (summed,), level.limit, summed.row, span)


def _results(level: _Level) -> list[Column]:
    """The hidden columns that a level's aggregate is computed from."""
    kinds = {one.name: one.type for one in walk(level.aggregate) if isinstance(one, Field)}
    return [Column(name, kinds[name]) for call in level.calls for name in call.names]


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
    if not isinstance(node.value.value, syntax.NameRef) or node.value.names:
        help = "compute it in an `extend` before"
        raise scope.context.fail(NO_COLUMN_NAMED, "`top-hitters` takes the name of a column", node.value.span, help)
    value = scope.context.expression(node.value.value, inner)
    name = column_name(node.value, value, inner, taken)
    if value.type is _T.DYNAMIC:
        require_groupable(name, node.value.span, scope)
    weights = [] if node.weight is None else [scope.context.expression(node.weight.value, inner)]
    resolved = resolve(lookup("count" if node.weight is None else "sum", Kind.AGGREGATE), weights, node.span)
    if resolved is None or not isinstance(count, Const) or not isinstance(count.value, int):
        raise scope.context.fail(COMPUTED_NUMBER, "this form is not emulated", node.span, "use `summarize` and `top`")
    of = name if node.weight is None else _given_name(node.weight, inner)
    label = taken.make(f"approximate_{resolved.function.name}_{of}", node.span)
    row = RowType((Column(name, value.type), Column(label, resolved.type)))
    call = AggregateCall((label,), resolved.function, (), resolved.arguments, node.span)
    grouped = Aggregate(stream.relation, (Key(name, value),), (call,), MissingKeys.GROUP, row, node.span)
    order = SortKey(Field(label, resolved.type, node.span), descending=True, nulls_first=False)
    return Stream(Sort(grouped, (order,), row, node.span, limit=count.value), history=stream.history)


def _given_name(target: syntax.Target, scope: Scope) -> str:
    """The name that the author gives to a value, else the one that KQL makes of it."""
    return automatic_name(target.value, scope) if target.name is None else target.name.text
