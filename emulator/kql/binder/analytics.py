"""The plugins of user analytics: an id, a timeline, constants that cut it into windows, and dimensions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

from emulator.diagnostics import code
from emulator.functions import Kind
from emulator.kql import syntax
from emulator.kql.binder import conversions, steps
from emulator.kql.binder.callables import FUNCTION_GAP
from emulator.kql.binder.constants import constant
from emulator.kql.binder.rows import named
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.library import lookup
from emulator.kql.library.analytics import WINDOWS_WITH_ROWS
from emulator.kql.library.percentiles import NEAREST_RANK
from emulator.kql.library.sequences import ALL_SEQUENCES, EARLIEST_STEPS
from emulator.kql.library.sketches import EXACT_SKETCHES
from emulator.nodes import record
from emulator.plan.expressions import Const, Expression, Field, is_fixed
from emulator.plan.relations import TableFunction
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

WRONG_ANALYSIS = code(
    "KQL3043",
    "a plugin of user analytics is called wrongly",
    "These plugins take the column of an id, the column of a timeline, then start, end and sizes of windows as "
    "constants of the timeline's kind, then columns as dimensions.",
)
_T = ScalarType
_WORDS = frozenset({"week", "month", "year"})
_NUMBERS = frozenset({_T.INT, _T.LONG, _T.REAL})
Gives = tuple[tuple[str, ScalarType], ...]
_COUNTS: Gives = (("count", _T.LONG), ("dcount", _T.LONG), ("new_dcount", _T.LONG), ("aggregated_dcount", _T.LONG))
_RATES: Gives = (("retention_rate", _T.REAL), ("churn_rate", _T.REAL))


@record
class _Shape:
    """The constants of a plugin, `m` a moment and `s` a size of the timeline's kind, `n` a number; what it gives.

    With `bounded` start and end, the first two, may be left out.
    """

    constants: str
    gives: Gives
    bounded: bool = False


_SHAPES = {
    "active_users_count": _Shape("mmssns", (("dcount", _T.LONG),)),
    "activity_counts_metrics": _Shape("mms", _COUNTS),
    "activity_engagement": _Shape(
        "mmss",
        (("dcount_activities_inner", _T.LONG), ("dcount_activities_outer", _T.LONG), ("activity_ratio", _T.REAL)),
        bounded=True,
    ),
    "activity_metrics": _Shape(
        "mms", (("dcount_values", _T.LONG), ("dcount_newvalues", _T.LONG), *_RATES), bounded=True
    ),
    "session_count": _Shape("mmss", (("count_sessions", _T.LONG),)),
    "sliding_window_counts": _Shape("mmss", (("Count", _T.LONG), ("Dcount", _T.LONG))),
}


def _bind_windows(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """A plugin that gives a row for each window and combination of dimensions."""
    call, name = node.call, node.call.name.text
    shape = _SHAPES[name]
    who, moment, *rest = _arguments(call, 2 + len(shape.constants) - 2 * shape.bounded, scope)
    timeline = _column(moment, stream, scope)
    letters = shape.constants
    given: list[Expression] = []
    values = list(takewhile(lambda one: not _names_column(one, stream), rest))
    if shape.bounded and len(values) < len(letters):
        letters = letters[2:]
        given = [Const(None, timeline.type, node.span)] * 2
    if len(rest) < len(letters):
        raise _wrong(call, "arguments are missing", scope)
    given += [_constant(one, letter, timeline, scope) for one, letter in zip(rest, letters, strict=False)]
    dimensions = [_column(one, stream, scope) for one in rest[len(letters) :]]
    columns = [_field(one, node.span) for one in (_column(who, stream, scope), timeline, *dimensions)]
    row = [timeline, *dimensions, *(Column(*one) for one in shape.gives)]
    scope.context.rests_on(WINDOWS_WITH_ROWS.name)
    return _stream(name, stream, columns, given, row, node.span)


def _names_column(target: syntax.Target, stream: Stream) -> bool:
    return isinstance(target.value, syntax.NameRef) and stream.find(target.value.name) is not None


def _bind_new_activity(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`new_activity_metrics(id, timeline, start, end, window, cohort, dimensions…)`."""
    who, moment, *rest = _arguments(node.call, 5, scope)
    timeline = _column(moment, stream, scope)
    given = [_constant(one, letter, timeline, scope) for one, letter in zip(rest, "mms", strict=False)]
    rest = rest[3:]
    cohort: Expression = Const(None, timeline.type, node.span)
    if rest and not _names_column(rest[0], stream):
        cohort, rest = _constant(rest[0], "m", timeline, scope), rest[1:]
    if rest and not _names_column(rest[-1], stream):
        message = "a lookback table of `new_activity_metrics` is not emulated"
        raise scope.context.fail(FUNCTION_GAP, message, rest[-1].span, "leave it out")
    dimensions = [_column(one, stream, scope) for one in rest]
    counts = [Column(f"dcount_{word}_values", _T.LONG) for word in ("new", "retained", "churn")]
    moments = [Column(f"{word}_{timeline.name}", timeline.type) for word in ("from", "to")]
    row = [*moments, *dimensions, *counts, *(Column(*one) for one in _RATES)]
    scope.context.rests_on(WINDOWS_WITH_ROWS.name)
    columns = [_field(one, node.span) for one in (_column(who, stream, scope), timeline, *dimensions)]
    return _stream("new_activity_metrics", stream, columns, [*given, cohort], row, node.span)


def _bind_rolling_percentile(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`rolling_percentile(value, percentile, timeline, bin, bins, dimensions…)`."""
    value, percentage, moment, size, bins, *rest = _arguments(node.call, 5, scope)
    measured, timeline = _column(value, stream, scope), _column(moment, stream, scope)
    given = [_constant(percentage, "n", timeline, scope), _constant(size, "s", timeline, scope)]
    given.append(_constant(bins, "n", timeline, scope))
    shown = "_".join(_shown(given[place]) for place in (2, 0))
    count, _, percent = shown.partition("_")
    name = f"rolling_{count}_percentile_{measured.name}_{percent}"
    kind = _T.LONG if measured.type is _T.INT else measured.type
    dimensions = [_column(one, stream, scope) for one in rest]
    row = [timeline, *dimensions, Column(name, kind)]
    scope.context.rests_on(NEAREST_RANK.name)
    columns = [_field(one, node.span) for one in (measured, timeline, *dimensions)]
    return _stream("rolling_percentile", stream, columns, given, row, node.span)


def _shown(value: Expression) -> str:
    known = constant(value)
    number = known.value if known is not None else ""
    return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number).replace(".", "_")


def _bind_rows_near(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`rows_near(condition, rows, rows behind)`."""
    condition, *rest = _arguments(node.call, 2, scope)
    wanted = scope.context.expression(condition.value, scope.over(stream))
    if wanted.type is not _T.BOOL:
        raise _wrong(condition, "the first argument is a condition", scope)
    counts = [scope.context.expression(one.value, scope) for one in rest[:2]]
    if len(rest) > 2 or any(one.type not in (_T.INT, _T.LONG) or not is_fixed(one) for one in counts):
        raise _wrong(node.call, "one or two numbers of rows are expected", scope)
    wide = steps.extended(stream.relation, [(scope.context.fresh(), wanted)], node.span)
    (function,) = lookup("_rows_near", Kind.TABLE)
    relation = TableFunction(function, (wide,), (counts[0], counts[-1]), stream.relation.row, node.span)
    return Stream(relation, stream.broken, stream.history)


def _bind_sequence_detect(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`sequence_detect(timeline, step window, span, name = condition …, dimensions…)`."""
    moment, step, span, *rest = _arguments(node.call, 4, scope)
    timeline = _column(moment, stream, scope)
    given = [_constant(one, "s", timeline, scope) for one in (step, span)]
    conditions: list[tuple[str, Expression]] = []
    dimensions: list[Column] = []
    for target in rest:
        if target.name is None:
            dimensions.append(_column(target, stream, scope))
        else:
            value = scope.context.expression(target.value, scope.over(stream))
            if value.type is not _T.BOOL or dimensions:
                raise _wrong(target, "conditions with names come first, then dimensions", scope)
            conditions.append((target.name.text, value))
    if not conditions:
        raise _wrong(node.call, "no condition is given", scope)
    given.append(Const(len(conditions), _T.LONG, node.span))
    moments = [Column(f"{name}_{timeline.name}", timeline.type) for name, _ in conditions]
    kind = _T.TIMESPAN if timeline.type is _T.DATETIME else timeline.type
    row = [*dimensions, *moments, Column("Duration", kind)]
    scope.context.rests_on(ALL_SEQUENCES.name)
    values = [_field(timeline, node.span), *(value for _, value in conditions)]
    values += [_field(column, node.span) for column in dimensions]
    return _stream("sequence_detect", stream, values, given, row, node.span)


def _bind_funnel_completion(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`funnel_sequence_completion(id, timeline, start, end, bin, state, sequence, periods)`."""
    who, moment, start, end, size, state, sequence, periods, *rest = _arguments(node.call, 8, scope)
    if rest:
        raise _wrong(node.call, "it takes eight arguments", scope)
    timeline, states = _column(moment, stream, scope), _column(state, stream, scope)
    given = [_constant(one, letter, timeline, scope) for one, letter in zip((start, end, size), "mms", strict=True)]
    for target in (sequence, periods):
        value = scope.context.expression(target.value, scope)
        if value.type is not _T.DYNAMIC or not is_fixed(value):
            raise _wrong(target, "an array is expected", scope)
        given.append(value)
    kind = _T.TIMESPAN if timeline.type is _T.DATETIME else timeline.type
    row = [timeline, states, Column("Period", kind), Column("dcount", _T.LONG)]
    scope.context.rests_on(EARLIEST_STEPS.name)
    columns = [_field(one, node.span) for one in (_column(who, stream, scope), timeline, states)]
    return _stream("funnel_sequence_completion", stream, columns, given, row, node.span)


def _bind_dcount_intersect(node: syntax.Evaluate, stream: Stream, scope: Scope) -> Stream:
    """`dcount_intersect(hll, hll, …)`: what the first has, what the first two share, and so on."""
    columns = [_field(_column(target, stream, scope), node.span) for target in _arguments(node.call, 2, scope)]
    scope.context.rests_on(EXACT_SKETCHES.name)
    values: list[tuple[str, Expression]] = []
    for count in range(1, len(columns) + 1):
        call = conversions.named("_hll_intersections", *columns[:count], gives=_T.LONG, span=node.span)
        values.append((f"s{count - 1}", call))
    return Stream(steps.extended(stream.relation, values, node.span), stream.broken, stream.history)


def _arguments(call: syntax.Call, least: int, scope: Scope) -> Sequence[syntax.Target]:
    if len(call.arguments) < least:
        raise _wrong(call, f"at least {least} arguments are expected", scope)
    return call.arguments


def _wrong(node: syntax.Call | syntax.Target, message: str, scope: Scope) -> Exception:
    return scope.context.fail(WRONG_ANALYSIS, message, node.span, "see the documentation of the plugin")


def _column(target: syntax.Target, stream: Stream, scope: Scope) -> Column:
    if not isinstance(target.value, syntax.NameRef):
        raise _wrong(target, "a column is expected", scope)
    column = named(target.value, stream, scope)
    return Column(column.name, column.type)


def _constant(target: syntax.Target, letter: str, timeline: Column, scope: Scope) -> Expression:
    """A fixed value of the kind that a letter of `_Shape` stands for."""
    value = scope.context.expression(target.value, scope)
    known = constant(value)
    if known is not None and isinstance(known.value, str) and known.value in _WORDS:
        message = "windows of calendar weeks, months and years are not emulated"
        raise scope.context.fail(FUNCTION_GAP, message, target.span, "write a timespan such as `7d`")
    wanted = timeline.type if letter == "m" or timeline.type is not _T.DATETIME else _T.TIMESPAN
    numbers = letter == "n" or timeline.type in _NUMBERS
    if not is_fixed(value) or not (value.type in _NUMBERS if numbers else value.type is wanted):
        shown = "number" if numbers else wanted.value
        raise _wrong(target, f"a constant {shown} is expected", scope)
    return value


def _field(column: Column, span: Span) -> Field:
    return Field(column.name, column.type, span)


def _stream(
    name: str,
    stream: Stream,
    values: Sequence[Expression],
    given: Sequence[Expression],
    row: Sequence[Column],
    span: Span,
) -> Stream:
    """The rows that a plugin makes of some values of each row."""
    listed = [(f"${place}", value) for place, value in enumerate(values)]
    relation = steps.projected(stream.relation, listed, span)
    (function,) = lookup(f"_{name}", Kind.TABLE)
    shape = RowType(tuple(Column(column.name, column.type) for column in row))
    return Stream(TableFunction(function, (relation,), tuple(given), shape, span), history=stream.history)


PLUGINS: dict[str, Callable[[syntax.Evaluate, Stream, Scope], Stream]] = {
    **dict.fromkeys(_SHAPES, _bind_windows),
    "dcount_intersect": _bind_dcount_intersect,
    "funnel_sequence_completion": _bind_funnel_completion,
    "new_activity_metrics": _bind_new_activity,
    "rolling_percentile": _bind_rolling_percentile,
    "rows_near": _bind_rows_near,
    "sequence_detect": _bind_sequence_detect,
}
