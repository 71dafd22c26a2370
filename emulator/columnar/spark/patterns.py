"""Patterns of conditions, written in RE2's syntax, as Java's engine may look for them.

Java backtracks and its case folding, line ends and `$` are its own: a pattern is taken over as it stands only where
both engines must agree and Java needs one pass. Of any other, the runs of characters are looked for that each text it
matches must hold.
"""

from __future__ import annotations

import re
from itertools import groupby
from re import _constants as op  # type: ignore[attr-defined]  # the parser of patterns has no public name
from re import _parser  # type: ignore[attr-defined]  # see above
from typing import Any, TypeAlias

from emulator.nodes import record

_ANY = "(?s:.)"
_MOST = 100
"""Characters that a counted repeat may stand for when it is written out."""
_OTHERWISE = re.compile(r"\[\[|\[\^?:")
"""Classes that RE2 calls by name, which Python reads as characters."""
_FLAG = re.compile(r"(?<!\\)\(\?i\)")
_ESCAPE = re.compile(r"(?s)\\.")
_END = "(?-m:$)"
"""The end of a text, which RE2 also calls `\\z`."""
_EDGES = (op.AT_BEGINNING, op.AT_END)
_SINGLE = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)


@record
class Every:
    """All parts are found."""

    parts: tuple[Found, ...]


@record
class AnyOf:
    """One of the parts is found."""

    parts: tuple[Found, ...]


@record
class Run:
    """A pattern of Java's that needs one pass; `text`, when it is no more than a text with regard to case.

    `pieces` are the texts that stand in it, in order; `fold`, when their case is of no regard.
    """

    pattern: str
    text: str | None
    pieces: tuple[str, ...]
    fold: bool


Found: TypeAlias = Every | AnyOf | Run


def exact(pattern: str) -> str | None:
    """A pattern of Java's that matches the same texts, in one pass; None when there is none."""
    read = _read(pattern)
    if read is None or read[1]:
        return None
    try:
        made, open_ends = _exact(read[0], lines=False)
    except _OtherError:
        return None
    return made if open_ends <= 1 else None


def weaker(pattern: str) -> Found | None:
    """What every text that the pattern matches holds; None when nothing is known."""
    read = _read(pattern)
    if read is None:
        return None
    found = _Weaker().sequence(*read)
    return found if found.parts else None


class _OtherError(Exception):
    """Java reads it otherwise, or may take long."""


def _read(pattern: str) -> tuple[Any, bool] | None:
    """The pattern as a tree, and whether case is ignored. RE2 takes `(?i)` anywhere, Python at the start alone."""
    bare = _ESCAPE.sub(lambda one: _END if one[0] == "\\z" else one[0], _FLAG.sub("", pattern))
    if _OTHERWISE.search(bare):
        return None
    try:
        tree = _parser.parse(bare)
    except (re.error, RecursionError, OverflowError):
        return None
    known = re.IGNORECASE | re.UNICODE
    has_flag = _FLAG.search(pattern) is not None
    return (tree, has_flag or bool(tree.state.flags & re.IGNORECASE)) if not tree.state.flags & ~known else None


def _character(code: int) -> str:
    return chr(code) if code < 128 and chr(code).isalnum() else f"\\x{{{code:x}}}"


def _class(items: Any) -> str:
    """A class of characters and ranges. Raises _OtherError."""
    written = ""
    for kind, value in items:
        if kind is op.LITERAL:
            written += _character(value)
        elif kind is op.RANGE:
            written += f"{_character(value[0])}-{_character(value[1])}"
        else:
            raise _OtherError
    return f"[{written}]"


def _edge(value: Any, *, lines: bool) -> str:
    """The edges of a text, or of a line, which for RE2 ends with a newline alone. Raises _OtherError."""
    if value is op.AT_BEGINNING_STRING:
        return "\\A"
    if value is op.AT_BEGINNING:
        return "(?:\\A|(?<=\\n))" if lines else "\\A"
    if value is op.AT_END:
        return "(?=\\n|\\z)" if lines else "\\z"
    raise _OtherError


def _exact(items: Any, *, lines: bool) -> tuple[str, int]:
    """The pattern in Java's syntax, and how many of its repeats have no end. Raises _OtherError."""
    written, open_ends = "", 0
    for kind, value in items:
        more, ends = _exact_item(kind, value, lines=lines)
        written += more
        open_ends += ends
    return written, open_ends


def _exact_item(kind: object, value: Any, *, lines: bool) -> tuple[str, int]:
    if kind is op.LITERAL:
        return _character(value), 0
    if kind is op.IN:
        return _class(value), 0
    if kind is op.AT:
        return _edge(value, lines=lines), 0
    if kind is op.BRANCH:
        made = [_exact(one, lines=lines) for one in value[1]]
        return f"(?:{'|'.join(one for one, _ in made)})", sum(ends for _, ends in made)
    if kind is op.SUBPATTERN:
        _, added, removed, inner = value
        if (added | removed) & ~re.MULTILINE:
            raise _OtherError
        made_one, ends = _exact(inner, lines=(lines or bool(added & re.MULTILINE)) and not removed & re.MULTILINE)
        return f"(?:{made_one})", ends
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        least, most, inner = value
        if len(inner) != 1 or inner[0][0] not in (op.LITERAL, op.IN) or least > _MOST:
            raise _OtherError
        endless = most is op.MAXREPEAT
        if not endless and most > _MOST:
            raise _OtherError
        return f"{_exact(inner, lines=lines)[0]}{{{least},{'' if endless else most}}}", int(endless)
    raise _OtherError


class _Weaker:
    """Collects the runs of characters that stand in a pattern, in any order."""

    def __init__(self) -> None:
        self._parts: list[Found] = []
        self._run: list[tuple[str, str | None]] = []
        """Each character of the run under way in Java's syntax, and itself when it is known."""
        self._ignored = False

    def sequence(self, items: Any, ignored: bool, *, lines: bool = False) -> Every:
        """What must be found for one item after the other to match."""
        self._items(items, ignored, lines)
        self._end()
        return Every(tuple(self._parts))

    def _items(self, items: Any, ignored: bool, lines: bool) -> None:
        for kind, value in items:
            if ignored is not self._ignored:
                self._end()
                self._ignored = ignored
            if kind in _SINGLE:
                self._run.append(_single(kind, value, ignored=ignored))
            elif kind is op.SUBPATTERN:
                self._group(value, ignored, lines)
            elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
                self._repeat(value, ignored, lines)
            elif kind is op.BRANCH:
                self._end()
                self._branch([_Weaker().sequence(one, ignored, lines=lines) for one in value[1]])
            elif kind is op.AT and (value is op.AT_BEGINNING_STRING or (not lines and value in _EDGES)):
                self._run.append((_edge(value, lines=False), None))
            else:
                self._end()

    def _group(self, value: Any, ignored: bool, lines: bool) -> None:
        _, added, removed, inner = value
        inside = (ignored or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
        self._items(inner, inside, (lines or bool(added & re.MULTILINE)) and not removed & re.MULTILINE)

    def _repeat(self, value: Any, ignored: bool, lines: bool) -> None:
        least, most, inner = value
        if least == most and least <= _MOST and len(inner) == 1 and inner[0][0] in _SINGLE:
            self._run += [_single(*inner[0], ignored=ignored)] * least
            return
        self._end()
        if least:
            self._parts += _Weaker().sequence(inner, ignored, lines=lines).parts

    def _branch(self, ways: list[Every]) -> None:
        if all(way.parts for way in ways):
            self._parts.append(AnyOf(tuple(way.parts[0] if len(way.parts) == 1 else way for way in ways)))

    def _end(self) -> None:
        """The run under way ends here; what may be any character at its edges says too little to be kept."""
        run, self._run = self._run, []
        while run and run[0][0] == _ANY:
            run.pop(0)
        while run and run[-1][0] == _ANY:
            run.pop()
        if not run or all(one.startswith("\\") and one[1:] in ("A", "z") for one, _ in run):
            return
        pattern = "".join(one for one, _ in run)
        groups = groupby((text for _, text in run), bool)
        pieces = tuple("".join(map(str, texts)) for are_known, texts in groups if are_known)
        letters = self._ignored and any(one.isalpha() for piece in pieces for one in piece)
        whole = pieces[0] if not letters and all(text for _, text in run) else None
        self._parts.append(Run(f"(?iu){pattern}" if letters else pattern, whole, pieces, letters))


def _single(kind: object, value: Any, *, ignored: bool) -> tuple[str, str | None]:
    """One character in Java's syntax; any, where the engines may see it otherwise."""
    if kind is op.LITERAL and (not ignored or value < 128):
        return _character(value), chr(value)
    if kind is op.IN:
        try:
            made = _class(value)
        except _OtherError:
            return _ANY, None
        letters = ignored and any(_holds_letters(one) for one in value)
        return (_ANY if letters else made), None
    return _ANY, None


def _holds_letters(item: Any) -> bool:
    """True for a character or a range with letters, or beyond ASCII, in a class that ignores case."""
    kind, value = item
    first, last = value if kind is op.RANGE else (value, value)
    return last > 127 or any(chr(one).isalpha() for one in range(first, last + 1))
