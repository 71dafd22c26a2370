"""SQL of functions whose arguments may be of several types, or whose constants choose what they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from emulator.clock import TICKS_PER_DAY
from emulator.columnar.expressions.comparing import TEXTS, WHOLE, operand
from emulator.columnar.expressions.regexes import kql_on_ascii
from emulator.columnar.expressions.texts import is_ascii
from emulator.kql.library.calendar_dates import FIXED_PERIODS
from emulator.kql.patterns import compile_pattern
from emulator.plan.expressions import Call, Expression, is_fixed
from emulator.types import ScalarType

ToSQL = Callable[[Expression], exp.Expr]
Fixed = Callable[[Expression], object]
Otherwise = Callable[[], exp.Expr]
Builder = Callable[[Call, ToSQL, Fixed, Otherwise], exp.Expr | None]
_MOST_GROUPS = 9
_EMPTY = {ScalarType.STRING: "", ScalarType.DYNAMIC: '""'}
"""What counts as no value, beside null."""


def _coalesce(call: Call, sql: ToSQL, _: Fixed, __: Otherwise) -> exp.Expr | None:
    """The first value that is neither null nor empty, else the last one."""
    if any(one.type is not call.type for one in call.arguments):
        return None
    *others, last = map(sql, call.arguments)
    empty = _EMPTY.get(call.type)
    if empty is not None:
        others = [exp.Nullif(this=one, expression=exp.Literal.string(empty)) for one in others]
    return exp.Coalesce(this=others[0], expressions=[*others[1:], last])


def _datetime_diff(call: Call, sql: ToSQL, fixed: Fixed, _: Otherwise) -> exp.Expr | None:
    """Starts of periods of one length between two instants."""
    period, left, right = call.arguments
    name = fixed(period) if is_fixed(period) else None
    size = FIXED_PERIODS.get(name.lower()) if isinstance(name, str) else None
    if size is None:
        return None
    # Weeks start a day before 0001-01-01, which was a Monday.
    shift = TICKS_PER_DAY if size == FIXED_PERIODS["week"] else 0
    return exp.Sub(this=_periods(sql(left), shift, size), expression=_periods(sql(right), shift, size))


def _periods(moment: exp.Expr, shift: int, size: int) -> exp.Expr:
    shifted = exp.Add(this=operand(moment), expression=exp.Literal.number(shift)) if shift else moment
    return exp.IntDiv(this=operand(shifted), expression=exp.Literal.number(size))


def _extreme(function: str) -> Builder:
    """The largest or smallest value that is not null."""

    def build(call: Call, sql: ToSQL, _: Fixed, __: Otherwise) -> exp.Expr | None:
        alike = {one.type for one in call.arguments} == {call.type}
        if not alike or call.type not in (TEXTS | WHOLE | {ScalarType.DATETIME, ScalarType.TIMESPAN}):
            return None
        return exp.func(function, *map(sql, call.arguments))

    return build


def _extract(call: Call, sql: ToSQL, fixed: Fixed, otherwise: Otherwise) -> exp.Expr | None:
    """The text of a group of the first match, in texts of ASCII."""
    if len(call.arguments) != 3 or not all(map(is_fixed, call.arguments[:2])):
        return None
    pattern, number = map(fixed, call.arguments[:2])
    written = kql_on_ascii(pattern) if isinstance(pattern, str) else None
    if (
        written is None
        or not isinstance(number, int)
        or not 0 <= number <= min(_MOST_GROUPS, compile_pattern(str(pattern)).group_count)
    ):
        return None
    text = sql(call.arguments[2])
    found = exp.func("regexp_extract", text, exp.Literal.string(written), exp.Literal.number(number), dialect="duckdb")
    return exp.Case().when(is_ascii(text), found).else_(otherwise())


def _print(call: Call, sql: ToSQL, _: Fixed, __: Otherwise) -> exp.Expr | None:
    """A field's text as it is."""
    (value,) = call.arguments
    return sql(value) if value.type is ScalarType.TEXT else None


BY_TYPE: Mapping[str, Builder] = {
    "kql.coalesce": _coalesce,
    "kql.extract": _extract,
    "kql.datetime_diff": _datetime_diff,
    "kql.max_of": _extreme("greatest"),
    "kql.min_of": _extreme("least"),
    "cql.operator:print": _print,
}
"""What builds the SQL of a function, by its identity; None where it has none for these arguments."""
