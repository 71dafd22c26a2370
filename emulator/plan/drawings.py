"""How a query asks for its rows to be drawn."""

from __future__ import annotations

from emulator.nodes import record


@record
class Drawing:
    """A chart by the name of its function, and what the query says of it: arguments by name, constants as text."""

    kind: str
    options: tuple[tuple[str, str], ...]
