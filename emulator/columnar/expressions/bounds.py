"""What must hold of a row for a condition to be true: SQL that is true wherever the condition is.

A bound is exact when it is true nowhere else. `Values` knows the values of columns and fields where the condition
stands, as SQL; a value may be unknown on some rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlglot import exp

from emulator.columnar.expressions.leaves import BUILDERS, Test, comparison
from emulator.columnar.expressions.simpler import simpler
from emulator.functions import Nulls
from emulator.nodes import record
from emulator.plan.expressions import And, Call, Compare, Comparison, Const, Expression, Field, Not, Or, is_fixed
from emulator.types import ScalarType


@record
class Bound:
    """SQL that holds wherever a condition does; None when nothing is known. `exact`: and nowhere else."""

    sql: exp.Expr | None
    exact: bool = False


UNKNOWN = Bound(None)


@record
class Value:
    """A value as SQL, null for null; where `unknown` holds, it may be any other.

    `lies` is the same value as a column holds it, which a scan compares faster: an instant as the engine's own, a
    string whose empty ones may be null.
    """

    sql: exp.Expr
    type: ScalarType
    unknown: exp.Expr | None = None
    lies: exp.Expr | None = None


Values = Mapping[str, Value]
"""The values of the columns that are known at all, by name."""
Fixed = Callable[[Expression], object]
"""Evaluates an expression that reads no row."""


class Bounds:
    """Derives bounds from conditions; `fixed` knows the run."""

    def __init__(self, fixed: Fixed) -> None:
        self._fixed = fixed

    def of(self, condition: Expression, values: Values, *, wanted: bool = True) -> Bound:
        """What must hold for the condition to be true, or false when False is wanted."""
        if isinstance(condition, Call):
            condition = simpler(condition)
        match condition:
            case And(operands=operands):
                parts = [self.of(one, values, wanted=wanted) for one in operands]
                return every(parts) if wanted else any_of(parts)
            case Or(operands=operands):
                parts = [self.of(one, values, wanted=wanted) for one in operands]
                return any_of(parts) if wanted else every(parts)
            case Not(operand=operand):
                return self.of(operand, values, wanted=not wanted)
            case Compare(left=Field(name=name), right=right) if is_fixed(right) and name in values:
                return self._comparison(condition, values[name], self._fixed(right), wanted)
            case Call(arguments=(Field(name=name), *rest)) if all(map(is_fixed, rest)) and name in values:
                return self._call(condition, values[name], tuple(map(self._fixed, rest)), wanted)
            case _ if is_fixed(condition):
                return Bound(exp.convert(self._fixed(condition) is wanted), exact=True)
            case _:
                return UNKNOWN

    def _comparison(self, found: Compare, value: Value, constant: object, wanted: bool) -> Bound:
        if constant is None:
            return UNKNOWN
        test = comparison(value.sql, value.type, found, constant)
        if test is None:
            return UNKNOWN
        of_null = found.one_null
        if value.type is ScalarType.STRING:
            of_null = (constant == "") is (found.operator is Comparison.EQUAL)
        return _bound(value, test, of_null, wanted)

    @staticmethod
    def _call(call: Call, value: Value, constants: tuple[object, ...], wanted: bool) -> Bound:
        build = BUILDERS.get(call.function.identity)
        test = build(value.sql, value.type, constants) if build is not None else None
        if test is None:
            return UNKNOWN
        null = value.type.null
        of_null = (
            None if null is None and call.function.nulls is Nulls.STRICT else call.function.python(null, *constants)
        )
        return _bound(value, test, of_null, wanted)

    def value(self, expression: Expression, values: Values) -> Value | None:
        """A value that is copied or constant; None for one that is computed."""
        match expression:
            case Field(name=name):
                return values.get(name)
            case Const(value=str(text)):
                return Value(exp.Literal.string(text), expression.type)
            case Call(function=function, arguments=(copied,)) if function.identity == "cql.operator:print":
                found = self.value(copied, values)
                return found if found is not None and found.type is ScalarType.TEXT else None
            case _:
                return None


def _bound(value: Value, test: Test, of_null: object, wanted: bool) -> Bound:
    """The bound of a test of a value, given what the test says of null."""
    sql, exact = test
    if not wanted and not exact:
        return UNKNOWN
    sql = sql if wanted else exp.not_(sql, copy=False)
    if of_null is wanted:
        sql = exp.or_(exp.Is(this=value.sql.copy(), expression=exp.null()), sql, copy=False)
    if value.unknown is None:
        return Bound(sql, exact)
    return Bound(exp.or_(value.unknown, sql, copy=False))


def every(parts: Iterable[Bound]) -> Bound:
    """All of them hold."""
    listed = list(parts)
    known = [one.sql for one in listed if one.sql is not None]
    exact = all(one.exact for one in listed)
    return Bound(exp.and_(*known, copy=False) if known else (exp.true() if exact else None), exact)


def any_of(parts: Iterable[Bound]) -> Bound:
    """One of them holds."""
    listed = list(parts)
    known = [one.sql for one in listed if one.sql is not None]
    if len(known) < len(listed):
        return UNKNOWN
    return Bound(exp.or_(*known, copy=False) if known else exp.false(), all(one.exact for one in listed))
