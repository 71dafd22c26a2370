"""Texts that must stand in a value for a test of it to be true: what a search through raw bytes can look for."""

from __future__ import annotations

import re

# The parser of Python's own patterns has no public name; what it can't read has no needles here.
from re import _constants as op  # type: ignore[attr-defined]  # see above
from re import _parser  # type: ignore[attr-defined]  # see above
from typing import Any, TypeAlias

from emulator.columnar.expressions.relaxed import _OTHERWISE
from emulator.cql.patterns import Pattern
from emulator.nodes import record

_LONGEST = 48
"""Bytes of a needle; what is longer is cut, which finds more."""
_MOST = 24
"""Texts that a piece of a pattern may stand for, before it counts as any text."""


@record
class Needle:
    """Bytes to look for; with `fold`, the case of ASCII letters ignored.

    With `leading` or `trailing`, no ASCII letter or digit may stand before or behind.
    """

    text: bytes
    fold: bool = False
    leading: bool = False
    trailing: bool = False


Needles: TypeAlias = tuple[Needle, ...]
LIKE_ASCII = tuple(Needle(letter.encode()) for letter in "\N{KELVIN SIGN}\N{LATIN SMALL LETTER LONG S}İı")
"""Letters beyond ASCII that count as ASCII letters where patterns ignore case."""
_FOLDING = {
    "kql._has": (True, True),
    "kql._has_any": (True, True),
    "kql._has_all": (True, True),
    "kql._hasprefix": (True, False),
    "kql._hassuffix": (False, True),
    "kql._contains": (False, False),
    "kql._startswith": (False, False),
    "kql._endswith": (False, False),
}
"""Functions that look for texts, the case of ASCII letters ignored: whether terms must begin and end there."""
_EXACT = {f"{name}_cs": edges for name, edges in _FOLDING.items() if name.count("_") == 1}


def needles_of(call: str, constants: tuple[object, ...]) -> Needles | None:
    """What one of must stand in a value for a function of it and of constants to be true; None when unknown."""
    edges = _FOLDING.get(call) or _EXACT.get(call)
    if edges is not None:
        texts = [text for text in _flat(constants) if isinstance(text, str)]
        if call == "kql._has_all":
            texts = sorted(texts, key=len)[-1:]
        return _each(texts, fold=call in _FOLDING, edges=edges)
    match call, constants:
        case "kql._matches_regex", (str(pattern),):
            return pattern_needles(pattern, ignore_case=False)
        case "cql.operator:regex", (Pattern() as pattern,):
            return pattern_needles(pattern.wide_program, ignore_case=pattern.ignore_case)
        case "cql.operator:wildcard", (str(pattern),):
            return _each([max(pattern.split("*"), key=len)], fold=False, edges=(False, False))
        case "cql.in", (values, ignore_case):
            longest = [max(text.split("*"), key=len) for text in _flat((values,)) if isinstance(text, str)]
            return _unicode(longest) if ignore_case else _each(longest, fold=False, edges=(False, False))
        case _:
            return None


def _flat(items: Any) -> Any:
    for item in items:
        if isinstance(item, list | tuple):
            yield from _flat(item)
        else:
            yield item


def _each(texts: list[str], *, fold: bool, edges: tuple[bool, bool]) -> Needles | None:
    """A needle for each text."""
    made = [_needle(text, fold=fold, edges=edges) for text in texts]
    known = tuple(one for one in made if one is not None)
    return known if known and len(known) == len(made) else None


def _needle(text: str, *, fold: bool, edges: tuple[bool, bool]) -> Needle | None:
    """A term's edge counts where the term itself has a letter or digit there; a NUL would end a needle."""
    if "\0" in text:
        return _needle(max(text.split("\0"), key=len), fold=fold, edges=(False, False))
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return None
    if not raw:
        return None
    leading, trailing = edges[0] and text[0].isalnum(), edges[1] and text[-1].isalnum()
    return Needle(raw[:_LONGEST], fold, leading, trailing and len(raw) <= _LONGEST)


def _unicode(texts: list[str]) -> Needles | None:
    """Needles for texts whose case is ignored as Unicode says: their ASCII parts, and letters that count as ASCII."""
    parts = [max(re.findall(r"[\0-\x7f]+", text), key=len, default="") for text in texts]
    made = _each(parts, fold=True, edges=(False, False))
    return None if made is None else made + LIKE_ASCII


def pattern_needles(pattern: str, *, ignore_case: bool) -> Needles | None:
    """What one of must stand in a text for a pattern to be found in it; None when unknown."""
    if _OTHERWISE.search(pattern):
        return None
    try:
        tree = _parser.parse(pattern, re.IGNORECASE if ignore_case else 0)
    except (re.error, RecursionError, OverflowError):
        return None
    if tree.state.flags & re.VERBOSE:
        return None
    texts = _best(_required(tree))
    if texts is None:
        return None
    if tree.state.flags & re.IGNORECASE or re.search(r"\(\?[a-zA-Z]*i", pattern):
        return _unicode(sorted(texts))
    return _each(sorted(texts), fold=False, edges=(False, False))


_Texts: TypeAlias = frozenset[str]
_NONE: _Texts = frozenset({""})


def _required(items: Any) -> list[_Texts]:
    """Sets of texts; of each, one at least stands in whatever a sequence of pieces matches."""
    found: list[_Texts] = []
    run = _NONE
    for kind, value in items:
        exact = _exactly(kind, value)
        if exact is not None and len(run) * len(exact) <= _MOST:
            run = frozenset(before + behind for before in run for behind in exact)
            continue
        found.append(run)
        run = exact or _NONE
        if exact is None:
            found += _inside(kind, value)
    return [*found, run]


def _best(sets: list[_Texts]) -> _Texts | None:
    """The set whose texts say most."""
    known = [one for one in sets if one and "" not in one]
    return max(known, key=lambda one: (min(3, min(map(len, one))), -len(one), min(map(len, one))), default=None)


def _exactly(kind: object, value: Any) -> _Texts | None:
    """All the texts that a piece matches; None when there are too many."""
    if kind is op.LITERAL:
        return frozenset({chr(value)})
    if kind is op.AT:
        return _NONE
    if kind is op.IN:
        if any(one is not op.LITERAL for one, _ in value) or len(value) > _MOST:
            return None
        return frozenset(chr(code) for _, code in value)
    if kind is op.SUBPATTERN:
        return _all_of(value[3])
    if kind is op.BRANCH:
        ways = [_all_of(one) for one in value[1]]
        known = [one for one in ways if one is not None]
        joined = frozenset().union(*known) if len(known) == len(ways) else None
        return joined if joined is not None and len(joined) <= _MOST else None
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT) and value[0] == 0 and value[1] == 1:
        inner = _all_of(value[2])
        return None if inner is None else inner | _NONE
    return None


def _all_of(items: Any) -> _Texts | None:
    whole = _NONE
    for kind, value in items:
        exact = _exactly(kind, value)
        if exact is None or len(whole) * len(exact) > _MOST:
            return None
        whole = frozenset(before + behind for before in whole for behind in exact)
    return whole


def _inside(kind: object, value: Any) -> list[_Texts]:
    """What stands in whatever a piece matches."""
    if kind is op.SUBPATTERN:
        return _required(value[3])
    if kind is op.ATOMIC_GROUP:
        return _required(value)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT) and value[0] > 0:
        return _required(value[2])
    if kind is op.BRANCH:
        ways = [_best(_required(one)) for one in value[1]]
        known = [one for one in ways if one is not None]
        return [frozenset().union(*known)] if len(known) == len(ways) else []
    return []
