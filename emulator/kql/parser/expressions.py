"""Scalar expressions by precedence: or, and, equality, relation, sum, product, string operator, sign, path."""

from __future__ import annotations

from collections.abc import Callable

from emulator.kql.lexer import TokenKind
from emulator.kql.parser.cursor import Cursor
from emulator.kql.parser.literals import constant, is_digits
from emulator.kql.parser.names import accept_name, dashed_length, fail_at_name, name_length
from emulator.kql.parser.operands import operand
from emulator.kql.parser.protocol import Parser
from emulator.kql.syntax import (
    Between,
    Binary,
    BinaryOperator,
    Expression,
    InList,
    ListOperator,
    Logical,
    LogicalOperator,
    Name,
    Star,
    Target,
    Unary,
    UnaryOperator,
)

_ADDITIVE = {"+": BinaryOperator.ADD, "-": BinaryOperator.SUBTRACT}
_MULTIPLICATIVE = {"*": BinaryOperator.MULTIPLY, "/": BinaryOperator.DIVIDE, "%": BinaryOperator.MODULO}
_RELATIONAL = {
    "<": BinaryOperator.LESS,
    "<=": BinaryOperator.LESS_OR_EQUAL,
    ">": BinaryOperator.GREATER,
    ">=": BinaryOperator.GREATER_OR_EQUAL,
}
_EQUALITY = {"==": BinaryOperator.EQUAL, "!=": BinaryOperator.NOT_EQUAL, "<>": BinaryOperator.NOT_EQUAL}
_LISTS = {operator.value: operator for operator in ListOperator}
_ALIASES = {
    "containscs": BinaryOperator.CONTAINS_CS,
    "notcontains": BinaryOperator.NOT_CONTAINS,
    "notcontainscs": BinaryOperator.NOT_CONTAINS_CS,
}
_STRING = {
    operator.value: operator
    for operator in BinaryOperator
    if operator not in {*_ADDITIVE.values(), *_MULTIPLICATIVE.values(), *_RELATIONAL.values(), *_EQUALITY.values()}
} | _ALIASES
STRING_OPERATORS = frozenset(_STRING)
_ENDS = frozenset({",", ")", "]", "}", "|"})
_SHORT = frozenset(
    {
        TokenKind.NAME,
        TokenKind.BOOL,
        TokenKind.LONG,
        TokenKind.REAL,
        TokenKind.DATETIME,
        TokenKind.TIMESPAN,
        TokenKind.GUID,
    }
)


def expression(parser: Parser) -> Expression:
    """An expression without a pipe; chains of `and` and `or` come out flat."""
    cursor = parser.cursor
    if cursor.ahead().text in _ENDS and cursor.next.kind in _SHORT:
        return operand(parser)
    outer, cursor.height = cursor.height, 0
    parsed = _chain(parser, "or", LogicalOperator.OR, _conjunction)
    cursor.height = max(outer, cursor.height)
    return parsed


def _chain(parser: Parser, word: str, kind: LogicalOperator, part: Callable[[Parser], Expression]) -> Expression:
    cursor = parser.cursor
    start = cursor.next.start
    first = part(parser)
    if cursor.next.text != word:
        return first
    operands = [first]
    while cursor.accept(word):
        operands.append(part(parser))
    return Logical(cursor.span_from(start), kind, tuple(operands))


def _conjunction(parser: Parser) -> Expression:
    return _chain(parser, "and", LogicalOperator.AND, _equality)


def _equality(parser: Parser) -> Expression:
    """One comparison by `==`, a list or a range, which does not chain; `* == x` looks in every column."""
    cursor = parser.cursor
    start = cursor.next.start
    any_column = cursor.next.text == "*" and cursor.ahead().text == "=="
    left = Star(cursor.take().span) if any_column else _relation(parser)
    word = cursor.next.text
    if word in _EQUALITY:
        sign = cursor.take()
        right = _relation(parser)
        return Binary(cursor.span_from(start), _EQUALITY[word], sign.span, left, right)
    if word in _LISTS and not (word == "in" and cursor.ahead().text == "range"):
        return _in_list(parser, left, start)
    if word in ("between", "!between"):
        return _between(parser, left, start)
    return left


def _in_list(parser: Parser, left: Expression, start: int) -> InList:
    cursor = parser.cursor
    word = cursor.take()
    opened = cursor.open("(", f"after `{word.text}`", f"put the values in brackets: `{word.text} (…)`")
    items = [parser.pipeline()]
    while cursor.accept(","):
        items.append(parser.expression())
    cursor.close(opened)
    return InList(cursor.span_from(start), _LISTS[word.text], word.span, left, tuple(items))


def _between(parser: Parser, left: Expression, start: int) -> Between:
    cursor = parser.cursor
    word = cursor.take()
    opened = cursor.open("(", f"after `{word.text}`", f"write both ends in brackets: `{word.text} (low .. high)`")
    lower = parser.expression()
    cursor.expect("..", "between the ends of a range", "write `..` between the ends: `between (low .. high)`")
    upper = parser.expression()
    cursor.close(opened)
    return Between(cursor.span_from(start), word.text == "!between", word.span, left, lower, upper)


def _relation(parser: Parser) -> Expression:
    cursor = parser.cursor
    start = cursor.next.start
    left = _sum(parser)
    relation = _RELATIONAL.get(cursor.next.text)
    if relation is None:
        return left
    sign = cursor.take()
    right = _sum(parser)
    return Binary(cursor.span_from(start), relation, sign.span, left, right)


def _sum(parser: Parser) -> Expression:
    cursor = parser.cursor
    start = cursor.next.start
    left = _product(parser)
    while cursor.next.text in _ADDITIVE:
        sign = cursor.take()
        right = _product(parser)
        left = Binary(cursor.span_from(start), _ADDITIVE[sign.text], sign.span, left, right)
        cursor.grow()
    return left


def _product(parser: Parser) -> Expression:
    cursor = parser.cursor
    start = cursor.next.start
    left = _string_operation(parser)
    while cursor.next.text in _MULTIPLICATIVE:
        sign = cursor.take()
        right = _string_operation(parser)
        left = Binary(cursor.span_from(start), _MULTIPLICATIVE[sign.text], sign.span, left, right)
        cursor.grow()
    return left


def _string_operation(parser: Parser) -> Expression:
    """`left has right` and its kin, which bind tighter than arithmetic and do not chain."""
    cursor = parser.cursor
    start = cursor.next.start
    any_column = cursor.next.text == "*" and cursor.ahead().text in _STRING
    left = Star(cursor.take().span) if any_column else invocation(parser)
    operator = _STRING.get(cursor.next.text)
    if operator is None:
        return left
    word = cursor.take()
    right = invocation(parser)
    return Binary(cursor.span_from(start), operator, word.span, left, right)


def invocation(parser: Parser) -> Expression:
    """An operand with at most one sign before it; a sign before digits makes a negative literal."""
    cursor = parser.cursor
    sign = cursor.next
    if sign.text not in ("-", "+"):
        return operand(parser)
    cursor.take()
    if is_digits(cursor.next) and cursor.ahead().text not in (".", "["):
        return constant(cursor, sign=sign)
    value = operand(parser)
    return Unary(cursor.span_from(sign.start), UnaryOperator(sign.text), value)


def target(parser: Parser) -> Target:
    """An expression, perhaps with `name =` or `(a, b) =` before it."""
    cursor = parser.cursor
    start = cursor.next.start
    names: tuple[Name, ...] = ()
    length = name_length(cursor, declared=True)
    if length and cursor.ahead(length).text == "=":
        name = accept_name(cursor, declared=True)
        cursor.take()
        names = (name,) if name else ()
    elif cursor.next.text == "(":
        names = _several_names(cursor)
    elif (dashes := dashed_length(cursor)) and cursor.ahead(dashes).text == "=":
        shown = "".join(cursor.ahead(offset).text for offset in range(dashes))
        cursor.fail(f"the name `{shown}` needs brackets", f"write `['{shown}'] = …`")
    value = parser.expression()
    return Target(cursor.span_from(start), names, value)


def _several_names(cursor: Cursor) -> tuple[Name, ...]:
    """`(a, b) =` when that is what follows, and nothing is taken otherwise."""
    offset = 1
    while length := name_length(cursor, offset, declared=True):
        offset += length
        if cursor.ahead(offset).text != ",":
            break
        offset += 1
    if offset == 1 or cursor.ahead(offset).text != ")" or cursor.ahead(offset + 1).text != "=":
        return ()
    names: list[Name] = []
    while cursor.take().text in ("(", ","):
        name = accept_name(cursor, declared=True)
        names.append(name or fail_at_name(cursor, "a name"))
    cursor.take()
    return tuple(names)
