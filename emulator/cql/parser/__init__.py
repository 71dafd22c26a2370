"""CQL text to syntax tree."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from emulator.cql.lexer import Cursor, UnreadableError
from emulator.cql.parser.pipelines import PipelineParser
from emulator.cql.syntax import Pipeline, Query
from emulator.diagnostics import Reporter, code
from emulator.source import Source, Span

TOO_LONG = code(
    "CQL1014",
    "The query is too long",
    "A query's text is limited, by default to 1 MiB. Move long lists into a lookup file and use `match(file=…)`.",
)

MAX_CHARACTERS = 1 << 20
MAX_DEPTH = 250

_FRAMES_PER_LEVEL = 16
_PARSER = PipelineParser()


def parse(source: Source, *, max_characters: int = MAX_CHARACTERS, max_depth: int = MAX_DEPTH) -> Query:
    """The syntax tree of a query.

    Raises QueryError with every error found; nothing else, whatever the text is.
    """
    reporter = Reporter(source)
    length = len(source.text)
    if length > max_characters:
        message = f"{length:,} characters are more than the limit of {max_characters:,}"
        reporter.error(TOO_LONG, message, Span(0, 1), "shorten the query: move long lists into a lookup file")
        reporter.stop_if_failed()
    cursor = Cursor(source, reporter, max_depth)
    with _room_for(max_depth):
        pipeline = _whole(cursor)
    reporter.stop_if_failed()
    return Query(pipeline, Span(0, length))


def _whole(cursor: Cursor) -> Pipeline:
    try:
        return _PARSER.pipeline(cursor, "")
    except UnreadableError:
        return Pipeline((), Span(0, 0))


@contextmanager
def _room_for(depth: int) -> Iterator[None]:
    """Let the interpreter recurse as deep as the parser may, on top of what the caller already uses."""
    frame, used = sys._getframe(), 0  # noqa: SLF001 - the only way to know how deep the caller is
    while frame.f_back is not None:
        frame, used = frame.f_back, used + 1
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, used + _FRAMES_PER_LEVEL * depth + 100))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
