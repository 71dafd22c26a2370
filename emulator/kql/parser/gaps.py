"""Syntax of the product that the emulator does not take up."""

from __future__ import annotations

from typing import NoReturn

from emulator.diagnostics import QueryError, code
from emulator.kql.lexer import Token
from emulator.kql.parser.cursor import Cursor

INTERNAL_SYNTAX = code(
    "KQL4001",
    "syntax that only a cluster gives a meaning to",
    "The query uses a form that the product reserves for its own clients and services: directives (`#…`), "
    "`inline_external_table`, `materialized-view-combine`, `__contextual_datatable` or client parameters (`{name}`). "
    "It has no meaning without the cluster or client behind it.",
)


def refuse(cursor: Cursor, token: Token) -> NoReturn:
    """Stop at a form that stays a gap."""
    shown = token.text if len(token.text) <= 40 else f"{token.text[:37]}…"
    raise QueryError(
        [
            cursor.reporter.error(
                INTERNAL_SYNTAX,
                f"`{shown}` is not emulated",
                token.span,
                "replace it with plain KQL, such as a table, `datatable` or a `let` statement",
            )
        ]
    )
