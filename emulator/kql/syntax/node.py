"""What all nodes of the syntax tree have in common."""

from __future__ import annotations

from emulator.nodes import node
from emulator.source import Span


@node
class Node:
    """Anything that stands somewhere in the text."""

    span: Span

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.span.start}:{self.span.end}>"


__all__ = ["Node", "node"]
