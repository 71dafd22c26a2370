"""Sets of characters in KQL patterns: what a class of a regular expression contains, asked one character at a time."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal, assert_never

from emulator.nodes import record

if TYPE_CHECKING:
    import regex

Operator = Literal["&&", "--", "~~"]
OPERATORS: tuple[Operator, ...] = ("&&", "--", "~~")

_LAST_ASCII = 127
_ALL_ASCII = (1 << 128) - 1
_UPPER = sum(1 << code for code in range(ord("A"), ord("Z") + 1))
_LOWER = _UPPER << 32
_KELVIN, _LONG_S = 0x212A, 0x17F  # the only two characters outside ASCII that fold into it


@record
class Run:
    """The code points from `low` to `high`, both included."""

    low: int
    high: int


@record
class Property:
    """The characters of a Unicode property, written as a class of the `regex` module, whose tables are used."""

    source: str


@record
class Not:
    """Every character that `of` lacks."""

    of: CharacterSet


@record
class AnyOf:
    """The union of several sets."""

    of: tuple[CharacterSet, ...]


@record
class Combined:
    """The intersection, the difference or the symmetric difference of two sets."""

    operator: Operator
    left: CharacterSet
    right: CharacterSet


@record
class Folded:
    """The characters of `of` and all their case variants; without `unicode` those of ASCII letters only."""

    of: CharacterSet
    unicode: bool


CharacterSet = Run | Property | Not | AnyOf | Combined | Folded

# UTS 18, annex C, as the product documents its Perl classes.
WORD = Property(r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]")
DIGIT = Property(r"\p{Nd}")
SPACE = Property(r"\p{White_Space}")
NEWLINE = Run(10, 10)


def ranges(*pairs: str) -> CharacterSet:
    """The union of ranges, each written as its first and last character."""
    return AnyOf(tuple(Run(ord(pair[0]), ord(pair[-1])) for pair in pairs))


ASCII_CLASSES: dict[str, CharacterSet] = {
    "alnum": ranges("09", "AZ", "az"),
    "alpha": ranges("AZ", "az"),
    "ascii": ranges("\x00\x7f"),
    "blank": ranges("\t", " "),
    "cntrl": ranges("\x00\x1f", "\x7f"),
    "digit": ranges("09"),
    "graph": ranges("!~"),
    "lower": ranges("az"),
    "print": ranges(" ~"),
    "punct": ranges("!/", ":@", "[`", "{~"),
    "space": ranges("\t\r", " "),
    "upper": ranges("AZ"),
    "word": ranges("09", "AZ", "az", "_"),
    "xdigit": ranges("09", "AF", "af"),
}


_PERL = {WORD: "word", DIGIT: "digit", SPACE: "space"}
"""The POSIX classes with the same ASCII characters."""


def contains(characters: CharacterSet, code: int) -> bool:
    """True when the set has the character with this code point."""
    match characters:
        case Run(low, high):
            return low <= code <= high
        case Property(source):
            return _property(source).match(chr(code)) is not None
        case Not(of):
            return not contains(of, code)
        case AnyOf(parts):
            return any(contains(part, code) for part in parts)
        case Combined(operator, left, right):
            return _combine(operator, contains(left, code), contains(right, code))
        case Folded(of, unicode):
            return any(contains(of, variant) for variant in case_variants(code, unicode=unicode))
    assert_never(characters)


def _combine(operator: Operator, left: bool, right: bool) -> bool:
    """Membership in a combined set from membership in its two parts."""
    match operator:
        case "&&":
            return left and right
        case "--":
            return left and not right
        case "~~":
            return left != right
    assert_never(operator)


@functools.lru_cache(maxsize=256)
def _property(source: str) -> regex.Pattern[str]:
    import regex  # 20 ms that texts in ASCII don't need

    return regex.compile(source)


@functools.lru_cache(maxsize=4096)
def ascii_members(characters: CharacterSet) -> int:
    """The ASCII characters of a set as 128 bits; the same answers as `contains`, without asking 128 times."""
    match characters:
        case Run(low, high):
            return _bits(low, min(high, _LAST_ASCII)) if low <= _LAST_ASCII else 0
        case Property() if characters in _PERL:
            return ascii_members(ASCII_CLASSES[_PERL[characters]])
        case Property():
            return sum(1 << code for code in range(128) if contains(characters, code))
        case Not(of):
            return _ALL_ASCII & ~ascii_members(of)
        case AnyOf(parts):
            return functools.reduce(lambda bits, part: bits | ascii_members(part), parts, 0)
        case Combined(operator, left, right):
            one, other = ascii_members(left), ascii_members(right)
            return {"&&": one & other, "--": one & ~other, "~~": one ^ other}[operator]
        case Folded(of, unicode):
            return _folded_ascii(of, unicode=unicode)
    assert_never(characters)


def _bits(low: int, high: int) -> int:
    return (1 << (high + 1)) - (1 << low)


def _folded_ascii(of: CharacterSet, *, unicode: bool) -> int:
    bits = ascii_members(of)
    bits |= (bits & _UPPER) << 32 | (bits & _LOWER) >> 32
    if unicode and contains(of, _KELVIN):
        bits |= 1 << ord("k") | 1 << ord("K")
    if unicode and contains(of, _LONG_S):
        bits |= 1 << ord("s") | 1 << ord("S")
    return bits


def case_variants(code: int, *, unicode: bool) -> tuple[int, ...]:
    """The character and everything that simple case folding takes for the same."""
    if unicode:
        return _orbits().get(code, (code,))
    letter = chr(code)
    return (code, ord(letter.swapcase())) if letter.isascii() and letter.isalpha() else (code,)


# Pairs that Unicode 15.1 added to simple folding; older tables of Python lack them.
_ADDED = {"\ufb05": "\ufb06", "\u1fd3": "\u0390", "\u1fe3": "\u03b0"}


def _simple_fold(letter: str) -> str:
    """Simple case folding (statuses C and S of CaseFolding.txt), which never changes the length."""
    for folded in (_ADDED.get(letter, letter.casefold()), letter.lower()):
        if len(folded) == 1:
            return folded
    return letter


@functools.lru_cache(maxsize=1)
def _orbits() -> dict[int, tuple[int, ...]]:
    """Every character with a case variant, with all of them; built when text outside ASCII first needs it."""
    same: dict[str, list[int]] = {}
    for letter in map(chr, range(0x20000)):  # no cased letter lives beyond the first two planes
        folded = _simple_fold(letter)
        if folded != letter:
            same.setdefault(folded, [ord(folded)]).append(ord(letter))
    return {code: tuple(codes) for codes in same.values() for code in codes}
