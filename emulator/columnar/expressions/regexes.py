"""Patterns in RE2's syntax that match the same ASCII texts as a rule's own pattern does.

Beyond ASCII, engines differ in what letters, digits and equal letters are. Only whether there is a match is kept, not
where it is: which of several ways is tried first does not matter.
"""

from __future__ import annotations

import functools
import re

# The parser of Python's own patterns has no public name; what it reads otherwise than the meaning is not translated.
from re import _constants as op  # type: ignore[attr-defined]  # see above
from re import _parser  # type: ignore[attr-defined]  # see above
from typing import Any

from emulator.kql.patterns import PatternError, compile_pattern

_LONGEST = 4000
_MOST_REPEATS = 200
"""RE2 writes counted repeats out."""
_ASCII = 128
_PLACES = {
    op.AT_BEGINNING: "(?m:^)",
    op.AT_END: "(?m:$)",
    op.AT_BEGINNING_STRING: r"\A",
    op.AT_END_STRING: r"\z",
    op.AT_BOUNDARY: r"\b",
}
_CATEGORIES = {
    op.CATEGORY_DIGIT: "0123456789",
    op.CATEGORY_SPACE: " \t\n\r\f\v",
    op.CATEGORY_WORD: "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
}


class _Different(Exception):  # noqa: N818 - it is an answer, not a fault
    """A construct that RE2 does not have, or that Python's parser may read otherwise."""


@functools.lru_cache(maxsize=256)
def kql_on_ascii(pattern: str) -> str | None:
    """A KQL pattern; None when it is malformed or too long."""
    try:
        written = compile_pattern(pattern).ascii_program
    except PatternError:
        return None
    return written if len(written) <= _LONGEST else None


@functools.lru_cache(maxsize=256)
def cql_on_ascii(program: str, *, ignore_case: bool) -> str | None:
    """A pattern that was rewritten for the `regex` module; None when RE2 has no such pattern."""
    try:
        tree = _parser.parse(program, re.MULTILINE | re.ASCII | (re.IGNORECASE if ignore_case else 0))
        written = _sequence(tree, bool(tree.state.flags & re.IGNORECASE), _MOST_REPEATS)
    except (re.error, RecursionError, OverflowError, _Different):
        return None
    return written if len(written) <= _LONGEST else None


def _sequence(items: Any, ignored: bool, room: int) -> str:
    return "".join(_item(kind, value, ignored, room) for kind, value in items)


def _item(kind: object, value: Any, ignored: bool, room: int) -> str:
    match kind:
        case op.LITERAL | op.NOT_LITERAL:
            return _class({value}, ignored, negated=kind is op.NOT_LITERAL)
        case op.ANY:
            return _class({ord("\n")}, ignored=False, negated=True)
        case op.IN:
            return _members(value, ignored)
        case op.BRANCH:
            return f"(?:{'|'.join(_sequence(one, ignored, room) for one in value[1])})"
        case op.SUBPATTERN:
            return _group(value, ignored, room)
        case op.MAX_REPEAT | op.MIN_REPEAT:
            return _repeat(value, ignored, room)
        case op.AT if value in _PLACES:
            return _PLACES[value]
        case _:
            raise _Different


def _group(value: Any, ignored: bool, room: int) -> str:
    _, added, removed, inner = value
    if added & re.DOTALL and not (added | removed) & ~re.DOTALL and [kind for kind, _ in inner] == [op.ANY]:
        return "(?s:.)"
    if (added | removed) & ~re.IGNORECASE:
        raise _Different
    return f"(?:{_sequence(inner, (ignored or bool(added)) and not removed, room)})"


def _repeat(value: Any, ignored: bool, room: int) -> str:
    least, most, inner = value
    counted = max(least, 0 if most is op.MAXREPEAT else most, 1)
    if counted > room:
        raise _Different
    body = _sequence(inner, ignored, room // counted)
    return f"(?:{body}){{{least},{'' if most is op.MAXREPEAT else most}}}"


def _members(items: Any, ignored: bool) -> str:
    negated, codes = False, set[int]()
    for kind, value in items:
        match kind:
            case op.NEGATE:
                negated = True
            case op.LITERAL:
                codes.add(value)
            case op.RANGE:
                first, last = value
                codes.update(range(first, min(last, _ASCII) + 1))
            case op.CATEGORY if value in _CATEGORIES:
                codes.update(map(ord, _CATEGORIES[value]))
            case _:
                raise _Different
    return _class(codes, ignored, negated)


def _class(codes: set[int], ignored: bool, negated: bool) -> str:
    """The ASCII characters that a class holds, as a class of RE2."""
    if ignored:
        letters = [chr(code) for code in codes if code < _ASCII and chr(code).isalpha()]
        codes = codes | {ord(form) for one in letters for form in (one.lower(), one.upper())}
    held = [code for code in range(_ASCII) if (code in codes) is not negated]
    if not held:
        return r"[^\x00-\x{10ffff}]"
    runs: list[list[int]] = []
    for code in held:
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    if len(held) == 1:
        return _escaped(held[0])
    return f"[{''.join(f'{_run(first, last)}' for first, last in runs)}]"


def _run(first: int, last: int) -> str:
    return _escaped(first) if first == last else f"{_escaped(first)}-{_escaped(last)}"


def _escaped(code: int) -> str:
    return chr(code) if chr(code).isalnum() else f"\\x{code:02x}"
