"""A plan as a tree of text: what evaluates each part, and why not the engine."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.columnar.duckdb.explaining import Explained, Part

WIDTH = 80


def plan_lines(explained: Explained, *, sql: bool) -> Iterator[str]:
    """Lines of at most 80 columns; statements, if they are asked for, stand as they are."""
    yield from _lines(explained.root, "")
    if sql:
        for statement in explained.statements:
            yield ""
            yield statement


def _lines(part: Part, indent: str) -> Iterator[str]:
    runs = part.runs if part.steps is None else f"{part.runs} (the first {part.steps} of {part.of} steps)"
    yield from _wrapped(f"{part.what}  [{runs}]", indent, indent + "    ")
    for why in (part.why, *(f"the engine calls Python: {call}" for call in part.calls)):
        if why:
            yield from _wrapped(f"- {why}", indent + "    ", indent + "      ")
    for one in part.inputs:
        yield from _lines(one, indent + "  ")


def _wrapped(text: str, first: str, others: str) -> list[str]:
    room = max(WIDTH, len(others) + 20)
    return textwrap.wrap(text, room, initial_indent=first, subsequent_indent=others, break_long_words=True)
