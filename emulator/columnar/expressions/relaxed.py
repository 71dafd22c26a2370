"""Patterns made weaker: an RE2 pattern that matches at least every text that a rule's own pattern matches."""

from __future__ import annotations

import re

# The parser of Python's own patterns has no public name; what it can't read has no weaker form here.
from re import _constants as op  # type: ignore[attr-defined]  # see above
from re import _parser  # type: ignore[attr-defined]  # see above
from typing import Any

_ANYTHING = "(?s:.*)"
_ANY = "(?s:.)"
_OTHERWISE = re.compile(r"\\[<>]|\\b\{|\{,|\[\^?\]?[^\]]*?(?:\[|&&|--|~~|\|\|)")
"""What Python reads in its own way: half boundaries, counts without a start, operations on classes."""
_MOST_REPEATS = 100
"""RE2 writes counted repeats out; beyond this many, any number may do."""
_EDGES = {op.AT_BEGINNING: "(?m:^)", op.AT_END: "(?m:$)"}
"""The start and end of a line are weaker than those of the text."""
_DOTTED = "İı"
"""The letters that the `regex` module holds equal to `i` and `I` when case is ignored, and RE2 does not."""


def relaxed(pattern: str, *, ignore_case: bool) -> str | None:
    """A weaker pattern in RE2's syntax, or None when there is none that says anything.

    Assertions about what stands around a match are left out, all but edges of lines; so are classes beyond ASCII.
    """
    if _OTHERWISE.search(pattern):
        return None
    try:
        tree = _parser.parse(pattern, re.IGNORECASE if ignore_case else 0)
    except (re.error, RecursionError, OverflowError):
        return None
    if tree.state.flags & re.VERBOSE:
        return None
    ignored = bool(tree.state.flags & re.IGNORECASE)
    made = _sequence(tree, ignored)
    return made if re.search(r"[^.*?()s:|m^$i{}0-9,]", made) else None


def relaxed_literal(text: str, *, ignore_case: bool) -> str:
    """A pattern for a text as it stands."""
    return _run(text, ignore_case)


def _sequence(items: Any, ignored: bool) -> str:
    """One item after the other; characters in a row become one piece, which RE2 looks for at once."""
    parts: list[str] = []
    run = ""
    for kind, value in items:
        if kind is op.LITERAL:
            run += chr(value)
            continue
        parts += [_run(run, ignored), _item(kind, value, ignored)]
        run = ""
    return "".join([*parts, _run(run, ignored)])


def _run(text: str, ignored: bool) -> str:
    written = "".join(_character(one, ignored) for one in text)
    return f"(?i:{written})" if ignored and any(one.isalpha() for one in text) else written


def _character(one: str, ignored: bool) -> str:
    if not one.isascii():
        return _ANY if ignored else one
    if ignored and one in "iI":
        return f"[i{_DOTTED}]"
    return re.escape(one) if one.isprintable() else f"\\x{ord(one):02x}"


def _item(kind: object, value: Any, ignored: bool) -> str:
    if kind in (op.NOT_LITERAL, op.ANY):
        return _ANY
    if kind is op.IN:
        return _class(value, ignored)
    if kind is op.BRANCH:
        return _group("|".join(_sequence(one, ignored) for one in value[1]))
    if kind is op.SUBPATTERN:
        _, added, removed, inner = value
        return _group(_sequence(inner, (ignored or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE))
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, inner = value
        return _repeat(least, most, _group(_sequence(inner, ignored)))
    if kind is op.ATOMIC_GROUP:
        return _group(_sequence(value, ignored))
    if kind is op.AT:
        return _EDGES.get(value, "")
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return ""
    return _ANYTHING


def _group(inner: str) -> str:
    """A group; one of alternatives that say nothing is left out."""
    return f"(?:{inner})" if inner.strip("|") else ""


def _class(items: Any, ignored: bool) -> str:
    """A class of ASCII characters; any other may be any character."""
    ranges = []
    for kind, value in items:
        if kind not in (op.LITERAL, op.RANGE):
            return _ANY
        first, last = value if kind is op.RANGE else (value, value)
        if first < 32 or last > 126:
            return _ANY
        ranges.append((first, last))
    written = "".join(f"\\x{first:02x}-\\x{last:02x}" for first, last in ranges)
    if not ignored:
        return f"[{written}]"
    dotted = _DOTTED if any(first <= ord(one) <= last for first, last in ranges for one in "iI") else ""
    return f"(?i:[{written}{dotted}])"


def _repeat(least: int, most: Any, body: str) -> str:
    if not body or (least == 1 and most == 1):
        return body
    if least > _MOST_REPEATS or (most is not op.MAXREPEAT and most > _MOST_REPEATS):
        return f"{body}{{{min(least, _MOST_REPEATS)},}}"
    end = "" if most is op.MAXREPEAT else most
    return f"{body}{{{least},{end}}}"
