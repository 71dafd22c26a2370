"""CQL's wildcards: `*` stands for any text, nothing else is special, and the whole value has to match.

Assumption `wildcard-case`: ignoring case compares lower-case forms.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

_CACHED = 4096


@functools.lru_cache(maxsize=_CACHED)
def wildcard(pattern: str, ignore_case: bool) -> Callable[[str], bool]:
    """The test for a pattern; it takes time linear in the value for each part between two stars."""
    if not ignore_case:
        return _matcher(pattern)
    match = _matcher(pattern.lower())
    return lambda value: match(value.lower())


def _matcher(pattern: str) -> Callable[[str], bool]:
    first, *rest = pattern.split("*")
    if not rest:
        return pattern.__eq__
    *middle, last = rest
    inner = tuple(part for part in middle if part)
    if inner:
        return _contains(inner[0]) if not first and not last and len(inner) == 1 else _general(first, inner, last)
    if not last:
        return (lambda value: value.startswith(first)) if first else (lambda _: True)
    if not first:
        return lambda value: value.endswith(last)
    shortest = len(first) + len(last)
    return lambda value: len(value) >= shortest and value.startswith(first) and value.endswith(last)


def _contains(part: str) -> Callable[[str], bool]:
    return lambda value: part in value


def _general(first: str, inner: tuple[str, ...], last: str) -> Callable[[str], bool]:
    """Each inner part at its leftmost place behind the one before: if any placing fits, this one does."""

    def match(value: str) -> bool:
        if not (value.startswith(first) and value.endswith(last)):
            return False
        at, end = len(first), len(value) - len(last)
        for part in inner:
            at = value.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return at <= end

    return match
