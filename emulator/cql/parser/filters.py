"""Filters: field comparisons, free text and functions, joined by `and`, `or` and `not`.

`or` binds tighter than `and`, and standing side by side means `and`: the official grammar says so
(library.humio.com, lql-grammar, grammar subset; appendix A on precedence).
"""

from __future__ import annotations

import re
from typing import NoReturn

from emulator.cql.lexer import Cursor, is_field_name, is_number
from emulator.cql.parser.arguments import ArgumentParser
from emulator.cql.parser.expressions import TYPOGRAPHIC, expected
from emulator.cql.parser.reserved import reserved_words
from emulator.cql.syntax import (
    And,
    Apply,
    Boolean,
    Comparison,
    Filter,
    FilterOperator,
    FreeText,
    InfixIn,
    Name,
    Not,
    Or,
    Pattern,
    Quoted,
    Word,
)
from emulator.diagnostics import code
from emulator.regular import regular
from emulator.source import Span

QUOTE_NAME = code(
    "CQL1006",
    "A field name needs quotes",
    "Bare field names hold letters, digits and `# % & . @ \\ ^ _`. Any other name is quoted in a filter:\n"
    '`"host-name" = *`. In an expression write `getField("host-name")`.',
)
MISSING_VALUE = code(
    "CQL1007",
    "A comparison has no value",
    "After `=` and `!=` stands a word, a quoted string, a number, `*`, a regular expression or a `?parameter`; after\n"
    '`< <= > >=` a number. `field = ""` finds a field that is there but empty, `field != *` one that is missing.',
)
NOT_A_NUMBER = code(
    "CQL1008",
    "An ordering compares with something that is no number",
    "In a filter `< <= > >=` compare a field, on the left, with a number, on the right. To compare two fields or an\n"
    "expression write `test(a > b)`.",
)
RESERVED_WORD = code(
    "CQL1011",
    "A reserved word stands as free text",
    "Names of functions and statements are reserved. To search for the word, quote it; to call the function, add its\n"
    "parentheses. As the name of a field it needs nothing.",
)
MISSING_PIPE = code(
    "CQL1012",
    "A step follows another without `|`",
    "Assignments, `case` and `match` are steps of their own: put a `|` before them.",
)
OPERATOR = code(
    "CQL1013",
    "This operator belongs to another place or another language",
    "Filters know `=`, `!=`, `<`, `<=`, `>`, `>=`, `like` and `=~ function(…)`; expressions, as in `test()`, use `==`.",
)

_KEYWORD = regular(r"(and|or|not)(?![#%&.0-9@A-Z\\^_a-z\u00a1-\u00ff*+\-~/=\[]|:[^\s(])", re.IGNORECASE)
_LIKE = regular(r"like(?=[\s\"?])", re.IGNORECASE)
_IN = regular(r"(not\s+)?in\s*(?=\[|\((?![^()]*?\b(?:values|field)\s*=))", re.IGNORECASE)
_CASE = regular(r"case\s*\{")
_CALL_AHEAD = regular(r"\s*\(")
_SIGNS = ("<=>", "==", "=~", "!=", "!~", "<>", "<=", ">=", "<", ">", "=")
_STARTS = regular(r"[#%&.0-9@A-Z\\^_a-z\u00a1-\u00ff*+\-~:\"/?($!]")


class FilterParser:
    """Reads filters; calls and what they are given come from `arguments`."""

    __slots__ = ("_arguments",)

    def __init__(self, arguments: ArgumentParser) -> None:
        self._arguments = arguments

    def filter(self, cursor: Cursor) -> Filter:
        """Filters joined by `and` or by standing side by side, up to what can't go on one."""
        start = cursor.position
        operands = [self._or_list(cursor)]
        while True:
            word = _keyword(cursor)
            if word == "and":
                cursor.take(len(word))
            elif not cursor.looks_like(_STARTS) or cursor.sees("!="):
                break
            cursor.skip()
            operands.append(self._or_list(cursor))
        return operands[0] if len(operands) == 1 else And(tuple(operands), cursor.since(start))

    def _or_list(self, cursor: Cursor) -> Filter:
        start = cursor.position
        operands = [self._negated(cursor)]
        while _keyword(cursor) == "or":
            cursor.take(2)
            cursor.skip()
            operands.append(self._negated(cursor))
        return operands[0] if len(operands) == 1 else Or(tuple(operands), cursor.since(start))

    def _negated(self, cursor: Cursor) -> Filter:
        cursor.skip()
        start = cursor.position
        sign = 1 if cursor.sees("!") else 3 if _keyword(cursor) == "not" else 0
        if not sign:
            return self._primary(cursor)
        operator = cursor.take(sign)
        with cursor.nested():
            operand = self._negated(cursor)
        return Not(operand, cursor.since(start), operator)

    def _primary(self, cursor: Cursor) -> Filter:
        start = cursor.position
        match cursor.text[start : start + 1]:
            case "(":
                return self._group(cursor)
            case "/":
                regex = cursor.regex()
                return FreeText(regex, regex.span)
            case "?":
                parameter = cursor.parameter()
                return FreeText(parameter, parameter.span)
            case "$":
                return self._arguments.saved_query(cursor)
        if _keyword(cursor):
            expected(cursor, "a filter", "`and` and `or` join two filters; to search for the word, quote it")
        if function := cursor.function_name():
            return self._arguments.call(cursor, function)
        if cursor.sees("case") and cursor.looks_like(_CASE):
            _missing_pipe(cursor, Span(start, start + 4))
        name = cursor.quoted() if cursor.sees('"') else cursor.pattern_word()
        if name is None:
            expected(cursor, "a filter, a function or an assignment", _help_for(cursor))
        if name.text == "&&" and isinstance(name, Word):
            cursor.refuse(
                OPERATOR, "`&&` is no operator of this language", name.span, "write `and`; quote it to search for it"
            )
        return self._after_name(cursor, name)

    def _group(self, cursor: Cursor) -> Filter:
        opening = cursor.take(1)
        cursor.skip()
        with cursor.bracket():
            found = self.filter(cursor)
            if not cursor.accept(")"):
                fix = "close the parenthesis; parentheses group filters, and can't hold steps joined by `|`"
                expected(cursor, "`)`", fix, opening)
        return found

    def _after_name(self, cursor: Cursor, name: Name) -> Filter:
        """What a name is the start of: a comparison, a call with a space before its parenthesis, or free text."""
        cursor.skip()
        sign = None if cursor.sees_any("|;}") else next(filter(cursor.sees, _SIGNS), None)
        if sign is not None:
            operator_span = cursor.take(len(sign))
            _check_name(cursor, name)
            if sign == "=~":
                return self._apply(cursor, name, operator_span)
            return self._comparison(cursor, name, sign, operator_span)
        if cursor.sees(":="):
            _missing_pipe(cursor, name.span)
        if cursor.sees_any("iInN") and (match := _IN.match(cursor.text, cursor.position)):
            return self._infix_in(cursor, name, match)
        if cursor.sees_any("lL") and cursor.looks_like(_LIKE):
            operator_span = cursor.take(4)
            _check_name(cursor, name)
            return self._comparison(cursor, name, "like", operator_span)
        if isinstance(name, Word):
            if name.text.lower() in ("true", "false"):
                return Boolean(name.text.lower() == "true", name.span)
            if name.text in reserved_words() and cursor.sees("("):
                return self._arguments.call(cursor, name)
            if name.text in reserved_words():
                self._reserved(cursor, name)
        return FreeText(name, name.span)

    def _reserved(self, cursor: Cursor, name: Word) -> NoReturn:
        if name.text == "match" and cursor.sees("{"):
            fix = "name the field first: `field match { … }`"
        elif name.text in ("case", "match", "like"):
            fix = f'to search for the word, quote it: `"{name.text}"`'
        else:
            fix = f'to search for the word, quote it: `"{name.text}"`; to call the function: `{name.text}(…)`'
        cursor.refuse(RESERVED_WORD, f"`{name.text}` is a reserved word", name.span, fix)

    def _apply(self, cursor: Cursor, field: Name, operator_span: Span) -> Apply:
        cursor.skip()
        if cursor.sees("/"):
            cursor.refuse(
                OPERATOR,
                "`=~` gives a field to a function, not to a regular expression",
                operator_span,
                f"write `{cursor.source.slice(field.span)} = {cursor.source.slice(cursor.regex().span)}`",
            )
        return self._arguments.apply(cursor, field, operator_span)

    def _infix_in(self, cursor: Cursor, field: Name, match: re.Match[str]) -> InfixIn:
        _check_name(cursor, field)
        operator_span = Span(match.start(), match.start() + len(match.group().rstrip()))
        cursor.take(len(match.group()))
        values = self._arguments.array(cursor)
        span = cursor.since(field.span.start)
        return InfixIn(field, values.items, bool(match.group(1)), span, operator_span, values.span)

    # --- Comparisons ---

    def _comparison(self, cursor: Cursor, field: Name, sign: str, operator_span: Span) -> Comparison:
        if sign in _FOREIGN:
            cursor.refuse(OPERATOR, f"a filter has no operator `{sign}`", operator_span, _FOREIGN[sign])
        operator = FilterOperator(sign)
        cursor.skip()
        value = self._pattern(cursor, field, operator, operator_span)
        return Comparison(field, operator, value, cursor.since(field.span.start), operator_span)

    def _pattern(self, cursor: Cursor, field: Name, operator: FilterOperator, operator_span: Span) -> Pattern:
        left = cursor.source.slice(field.span)
        start = cursor.position
        if cursor.sees('"'):
            return cursor.quoted()
        if cursor.sees("?"):
            return cursor.parameter()
        if cursor.sees("/") and operator in (FilterOperator.EQUAL, FilterOperator.NOT_EQUAL):
            return cursor.regex()
        if function := cursor.function_name():
            cursor.refuse(
                OPERATOR,
                "the right side of a filter is text, not a function",
                function.span,
                f"compare in an expression: `test({left} {_in_expression(operator)} {function.text}(…))`",
            )
        word = cursor.pattern_word()
        if word is None:
            _missing_value(cursor, left, operator, operator_span)
        if operator in _ORDERINGS and not is_number(word.text):
            cursor.refuse(
                NOT_A_NUMBER,
                f"`{operator.value}` compares with a number, and `{word.text}` is none",
                Span(start, word.span.end),
                f"to compare with a field or an expression write `test({left} {operator.value} {word.text})`",
            )
        return word


_FOREIGN = {
    "==": "write `field = value`, or `test(a == b)` to compare two fields",
    "<>": "write `field != value`",
    "!~": "write `field != /…/`, or `field =~ !function(…)`",
}
_ORDERINGS = (FilterOperator.LESS, FilterOperator.LESS_EQUAL, FilterOperator.GREATER, FilterOperator.GREATER_EQUAL)


def field_name(cursor: Cursor) -> Name:
    """The name of a field before `:=` or `match`, where one was seen."""
    name = cursor.quoted() if cursor.sees('"') else cursor.pattern_word()
    assert name is not None
    _check_name(cursor, name)
    return name


def _keyword(cursor: Cursor) -> str:
    """`and`, `or` or `not` when it is next, in lower case; white space and comments before it are passed."""
    cursor.skip()
    if not cursor.sees_any("aAoOnN"):
        return ""
    match = _KEYWORD.match(cursor.text, cursor.position)
    return "" if match is None else match.group(1).lower()


def _check_name(cursor: Cursor, name: Name) -> None:
    if isinstance(name, Quoted) or is_field_name(name.text):
        return
    cursor.report(
        QUOTE_NAME,
        f"`{name.text}` is no bare field name",
        name.span,
        f'quote it: `"{name.text}"`; in an expression write `getField("{name.text}")`',
    )


def _in_expression(operator: FilterOperator) -> str:
    return "==" if operator is FilterOperator.EQUAL else operator.value


def _missing_pipe(cursor: Cursor, span: Span) -> NoReturn:
    cursor.refuse(MISSING_PIPE, "this is a step of its own", span, "put a `|` before it")


def _missing_value(cursor: Cursor, left: str, operator: FilterOperator, operator_span: Span) -> NoReturn:
    fix = f'write a value, `{left} = *` when the field is there, or `{left} = ""` when it is empty'
    if cursor.sees("["):
        fix = f"for one of several values write `in({left}, values=[…])`"
    elif cursor.sees("("):
        fix = f"for one of several values write `in({left}, values=[…])`; for an expression `test({left} == (…))`"
    elif cursor.sees("'"):
        fix = 'strings take double quotes: `"…"`'
    elif cursor.sees_any(TYPOGRAPHIC):
        fix = 'typographic quotes are no quotes: write `"…"`'
    elif operator in _ORDERINGS:
        fix = f"write a number: `{left} {operator.value} 10`"
    elif cursor.sees("/"):
        fix = f"a regular expression goes with `=`: `{left} = /…/`"
    cursor.refuse(MISSING_VALUE, f"`{operator.value}` has no value", operator_span, fix)


def _help_for(cursor: Cursor) -> str:
    if cursor.sees("'"):
        return 'strings take double quotes: `"…"`'
    if cursor.sees("`"):
        return 'a field with other characters in its name is quoted with `"`'
    if cursor.sees("["):
        return "a list stands in an argument, as in `in(field, values=[…])`"
    if cursor.sees("="):
        return "a comparison has a field on its left: `field = value`"
    if cursor.sees_any(TYPOGRAPHIC):
        return 'typographic quotes are no quotes: write `"…"`'
    return "complete the filter, or quote the text"
