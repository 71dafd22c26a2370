"""Syntax of the product that the emulator does not take up."""

from __future__ import annotations

from typing import NoReturn

from emulator.diagnostics import QueryError, code
from emulator.kql.lexer import Token, TokenKind
from emulator.kql.parser.cursor import Cursor
from emulator.kql.syntax import NameRef
from emulator.source import Span

INTERNAL_SYNTAX = code(
    "KQL4001",
    "syntax that only a cluster gives a meaning to",
    "The query uses a form that the product reserves for its own clients and services: directives (`#…`), "
    "`inline_external_table`, `materialized-view-combine`, `__contextual_datatable` or `@`. It has no meaning without "
    "the cluster or client behind it.",
)
CLIENT_PARAMETER = code(
    "KQL2090",
    "a client parameter without a value",
    "`{name}` is filled in by a workbook or another client before the query runs. A rule has no such client: write the "
    "value, or declare it with `let`.",
)


UNKNOWN_DIRECTIVE = code(
    "KQL2015",
    "a directive that does not exist",
    "A line that begins with `#` is an order to a client of the product, such as `#connect`, not a comment.",
)
_DIRECTIVES = frozenset(
    (
        *("automate", "browse", "connect", "crp", "database", "download", "qp", "query", "run", "save", "sqr"),
        *("truesight", "upload", "welcome"),
    )
)


def accept_directives(cursor: Cursor) -> list[Token]:
    """The directives in front of a query that do not exist; those of the product's clients are refused."""
    found: list[Token] = []
    while cursor.next.kind is TokenKind.DIRECTIVE:
        token = cursor.take()
        if token.text[1:].partition(" ")[0] in _DIRECTIVES:
            refuse(cursor, token)
        found.append(token)
    return found


def report_unknown(directives: list[Token], cursor: Cursor) -> None:
    """Say of each directive that there is none."""
    for token in directives:
        message = f"`{token.shown}` is no directive"
        cursor.reporter.error(UNKNOWN_DIRECTIVE, message, token.span, "a comment begins with `//`")


def accept_client_parameter(cursor: Cursor) -> NameRef | None:
    """`{name}` or `{name[0]}` without spaces, reported, when one is next."""
    if cursor.next.text != "{" or cursor.ahead().kind not in (TokenKind.NAME, TokenKind.KEYWORD):
        return None
    count = 2
    if cursor.ahead(count).text == "[":
        count += 2 if cursor.ahead(count + 1).text == "-" else 1
        if cursor.ahead(count).kind is not TokenKind.LONG or cursor.ahead(count + 1).text != "]":
            return None
        count += 2
    if cursor.ahead(count).text != "}" or any(cursor.ahead(offset).spaced for offset in range(1, count + 1)):
        return None
    name = cursor.ahead().text
    start = cursor.next.start
    span = Span(start, cursor.ahead(count).end)
    cursor.report(CLIENT_PARAMETER, f"`{{{name}}}` has no value here", span, f"write the value, or `let {name} = …;`")
    for _ in range(count + 1):
        cursor.take()
    return NameRef(span, name)


def refuse(cursor: Cursor, token: Token) -> NoReturn:
    """Stop at a form that stays a gap."""
    raise QueryError(
        [
            cursor.reporter.error(
                INTERNAL_SYNTAX,
                f"`{token.shown}` is not emulated",
                token.span,
                "replace it with plain KQL, such as a table, `datatable` or a `let` statement",
            )
        ]
    )
