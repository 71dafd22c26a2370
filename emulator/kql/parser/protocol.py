"""What the parts of the parser ask of it: expressions hold pipelines and pipelines expressions, without a circle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from emulator.kql.lexer import Token
from emulator.kql.parser.cursor import Cursor
from emulator.kql.syntax import Expression, Operator, Statement, Subpipeline, Target


class Parser(Protocol):
    """The whole grammar over one cursor. Every method takes tokens, or reports an error and raises SyntaxFailure."""

    @property
    def cursor(self) -> Cursor:
        """The place in the text."""
        ...

    def expression(self) -> Expression:
        """A scalar or tabular expression without a pipe."""
        ...

    def invocation(self) -> Expression:
        """An operand: a literal, name, call or path, with at most a sign before it."""
        ...

    def target(self) -> Target:
        """An expression, perhaps with `name =` or `(a, b) =` before it."""
        ...

    def pipeline(self) -> Expression:
        """An expression that may be followed by pipes, or an operator that makes its own rows."""
        ...

    def subpipeline(self) -> Subpipeline:
        """Operators on the rows of the context."""
        ...

    def operator(self) -> Operator:
        """One tabular operator."""
        ...

    def statements(self, closer: str) -> tuple[Statement, ...]:
        """Statements up to a closing bracket, or to the end for an empty `closer`."""
        ...


OperatorParser = Callable[[Parser, Token], Operator]
"""Takes the parser right after an operator's keyword, and the keyword."""
