r"""Turns texts into bytes that RE2 matches exactly, `\b` of Unicode included.

RE2 knows ASCII word characters only, and Unicode classes make its programs huge. But a pattern tells few kinds of
characters apart: two characters in the same sets of the pattern are the same to it. So text outside ASCII is matched
after every character was replaced by a byte that stands for its kind: a word byte if, and only if, the pattern's `\b`
takes the character for a word character. A byte stands for one character, so offsets stay what they are.
"""

from __future__ import annotations

from typing import assert_never

from emulator.kql.pattern_characters import (
    DIGIT,
    SPACE,
    WORD,
    AnyOf,
    CharacterSet,
    Combined,
    Folded,
    Not,
    Property,
    Run,
    ascii_members,
    contains,
)
from emulator.kql.pattern_errors import PatternError
from emulator.kql.pattern_parser import Rewritten

_LF = 10
_ALL_BYTES = range(256)
_SURELY_FREE = 127
_WORD_BYTES = ascii_members(WORD)
_BEYOND_ASCII = ((1 << 128) - 1) << 128
_REPLACEMENT = 0xFFFD
_ANY_CASE_ASCII = 2  # signatures of the two characters outside ASCII that fold into it
_CASES = 4  # most case variants of one character
_PERL = (DIGIT, SPACE, WORD)  # they overlap so that four kinds suffice
_WHOLE = (0, 0x10FFFF)


def plain_members(sets: tuple[CharacterSet, ...]) -> dict[CharacterSet, int]:
    """The bits of each set for texts in ASCII, where every byte stands for itself.

    Bytes beyond ASCII never occur then; a set that has the last ASCII character gets them all, as `.` and `[^…]`
    become RE2's own short forms.
    """
    found = {characters: ascii_members(characters) for characters in sets}
    return {characters: bits | (bits >> 127) * _BEYOND_ASCII for characters, bits in found.items()}


class Alphabet(dict[int, int]):
    """The byte that stands for each character, by code point, found when a character first occurs.

    `members` are the sets as bytes; `grown` is set when a new kind of character changed them.
    """

    def __init__(self, rewritten: Rewritten, sets: tuple[CharacterSet, ...]) -> None:
        super().__init__()
        self._sets = sets
        self._ascii = [ascii_members(found) for found in sets]
        self._word = _word_set(rewritten)
        self._line_anchors = rewritten.line_anchors
        self._kinds: dict[tuple[bool, ...], int] = {}
        self.members: dict[CharacterSet, int] = dict.fromkeys(sets, 0)
        self.grown = True
        for code in range(128):
            kind = self._kind(code)
            self[code] = self._kinds.setdefault(kind, code)
            if self[code] == code:
                self._admit(kind, code)
        used = set(self._kinds.values())
        free = [byte for byte in reversed(_ALL_BYTES) if byte not in used and byte != _LF]
        self._free = {word: [byte for byte in free if bool(_WORD_BYTES >> byte & 1) == word] for word in (False, True)}
        if not self._word:
            self._free[False] = free
        self._check_room()

    def __missing__(self, code: int) -> int:
        kind = self._kind(_REPLACEMENT if 0xD800 <= code <= 0xDFFF else code)
        byte = self._kinds.get(kind)
        if byte is None:
            byte = self._free[bool(self._word) and kind[-1]].pop()
            self._kinds[kind] = byte
            self._admit(kind, byte)
        if len(self) < 0x4000:  # beyond that a character's kind is found again each time, so that memory stays bounded
            self[code] = byte
        return byte

    def _kind(self, code: int) -> tuple[bool, ...]:
        """In which sets the character is, whether it ends a line, and last whether it is a word character."""
        if code < 128:
            kind = [bits >> code & 1 == 1 for bits in self._ascii]
        else:
            kind = [contains(found, code) for found in self._sets]
        if self._line_anchors:
            kind.append(code == _LF)
        if self._word:
            kind.append(contains(self._word, code))
        return tuple(kind)

    def _admit(self, kind: tuple[bool, ...], byte: int) -> None:
        for found, inside in zip(self._sets, kind, strict=False):
            if inside:
                self.members[found] |= 1 << byte
        self.grown = True

    def _check_room(self) -> None:
        """Refuse the pattern unless there are bytes for whatever text may hold."""
        needed = _most_kinds_beyond_ascii((*self._sets, self._word) if self._word else self._sets)
        if needed > min(len(self._free[word]) for word in ((False, True) if self._word else (False,))):
            raise PatternError("too many kinds of characters to tell apart beside a word boundary", 0, gap=True)

    def encode(self, text: str) -> bytes:
        """The text with the byte of its kind for each character."""
        return text.translate(self).encode("latin-1")


def needs_check(rewritten: Rewritten, sets: tuple[CharacterSet, ...]) -> bool:
    """True when bytes might run out: the pattern's alphabet has to be made at once, to refuse it before it runs."""
    return bool(rewritten.boundary) or _most_kinds_beyond_ascii(sets) > _SURELY_FREE


def _word_set(rewritten: Rewritten) -> CharacterSet | None:
    if not rewritten.boundary:
        return None
    return WORD if rewritten.boundary == "unicode" else AnyOf((Run(48, 57), Run(65, 90), Run(95, 95), Run(97, 122)))


def _most_kinds_beyond_ascii(sets: tuple[CharacterSet, ...]) -> int:
    """An upper bound on the kinds of characters outside ASCII that these sets tell apart."""
    singles: set[CharacterSet] = set()
    wide: set[CharacterSet] = set()
    for found in sets:
        _collect(found, singles, wide)
    perl = sum(isinstance(found, Property) and found in _PERL for found in wide)
    return _ANY_CASE_ASCII + _CASES * len(singles) + min(1 << perl, 4) * (1 << (len(wide) - perl))


def _collect(found: CharacterSet, singles: set[CharacterSet], wide: set[CharacterSet]) -> None:
    """Gather what makes characters outside ASCII differ: single characters, and sets of more."""
    match found:
        case Run(low, high):
            if high > 0x7F and (low, high) != _WHOLE:
                (singles if low == high else wide).add(found)
        case Property():
            wide.add(found)
        case Not(of):
            _collect(of, singles, wide)
        case AnyOf(parts):
            for part in parts:
                _collect(part, singles, wide)
        case Combined(_, left, right):
            _collect(left, singles, wide)
            _collect(right, singles, wide)
        case Folded(of, _):
            inner: set[CharacterSet] = set()
            _collect(of, singles, inner)
            # The Perl classes are closed under folding; folding others makes a set of its own.
            wide |= inner if inner <= set(_PERL) else {found}
        case _:
            assert_never(found)
