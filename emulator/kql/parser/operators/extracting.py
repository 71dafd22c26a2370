"""parse, parse-where and parse-kv."""

from __future__ import annotations

from emulator.kql.lexer import Token, TokenKind
from emulator.kql.parser.literals import constant, optional_type, table_type
from emulator.kql.parser.names import accept_name
from emulator.kql.parser.parameters import bracketed_parameters, parameters, settings
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import operator
from emulator.kql.syntax import Literal, Parse, ParseColumn, ParseKv, Star

_PARSE = settings("kind flags")
_PARSE_KV = settings("pair_delimiter kv_delimiter regex quote escape greedy")


def _part(parser: Parser) -> Literal | Star | ParseColumn | None:
    """A text, `*` or a column of a pattern, when one is next."""
    cursor = parser.cursor
    if star := cursor.accept("*"):
        return Star(star.span)
    if cursor.next.kind is TokenKind.STRING:
        return constant(cursor)
    name = accept_name(cursor, declared=True)
    if name is None:
        return None
    kind = optional_type(cursor)
    return ParseColumn(cursor.span_from(name.span.start), name, kind)


@operator("parse", "parse-where")
def parse(parser: Parser, keyword: Token) -> Parse:
    """`parse kind = … value with "text" column: type * …`."""
    cursor = parser.cursor
    options = parameters(parser, _PARSE)
    value = parser.expression()
    cursor.expect("with", "after the text to take apart", 'write `with * "text" column …`')
    parts: list[Literal | Star | ParseColumn] = []
    while (part := _part(parser)) is not None:
        parts.append(part)
    only_matches = keyword.text == "parse-where"
    return Parse(cursor.span_from(keyword.start), keyword.span, only_matches, options, value, tuple(parts))


@operator("parse-kv")
def parse_kv(parser: Parser, keyword: Token) -> ParseKv:
    """`parse-kv value as (key: type, …) with (pair_delimiter = ";", …)`."""
    cursor = parser.cursor
    value = parser.expression()
    cursor.expect("as", "after the text to take apart", "write `as (key: type, …)`")
    keys = table_type(cursor, "after `as`")
    properties = bracketed_parameters(parser, _PARSE_KV, "after `with`") if cursor.accept("with") else ()
    return ParseKv(cursor.span_from(keyword.start), keyword.span, value, keys, properties)
