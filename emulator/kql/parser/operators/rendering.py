"""render."""

from __future__ import annotations

from emulator.kql.lexer import Token, TokenKind
from emulator.kql.parser.names import is_name
from emulator.kql.parser.parameters import bracketed_parameters, name_list, plain_value, settings
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import CHARTS, operator
from emulator.kql.syntax import Name, Parameter, Render

_PROPERTIES = settings(
    "kind accumulate xcolumn xaxis yaxis legend ysplit xmin xmax",
    names="ycolumns anomalycolumns series",
    computed="title xtitle ytitle",
    real="ymin ymax",
)


@operator("render")
def render(parser: Parser, keyword: Token) -> Render:
    """`render chart with (title = "…", …)`; old settings may stand before `with`."""
    cursor = parser.cursor
    token = cursor.next
    if token.text not in CHARTS and token.kind is not TokenKind.NAME:
        cursor.fail("expected the kind of chart", "write `table`, `timechart`, `barchart`, `piechart` or another")
    cursor.take()
    properties = list(_old_properties(parser))
    if cursor.accept("with"):
        properties.extend(bracketed_parameters(parser, _PROPERTIES, "after `with`"))
    chart = Name(token.span, token.text)
    return Render(cursor.span_from(keyword.start), keyword.span, chart, tuple(properties))


def _old_properties(parser: Parser) -> list[Parameter]:
    """`kind = stacked`, `title = "…"`, `accumulate = true`, `by A, B` and `with word` without brackets."""
    cursor = parser.cursor
    found: list[Parameter] = []
    while True:
        word, following = cursor.next, cursor.ahead()
        if word.text in ("kind", "title", "accumulate") and following.text == "=":
            cursor.take()
            cursor.take()
            value = parser.invocation() if word.text == "title" else plain_value(cursor)
        elif word.text == "with" and (is_name(following) or following.kind is TokenKind.STRING):
            cursor.take()
            value = plain_value(cursor)
        elif word.text == "by":
            cursor.take()
            value = name_list(cursor)
        else:
            return found
        found.append(Parameter(cursor.span_from(word.start), Name(word.span, word.text), value))
