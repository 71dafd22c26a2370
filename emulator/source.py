"""Where text comes from: a named text, spans in it, and lines and columns for people."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from emulator.nodes import record


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of character offsets in one source."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The smallest span that holds this one and `other`."""
        return Span(min(self.start, other.start), max(self.end, other.end))


NOWHERE = Span(0, 0)
"""For nodes that no text stands for; a diagnostic never points here unless the text is empty."""


@record
class Source:
    """A text with the name that people know it by, usually a path relative to the repository.

    The text may be a block of a larger file of that name: then `first_line` is the line in which it begins, and
    `indent` how many characters stand before each of its lines.
    """

    name: str
    text: str
    first_line: int = 1
    indent: int = 0

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        """Where lines begin."""
        return (0, *(i + 1 for i, character in enumerate(self.text) if character == "\n"))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset in the file, both counted from 1; columns count characters."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset)
        return line + self.first_line - 1, offset - self._starts[line - 1] + 1 + self.indent

    def line(self, number: int) -> str:
        """The text of a line of the file, counted from 1, without its end; blank where the text is indented."""
        own = number - self.first_line + 1
        start = self._starts[own - 1]
        end = self._starts[own] - 1 if own < len(self._starts) else len(self.text)
        return " " * self.indent + self.text[start:end].rstrip("\r")

    def slice(self, span: Span) -> str:
        """The text that a span covers."""
        return self.text[span.start : span.end]
