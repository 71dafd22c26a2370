"""A dynamic value whose JSON text is known already, so that nobody writes it twice."""

from __future__ import annotations

from emulator.nodes import record


@record
class JsonText:
    """A list or an object as the text of its JSON."""

    text: str
