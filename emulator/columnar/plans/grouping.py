"""Aggregations as SQL: groups in order of first appearance, and the aggregates whose meaning SQL has exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from sqlglot import exp

from emulator.columnar.expressions.bounds import Value, Values
from emulator.columnar.expressions.scalars import Scalars
from emulator.columnar.plans.rows import GROUPED, Key, Rows, Untranslatable, inner, subquery
from emulator.columnar.plans.stepping import with_absent
from emulator.functions import Nulls
from emulator.interpreter.expressions import may_be_null
from emulator.plan.expressions import Expression, fields
from emulator.plan.relations import Aggregate, AggregateCall, MissingKeys
from emulator.types import Rest, ScalarType

_LEAST, _MOST = -(1 << 63), (1 << 63) - 1
_EXACT = 1 << 53
"""Whole numbers up to here are doubles."""


def grouped(node: Aggregate, rows: Rows, scalars: Scalars, fresh: Callable[[str], str]) -> Rows:
    """One row for each group of rows that have an ordinal. Raises Untranslatable."""
    taken = _Taken(node, rows, scalars)
    keys = [taken.value(key.value) for key in node.keys]
    if not all(key.type in GROUPED for key in keys):
        raise Untranslatable("values of a group key are equal in another way than in SQL")
    arguments = [[taken.value(one) for one in call.arguments] for call in node.aggregates]
    columns, behind = inner(rows.valued({str(n): one for n, one in enumerate(chain(keys, *arguments))}))
    source = subquery(rows.query(columns, ordered=False), fresh("t"))
    values = list(behind.values.values())
    keys, rest = values[: len(keys)], values[len(keys) :]
    place = behind.order[0].sql
    kinds = {column.name: column.type for column in node.row}  # fields that the plan does not show are text
    made: list[exp.Expr] = []
    for call in node.aggregates:
        own, rest = rest[: len(call.arguments)], rest[len(call.arguments) :]
        made += _aggregate(call, own, place, [kinds.get(name, ScalarType.TEXT) for name in call.names])
    selected = [exp.alias_(one.sql.copy(), f"v{number}") for number, one in enumerate(keys)]
    selected += [exp.alias_(one, f"v{number}") for number, one in enumerate(made, len(keys))]
    first = exp.Min(this=place.copy()) if keys else exp.Literal.number(0)
    query = exp.Select(expressions=[*selected, exp.alias_(first, "o")]).from_(source, copy=False)
    query = _of_present_keys(node, query, keys)
    if keys:
        query = query.group_by(*(exp.Literal.number(number + 1) for number in range(len(keys))))
    names = [key.name for key in node.keys] + [name for call in node.aggregates for name in call.names]
    found = {
        name: Value(exp.column(f"v{number}"), kinds.get(name, ScalarType.TEXT)) for number, name in enumerate(names)
    }
    return Rows(subquery(query, fresh("t")), (), found, (Key(exp.column("o")),), rows.bits, as_given=not keys)


class _Taken:
    """Values of the rows that are grouped."""

    def __init__(self, node: Aggregate, rows: Rows, scalars: Scalars) -> None:
        self._open = node.input.row.rest is Rest.OPEN
        self._rows = rows
        self._scalars = scalars

    def value(self, expression: Expression) -> Value:
        """The value of an expression. Raises Untranslatable."""
        known: Values = self._rows.values
        if self._open:
            known = with_absent(known, fields(expression))
        value = self._scalars.value(expression, known)
        if value is None:
            raise Untranslatable(self._scalars.why_not(expression, known) or "a value has no SQL")
        return value


def _of_present_keys(node: Aggregate, query: exp.Select, keys: Sequence[Value]) -> exp.Select:
    if node.missing_keys is not MissingKeys.DROP:
        return query
    nullable = [key for key, one in zip(keys, node.keys, strict=True) if may_be_null(one.value)]
    tests = [exp.not_(exp.Is(this=key.sql.copy(), expression=exp.null())) for key in nullable]
    return query.where(*tests) if tests else query


def _aggregate(
    call: AggregateCall, values: Sequence[Value], place: exp.Expr, kinds: Sequence[ScalarType]
) -> list[exp.Expr]:
    """What an aggregate gives, in one column or several. Raises Untranslatable."""
    build = _BUILDERS.get(call.function.identity)
    made = build(call, values, place) if build is not None else None
    if made is None or len(made) != len(kinds):
        raise Untranslatable(f"`{call.function.name}()` has no SQL")
    return [_filled(one, kind) for one, kind in zip(made, kinds, strict=True)]


def _filled(sql: exp.Expr, kind: ScalarType) -> exp.Expr:
    if kind is ScalarType.STRING:
        return exp.Coalesce(this=sql, expressions=[exp.Literal.string("")])
    return sql


Made = list[exp.Expr] | None
Build = Callable[[AggregateCall, Sequence[Value], exp.Expr], Made]


def _where(sql: exp.Expr, *conditions: exp.Expr) -> exp.Expr:
    if not conditions:
        return sql
    return exp.Filter(this=sql, expression=exp.Where(this=exp.and_(*conditions)))


def _present(sql: exp.Expr) -> exp.Expr:
    return exp.not_(exp.Is(this=sql.copy(), expression=exp.null()))


def _count(call: AggregateCall, values: Sequence[Value], _place: exp.Expr) -> Made:
    conditions = []
    for value in values:
        if call.function.nulls is Nulls.STRICT:
            conditions.append(_present(value.sql))
        if value.type is ScalarType.BOOL:
            conditions.append(exp.NullSafeNEQ(this=value.sql.copy(), expression=exp.false()))
    return [_where(exp.Count(this=exp.Star()), *conditions)]


def _count_where(_call: AggregateCall, values: Sequence[Value], _place: exp.Expr) -> Made:
    return [_where(exp.Count(this=exp.Star()), values[-1].sql.copy())]


def _count_fields(call: AggregateCall, values: Sequence[Value], _place: exp.Expr) -> Made:
    if not values:
        counted = exp.Count(this=exp.Star())
    elif call.constants[-1] is True:
        counted = exp.Count(this=exp.Distinct(expressions=[values[0].sql.copy()]))
    else:
        counted = exp.Count(this=values[0].sql.copy())
    return [exp.cast(counted, "VARCHAR")]


def _distinct(_call: AggregateCall, values: Sequence[Value], _place: exp.Expr) -> Made:
    if values[0].type not in GROUPED:
        return None
    return [exp.Count(this=exp.Distinct(expressions=[values[0].sql.copy()]))]


def _sum(_call: AggregateCall, values: Sequence[Value], _place: exp.Expr) -> Made:
    (value,) = values
    if value.type not in (ScalarType.INT, ScalarType.LONG, ScalarType.TIMESPAN):
        return None
    total = exp.Coalesce(this=exp.Sum(this=value.sql.copy()), expressions=[exp.Literal.number(0)])
    fits = exp.Between(this=total.copy(), low=_number(_LEAST), high=_number(_MOST))
    return [exp.Case().when(fits, exp.cast(total, "BIGINT")).else_(_refused("BIGINT"))]


def _average(_call: AggregateCall, values: Sequence[Value], _place: exp.Expr) -> Made:
    (value,) = values
    if value.type not in (ScalarType.INT, ScalarType.LONG):
        return None
    total = exp.Sum(this=value.sql.copy())
    nothing = exp.Is(this=total.copy(), expression=exp.null())
    exact = exp.Between(this=total.copy(), low=_number(-_EXACT), high=_number(_EXACT))
    mean = exp.Div(this=exp.cast(total, "DOUBLE"), expression=exp.cast(exp.Count(this=value.sql.copy()), "DOUBLE"))
    no_number = exp.cast(exp.Literal.string("nan"), "DOUBLE")
    return [exp.Case().when(nothing, no_number).when(exact, mean).else_(_refused("DOUBLE"))]


def _number(value: int) -> exp.Expr:
    return exp.cast(exp.Literal.string(str(value)), "HUGEINT")


def _refused(kind: str) -> exp.Expr:
    """What ends the statement: the interpreter has to run the plan."""
    return exp.cast(exp.func("error", exp.Literal.string("a number that is too large")), kind)


def _extreme(make: type[exp.Max | exp.Min]) -> Build:
    def build(_call: AggregateCall, values: Sequence[Value], _place: exp.Expr) -> Made:
        return [make(this=values[0].sql.copy())] if values[0].type in GROUPED else None

    return build


def _row_of(*, greatest: bool) -> Build:
    """The values of the first row with the extreme one; of the first row when none has one."""

    def build(_call: AggregateCall, values: Sequence[Value], place: exp.Expr) -> Made:
        by = values[0]
        if by.type not in GROUPED:
            return None
        row = _struct(values)
        towards = exp.Neg(this=place.copy()) if greatest else place.copy()
        rank = exp.func("struct_pack", _named("a", by.sql), _named("b", towards))
        picked = exp.func("arg_max" if greatest else "arg_min", row, rank)
        found = exp.Coalesce(
            this=_where(picked, _present(by.sql)), expressions=[exp.func("arg_min", row.copy(), place.copy())]
        )
        return [exp.func("struct_extract", found.copy(), exp.Literal.string(f"f{at}")) for at in range(len(values))]

    return build


def _struct(values: Sequence[Value]) -> exp.Expr:
    return exp.func("struct_pack", *(_named(f"f{at}", value.sql) for at, value in enumerate(values)))


def _named(name: str, sql: exp.Expr) -> exp.Expr:
    return exp.PropertyEQ(this=exp.to_identifier(name), expression=sql.copy())


def _any(_call: AggregateCall, values: Sequence[Value], place: exp.Expr) -> Made:
    if len(values) > 1:
        first = exp.func("arg_min", _struct(values), place.copy())
        return [exp.func("struct_extract", first.copy(), exp.Literal.string(f"f{at}")) for at in range(len(values))]
    (value,) = values
    if value.type not in GROUPED:
        return None
    conditions = [_present(value.sql)]
    if value.type in (ScalarType.STRING, ScalarType.TEXT):
        conditions.append(exp.NEQ(this=value.sql.copy(), expression=exp.Literal.string("")))
    return [_where(exp.func("arg_min", value.sql.copy(), place.copy()), *conditions)]


_BUILDERS: Mapping[str, Build] = {
    "kql.count": _count,
    "kql.cnt": _count,
    "kql.countif": _count_where,
    "kql.count_distinct": _distinct,
    "kql.dcount": _distinct,
    "kql.sum": _sum,
    "kql.avg": _average,
    "kql.max": _extreme(exp.Max),
    "kql.min": _extreme(exp.Min),
    "kql.arg_max": _row_of(greatest=True),
    "kql.argmax": _row_of(greatest=True),
    "kql.arg_min": _row_of(greatest=False),
    "kql.argmin": _row_of(greatest=False),
    "kql.take_any": _any,
    "kql.any": _any,
    "cql.count": _count_fields,
}
"""How an aggregate is made of values, by its identity."""
