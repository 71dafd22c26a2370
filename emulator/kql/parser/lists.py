"""Lists apart by commas, and the sort keys and targets that many operators share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from emulator.kql.parser.cursor import Cursor
from emulator.kql.parser.protocol import Parser
from emulator.kql.syntax import Direction, Expression, Nulls, Ordered, Star, Target

_ITEM = TypeVar("_ITEM")
_LIST_ENDS = frozenset({")", "]", "}", "|", ";", ""})
_DIRECTIONS = {direction.value: direction for direction in Direction}
_NULLS = {nulls.value: nulls for nulls in Nulls}


def at_list_end(cursor: Cursor) -> bool:
    """Whether nothing of a list can follow."""
    return cursor.next.text in _LIST_ENDS


def items(parser: Parser, item: Callable[[Parser], _ITEM]) -> tuple[_ITEM, ...]:
    """One or more items."""
    found = [item(parser)]
    while parser.cursor.accept(","):
        found.append(item(parser))
    return tuple(found)


def optional_items(parser: Parser, item: Callable[[Parser], _ITEM]) -> tuple[_ITEM, ...]:
    """Items, or none where the operator ends."""
    return () if at_list_end(parser.cursor) else items(parser, item)


def target(parser: Parser) -> Target:
    """An expression with the names it is given."""
    return parser.target()


def targets(parser: Parser) -> tuple[Target, ...]:
    """One or more targets."""
    return items(parser, target)


def expressions(parser: Parser) -> tuple[Expression, ...]:
    """One or more expressions."""
    return items(parser, lambda inner: inner.expression())


def star_or_target(parser: Parser) -> Target:
    """`*`, or a target."""
    cursor = parser.cursor
    if cursor.next.text != "*" or cursor.ahead().text not in (",", *_LIST_ENDS):
        return parser.target()
    star = Star(cursor.take().span)
    return Target(star.span, (), star)


def ordered(parser: Parser) -> Ordered:
    """A sort key with its direction and the place of nulls."""
    cursor = parser.cursor
    start = cursor.next.start
    key = parser.target()
    way = direction(cursor)
    nulls = _nulls(cursor) if cursor.accept("nulls") else None
    return Ordered(cursor.span_from(start), key, way, nulls)


def direction(cursor: Cursor) -> Direction | None:
    """`asc`, `desc`, `granny-asc` or `granny-desc` when one is next."""
    way = _DIRECTIONS.get(cursor.next.text)
    if way is not None:
        cursor.take()
    return way


def _nulls(cursor: Cursor) -> Nulls:
    nulls = _NULLS.get(cursor.next.text)
    if nulls is None:
        cursor.fail("expected the place of nulls", "write `nulls first` or `nulls last`")
    cursor.take()
    return nulls
