"""Comparisons of two values in SQL, with the null rules that a plan writes out."""

from __future__ import annotations

import string

from sqlglot import exp

from emulator.interpreter.expressions import may_be_null
from emulator.plan.expressions import Compare, Comparison
from emulator.types import ScalarType

OPERATORS = {
    Comparison.EQUAL: exp.EQ,
    Comparison.NOT_EQUAL: exp.NEQ,
    Comparison.LESS: exp.LT,
    Comparison.LESS_OR_EQUAL: exp.LTE,
    Comparison.GREATER: exp.GT,
    Comparison.GREATER_OR_EQUAL: exp.GTE,
}
TEXTS = frozenset({ScalarType.STRING, ScalarType.TEXT, ScalarType.GUID})
WHOLE = frozenset({ScalarType.INT, ScalarType.LONG})
_ALIKE = (TEXTS, WHOLE, frozenset({ScalarType.DATETIME}), frozenset({ScalarType.TIMESPAN}))
"""Types whose values compare in SQL as they do in Python, one with the other."""


def compared(compare: Compare, left: exp.Expr, right: exp.Expr) -> exp.Expr | None:
    """The value of a comparison of two values; None where SQL would see them otherwise."""
    kinds = {compare.left.type, compare.right.type}
    if compare.fold and kinds <= TEXTS:
        left, right = folded(left), folded(right)
    elif compare.fold:
        return None
    test: exp.Expr = OPERATORS[compare.operator](this=operand(left), expression=operand(right))
    if kinds == {ScalarType.REAL}:
        no_number = exp.or_(exp.func("isnan", left.copy()), exp.func("isnan", right.copy()))
        of_no_number = exp.convert(compare.operator is Comparison.NOT_EQUAL)
        unknown = exp.or_(is_null(left), is_null(right))
        test = exp.Case().when(unknown, exp.null()).when(no_number, of_no_number).else_(test)
    elif kinds != {ScalarType.BOOL} and not any(kinds <= alike for alike in _ALIKE):
        return None
    return _with_nulls(compare, test, left, right)


def _with_nulls(compare: Compare, test: exp.Expr, left: exp.Expr, right: exp.Expr) -> exp.Expr:
    one, both = compare.one_null, compare.both_null
    sides = [sql for sql, side in ((left, compare.left), (right, compare.right)) if may_be_null(side)]
    if not sides or (one is None and (both is None or len(sides) < 2)):
        return test
    either = exp.or_(*map(is_null, sides))
    made = exp.Case()
    if len(sides) == 2 and both is not one:
        made = made.when(exp.and_(*map(is_null, sides)), exp.convert(both))
    return made.when(either, exp.convert(one)).else_(test)


def is_null(sql: exp.Expr) -> exp.Expr:
    """A value is null."""
    return exp.Is(this=operand(sql), expression=exp.null())


def operand(sql: exp.Expr) -> exp.Expr:
    """A copy that can stand beside any operator."""
    alone = sql.copy()
    return exp.paren(alone, copy=False) if isinstance(alone, exp.Binary | exp.Unary | exp.In) else alone


def folded(sql: exp.Expr) -> exp.Expr:
    """A text with its ASCII capitals made small."""
    letters = (string.ascii_uppercase, string.ascii_lowercase)
    return exp.func("translate", sql.copy(), *map(exp.Literal.string, letters))
