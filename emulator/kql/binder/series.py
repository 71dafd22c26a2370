"""`make-series`: aggregates in bins along an axis, as arrays."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.functions import Kind
from emulator.kql import syntax
from emulator.kql.binder import conversions, settings, steps
from emulator.kql.binder.aggregates import Aggregates, require_aggregated
from emulator.kql.binder.constants import constant
from emulator.kql.binder.operations import compare
from emulator.kql.binder.rows import require_groupable
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.targets import Bound, Names, bind_target, column_name
from emulator.kql.library import lookup
from emulator.nodes import record
from emulator.plan.expressions import Comparison, Const, Expression, Field, is_fixed, walk
from emulator.plan.relations import Aggregate, Key, MissingKeys, Relation, TableFunction
from emulator.plan.steps import Filter
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

WRONG_AXIS = code(
    "KQL3032",
    "an axis that can't be divided into bins",
    "`make-series … on axis from start to stop step size` takes a number, datetime or timespan as axis; start and stop "
    "are of its type, the step is a number, or a timespan for times, and all three are the same for all rows.",
)
_T = ScalarType
_TIMES = frozenset({_T.DATETIME, _T.TIMESPAN})


@record
class _Axis:
    """The axis: its value in a row, and the ends and the step as values of fitting types; None for an open end."""

    name: str
    value: Expression
    start: Expression | None
    stop: Expression | None
    step: Expression
    inclusive: bool


def bind_make_series(node: syntax.MakeSeries, stream: Stream, scope: Scope) -> Stream:
    """Keys first, then an array for each aggregate, then the array of the bins."""
    given = settings.read(node.parameters, {"kind"}, scope)
    nonempty = settings.word(given.get("kind"), {"nonempty", "empty"}, "empty", scope) == "nonempty"
    inner, taken, aggregates = scope.over(stream), Names(scope.context), Aggregates(scope.context)
    keys = [_key(target, inner, taken) for target in node.keys]
    collecting = inner.collecting(aggregates)
    items = [_item(item, collecting, taken) for item in node.items]
    for _, value in items:
        require_aggregated(value, aggregates, scope)
    defaults = [_default(item, bound, inner) for item, bound in zip(node.items, items, strict=True)]
    axis = _axis(node, inner, taken)
    binned = _binned(keys, items, axis, aggregates, stream, node.span, scope)
    return Stream(_series(keys, items, defaults, axis, binned, node.span, nonempty), history=stream.history)


def _key(target: syntax.Target, scope: Scope, taken: Names) -> Key:
    bound = bind_target(target, scope, taken)
    value = bound.value if bound.value is not None else Const(None, _T.LONG, target.span)
    if value.type is _T.DYNAMIC:
        require_groupable(scope.context.source.slice(target.value.span), target.value.span, scope)
    return Key(bound.name, value)


def _item(item: syntax.SeriesItem, scope: Scope, taken: Names) -> tuple[str, Expression]:
    value = scope.context.expression(item.target.value, scope)
    return column_name(item.target, value, scope, taken), value


def _default(item: syntax.SeriesItem, bound: tuple[str, Expression], scope: Scope) -> object:
    """What an empty bin holds: zero unless the query says otherwise."""
    kind = bound[1].type
    if item.default is None:
        return (0.0 if kind is _T.REAL else 0) if kind.is_number else None
    value = constant(scope.context.expression(item.default.value, scope.over(None)))
    if value is None:
        raise scope.context.fail(WRONG_AXIS, "a default must be a constant", item.default.span, "write the value out")
    converted = constant(conversions.convert(value, kind)) if kind.is_number and value.type.is_number else value
    return converted.value if converted is not None else None


def _axis(node: syntax.MakeSeries, scope: Scope, taken: Names) -> _Axis:
    bound: Bound = bind_target(node.axis, scope, taken)
    value = bound.value
    if value is None:
        value = Const(None, _T.LONG, node.axis.span)
    steps_ = node.range
    if isinstance(steps_, syntax.SeriesSteps):
        parts = (steps_.start, steps_.stop, steps_.step)
    elif len(steps_.arguments) == 3:
        start, stop, step = (target.value for target in steps_.arguments)
        parts = (start, stop, step)
    else:
        raise scope.context.fail(WRONG_AXIS, "three values are expected", steps_.span, "write `from … to … step …`")
    ends = [None if part is None else scope.context.expression(part, scope.over(None)) for part in parts]
    size = ends[2]
    assert size is not None
    kind = value.type
    wanted = _T.TIMESPAN if kind in _TIMES else kind
    fits = kind in _TIMES or kind.is_number
    for end in ends[:2]:
        fits = fits and (end is None or end.type is kind or (end.type.is_number and kind.is_number))
    fits = fits and (size.type is wanted or (size.type.is_number and wanted.is_number))
    if not fits or not all(is_fixed(end) for end in ends if end is not None):
        shown = " ".join(end.type.value for end in ends if end is not None)
        raise scope.context.fail(
            WRONG_AXIS, f"an axis of type {kind.value} does not go with {shown}", steps_.span, "make the types fit"
        )
    if kind.is_number:
        kind = wanted = conversions.widest([kind, *(end.type for end in ends if end is not None)])
        value = conversions.convert(value, kind)
    first, last = (None if end is None else conversions.convert(end, kind) for end in ends[:2])
    inclusive = isinstance(steps_, syntax.SeriesInRange)
    return _Axis(bound.name, value, first, last, conversions.convert(size, wanted), inclusive)


def _binned(
    keys: list[Key],
    items: list[tuple[str, Expression]],
    axis: _Axis,
    aggregates: Aggregates,
    stream: Stream,
    span: Span,
    scope: Scope,
) -> Relation:
    """Rows of keys, bin and boxed values."""
    tests: list[Filter] = []
    if axis.start is not None:
        tests.append(Filter(compare(Comparison.GREATER_OR_EQUAL, axis.value, axis.start, span), span))
    if axis.stop is not None:
        below = Comparison.LESS_OR_EQUAL if axis.inclusive else Comparison.LESS
        tests.append(Filter(compare(below, axis.value, axis.stop, span), span))
    kind = axis.value.type
    start = axis.start or Const(None, kind, span)
    place = conversions.named("_series_bin", axis.value, start, axis.step, gives=kind, span=span)
    label = scope.context.fresh()
    tests.append(Filter(conversions.named("_is_known", axis.value, gives=_T.BOOL, span=span), span))
    filtered = steps.after(stream.relation, tests, stream.columns, span)
    all_keys = (*keys, Key(label, place))
    types = {one.name: one.type for _, value in items for one in walk(value) if isinstance(one, Field)}
    columns = [Column(key.name, key.value.type) for key in all_keys]
    columns.extend(Column(name, types[name]) for call in aggregates.calls for name in call.names)
    grouped = Aggregate(filtered, all_keys, tuple(aggregates.calls), MissingKeys.GROUP, RowType(tuple(columns)), span)
    shown: list[tuple[str, Expression]] = [(key.name, Field(key.name, key.value.type, span)) for key in all_keys]
    shown.extend((name, conversions.box(value)) for name, value in items)
    return steps.projected(grouped, shown, span)


def _series(
    keys: list[Key],
    items: list[tuple[str, Expression]],
    defaults: list[object],
    axis: _Axis,
    binned: Relation,
    span: Span,
    nonempty: bool,
) -> Relation:
    kind = axis.value.type
    boxed = kind if kind in _TIMES or kind is _T.DECIMAL else None
    arguments = (
        Const(len(keys), _T.LONG, span),
        axis.start or Const(None, kind, span),
        axis.stop or Const(None, kind, span),
        axis.step,
        Const(axis.inclusive, _T.BOOL, span),
        Const(defaults, _T.DYNAMIC, span),
        Const(boxed, _T.DYNAMIC, span),
        Const(nonempty, _T.BOOL, span),
    )
    names = [*(name for name, _ in items), axis.name]
    row = RowType((*(Column(key.name, key.value.type) for key in keys), *(Column(name, _T.DYNAMIC) for name in names)))
    (function,) = lookup("_make_series", Kind.TABLE)
    return TableFunction(function, (binned,), arguments, row, span)
