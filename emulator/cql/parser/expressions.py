"""Expressions: comparisons, arithmetic and calls, as `:=` and the arguments of functions hold them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn, TypeAlias

from emulator.cql.lexer import Cursor, is_number
from emulator.cql.syntax import Binary, BinaryOperator, Boolean, Call, Expression, Number, Unary, UnaryOperator, Word
from emulator.diagnostics import code
from emulator.regular import regular
from emulator.source import Span

UNEXPECTED = code(
    "CQL1001",
    "The query can't be read here",
    "At this place the language expects something else; the message says what. Steps are joined by `|`, clauses of\n"
    "`case` and `match` by `;`, arguments by `,`.",
)
REGEX_IN_EXPRESSION = code(
    "CQL1009",
    "A regular expression stands in an expression",
    "Regular expressions are filters: `field = /…/`, or `regex(…)`. An expression (after `:=`, in `test()` or `if()`)\n"
    "can't hold one. Filter in a step before, or choose with `case { field = /…/ | x := …; * | x := … }`.",
)
LOGIC_IN_EXPRESSION = code(
    "CQL1010",
    "An expression holds `and` or `or`",
    "Expressions have no logical operators. For *and*, write two steps: `test(a == 1) | test(b == 2)`. For *or*,\n"
    "combine filters: `test(a == 1) or test(b == 2)`. In a condition, nest:\n"
    "`if(a == 1, then=if(b == 2, then=…, else=…), else=…)`.",
)
AMBIGUOUS_PERCENT = code(
    "CQL1019",
    "`%` inside a bare word",
    "`%` is a letter of field names and the remainder operator. Between two words without spaces it could be either,\n"
    'so that it is refused here: put spaces around the operator, or write `getField("a%b")` for the field.',
)

CallParser: TypeAlias = Callable[[Cursor, Word], Call]
"""Reads the arguments of a call whose name was read; given by the module of arguments, which builds on this one."""

_COMPARISONS = ("<=>", "==", "!=", "<=", ">=", "<", ">")
_LEVELS = (_COMPARISONS, ("+", "-"), ("*", "/", "%"))
_LOGIC = regular(r"(?:and|or|not)\b|&&|\|\|", re.IGNORECASE)
_NOT = regular(r"not\s+[\w\"(?#@]", re.IGNORECASE)
_CASE = regular(r"case\s*\{")
_FOR_AND = "write two steps, `test(a == 1) | test(b == 2)`, or nest: `if(a == 1, then=if(b == 2, …), …)`"
_FOR_OR = "join filters: `test(a == 1) or test(b == 2)`, or choose with `case { … }`"
_LOGIC_FIXES = {"and": _FOR_AND, "&&": _FOR_AND, "or": _FOR_OR, "||": _FOR_OR, "not": "negate with `!`"}
_CALL_AHEAD = regular(r"[ \t\r\n]*\(")
_PERCENT_GLUED = regular(r"%[A-Za-z0-9_#@.]")
_DIGITS = regular(r"\.?\d[\d.]*(?:[eE][+-]?\d+)?(?![\w.\[#@&\\^])")


class ExpressionParser:
    """Reads expressions; `call` reads the arguments of functions."""

    __slots__ = ("_call",)

    def __init__(self, call: CallParser) -> None:
        self._call = call

    def expression(self, cursor: Cursor) -> Expression:
        """An expression; what follows it is left to the caller, except that `and` and `or` are refused here."""
        found = self._level(cursor, 0)
        cursor.skip()
        if cursor.looks_like(_LOGIC):
            refuse_logic(cursor)
        return found

    def _level(self, cursor: Cursor, level: int) -> Expression:
        """Operators of one precedence, grouped from the left."""
        if level == len(_LEVELS):
            return self._unary(cursor)
        left = self._level(cursor, level + 1)
        links = 0
        while sign := _next_operator(cursor, _LEVELS[level]):
            links += 1
            operator_span = cursor.take(len(sign))
            with cursor.nested(links):
                right = self._level(cursor, level + 1)
            left = Binary(BinaryOperator(sign), left, right, left.span.to(right.span), operator_span)
        return left

    def _unary(self, cursor: Cursor) -> Expression:
        cursor.skip()
        start = cursor.position
        for operator in UnaryOperator:
            if cursor.sees(operator.value):
                cursor.take(1)
                with cursor.nested():
                    operand = self._unary(cursor)
                span = cursor.since(start)
                if operator is UnaryOperator.MINUS and isinstance(operand, Number) and operand.span.start == start + 1:
                    return Number(f"-{operand.text}", span)
                return Unary(operator, operand, span)
        return self._primary(cursor)

    def _primary(self, cursor: Cursor) -> Expression:
        start = cursor.position
        if cursor.sees('"'):
            return cursor.quoted(lines=True)
        if cursor.sees("?"):
            return cursor.parameter()
        if cursor.sees("("):
            return self._parenthesised(cursor)
        if cursor.looks_like(_DIGITS):
            return self._number(cursor)
        if name := cursor.function_name():
            return self._call(cursor, name)
        if cursor.looks_like(_NOT):
            refuse_logic(cursor)
        if cursor.looks_like(_CASE):
            expected(cursor, "an expression", "assign in the clauses: `case { filter | field := …; * | field := … }`")
        word = cursor.expression_word()
        if word is None:
            self._nothing(cursor)
        if cursor.looks_like(_PERCENT_GLUED):
            _refuse_percent(cursor, start)
        if word.text.lower() in ("true", "false"):
            return Boolean(word.text.lower() == "true", word.span)
        if cursor.looks_like(_CALL_AHEAD):
            cursor.skip()
            return self._call(cursor, word)
        return word

    def _parenthesised(self, cursor: Cursor) -> Expression:
        opening = cursor.take(1)
        with cursor.bracket():
            found = self.expression(cursor)
            if not cursor.accept(")"):
                expected(cursor, "`)`", "close the parenthesis", opening)
        return found

    def _number(self, cursor: Cursor) -> Number | Word:
        """Digits; several dots, as in an address, make a word of them."""
        match = _DIGITS.match(cursor.text, cursor.position)
        assert match is not None
        text = match.group()
        span = cursor.take(len(text))
        return Number(text, span) if is_number(text) else Word(text, span)

    def _nothing(self, cursor: Cursor) -> NoReturn:
        if cursor.sees("/"):
            cursor.refuse(
                REGEX_IN_EXPRESSION,
                "an expression can't hold a regular expression",
                cursor.regex().span,
                "filter with `field = /…/` in a step of its own, or capture with `regex(…)`",
            )
        expected(cursor, "a field, a string, a number or a function", _help_for(cursor))


def refuse_logic(cursor: Cursor) -> NoReturn:
    """Refuse the `and`, `or` or `not` that is next, with what to write instead."""
    match = _LOGIC.match(cursor.text, cursor.position)
    assert match is not None
    word = match.group()
    span = cursor.take(len(word))
    cursor.refuse(LOGIC_IN_EXPRESSION, f"expressions have no `{word}`", span, _LOGIC_FIXES[word.lower()])


def expected(cursor: Cursor, what: str, help: str, opening: Span | None = None) -> NoReturn:
    """Refuse the next character: `what` should stand there."""
    cursor.skip()
    if cursor.finished:
        where = "the query ends"
        span = opening or cursor.here()
    else:
        span = cursor.here()
        where = f"`{cursor.source.slice(span)}` is next"
    cursor.refuse(UNEXPECTED, f"expected {what}, but {where}", span, help)


TYPOGRAPHIC = "“”„«»‘’"


def _next_operator(cursor: Cursor, signs: tuple[str, ...]) -> str | None:
    """The operator among `signs` that is next; nothing is read but white space and comments."""
    cursor.skip()
    for sign in signs:
        if cursor.sees(sign):
            return sign
    return None


def _refuse_percent(cursor: Cursor, start: int) -> NoReturn:
    cursor.take(1)
    cursor.expression_word()
    span = cursor.since(start)
    text = cursor.source.slice(span)
    cursor.refuse(
        AMBIGUOUS_PERCENT,
        f"`{text}` could be a field or a remainder",
        span,
        f'write `{text.replace("%", " % ")}` for the remainder, `getField("{text}")` for the field',
    )


def _help_for(cursor: Cursor) -> str:
    if cursor.sees("'"):
        return 'strings take double quotes: `"…"`'
    if cursor.sees("`"):
        return 'a field with other characters is written `getField("…")` in an expression'
    if cursor.sees("["):
        return "a list stands only in an argument, as in `in(field, values=[…])`"
    if cursor.sees("="):
        return "in an expression equality is written `==`"
    if cursor.sees_any(TYPOGRAPHIC):
        return 'typographic quotes are no quotes: write `"…"`'
    return "complete the expression, or take away what starts it"
