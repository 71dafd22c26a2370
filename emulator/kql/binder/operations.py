"""Arithmetic, comparisons and string operators: which types they take, and how they stand in the plan."""

from __future__ import annotations

from typing import NoReturn

from emulator.assumptions import assumption
from emulator.diagnostics import code
from emulator.kql import syntax
from emulator.kql.binder import conversions, regexes
from emulator.kql.binder.calls import resolve
from emulator.kql.binder.scope import Scope
from emulator.kql.library import lookup
from emulator.kql.syntax import BinaryOperator as B
from emulator.plan.expressions import And, Call, Compare, Comparison, Const, Expression, Field, Not, Or
from emulator.source import Span
from emulator.types import ScalarType

OPERATOR_TYPES = code(
    "KQL3001",
    "an operator does not take these types",
    "Operators take certain types only: string operators take strings, arithmetic takes numbers, datetimes and "
    "timespans. Convert one side with a function such as `tostring`, `tolong` or `todatetime`.",
)
MIXED_TYPES = assumption(
    "mixed-types",
    "kql",
    "the product compares values of two types without saying how: the text of a string is read as the other type, "
    "other values are compared by their text",
)
ASCII_CASE = assumption(
    "ascii-case", "kql", "operators that ignore case fold ASCII letters alone; the documentation does not say"
)
DYNAMIC_TYPES = assumption(
    "dynamic-conversion",
    "kql",
    "a dynamic value beside a value of another type is converted to that type, as the `to…` functions convert",
)
ARITHMETIC_GAP = code(
    "KQL4018",
    "an operator that the documentation does not explain",
    "The product accepts the operator between these types, such as a datetime times a number, or `like` between "
    "strings, and does not say what it means.",
)
_T = ScalarType
_ARITHMETIC = {
    B.ADD: "_add",
    B.SUBTRACT: "_subtract",
    B.MULTIPLY: "_multiply",
    B.DIVIDE: "_divide",
    B.MODULO: "_modulo",
}
_COMPARISONS = {
    B.EQUAL: Comparison.EQUAL,
    B.NOT_EQUAL: Comparison.NOT_EQUAL,
    B.LESS: Comparison.LESS,
    B.LESS_OR_EQUAL: Comparison.LESS_OR_EQUAL,
    B.GREATER: Comparison.GREATER,
    B.GREATER_OR_EQUAL: Comparison.GREATER_OR_EQUAL,
    B.EQUAL_FOLD: Comparison.EQUAL,
    B.NOT_EQUAL_FOLD: Comparison.NOT_EQUAL,
}
_FOLDING = frozenset({B.EQUAL_FOLD, B.NOT_EQUAL_FOLD})
_EQUALITY = frozenset({Comparison.EQUAL, Comparison.NOT_EQUAL})
_LIKE = frozenset({B.LIKE, B.NOT_LIKE, B.LIKE_CS, B.NOT_LIKE_CS})
_NUMERIC = frozenset({_T.BOOL, _T.INT, _T.LONG, _T.REAL, _T.DECIMAL})
_UNEXPLAINED: tuple[set[ScalarType], ...] = (
    {_T.DATETIME},
    {_T.TIMESPAN},
    {_T.DATETIME, _T.TIMESPAN},
    *({kind, _T.DATETIME} for kind in (_T.INT, _T.LONG, _T.REAL, _T.DECIMAL)),
    *({kind, _T.TIMESPAN} for kind in (_T.INT, _T.LONG, _T.REAL, _T.DECIMAL)),
)
_READERS = {
    _T.INT: "toint",
    _T.LONG: "tolong",
    _T.REAL: "toreal",
    _T.DECIMAL: "todecimal",
    _T.DATETIME: "todatetime",
    _T.TIMESPAN: "totimespan",
}


def binary(node: syntax.Binary, left: Expression, right: Expression, scope: Scope) -> Expression:
    """The meaning of a binary operator for operands of these types."""
    operator = node.operator
    if operator in _ARITHMETIC:
        return _arithmetic(node, left, right, scope)
    if operator in _COMPARISONS:
        return _comparison(node, left, right, scope)
    return _string(node, left, right, scope)


def unary(node: syntax.Unary, operand: Expression, scope: Scope) -> Expression:
    """A sign before a value."""
    if operand.type in (_T.DATETIME, _T.BOOL, _T.STRING, _T.GUID):
        scope.context.retype(operand, _T.LONG)
        raise scope.context.fail(
            OPERATOR_TYPES,
            f"no sign can stand before a value of type {operand.type.value}",
            node.span,
            "convert it to a number first, such as with `tolong(…)`",
        )
    if node.operator is syntax.UnaryOperator.PLUS:
        return operand
    resolved = resolve(lookup("_negate"), [operand], node.span)
    assert resolved is not None
    return Call(resolved.function, resolved.arguments, resolved.type, node.span)


def _refuse(node: syntax.Binary, left: Expression, right: Expression, scope: Scope) -> NoReturn:
    scope.context.retype(left, right.type)
    scope.context.retype(right, left.type)
    kinds = f"{left.type.value} and {right.type.value}"
    message = f"`{node.operator.value}` does not take {kinds}"
    help = _conversion(node, left, right, scope)
    raise scope.context.fail(OPERATOR_TYPES, message, node.operator_span, help, f"between {kinds}")


def _conversion(node: syntax.Binary, left: Expression, right: Expression, scope: Scope) -> str:
    """The conversion that makes the types fit: to text for string operators, else of the text to the other type."""
    textual = node.operator not in _ARITHMETIC and (node.operator in _FOLDING or node.operator not in _COMPARISONS)
    for written, side, other in ((node.left, left, right), (node.right, right, left)):
        shown = scope.context.source.slice(written.span)[:60]
        if textual and not _is_text(side):
            return f"convert it: `tostring({shown})`"
        if not textual and side.type is _T.STRING and other.type in _READERS:
            return f"convert it: `{_READERS[other.type]}({shown})`"
    return "convert one side so that the types fit"


def _arithmetic(node: syntax.Binary, left: Expression, right: Expression, scope: Scope) -> Expression:
    left, right = _of_dynamic(node, left, right.type, scope), _of_dynamic(node, right, left.type, scope)
    if left.type.is_number and right.type.is_number:
        common = conversions.widest([_T.LONG, left.type, right.type])
        left, right = conversions.convert(left, common), conversions.convert(right, common)
    resolved = resolve(lookup(_ARITHMETIC[node.operator]), [left, right], node.span)
    if resolved is not None:
        return Call(resolved.function, resolved.arguments, resolved.type, node.span)
    if {left.type, right.type} in _UNEXPLAINED and (node.operator is not B.ADD or left.type is right.type):
        kinds = f"{left.type.value} and {right.type.value}"
        message = f"what `{node.operator.value}` makes of {kinds} is not documented"
        raise scope.context.fail(
            ARITHMETIC_GAP, message, node.operator_span, "convert one side to a number or timespan"
        )
    _refuse(node, left, right, scope)


def _of_dynamic(node: syntax.Binary, value: Expression, other: ScalarType, scope: Scope) -> Expression:
    """A dynamic operand as a value of the other side's type; times are only added and subtracted."""
    times = node.operator in (B.ADD, B.SUBTRACT) and other in (_T.DATETIME, _T.TIMESPAN)
    if value.type is not _T.DYNAMIC or not (other.is_number or times):
        return value
    scope.context.rests_on(DYNAMIC_TYPES.name)
    moved = node.operator is B.ADD and other is _T.DATETIME
    return conversions.convert(value, _T.TIMESPAN if moved else other)


def _comparison(node: syntax.Binary, left: Expression, right: Expression, scope: Scope) -> Expression:
    operator = _COMPARISONS[node.operator]
    if node.operator in _FOLDING:
        if not _is_text(left) or not _is_text(right):
            _refuse(node, left, right, scope)
        scope.context.rests_on(ASCII_CASE.name)
        return compare(operator, conversions.text(left), conversions.text(right), node.span, fold=True)
    if left.type is right.type is _T.DYNAMIC and operator not in _EQUALITY:
        help = "convert both sides, for example with `tolong(…)`"
        raise scope.context.fail(ARITHMETIC_GAP, "the order of two dynamics is not documented", node.span, help)
    pair = comparable(left, right, scope) if operator in _EQUALITY else _ordered(left, right, scope)
    if pair is None:
        _refuse(node, left, right, scope)
    return compare(operator, *pair, node.span)


def _is_text(value: Expression) -> bool:
    return value.type in (_T.STRING, _T.DYNAMIC)


def compare(operator: Comparison, left: Expression, right: Expression, span: Span, fold: bool = False) -> Compare:
    """A comparison with the product's null rules: a null equals nothing and differs from everything but a null."""
    one_null: bool | None = None
    if operator in _EQUALITY:
        one_null = operator is Comparison.NOT_EQUAL
    return Compare(operator, left, right, one_null, None, span, fold)


def comparable(left: Expression, right: Expression, scope: Scope) -> tuple[Expression, Expression]:
    """Both sides as values of one type, for equality, which takes any two types."""
    if left.type is right.type:
        return left, right
    if left.type in _NUMERIC and right.type in _NUMERIC:
        return _numbers(left, right)
    if _T.DYNAMIC in (left.type, right.type):
        scope.context.rests_on(DYNAMIC_TYPES.name)
    else:
        scope.context.rests_on(MIXED_TYPES.name)
    if left.type is _T.DYNAMIC or (left.type is _T.STRING and right.type is not _T.DYNAMIC):
        return conversions.convert(left, right.type), right
    if right.type in (_T.DYNAMIC, _T.STRING):
        return left, conversions.convert(right, left.type)
    return conversions.text(left), conversions.text(right)


def _numbers(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    kinds = [_T.LONG if side.type is _T.BOOL else side.type for side in (left, right)]
    common = conversions.widest(kinds)
    return conversions.convert(left, common), conversions.convert(right, common)


def _ordered(left: Expression, right: Expression, scope: Scope) -> tuple[Expression, Expression] | None:
    """Both sides as values of one type that has an order; None when there is none."""
    if left.type in _NUMERIC and right.type in _NUMERIC:
        return _numbers(left, right)
    if _T.DYNAMIC in (left.type, right.type):
        other = right.type if left.type is _T.DYNAMIC else left.type
        if other is _T.BOOL or other not in _NUMERIC:
            return None
        scope.context.rests_on(DYNAMIC_TYPES.name)
        return conversions.convert(left, other), conversions.convert(right, other)
    if left.type is right.type and left.type in (_T.DATETIME, _T.TIMESPAN):
        return left, right
    return None


def between(node: syntax.Between, scope: Scope) -> Expression:
    """Two comparisons; a timespan above a datetime counts from the lower end."""
    bind = scope.context.expression
    value, lower, upper = (bind(part, scope) for part in (node.value, node.lower, node.upper))
    if upper.type is _T.TIMESPAN and lower.type is _T.DATETIME:
        resolved = resolve(lookup("_add"), [lower, upper], node.upper.span)
        assert resolved is not None
        upper = Call(resolved.function, resolved.arguments, resolved.type, node.upper.span)
    low, high = _ordered(value, lower, scope), _ordered(value, upper, scope)
    if (
        low is None
        or high is None
        or _T.BOOL in (value.type, lower.type, upper.type)
        or (_T.DYNAMIC is value.type and _T.DYNAMIC in (lower.type, upper.type))
    ):
        scope.context.retype(value, lower.type)
        kinds = f"{value.type.value} between {lower.type.value} and {upper.type.value}"
        help = "give both ends the type of the value"
        raise scope.context.fail(OPERATOR_TYPES, f"`between` does not take {kinds}", node.operator_span, help)
    inside = And(
        (
            compare(Comparison.GREATER_OR_EQUAL, *low, node.span),
            compare(Comparison.LESS_OR_EQUAL, *high, node.span),
        ),
        node.span,
    )
    return Not(inside, node.span) if node.negated else inside


def _string(node: syntax.Binary, left: Expression, right: Expression, scope: Scope) -> Expression:
    operator = node.operator
    if not _is_text(left) or not _is_text(right):
        _refuse(node, left, right, scope)
    subject, part = conversions.text(left), conversions.text(right)
    if operator is B.MATCHES_REGEX:
        regexes.check(part, node.right.span, scope)
        return conversions.named("_matches_regex", subject, part, gives=_T.BOOL, span=node.span)
    if operator in _LIKE:
        help = "use `contains`, `startswith`, `endswith` or `matches regex`"
        raise scope.context.fail(ARITHMETIC_GAP, f"`{operator.value}` is not documented", node.operator_span, help)
    word = "has" if operator is B.SEARCH_TERM else operator.value
    name, negated = f"_{word.lstrip('!')}", word.startswith("!")
    if not name.endswith("_cs"):
        scope.context.rests_on(ASCII_CASE.name)
    test = conversions.named(name, subject, part, gives=_T.BOOL, span=node.span)
    return Not(test, node.span) if negated else test


def any_column(node: syntax.Binary, scope: Scope, *, everything: bool = False) -> Expression:
    """`* has "x"`: true when the operator holds for some column that takes it.

    String operators look into strings and dynamics, and with `everything` into the text of every column.
    """
    right = scope.context.expression(node.right, scope)
    tests = []
    for column in scope.rows.visible if scope.rows is not None else ():
        field: Expression = Field(column.name, column.type, node.left.span)
        if node.operator in (B.EQUAL, B.NOT_EQUAL):
            if column.type is right.type:
                tests.append(binary(node, field, right, scope))
        elif everything or _is_text(field):
            tests.append(binary(node, conversions.text(field), right, scope))
    if not tests:
        return Const(value=False, type=_T.BOOL, span=node.span)
    return Or(tuple(tests), node.span) if len(tests) > 1 else tests[0]
