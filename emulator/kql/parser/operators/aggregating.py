"""summarize, make-series, top-hitters, top-nested and reduce."""

from __future__ import annotations

from emulator.kql.lexer import Token
from emulator.kql.parser.lists import at_list_end, items, ordered, targets
from emulator.kql.parser.parameters import listed_parameters, parameters, settings
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import operator
from emulator.kql.syntax import (
    Expression,
    MakeSeries,
    Reduce,
    SeriesInRange,
    SeriesItem,
    SeriesSteps,
    Summarize,
    Target,
    TopHitters,
    TopNested,
    TopNestedLevel,
)

_REDUCE = settings("threshold characters")


@operator("summarize")
def summarize(parser: Parser, keyword: Token) -> Summarize:
    """`summarize aggregate, … by key, …`."""
    cursor = parser.cursor
    options = parameters(parser)
    aggregates = () if at_list_end(cursor) or cursor.next.text == "by" else targets(parser)
    has_by = cursor.accept("by") is not None
    keys = targets(parser) if has_by else ()
    size = _bin(parser) if has_by else None
    return Summarize(cursor.span_from(keyword.start), keyword.span, options, aggregates, keys, has_by, size)


def _bin(parser: Parser) -> Expression | None:
    """The old `bin = size` after the keys."""
    cursor = parser.cursor
    if cursor.next.text != "bin" or cursor.ahead().text != "=":
        return None
    cursor.take()
    cursor.take()
    return parser.expression()


@operator("make-series")
def make_series(parser: Parser, keyword: Token) -> MakeSeries:
    """`make-series aggregate default = 0, … on axis from … to … step … by key, …`."""
    cursor = parser.cursor
    options = parameters(parser)
    found = items(parser, _series_item)
    cursor.expect("on", "after the aggregates", "write `on Timestamp`, the column that orders the series")
    axis = parser.target()
    if cursor.next.text in ("from", "to", "step"):
        steps: SeriesSteps | SeriesInRange = _series_steps(parser)
    else:
        steps = _series_range(parser)
    keys = targets(parser) if cursor.accept("by") else ()
    return MakeSeries(cursor.span_from(keyword.start), keyword.span, options, found, axis, steps, keys)


def _series_item(parser: Parser) -> SeriesItem:
    cursor = parser.cursor
    start = cursor.next.start
    aggregate = parser.target()
    default: Target | None = None
    if cursor.accept("default"):
        cursor.expect("=", "after `default`")
        default = parser.target()
    return SeriesItem(cursor.span_from(start), aggregate, default)


def _series_steps(parser: Parser) -> SeriesSteps:
    cursor = parser.cursor
    begin = cursor.next.start
    start = parser.expression() if cursor.accept("from") else None
    stop = parser.expression() if cursor.accept("to") else None
    cursor.expect("step", "before the size of a step", "write `step 1h`, or another size")
    step = parser.expression()
    return SeriesSteps(cursor.span_from(begin), start, stop, step)


def _series_range(parser: Parser) -> SeriesInRange:
    cursor = parser.cursor
    begin = cursor.expect("in", "after the axis", "write `from … to … step …`").start
    cursor.expect("range", "after `in`")
    opened = cursor.open("(", "after `range`")
    arguments = targets(parser)
    cursor.close(opened)
    return SeriesInRange(cursor.span_from(begin), arguments)


@operator("top-hitters")
def top_hitters(parser: Parser, keyword: Token) -> TopHitters:
    """`top-hitters count of value by weight`."""
    cursor = parser.cursor
    count = parser.target()
    cursor.expect("of", "after the number of values")
    value = parser.target()
    weight = parser.target() if cursor.accept("by") else None
    return TopHitters(cursor.span_from(keyword.start), keyword.span, count, value, weight)


@operator("top-nested")
def top_nested(parser: Parser, keyword: Token) -> TopNested:
    """`top-nested count of value with others = … by key, top-nested …`."""
    cursor = parser.cursor
    levels = [_level(parser, keyword)]
    while cursor.accept(","):
        levels.append(_level(parser, cursor.expect("top-nested", "after `,`")))
    return TopNested(cursor.span_from(keyword.start), keyword.span, tuple(levels))


def _level(parser: Parser, keyword: Token) -> TopNestedLevel:
    cursor = parser.cursor
    count = parser.target() if cursor.next.text != "of" else None
    cursor.expect("of", "before the values")
    value = parser.target()
    others: Expression | None = None
    if cursor.accept("with"):
        cursor.expect("others", "after `with`")
        cursor.expect("=", "after `others`")
        others = parser.expression()
    cursor.expect("by", "before the aggregate that orders")
    key = ordered(parser)
    return TopNestedLevel(cursor.span_from(keyword.start), count, value, others, key)


@operator("reduce")
def reduce(parser: Parser, keyword: Token) -> Reduce:
    """`reduce by value with threshold = …, characters = …`."""
    cursor = parser.cursor
    options = parameters(parser, _REDUCE)
    cursor.expect("by", "after `reduce`")
    value = parser.target()
    properties = listed_parameters(parser, _REDUCE) if cursor.accept("with") else ()
    return Reduce(cursor.span_from(keyword.start), keyword.span, options, value, properties)
