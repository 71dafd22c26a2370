"""Pipelines and their steps: filters, assignments, `case`, `match`, and lists of aggregates.

A step that can't be read is reported and passed over, so that one run reports the errors of all steps.
"""

from __future__ import annotations

from emulator.cql.lexer import Cursor, UnreadableError
from emulator.cql.parser.arguments import ArgumentParser, unclosed
from emulator.cql.parser.expressions import UNEXPECTED, expected, refuse_logic
from emulator.cql.parser.filters import MISSING_PIPE, OPERATOR, FilterParser, field_name
from emulator.cql.syntax import Assign, Boolean, Case, Guard, Match, MatchClause, Pipeline, Stats, Step
from emulator.diagnostics import code
from emulator.regular import regular
from emulator.source import Span

CLAUSE = code(
    "CQL1017",
    "A clause of `case` or `match` is malformed",
    "`case { filter | step; * }` tries its clauses in order; `field match { guard => step; * => step }` compares one\n"
    "field.\n"
    "Clauses end with `;`, and the last one may be `*` for everything else.",
)

_CASE = regular(r"case\s*\{")
_WORD = regular(r"[\w#@\"]")
_SKIPPED = regular(
    r'"(?>(?:[^"\\\n]++|\\[^\n])*)"?'
    r"|//[^\n]*"
    r"|(?<=[\s=(,|])/(?>(?:[^/\\\n]++|\\[^\n])+)/"
    r'|[^"/|;{}()\[\]]+'
    r"|[\s\S]"
)


class PipelineParser:
    """Reads pipelines, and so the whole language."""

    __slots__ = ("_arguments", "_filters")

    def __init__(self) -> None:
        self._arguments = ArgumentParser(self.pipeline)
        self._filters = FilterParser(self._arguments)

    def pipeline(self, cursor: Cursor, closers: str) -> Pipeline:
        """Steps up to one of `closers`, which is left, or to the end. Empty steps are passed over."""
        steps: list[Step] = []
        outside, cursor.brackets = cursor.brackets, 0
        cursor.skip()
        start = cursor.end
        while not cursor.finished and not cursor.sees_any(closers):
            if cursor.sees("|"):
                _pipe(cursor)
            else:
                try:
                    steps.append(self._step(cursor))
                    _after_step(cursor, closers, steps[-1])
                except UnreadableError:
                    _resume(cursor, closers)
            cursor.skip()
        cursor.brackets = outside
        span = steps[0].span.to(steps[-1].span) if steps else Span(start, start)
        return Pipeline(tuple(steps), span)

    def _step(self, cursor: Cursor) -> Step:
        start = cursor.position
        if cursor.sees("["):
            functions = self._arguments.array(cursor)
            return Stats(functions, functions.span)
        if cursor.sees("case") and cursor.looks_like(_CASE):
            return self._case(cursor)
        match cursor.target_ahead():
            case ":=":
                target = field_name(cursor)
                cursor.skip()
                return self._arguments.assign(cursor, target, cursor.take(2))
            case "match":
                return self._match(cursor)
            case _:
                cursor.position = start
                return self._filters.filter(cursor)

    def _case(self, cursor: Cursor) -> Case:
        start = cursor.take(len("case")).start
        cursor.skip()
        opening = cursor.take(1)
        clauses: list[Pipeline] = []
        with cursor.nested():
            while self._clause_follows(cursor, opening):
                clauses.append(self.pipeline(cursor, ";}"))
        span = cursor.since(start)
        if not clauses:
            cursor.report(CLAUSE, "a `case` without clauses", span, "write `case { filter | step; * }`")
        return Case(tuple(clauses), span)

    def _match(self, cursor: Cursor) -> Match:
        field = field_name(cursor)
        cursor.skip()
        cursor.take(len("match"))
        cursor.skip()
        opening = cursor.take(1)
        clauses: list[MatchClause] = []
        errors = len(cursor.reporter.found)
        with cursor.nested():
            while self._clause_follows(cursor, opening):
                try:
                    clauses.append(self._match_clause(cursor))
                except UnreadableError:
                    _resume(cursor, ";}", through_pipes=True)
        span = cursor.since(field.span.start)
        if not clauses and len(cursor.reporter.found) == errors:
            cursor.report(CLAUSE, "a `match` without clauses", span, 'write `field match { "a" => step; * => step }`')
        return Match(field, tuple(clauses), span)

    def _clause_follows(self, cursor: Cursor, opening: Span) -> bool:
        """Pass `;` and read the closing brace; false when it was read."""
        cursor.skip()
        while cursor.accept(";"):
            cursor.skip()
        if cursor.accept("}"):
            return False
        if cursor.finished:
            unclosed(cursor, "{", opening)
        return True

    def _match_clause(self, cursor: Cursor) -> MatchClause:
        start = cursor.position
        guard = self._guard(cursor)
        cursor.skip()
        if not cursor.sees("=>"):
            expected(cursor, "`=>` after the guard", "a clause of `match` is written `guard => step`")
        cursor.take(2)
        pipeline = self.pipeline(cursor, ";}")
        return MatchClause(guard, pipeline, cursor.since(start))

    def _guard(self, cursor: Cursor) -> Guard:
        if cursor.sees("=>"):
            cursor.refuse(
                CLAUSE, "a clause without a guard", cursor.take(2), "the clause for everything else is `* => …`"
            )
        if cursor.sees('"'):
            return cursor.quoted()
        if cursor.sees("/"):
            return cursor.regex()
        if cursor.sees("?"):
            return cursor.parameter()
        if function := cursor.function_name():
            return self._arguments.call(cursor, function)
        word = cursor.pattern_word()
        if word is None:
            expected(cursor, "a guard", "a guard is a value, `*`, a regular expression or a filter function")
        return Boolean(word.text == "true", word.span) if word.text in ("true", "false") else word


def _pipe(cursor: Cursor) -> None:
    if cursor.sees("||"):
        cursor.report(
            OPERATOR, "`||` is no operator of this language", cursor.take(2), "write `or`; a single `|` joins two steps"
        )
        return
    cursor.take(1)


def _after_step(cursor: Cursor, closers: str, step: Step) -> None:
    """Refuse what follows a step unless it ends it. A `;` may stand before the `|` and at the end."""
    cursor.skip()
    if cursor.finished or cursor.sees_any("|" + closers):
        return
    if cursor.sees(";"):
        semicolon = cursor.take(1)
        cursor.skip()
        if not cursor.finished and not cursor.sees_any("|" + closers):
            cursor.report(UNEXPECTED, "`;` ends only clauses of `case` and `match`", semicolon, "join steps with `|`")
        return
    if cursor.sees("&&"):
        refuse_logic(cursor)
    if cursor.looks_like(_WORD):
        fix = "put a `|` between two steps, or quote the text"
        cursor.refuse(MISSING_PIPE, "this follows a step without a `|`", cursor.here(), fix)
    expected(cursor, "`|` or the end", _help_after_step(cursor, step))


def _help_after_step(cursor: Cursor, step: Step) -> str:
    if cursor.sees_any(")]}"):
        return "take the bracket away, or open it before"
    if cursor.sees(","):
        return "lists stand in brackets in an argument: `in(field, values=[a, b])`, `table([a, b])`"
    if cursor.sees("=") and isinstance(step, Assign):
        return "in an expression equality is written `==`"
    if cursor.sees("="):
        return "only a field can be compared in a filter; for a function or two fields write `test(… == …)`"
    if cursor.sees("'"):
        return 'strings take double quotes: `"…"`'
    return "put a `|` between two steps, or quote the text"


def _resume(cursor: Cursor, closers: str, *, through_pipes: bool = False) -> None:
    """Pass over the rest of a step that can't be read, up to its `|` or one of `closers`.

    What stands in brackets that were open where the error is belongs to the step, when they are closed at all.
    """
    start = cursor.position
    ends = closers if through_pipes else closers + "|"
    if not _passed(cursor, ends, cursor.brackets_at_error) and cursor.brackets_at_error:
        cursor.position = start
        _passed(cursor, ends, 0)


def _passed(cursor: Cursor, ends: str, depth: int) -> bool:
    """Pass over text up to one of `ends` outside brackets, starting `depth` deep; false when the text ends inside."""
    while not cursor.finished:
        sign = cursor.text[cursor.position]
        if depth <= 0 and sign in ends:
            return True
        if sign in "({[":
            depth += 1
        elif sign in ")}]":
            depth = max(0, depth - 1)
        if cursor.sees("/*"):
            end = cursor.text.find("*/", cursor.position)
            cursor.position = len(cursor.text) if end < 0 else end + 2
            continue
        match = _SKIPPED.match(cursor.text, cursor.position)
        assert match is not None
        cursor.take(len(match.group()))
    return depth <= 0
