"""What all nodes of the syntax tree have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

from emulator.source import Span

_CLASS = TypeVar("_CLASS")


@dataclass_transform(frozen_default=True, eq_default=False)
def node(cls: type[_CLASS]) -> type[_CLASS]:
    """A slotted dataclass that the type checker keeps frozen, compared by identity.

    A hundred classes with the methods of a dataclass that is frozen and compared at run time would take a tenth of a
    second at the start of every command.
    """
    return dataclass(slots=True, eq=False, repr=False)(cls)


@node
class Node:
    """Anything that stands somewhere in the text."""

    span: Span

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.span.start}:{self.span.end}>"
