"""Deletions in a text: a part among others goes together with what joins it to its neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from emulator.nodes import parts, record
from emulator.regular import regular
from emulator.source import Span


class Spanned(Protocol):
    """What stands somewhere in the text."""

    @property
    def span(self) -> Span: ...


@record
class Deletion:
    """A part of a text, and what is removed so that the part is gone; `instead` stands in for it."""

    kind: str
    part: Span
    removed: Span
    instead: str = ""


def each_of(kind: str, parts: Sequence[Span], text: str) -> Iterator[Deletion]:
    """Each part without its joint to the next one, the last without the joint before it; a lone part is left.

    Brackets of a part's own go with it: spans of nodes leave them out.
    """
    if len(parts) > 1:
        parts = [_with_brackets(part, text) for part in parts]
    for number, part in enumerate(parts):
        if number + 1 < len(parts):
            yield Deletion(kind, part, Span(part.start, parts[number + 1].start))
        elif number:
            yield Deletion(kind, part, Span(parts[number - 1].end, part.end))


def _with_brackets(part: Span, text: str) -> Span:
    before, after = text[: part.start].rstrip(), text[part.end :]
    behind = after.lstrip()
    if before.endswith("(") and behind.startswith(")"):
        return _with_brackets(Span(len(before) - 1, part.end + len(after) - len(behind) + 1), text)
    return part


_COMMENTS_AND_BARS = regular(r"//[^\n]*|/\*.*?\*/|\|", re.DOTALL)


def bar_before(text: str, start: int, end: int) -> int:
    """Where the last `|` outside of comments stands between two offsets; `start` when there is none."""
    bars = [found.start() for found in _COMMENTS_AND_BARS.finditer(text, start, end) if found[0] == "|"]
    return bars[-1] if bars else start


def nodes(tree: object) -> Iterator[object]:
    """Every node of a syntax tree below and including `tree`: what is a dataclass, or a tuple of such."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting.extend(reversed(one))
        elif not isinstance(one, Span) and (names := parts(type(one))) is not None:
            yield one
            waiting.extend([getattr(one, name) for name in reversed(names)])
