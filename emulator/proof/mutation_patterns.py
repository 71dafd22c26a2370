"""What can be deleted from a regular expression: alternatives, optional parts, and the marks that make them optional.

Groups, classes, escapes and quantifiers look alike in both languages; the rest of a pattern stays unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.proof.mutation_edits import Deletion, each_of
from emulator.regular import regular
from emulator.source import Span

_TOKEN = regular(
    r"""(?P<atom>\\Q.*?(?:\\E|$)|\\[pPux]\{[^}]*\}|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])
      |(?P<open>\((?:\?(?:<?[=!]|P?<\w+>|[a-zA-Z-]*:|(?=[a-zA-Z-]*\))))?)
      |(?P<close>\))
      |(?P<bar>\|)
      |(?P<repeat>(?:[*+?]|\{\d*,?\d*\})[?+]?)
      |(?P<character>.)""",
    re.VERBOSE | re.DOTALL,
)
_OPTIONAL = ("?", "*", "{0")


class _Group:
    """A group that is open: where it starts, and its alternatives so far."""

    def __init__(self, opens: int, inside: int) -> None:
        self.opens = opens
        self.starts = [inside]
        self.alternatives: list[Span] = []

    def close(self, at: int) -> None:
        self.alternatives.append(Span(self.starts[-1], at))


def pattern_deletions(pattern: str, offset: int) -> Iterator[Deletion]:
    """Every deletion; `offset` is where the pattern stands in the text of the rule."""
    for one in _deletions(pattern):
        yield Deletion(one.kind, _moved(one.part, offset), _moved(one.removed, offset))


def _deletions(pattern: str) -> Iterator[Deletion]:
    groups = [_Group(0, 0)]
    last: Span | None = None
    for token in _TOKEN.finditer(pattern):
        start, end = token.span()
        match token.lastgroup:
            case "open":
                groups.append(_Group(start, end))
                last = None
            case "close" if len(groups) > 1:
                group = groups.pop()
                group.close(start)
                yield from each_of("alternative", group.alternatives, pattern)
                last = Span(group.opens, end)
            case "bar":
                groups[-1].close(start)
                groups[-1].starts.append(end)
                last = None
            case "repeat" if last is not None:
                if token[0].startswith(_OPTIONAL):
                    yield Deletion("optional part", Span(last.start, end), Span(last.start, end))
                if token[0] == "?":
                    yield Deletion("mark of an option", Span(last.start, end), Span(start, end))
                last = None
            case _:
                last = Span(start, end)
    groups[0].close(len(pattern))
    yield from each_of("alternative", groups[0].alternatives, pattern)


def _moved(span: Span, offset: int) -> Span:
    return Span(span.start + offset, span.end + offset)
