"""KQL text to syntax tree: the whole grammar of the official parser, with every error of a text reported at once.

The parser is put together here: each module holds a part of the grammar as functions over the `Parser` protocol, and
the operators register themselves by keyword.
"""

from __future__ import annotations

import sys

from emulator.diagnostics import QueryError, Reporter, code
from emulator.kql.lexer import tokenize
from emulator.kql.parser import expressions, gaps, pipelines, statements
from emulator.kql.parser.cursor import Cursor
from emulator.kql.parser.operators import (  # noqa: F401 - importing a family registers it
    aggregating,
    combining,
    expanding,
    extracting,
    graphs,
    refused,
    rendering,
    scanning,
    searching,
    selecting,
    shaping,
)
from emulator.kql.syntax import Query
from emulator.source import Source, Span

TOO_LONG = code(
    "KQL1005",
    "a query text that is too long",
    "A query longer than 1 MiB is refused before it is read. Put long lists into a file and read them as a watchlist "
    "or an external table; the limit can be raised.",
)

MOST_CHARACTERS = 1024 * 1024
DEEPEST = 250
_FRAMES_A_LEVEL = 24
"""A level of nesting passes through at most some twenty functions, from a pipeline down to an operand."""
_SPARE_FRAMES = 1000


class QueryParser:
    """The whole grammar over one text."""

    __slots__ = ("cursor",)

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor

    expression = expressions.expression
    invocation = expressions.invocation
    target = expressions.target
    pipeline = pipelines.pipeline
    subpipeline = pipelines.subpipeline
    operator = pipelines.operator
    statements = statements.statements


def parse(source: Source, *, max_characters: int = MOST_CHARACTERS, max_depth: int = DEEPEST) -> Query:
    """The syntax tree of a query. Raises QueryError with all syntax errors of the text."""
    reporter = Reporter(source)
    if len(source.text) > max_characters:
        raise QueryError(
            [
                reporter.error(
                    TOO_LONG,
                    f"the text has {len(source.text):,} characters, more than {max_characters:,}",
                    Span(0, 0),
                    "move long lists out of the query, into a watchlist or an external file",
                )
            ]
        )
    _allow_recursion(max_depth)
    cursor = Cursor(tokenize(source.text, reporter), reporter, max_depth)
    directives = gaps.accept_directives(cursor)
    found = QueryParser(cursor).statements("")
    reporter.stop_if_failed()
    gaps.report_unknown(directives, cursor)
    reporter.stop_if_failed()
    return Query(Span(0, len(source.text)), source, found)


def _allow_recursion(levels: int) -> None:
    """Python's limit on nested calls is below what the depth limit needs; raising it is harmless, lowering is not."""
    needed = levels * _FRAMES_A_LEVEL + _SPARE_FRAMES
    if sys.getrecursionlimit() < needed:
        sys.setrecursionlimit(needed)
