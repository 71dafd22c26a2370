"""where, sort, top, take, sample, sample-distinct, distinct and count."""

from __future__ import annotations

from emulator.kql.lexer import Token
from emulator.kql.parser.cursor import SyntaxFailure
from emulator.kql.parser.lists import at_list_end, items, ordered, star_or_target
from emulator.kql.parser.mistakes import NOT_COMPARISON
from emulator.kql.parser.names import expect_name
from emulator.kql.parser.parameters import parameters
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import operator
from emulator.kql.syntax import Count, Distinct, Sample, SampleDistinct, Sort, Take, Top, Where


@operator("where", "filter")
def where(parser: Parser, keyword: Token) -> Where:
    """`where predicate`."""
    cursor = parser.cursor
    options = parameters(parser)
    if options and at_list_end(cursor):
        name = options[-1].name
        cursor.report(NOT_COMPARISON, "`=` does not compare", name.span, f"write `['{name.text}'] == …`")
        raise SyntaxFailure
    condition = parser.target()
    span = cursor.span_from(keyword.start)
    return Where(span, keyword.span, options, condition.value, condition.names[0] if condition.names else None)


@operator("sort", "order")
def sort(parser: Parser, keyword: Token) -> Sort:
    """`sort by key desc nulls last, …`."""
    cursor = parser.cursor
    options = parameters(parser)
    cursor.expect("by", f"after `{keyword.text}`", f"write `{keyword.text} by …`")
    keys = items(parser, ordered)
    return Sort(cursor.span_from(keyword.start), keyword.span, options, keys)


@operator("top")
def top(parser: Parser, keyword: Token) -> Top:
    """`top count by key`."""
    cursor = parser.cursor
    options = parameters(parser)
    count = parser.target()
    cursor.expect("by", "after the number of rows", "write `top 10 by Column`; for any rows write `take 10`")
    key = ordered(parser)
    return Top(cursor.span_from(keyword.start), keyword.span, options, count, key)


@operator("take", "limit")
def take(parser: Parser, keyword: Token) -> Take:
    """`take count`."""
    cursor = parser.cursor
    options = parameters(parser)
    count = parser.target()
    return Take(cursor.span_from(keyword.start), keyword.span, options, count)


@operator("sample")
def sample(parser: Parser, keyword: Token) -> Sample:
    """`sample count`."""
    cursor = parser.cursor
    options = parameters(parser)
    count = parser.target()
    return Sample(cursor.span_from(keyword.start), keyword.span, options, count)


@operator("sample-distinct")
def sample_distinct(parser: Parser, keyword: Token) -> SampleDistinct:
    """`sample-distinct count of value`."""
    cursor = parser.cursor
    options = parameters(parser)
    count = parser.target()
    cursor.expect("of", "after the number of values")
    value = parser.target()
    return SampleDistinct(cursor.span_from(keyword.start), keyword.span, options, count, value)


@operator("distinct")
def distinct(parser: Parser, keyword: Token) -> Distinct:
    """`distinct value, …` or `distinct *`."""
    cursor = parser.cursor
    options = parameters(parser)
    targets = items(parser, star_or_target)
    return Distinct(cursor.span_from(keyword.start), keyword.span, options, targets)


@operator("count")
def count(parser: Parser, keyword: Token) -> Count:
    """`count`, or `count as name`."""
    cursor = parser.cursor
    if cursor.next.text == "(":
        cursor.fail("`count` takes no brackets here", "write `| count`, or `| summarize count()`")
    name = expect_name(cursor, "a name for the count") if cursor.accept("as") else None
    return Count(cursor.span_from(keyword.start), keyword.span, name)
