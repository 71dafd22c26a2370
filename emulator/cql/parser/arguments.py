"""Calls and what they are given: named and unnamed arguments, arrays, subqueries, saved queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from emulator.cql.lexer import Cursor, UnreadableError
from emulator.cql.parser.expressions import ExpressionParser, expected, refuse_logic
from emulator.cql.syntax import (
    Apply,
    Argument,
    Array,
    Assign,
    Call,
    Expression,
    Name,
    Pipeline,
    SavedQuery,
    Subquery,
    Value,
    Word,
)
from emulator.diagnostics import Label, code
from emulator.regular import regular
from emulator.source import Span

UNCLOSED = code(
    "CQL1005",
    "A bracket is not closed",
    "Every `(`, `[` and `{` needs its closing partner. Often a quote or a slash that was left open hides it.",
)
ARGUMENTS = code(
    "CQL1016",
    "The arguments of a call don't fit together",
    "A call takes at most one argument without a name, and each named argument once: `in(field, values=[…])`.",
)

_NAMED = regular(r"([A-Za-z_]\w*)\s*=(?![=~])")
_LABELLED = regular(r"([A-Za-z_]\w*)\s*:(?![=:])\s*(?=[{\[\w\"?*])")
_OPENS_VALUE = regular(r"\(\s*[\[{/$]")
_BARE = regular(r"[#%&.0-9@A-Z\\^_a-z\u00a1-\u00ff*+\-:~/\[\]]+?(?=\s*(?:[,)}]|\](?!\w|\.|\[)))")
_SAVED_NAME = regular(r"[\w.\-]+(?:[/:]+[\w.\-]+)*")


class ArgumentParser:
    """Reads calls and values; `pipeline` reads a subquery up to one of the given closing signs."""

    __slots__ = ("_expressions", "_pipeline")

    def __init__(self, pipeline: Callable[[Cursor, str], Pipeline]) -> None:
        self._pipeline = pipeline
        self._expressions = ExpressionParser(self.call)

    def expression(self, cursor: Cursor) -> Expression:
        """An expression."""
        return self._expressions.expression(cursor)

    def call(self, cursor: Cursor, name: Word) -> Call:
        """A call whose name was read; the cursor is at its parenthesis."""
        arguments = self._arguments(cursor)
        return Call(name.text, arguments, cursor.since(name.span.start), name.span)

    def saved_query(self, cursor: Cursor) -> SavedQuery:
        """`$name(…)`; the cursor is at the dollar sign."""
        start = cursor.take(1).start
        if cursor.sees('"'):
            quoted = cursor.quoted()
            name, span = quoted.text, quoted.span
        elif match := _SAVED_NAME.match(cursor.text, cursor.position):
            name, span = match.group(), cursor.take(len(match.group()))
        else:
            expected(cursor, "the name of a saved query", 'write `$name()` or `$"name with spaces"()`')
        cursor.skip()
        if not cursor.sees("("):
            expected(cursor, "`(`", f"a saved query is called: `{cursor.source.slice(cursor.since(start))}()`")
        arguments = self._arguments(cursor)
        return SavedQuery(name, arguments, cursor.since(start), span)

    def array(self, cursor: Cursor) -> Array:
        """`[a, b]`, or `(a, b)` after an infix `in`; the cursor is at the bracket. A last comma is allowed."""
        closing = "]" if cursor.sees("[") else ")"
        opening = cursor.take(1)
        items: list[Value] = []
        with cursor.bracket():
            while not self._closes(cursor, closing, opening):
                items.append(self.value(cursor))
                self._separator(cursor, closing, "items of a list")
        return Array(tuple(items), cursor.since(opening.start))

    def braces(self, cursor: Cursor) -> Pipeline:
        """`{pipeline}`; the cursor is at the brace."""
        opening = cursor.take(1)
        with cursor.nested():
            pipeline = self._pipeline(cursor, "}")
        if not cursor.accept("}"):
            unclosed(cursor, "{", opening)
        return pipeline

    def assign(self, cursor: Cursor, target: Name, operator_span: Span) -> Assign:
        """`target := expression`, after the operator."""
        value = self.expression(cursor)
        return Assign(target, value, cursor.since(target.span.start), operator_span)

    def apply(self, cursor: Cursor, field: Name, operator_span: Span) -> Apply:
        """`field =~ function(…)`, after the operator."""
        negated = cursor.accept("!") is not None
        cursor.skip()
        name = cursor.function_name() or cursor.expression_word()
        cursor.skip()
        if name is None or not cursor.sees("("):
            expected(
                cursor, "a function", f"`=~` gives the field to a function; for a pattern write `{field.text} = /…/`"
            )
        call = self.call(cursor, name)
        return Apply(field, call, negated, cursor.since(field.span.start), operator_span)

    def value(self, cursor: Cursor) -> Value:
        """What an argument or an array may hold."""
        cursor.skip()
        start = cursor.position
        if cursor.sees("["):
            return self.array(cursor)
        if cursor.sees("{"):
            pipeline = self.braces(cursor)
            return Subquery(pipeline, cursor.since(start))
        if cursor.sees("/"):
            return cursor.regex()
        if cursor.sees("$"):
            return self.saved_query(cursor)
        if cursor.looks_like(_OPENS_VALUE):
            return self._parenthesised(cursor)
        if cursor.target_ahead() in (":=", "=~"):
            return self._targeted(cursor)
        return self._bare(cursor) or self.expression(cursor)

    def _parenthesised(self, cursor: Cursor) -> Value:
        opening = cursor.take(1)
        with cursor.bracket():
            found = self.value(cursor)
            if not cursor.accept(")"):
                expected(cursor, "`)`", "close the parenthesis", opening)
        return found

    def _targeted(self, cursor: Cursor) -> Assign | Apply:
        """`x := f()` or `x =~ f()` in an argument or a list of functions."""
        target = cursor.quoted() if cursor.sees('"') else cursor.expression_word()
        cursor.skip()
        if target is None or not (cursor.sees(":=") or cursor.sees("=~")):
            expected(cursor, "a field's name", "quote a field's name that has other characters")
        assigns = cursor.sees(":=")
        operator = cursor.take(2)
        return self.assign(cursor, target, operator) if assigns else self.apply(cursor, target, operator)

    def _bare(self, cursor: Cursor) -> Word | None:
        """A bare word that no expression could be: with a wildcard at its end, or with colons."""
        match = _BARE.match(cursor.text, cursor.position)
        if match is None:
            return None
        text = match.group()
        if text.startswith(("*", "+")) or text.endswith("*") or ":" in text or "~" in text:
            return Word(text, cursor.take(len(text)))
        return None

    # --- Arguments ---

    def _arguments(self, cursor: Cursor) -> tuple[Argument, ...]:
        opening = cursor.take(1)
        found: list[Argument] = []
        with cursor.bracket():
            while not self._closes(cursor, ")", opening):
                found.append(self._argument(cursor))
                self._separator(cursor, ")", "arguments")
        _check_arguments(cursor, found)
        return tuple(found)

    def _argument(self, cursor: Cursor) -> Argument:
        start = cursor.position
        name = None
        if named := _NAMED.match(cursor.text, start):
            name = Word(named.group(1), Span(start, named.end(1)))
            cursor.take(len(named.group()))
            cursor.skip()
        labelled = _LABELLED.match(cursor.text, cursor.position)
        is_query = labelled is not None and cursor.text.startswith("{", labelled.end())
        value = self._labelled(cursor, labelled) if labelled is not None and is_query else self.value(cursor)
        return Argument(name, value, cursor.since(start))

    def _labelled(self, cursor: Cursor, label: re.Match[str]) -> Subquery:
        """`name: {…} include: […]`, a query of `correlate()`."""
        name = Word(label.group(1), Span(label.start(1), label.end(1)))
        cursor.take(len(label.group()))
        pipeline = self.braces(cursor)
        options: list[Argument] = []
        cursor.skip()
        while option := _LABELLED.match(cursor.text, cursor.position):
            option_name = Word(option.group(1), Span(option.start(1), option.end(1)))
            cursor.take(len(option.group()))
            value = self.value(cursor)
            options.append(Argument(option_name, value, cursor.since(option.start())))
            cursor.skip()
        return Subquery(pipeline, cursor.since(name.span.start), name, tuple(options))

    def _closes(self, cursor: Cursor, sign: str, opening: Span) -> bool:
        if cursor.accept(sign):
            return True
        if cursor.finished:
            unclosed(cursor, cursor.source.slice(opening), opening)
        return False

    def _separator(self, cursor: Cursor, closing: str, what: str) -> None:
        cursor.skip()
        if cursor.accept(",") or cursor.sees(closing) or cursor.finished:
            return
        if cursor.sees("&&") or cursor.sees("||"):
            refuse_logic(cursor)
        fix = f"separate {what} with commas; quote text that has spaces or signs"
        if cursor.sees("="):
            fix = "in an expression equality is written `==`"
        expected(cursor, f"`,` or `{closing}`", fix)


def unclosed(cursor: Cursor, sign: str, opening: Span) -> NoReturn:
    """Refuse a bracket that the end of the text, or another bracket, leaves open."""
    if cursor.gave_up:
        raise UnreadableError
    cursor.gave_up = cursor.finished
    closing = {"(": ")", "[": "]", "{": "}"}[sign]
    where = "the query ends" if cursor.finished else f"`{cursor.text[cursor.position]}` is next"
    cursor.refuse(UNCLOSED, f"this `{sign}` is not closed; {where}", opening, f"add the `{closing}` where it belongs")


def _check_arguments(cursor: Cursor, arguments: list[Argument]) -> None:
    """Report a name that is given twice."""
    named: dict[str, Argument] = {}
    for each in arguments:
        if each.name is not None and named.setdefault(each.name.text, each) is not each:
            also = (Label(named[each.name.text].span, "the first one"),)
            cursor.report(ARGUMENTS, f"`{each.name.text}` is given twice", each.span, "keep one of them", also=also)
