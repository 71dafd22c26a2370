"""find and search."""

from __future__ import annotations

from emulator.kql.lexer import Token
from emulator.kql.parser.lists import items
from emulator.kql.parser.literals import WIDER_TYPES, type_name
from emulator.kql.parser.names import expect_name
from emulator.kql.parser.operands import entity
from emulator.kql.parser.parameters import parameters, settings
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import operator
from emulator.kql.syntax import (
    Expression,
    Find,
    FindColumn,
    FindItem,
    Logical,
    LogicalOperator,
    Name,
    NameRef,
    PackColumn,
    Parameter,
    Pipeline,
    Search,
    Star,
)

_FIND = settings("withsource with_source")


def _data_scope(parser: Parser) -> tuple[Parameter, ...]:
    """`datascope = hotcache` as a setting."""
    cursor = parser.cursor
    word = cursor.accept("datascope")
    if word is None:
        return ()
    cursor.expect("=", "after `datascope`")
    value = cursor.next
    if value.text not in ("all", "hotcache"):
        cursor.fail("expected a part of the data", "write `all` or `hotcache`")
    cursor.take()
    scope = NameRef(value.span, value.text)
    return (Parameter(cursor.span_from(word.start), Name(word.span, word.text), scope),)


def _table(parser: Parser) -> Expression:
    """A table, perhaps renamed: `table | as name`."""
    cursor = parser.cursor
    start = cursor.next.start
    table = entity(parser)
    if not cursor.accept("|"):
        return table
    if cursor.next.text != "as":
        cursor.fail("only `as` may follow a table here", "put other operators after the `find` or into a `union`")
    renamed = parser.operator()
    return Pipeline(cursor.span_from(start), table, (renamed,))


def _tables(parser: Parser) -> tuple[Expression, ...]:
    cursor = parser.cursor
    if not cursor.accept("in"):
        return ()
    opened = cursor.open("(", "after `in`", "write the tables in brackets: `in (A, B)`")
    tables = items(parser, _table)
    cursor.close(opened)
    return tables


@operator("find")
def find(parser: Parser, keyword: Token) -> Find:
    """`find withsource = … in (table, …) where predicate project column, …`."""
    cursor = parser.cursor
    scope = _data_scope(parser)
    options = parameters(parser, _FIND)
    tables = _tables(parser)
    if options or tables:
        cursor.expect("where", "before the condition of `find`")
    else:
        cursor.accept("where")
    predicate = parser.expression()
    smart = cursor.accept("project-smart") is not None
    project = items(parser, _item) if not smart and cursor.accept("project") else ()
    away = items(parser, _item) if cursor.accept("__projectAway") else ()
    span = cursor.span_from(keyword.start)
    return Find(span, keyword.span, scope + options, tables, predicate, project, smart, away)


def _item(parser: Parser) -> FindItem:
    cursor = parser.cursor
    start = cursor.next.start
    if star := cursor.accept("*"):
        return Star(star.span)
    if cursor.next.text == "pack" and cursor.ahead().text == "(":
        cursor.take()
        opened = cursor.open("(", "after `pack`")
        cursor.expect("*", "in `pack`", "write `pack(*)`")
        cursor.close(opened)
        return PackColumn(cursor.span_from(start))
    name = expect_name(cursor, "a column")
    kind = type_name(cursor, WIDER_TYPES) if cursor.accept(":") else None
    return FindColumn(cursor.span_from(start), name, kind)


@operator("search")
def search(parser: Parser, keyword: Token) -> Search:
    """`search kind = … in (table, …) predicate`."""
    cursor = parser.cursor
    options = parameters(parser) + _data_scope(parser)
    tables = _tables(parser)
    predicate = _predicate(parser)
    return Search(cursor.span_from(keyword.start), keyword.span, options, tables, predicate)


def _predicate(parser: Parser) -> Expression:
    """A condition; also `*` alone, and `* and condition`."""
    cursor = parser.cursor
    if cursor.next.text != "*" or cursor.ahead().text not in ("and", "|", ")", ";", "}", ""):
        return parser.expression()
    star = Star(cursor.take().span)
    if not cursor.accept("and"):
        return star
    rest = parser.expression()
    return Logical(cursor.span_from(star.span.start), LogicalOperator.AND, (star, rest))
