"""The literal alternatives and optional characters of a regular expression, with their places.

Groups, classes, escapes and quantifiers look alike in both languages. A pattern with look-around, back references or
named groups is left alone: there, which alternative matched can matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from emulator.nodes import record
from emulator.regular import regular
from emulator.source import Span

_TOKEN = regular(
    r"""(?P<unread>\\Q|\\[1-9k]|\(\?(?:<?[=!]|P?<\w|[a-wyz]*x)|\[)
      |(?P<flags>\(\?[a-zA-Z-]+\))
      |(?P<open>\((?:\?[a-zA-Z-]*:)?)
      |(?P<close>\))
      |(?P<bar>\|)
      |(?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?)
      |(?P<literal>\\[^A-Za-z0-9]|[^\\^$.])
      |(?P<other>\\.|[\^$.])""",
    re.VERBOSE | re.DOTALL,
)
_CLASS = regular(r"\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]", re.DOTALL)


@record
class Alternative:
    """One alternative of a group: the text that it matches, or None when it is no plain text."""

    text: str | None
    span: Span


@record
class Alternatives:
    """The alternatives of one group. `free_before` (`free_after`): the pattern asks nothing of what stands there."""

    items: tuple[Alternative, ...]
    free_before: bool
    free_after: bool


@dataclass(slots=True)
class _Group:
    """A group being read: its alternatives so far, and the parts of the one that is open."""

    start: int
    inside: int
    alternatives: list[Alternative] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)
    choices: list[list[_Part]] = field(default_factory=list)

    def end_alternative(self, at: int, next_start: int) -> None:
        plain = all(part.text is not None for part in self.parts)
        text = "".join(part.text or "" for part in self.parts) if plain else None
        self.alternatives.append(Alternative(text, Span(self.inside, at)))
        self.choices.append(self.parts)
        self.parts = []
        self.inside = next_start


@record
class _Part:
    """A part of an alternative: plain text, or a group, or something else."""

    text: str | None
    group: _Group | None = None


def alternatives(pattern: str) -> Iterator[Alternatives]:
    """The groups of a pattern that have several alternatives; none when the pattern is left alone."""
    whole = _read(pattern)
    if whole is not None:
        yield from _found(whole, free_before=True, free_after=True)


def _read(pattern: str) -> _Group | None:
    groups = [_Group(0, 0)]
    at = 0
    while at < len(pattern):
        token = _CLASS.match(pattern, at) or _TOKEN.match(pattern, at)
        if token is None or token.lastgroup == "unread":
            return None
        start, at = token.span()
        group = groups[-1]
        match token.lastgroup:
            case "open":
                groups.append(_Group(start, at))
            case "close" if len(groups) > 1:
                group.end_alternative(start, at)
                groups.pop()
                groups[-1].parts.append(_Part(None, group))
            case "bar":
                group.end_alternative(start, at)
            case "repeat" if group.parts:
                group.parts[-1] = _Part(None)
            case "flags" if start == 0:
                group.inside = at
            case "literal":
                group.parts.append(_Part(token[0][-1]))
            case None | "other":
                group.parts.append(_Part(None))
            case _:
                return None
    if len(groups) != 1:
        return None
    groups[0].end_alternative(len(pattern), len(pattern))
    return groups[0]


def _found(group: _Group, *, free_before: bool, free_after: bool) -> Iterator[Alternatives]:
    if len(group.alternatives) > 1:
        yield Alternatives(tuple(group.alternatives), free_before, free_after)
    for parts in group.choices:
        for number, part in enumerate(parts):
            if part.group is not None:
                yield from _found(
                    part.group,
                    free_before=free_before and number == 0,
                    free_after=free_after and number == len(parts) - 1,
                )


def covers(group: Alternatives, wide: str, narrow: str) -> bool:
    """True when the pattern matches with the alternative `wide` wherever it matches with `narrow`."""
    if group.free_before and group.free_after:
        return wide in narrow
    if group.free_before:
        return narrow.endswith(wide)
    if group.free_after:
        return narrow.startswith(wide)
    return wide == narrow


_DIGITS = regular(r"(?<![\\\d{,])(?P<digits>\d{2,})\?(?!\?)", re.ASCII)


def half_optional_numbers(pattern: str) -> Iterator[Span]:
    """Numbers of several digits of which a `?` makes only the last one optional."""
    if _read(pattern) is not None:
        classes = [found.span() for found in _CLASS.finditer(pattern)]
        for found in _DIGITS.finditer(pattern):
            if not any(start < found.start() < end for start, end in classes):
                yield Span(*found.span())
