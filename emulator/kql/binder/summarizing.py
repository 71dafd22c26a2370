"""`summarize`: keys first, then aggregates, with the names that KQL gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.functions import Kind
from emulator.kql import syntax
from emulator.kql.binder import steps
from emulator.kql.binder.aggregates import Aggregates, require_aggregated, resolve_aggregate
from emulator.kql.binder.callables import arguments
from emulator.kql.binder.constants import constant
from emulator.kql.binder.context import UnbindableError
from emulator.kql.binder.rows import require_groupable
from emulator.kql.binder.scope import Scope, Stream
from emulator.kql.binder.targets import Bound, Names, automatic_name, bind_target, column_name
from emulator.kql.binder.windows import windowed
from emulator.kql.library import lookup
from emulator.plan.expressions import Expression, Field, walk
from emulator.plan.relations import Aggregate, AggregateCall, Key, MissingKeys, Relation
from emulator.source import Span
from emulator.types import Column, RowType, ScalarType

_T = ScalarType
_EXTREMES = {"arg_max": "max", "arg_min": "min", "argmax": "max", "argmin": "min"}
_PICKS = frozenset({"take_any", "any"})
_PERCENTILES = {"percentiles": 1, "percentile": 1, "percentilesw": 2, "percentilew": 2}


@dataclass(slots=True)
class _Summary:
    """What is known of the result so far: `outputs` are its columns in order, over keys and aggregates.

    It is `whole` when an aggregate takes all columns, those included that open rows may yet have.
    """

    names: Names
    aggregates: Aggregates
    keys: list[Key] = field(default_factory=list)
    outputs: list[tuple[str, Expression]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    whole: bool = False

    def put(self, bound: Bound) -> None:
        """Add a column."""
        if bound.value is None:
            self.broken.add(bound.name)
        else:
            self.outputs.append((bound.name, bound.value))


def bind_summarize(node: syntax.Summarize, stream: Stream, scope: Scope) -> Stream:
    """Bind the keys, then the aggregates; expressions over aggregates are computed behind them."""
    summary = _Summary(Names(scope.context), Aggregates(scope.context))
    inner, windows = windowed(scope.over(stream))
    for target in node.keys:
        try:
            _key(target, summary, inner)
        except UnbindableError:
            continue
    for target in node.aggregates:
        try:
            _aggregate(target, summary, stream, scope.over(stream).collecting(summary.aggregates))
        except UnbindableError:
            continue
    relation = _relation(node.span, summary, windows.over(stream.relation))
    return Stream(relation, frozenset(summary.broken), stream.history, stream.open and summary.whole)


def _key(target: syntax.Target, summary: _Summary, scope: Scope) -> None:
    bound = bind_target(target, scope, summary.names)
    if bound.value is not None and bound.value.type is _T.DYNAMIC:
        require_groupable(scope.context.source.slice(target.value.span), target.value.span, scope)
        bound = Bound(bound.name, None)
    if bound.value is not None:
        summary.keys.append(Key(bound.name, bound.value))
        bound = Bound(bound.name, Field(bound.name, bound.value.type, bound.value.span))
    summary.put(bound)


def _aggregate(target: syntax.Target, summary: _Summary, stream: Stream, scope: Scope) -> None:
    value = target.value
    if isinstance(value, syntax.Call) and lookup(value.name.text, Kind.AGGREGATE):
        name = value.name.text
        if name in _EXTREMES:
            return _extreme(target, value, summary, stream, scope)
        starred = any(isinstance(one.value, syntax.Star) for one in value.arguments)
        if name in _PICKS and (len(value.arguments) > 1 or starred):
            return _pick(target, value, summary, stream, scope)
        if name in _PERCENTILES and len(value.arguments) > _PERCENTILES[name]:
            return _percentiles(target, value, summary, scope)
    try:
        bound = scope.context.expression(value, scope)
    except UnbindableError:
        summary.put(Bound(_name_of(target, None, summary, scope), None))
        return None
    require_aggregated(bound, summary.aggregates, scope)
    summary.put(Bound(_name_of(target, bound, summary, scope), bound))
    return None


def _name_of(target: syntax.Target, value: Expression | None, summary: _Summary, scope: Scope) -> str:
    if target.name is None and isinstance(target.value, syntax.Call):
        call = target.value
        if call.name.text == "take_any" and len(call.arguments) == 1:
            automatic = automatic_name(call.arguments[0].value, scope) or "any_arg0"
            return summary.names.make(automatic, target.span)
    return column_name(target, value, scope, summary.names)


def _columns_of_star(
    call: syntax.Call, besides: set[str], summary: _Summary, stream: Stream
) -> list[syntax.Expression]:
    """The arguments of a call, `*` replaced by the visible columns besides some."""
    result: list[syntax.Expression] = []
    for target in call.arguments:
        if isinstance(target.value, syntax.Star):
            span = target.span
            summary.whole = True
            names = [column.name for column in stream.visible if column.name not in besides]
            result.extend(syntax.NameRef(span, name) for name in names)
        else:
            result.append(target.value)
    return result


def _key_columns(summary: _Summary) -> set[str]:
    """The columns that are keys themselves; a star leaves them out."""
    return {key.name for key in summary.keys if isinstance(key.value, Field) and key.value.name == key.name}


def _named_columns(target: syntax.Target, made: Sequence[tuple[str, Span]], summary: _Summary) -> list[str]:
    """Names for several columns: as many as the author gave, then those that KQL makes."""
    names = [summary.names.choose(name.text, name.span) for name in target.names[: len(made)]]
    names.extend(summary.names.make(name, span) for name, span in made[len(names) :])
    return names


def _extreme(target: syntax.Target, call: syntax.Call, summary: _Summary, stream: Stream, scope: Scope) -> None:
    """`arg_max(by, …)`: the greatest value and other columns of its row."""
    if not call.arguments:
        resolve_aggregate(call, [], scope)
    first = call.arguments[0].value
    by = automatic_name(first, scope.plain())
    given = [first, *_columns_of_star(_rest(call), {by, *_key_columns(summary)}, summary, stream)]
    spread = syntax.Call(call.span, call.name, tuple(syntax.Target(one.span, (), one) for one in given))
    prefix = f"{_EXTREMES[call.name.text]}_"
    old = call.name.text in ("argmax", "argmin")
    made: list[tuple[str, Span]] = [((f"{prefix}{by}" if old else by) or prefix, first.span)]
    explicit = {id(one.value): one.name.text for one in call.arguments if one.name is not None}
    for position, one in enumerate(given[1:], 1):
        name = explicit.get(id(one)) or automatic_name(one, scope.plain())
        name = name or f"{prefix}{by}_arg{position}"
        made.append((f"{prefix}{by}_{name}" if old else name, one.span))
    _several(target, spread, made, summary, scope)


def _rest(call: syntax.Call) -> syntax.Call:
    return syntax.Call(call.span, call.name, call.arguments[1:])


def _pick(target: syntax.Target, call: syntax.Call, summary: _Summary, stream: Stream, scope: Scope) -> None:
    """`take_any(a, b)`, `take_any(*)`: columns of one row of the group."""
    given = _columns_of_star(call, _key_columns(summary), summary, stream)
    spread = syntax.Call(call.span, call.name, tuple(syntax.Target(one.span, (), one) for one in given))
    prefix = "any_" if call.name.text == "any" else ""
    made = []
    for position, one in enumerate(given):
        name = automatic_name(one, scope.plain())
        made.append((f"{prefix}{name}" if name or prefix else f"any_arg{position}", one.span))
    _several(target, spread, made, summary, scope)


def _percentiles(target: syntax.Target, call: syntax.Call, summary: _Summary, scope: Scope) -> None:
    """`percentiles(x, 5, 50)`: one column for each, named for a number that is written or declared, not computed."""
    of = automatic_name(call.arguments[0].value, scope.plain())
    made = []
    for one in call.arguments[_PERCENTILES[call.name.text] :]:
        value = constant(scope.context.expression(one.value, scope.plain()))
        written = isinstance(one.value, syntax.Literal | syntax.NameRef)
        shown = _shown(value.value) if value is not None and written else ""
        made.append((f"percentile_{of}_{shown}", one.span))
    _several(target, call, made, summary, scope, kinds=False)


def _shown(value: object) -> str:
    if isinstance(value, int | float) and value < 0:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).replace(".", "_")


def _several(
    target: syntax.Target,
    call: syntax.Call,
    made: Sequence[tuple[str, Span]],
    summary: _Summary,
    scope: Scope,
    kinds: bool = True,
) -> None:
    """An aggregate that gives a value for each argument (or, without `kinds`, for each constant one)."""
    given = arguments(call, scope.plain())
    resolved = resolve_aggregate(call, given, scope)
    names = _named_columns(target, made, summary)
    hidden = [scope.context.fresh() for _ in names]
    summary.aggregates.add(resolved, call.span, hidden)
    types = [one.type for one in given] if kinds else [resolved.type] * len(names)
    for name, inner, kind, (_, span) in zip(names, hidden, types, made, strict=True):
        summary.put(Bound(name, Field(inner, kind, span)))


def _relation(span: Span, summary: _Summary, source: Relation) -> Relation:
    """The aggregation, and a projection behind it where a column is more than one aggregate."""
    kinds = {value.name: value.type for _, value in summary.outputs if isinstance(value, Field)}
    plain = {value.name: name for name, value in summary.outputs if isinstance(value, Field)}
    direct = len(plain) == len(summary.outputs)
    calls = [_renamed(call, plain) if direct else call for call in summary.aggregates.calls]
    types = _types(summary, kinds)
    columns = [Column(key.name, key.value.type) for key in summary.keys]
    for call in calls:
        columns.extend(Column(name, types.get(name, _T.DYNAMIC)) for name in call.names)
    if direct:
        columns = [Column(name, value.type) for name, value in summary.outputs]
    row = RowType(tuple(columns))
    relation = Aggregate(source, tuple(summary.keys), tuple(calls), MissingKeys.GROUP, row, span)
    return relation if direct else steps.projected(relation, summary.outputs, span)


def _renamed(call: AggregateCall, plain: dict[str, str]) -> AggregateCall:
    names = tuple(plain.get(name, name) for name in call.names)
    return AggregateCall(names, call.function, call.constants, call.arguments, call.span)


def _types(summary: _Summary, kinds: dict[str, ScalarType]) -> dict[str, ScalarType]:
    """The types of all aggregates, those inside of expressions included."""
    found = dict(kinds)
    for _, value in summary.outputs:
        found.update((one.name, one.type) for one in walk(value) if isinstance(one, Field))
    return found
