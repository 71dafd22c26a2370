"""Pipelines: a source and the operators after it, and how the parser goes on after a broken stage."""

from __future__ import annotations

from emulator.kql.lexer import TokenKind
from emulator.kql.parser.cursor import Cursor, SyntaxFailure
from emulator.kql.parser.mistakes import MISSING_SEMICOLON, unexpected, unknown_operator
from emulator.kql.parser.names import is_name, name_length
from emulator.kql.parser.parameters import KNOWN
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import CHARTS, OPERATORS
from emulator.kql.syntax import Expression, Keyworded, NameRef, Operator, Pipeline, Subpipeline
from emulator.source import Span

_ENDS = frozenset({")", "]", "}", ";", ",", ""})
_STATEMENTS = frozenset({"let", "set", "declare", "alias", "restrict"})
_AMBIGUOUS = frozenset({"fork", "lookup", "__partitionby"})
"""Operators whose name may be a column, and whose first words do not tell."""


def begins_operator(cursor: Cursor) -> bool:
    """Whether an operator, rather than an expression, begins here: some operators' names may be columns."""
    text = cursor.next.text
    if text not in OPERATORS:
        return False
    following = cursor.ahead()
    match text:
        case "evaluate":
            return name_length(cursor, 1) > 0 or following.text in KNOWN
        case "inline_external_table":
            return following.text in ("(", "kind")
        case "facet":
            return following.text == "by"
        case "partition" | "reduce":
            return following.text == "by" or following.text in KNOWN
        case "range":
            length = name_length(cursor, 1)
            return length > 0 and cursor.ahead(1 + length).text == "from"
        case "render":
            return is_name(following) or following.text in CHARTS
    return text not in _AMBIGUOUS and not is_name(cursor.next)


def pipeline(parser: Parser) -> Expression:
    """An expression, or a pipeline when `|` follows or an operator begins it."""
    cursor = parser.cursor
    start = cursor.next.start
    source: Expression | Operator
    depth = cursor.depth
    try:
        source = _source(parser)
    except SyntaxFailure:
        cursor.recover(depth)
        source = NameRef(Span(start, start), "")
    operators = _stages(parser)
    if operators or isinstance(source, Keyworded):
        return Pipeline(cursor.span_from(start), source, operators)
    return source


def _source(parser: Parser) -> Expression | Operator:
    cursor = parser.cursor
    if begins_operator(cursor):
        return OPERATORS[cursor.next.text](parser, cursor.take())
    return parser.expression()


def _stages(parser: Parser) -> tuple[Operator, ...]:
    """The operators after a source, each with its `|`; after a broken one the next is tried."""
    cursor = parser.cursor
    operators: list[Operator] = []
    while True:
        if not _at_pipe(cursor):
            return tuple(operators)
        depth = cursor.depth
        try:
            operators.append(parser.operator())
        except SyntaxFailure:
            cursor.recover(depth)


def _at_pipe(cursor: Cursor) -> bool:
    """Step over the `|` before a stage; False at the end of the pipeline. What does not belong is reported."""
    while cursor.next.text not in _ENDS:
        if cursor.accept("|"):
            return True
        if begins_statement(cursor):
            cursor.report(
                MISSING_SEMICOLON,
                f"a `;` is missing before `{cursor.next.text}`",
                cursor.next.span,
                "end the statement before it with `;`",
            )
            return False
        unexpected(cursor, OPERATORS)
        if cursor.next.text in OPERATORS and cursor.next.kind is TokenKind.KEYWORD:
            return True
        cursor.recover(cursor.depth)
    return False


def begins_statement(cursor: Cursor) -> bool:
    """Whether a new line begins what looks like the next statement, although no `;` came."""
    if not cursor.on_new_line or cursor.depth:
        return False
    if cursor.next.text in _STATEMENTS:
        return True
    following = cursor.ahead()
    return cursor.next.kind is TokenKind.NAME and (following.text in ("|", "") or following.text in OPERATORS)


def operator(parser: Parser) -> Operator:
    """One operator, after its `|`."""
    cursor = parser.cursor
    parse = OPERATORS.get(cursor.next.text)
    if parse is None or cursor.next.kind is not TokenKind.KEYWORD:
        unknown_operator(cursor, OPERATORS)
    return parse(parser, cursor.take())


def subpipeline(parser: Parser) -> Subpipeline:
    """Operators on the rows of the context, up to the bracket that closes it; a `|` may come first by mistake only."""
    cursor = parser.cursor
    start = cursor.next.start
    depth = cursor.depth
    operators: list[Operator] = []
    try:
        operators.append(parser.operator())
    except SyntaxFailure:
        cursor.recover(depth)
    operators.extend(_stages(parser))
    return Subpipeline(cursor.span_from(start), tuple(operators))
