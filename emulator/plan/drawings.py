"""How a query asks for its rows to be drawn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart by the name of its function, and what the query says of it: arguments by name, constants as text."""

    kind: str
    options: tuple[tuple[str, str], ...]
