"""Patterns that are nothing but a few texts: what is matched is one of them, at an edge or anywhere."""

from __future__ import annotations

import functools
import re
from itertools import chain, product

# The parser of Python's own patterns has no public name; see `regexes`.
from re import _constants as op  # type: ignore[attr-defined]  # see above
from re import _parser  # type: ignore[attr-defined]  # see above
from typing import Any

from emulator.nodes import record

_MOST = 64
_MOST_REPEATS = 8
_STARTS = {op.AT_BEGINNING_STRING, op.AT_BEGINNING}
_ENDS = {op.AT_END_STRING, op.AT_END}
_LINES = {op.AT_BEGINNING, op.AT_END}
_BEYOND = {"i": "İ", "I": "ı", "k": "\N{KELVIN SIGN}", "K": "\N{KELVIN SIGN}", "s": "ſ", "S": "ſ"}
"""The letters beyond ASCII that the `regex` module takes for those of ASCII when case is ignored."""


@record
class Literals:
    """The texts, in small letters where `fold` says that the case of ASCII letters does not matter.

    `starts` and `ends` say that a match begins or ends the text, or with `lines` a line of it. With `words`, a match
    also has to stand at boundaries of words, somewhere. `patterns` are the texts as RE2 finds them in any value, with
    the letters beyond ASCII that CQL takes for theirs. `same` says that all edges are of one kind.
    """

    texts: tuple[str, ...]
    fold: bool
    starts: bool
    ends: bool
    lines: bool
    words: bool
    patterns: tuple[str, ...]
    same: bool

    @property
    def pattern(self) -> str:
        """What RE2 has to find, unless there are words or edges of two kinds."""
        start, end = ("(?m:^)", "(?m:$)") if self.lines else (r"\A", r"\z")
        return f"{start if self.starts else ''}(?:{'|'.join(self.patterns)}){end if self.ends else ''}"

    @property
    def strange(self) -> list[str]:
        """What a value holds that may be one of the texts, or hold it, though it is none in small letters."""
        letters = {one for text in self.texts for one in text if one.isalpha()} if self.fold else set()
        beyond = {_BEYOND[form] for one in letters for form in (one, one.upper()) if form in _BEYOND}
        return [*sorted(beyond), *(["\n"] if self.lines else [])]


class _Many(Exception):  # noqa: N818 - it is an answer, not a fault
    """More than a few texts."""


@functools.lru_cache(maxsize=256)
def literals(program: str, *, ignore_case: bool) -> Literals | None:
    """The texts of a pattern for ASCII, as `Pattern.ascii_program` gives it; None for any other pattern.

    `ignore_case` is that of CQL's flag.
    """
    flags = re.MULTILINE | re.ASCII | (re.IGNORECASE if ignore_case else 0)
    try:
        tree = _parser.parse(program.replace(r"\z", r"\Z"), flags)
        items = _unwrapped(tree, bool(tree.state.flags & re.IGNORECASE))
        return _found(items)
    except (re.error, RecursionError, OverflowError, _Many):
        return None


def _unwrapped(items: Any, ignored: bool) -> list[tuple[Any, Any, bool]]:
    """The items, with those of groups in place of the groups."""
    made = []
    for kind, value in items:
        if kind is op.SUBPATTERN:
            _, added, removed, inner = value
            made += _unwrapped(inner, _ignored(ignored, added, removed))
        else:
            made.append((kind, value, ignored))
    return made


def _ignored(ignored: bool, added: int, removed: int) -> bool:
    if (added | removed) & ~re.IGNORECASE:
        raise _Many
    return (ignored or bool(added)) and not removed


def _found(items: list[tuple[Any, Any, bool]]) -> Literals | None:
    edges = [value for kind, value, _ in items if kind is op.AT]
    starts = bool(items) and items[0][0] is op.AT and items[0][1] in _STARTS
    ends = bool(items) and items[-1][0] is op.AT and items[-1][1] in _ENDS
    inner = items[starts : len(items) - ends]
    if any(kind is op.AT and value is not op.AT_BOUNDARY for kind, value, _ in inner):
        return None
    ways = _ways([one for one in inner if one[0] is not op.AT])
    folds = {one.fold for one in chain.from_iterable(ways) if one.form.isalpha()}
    if len(folds) > 1 or not all(ways):
        return None
    texts = tuple(dict.fromkeys("".join(one.form for one in way) for way in ways))
    patterns = tuple(dict.fromkeys("".join(one.pattern for one in way) for way in ways))
    kinds = {edge in _LINES for edge in edges}
    words = op.AT_BOUNDARY in edges
    return Literals(texts, folds == {True}, starts, ends, True in kinds, words, patterns, len(kinds) < 2)


@record
class _Character:
    """A character, small where its case is ignored, and as RE2 finds it."""

    form: str
    fold: bool
    pattern: str


_Way = tuple[_Character, ...]


def _ways(items: list[tuple[Any, Any, bool]]) -> list[_Way]:
    """The texts that some items match, one after the other."""
    made: list[_Way] = [()]
    for kind, value, ignored in items:
        made = _joined(made, _item(kind, value, ignored))
    return made


def _joined(before: list[_Way], behind: list[_Way]) -> list[_Way]:
    if len(before) * len(behind) > _MOST:
        raise _Many
    return [first + last for first, last in product(before, behind)]


def _item(kind: Any, value: Any, ignored: bool) -> list[_Way]:
    match kind:
        case op.LITERAL:
            return [(_character({value}, ignored),)]
        case op.IN:
            return [(_character(_codes(value), ignored),)]
        case op.BRANCH:
            return [way for one in value[1] for way in _ways(_unwrapped(one, ignored))]
        case op.MAX_REPEAT | op.MIN_REPEAT if value[1] is not op.MAXREPEAT and value[1] <= _MOST_REPEATS:
            least, most, inner = value
            once = _ways(_unwrapped(inner, ignored))
            return [way for times in range(least, most + 1) for way in _times(once, times)]
        case _:
            raise _Many


def _times(once: list[_Way], times: int) -> list[_Way]:
    made: list[_Way] = [()]
    for _ in range(times):
        made = _joined(made, once)
    return made


def _codes(items: Any) -> set[int]:
    codes = set[int]()
    for kind, value in items:
        if kind is op.LITERAL:
            codes.add(value)
        elif kind is op.RANGE and value[1] - value[0] < _MOST:
            codes.update(range(value[0], value[1] + 1))
        else:
            raise _Many
    return codes


def _character(codes: set[int], ignored: bool) -> _Character:
    """One character, or a letter in both its cases."""
    forms = {chr(code).lower() if code < 128 else "" for code in codes}
    if len(forms) != 1 or "" in forms:
        raise _Many
    (form,) = forms
    fold = (ignored or len(codes) == 2) and form.isalpha()
    if not fold:
        return _Character(chr(*codes), fold=False, pattern=_escaped(chr(*codes)))
    beyond = sorted({_BEYOND.get(chr(code), "") for code in codes}) if ignored else []
    return _Character(form, fold=True, pattern=f"[{form}{form.upper()}{''.join(beyond)}]")


def _escaped(one: str) -> str:
    return one if one.isalnum() else f"\\x{ord(one):02x}"
