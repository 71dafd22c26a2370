"""mv-expand and mv-apply."""

from __future__ import annotations

from emulator.kql.lexer import Token
from emulator.kql.parser.lists import at_list_end
from emulator.kql.parser.literals import type_of
from emulator.kql.parser.parameters import parameters
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import operator
from emulator.kql.syntax import ExpandItem, Expression, MvApply, MvExpand, TypeOf


def _type(parser: Parser) -> TypeOf | None:
    return type_of(parser.cursor) if parser.cursor.accept("to") else None


def _item(parser: Parser) -> ExpandItem:
    cursor = parser.cursor
    start = cursor.next.start
    expanded = parser.target()
    kind = _type(parser)
    return ExpandItem(cursor.span_from(start), expanded, kind)


def _limit(parser: Parser) -> Expression | None:
    return parser.expression() if parser.cursor.accept("limit") else None


@operator("mv-expand", "mvexpand")
def mv_expand(parser: Parser, keyword: Token) -> MvExpand:
    """`mv-expand value to typeof(type), … limit count`."""
    cursor = parser.cursor
    options = parameters(parser)
    found = [_item(parser)]
    while cursor.accept(","):
        found.append(_item(parser))
    limit = _limit(parser)
    legacy = keyword.text == "mvexpand"
    return MvExpand(cursor.span_from(keyword.start), keyword.span, legacy, options, tuple(found), limit)


def _ends_items(parser: Parser) -> bool:
    """`limit`, `id` and `on` end the values, unless what follows shows that one is a column."""
    cursor = parser.cursor
    ends = cursor.next.text in ("limit", "id", "on") and cursor.ahead().text not in (",", "to", "=")
    return ends or at_list_end(cursor)


@operator("mv-apply", "mvapply")
def mv_apply(parser: Parser, keyword: Token) -> MvApply:
    """`mv-apply value to typeof(type), … limit count id context on (subpipeline)`."""
    cursor = parser.cursor
    options = parameters(parser)
    found: list[ExpandItem] = []
    if cursor.next.text == "to":
        start = cursor.next.start
        kind = _type(parser)
        found.append(ExpandItem(cursor.span_from(start), None, kind))
    else:
        if _ends_items(parser):
            cursor.fail("expected the values to expand", "write the column that holds the array or bag")
        found.append(_item(parser))
        while cursor.accept(","):
            found.append(_item(parser))
    limit = _limit(parser)
    context = parser.expression() if cursor.accept("id") else None
    cursor.expect("on", "before the subquery", "write `on ( operators )` after the values")
    opened = cursor.open("(", "after `on`", "write the operators in brackets: `on ( where … | … )`")
    body = parser.subpipeline()
    cursor.close(opened)
    return MvApply(cursor.span_from(keyword.start), keyword.span, options, tuple(found), limit, context, body)
