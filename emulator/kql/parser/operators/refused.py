"""Operators that only a cluster gives a meaning to."""

from __future__ import annotations

from emulator.kql.lexer import Token
from emulator.kql.parser.gaps import refuse
from emulator.kql.parser.protocol import Parser
from emulator.kql.parser.registry import operator
from emulator.kql.syntax import Operator


@operator("inline_external_table")
def inline_external_table(parser: Parser, keyword: Token) -> Operator:
    """`inline_external_table (…) kind = storage …`."""
    refuse(parser.cursor, keyword)
