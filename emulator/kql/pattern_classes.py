"""Reads the character classes of KQL patterns: brackets with set operations, Perl, POSIX and Unicode classes."""

from __future__ import annotations

import functools
import re

from emulator.kql.pattern_characters import (
    ASCII_CLASSES,
    DIGIT,
    OPERATORS,
    SPACE,
    WORD,
    AnyOf,
    CharacterSet,
    Combined,
    Folded,
    Not,
    Operator,
    Property,
    Run,
    contains,
)
from emulator.kql.pattern_scanner import Scanner
from emulator.regular import regular

_PERL = {"d": (DIGIT, "digit"), "s": (SPACE, "space"), "w": (WORD, "word")}
_POSIX = regular(r"\[:(\^?)([a-z]+):\]")
_PROPERTY_NAME = regular(r"[A-Za-z0-9_ .-]+")
_DEEPEST = 40
_KEYS = {
    "gc": "gc",
    "generalcategory": "gc",
    "sc": "sc",
    "script": "sc",
    "scx": "scx",
    "scriptextensions": "scx",
}
# Names that the tables know for other engines' sake, and the product does not.
_FOREIGN = frozenset({"alnum", "word", "blank", "print", "graph", "xdigit", "cs", "surrogate"})
_WHOLE: dict[str, CharacterSet] = {"any": Run(0, 0x10FFFF), "ascii": Run(0, 127), "assigned": Not(Property(r"\p{Cn}"))}


def escaped_class(scanner: Scanner, start: int) -> CharacterSet | None:
    r"""The set of `\d`, `\p{…}` and kin; None for another escape. The backslash is behind."""
    letter = scanner.char
    if letter in ("p", "P"):
        return _unicode_class(scanner, start)
    if letter.lower() not in _PERL or not letter:
        return None
    scanner.at += 1
    unicode_set, ascii_name = _PERL[letter.lower()]
    found = unicode_set if scanner.flags.unicode else ASCII_CLASSES[ascii_name]
    return text_only(scanner, Not(found) if letter.isupper() else found, start)


def text_only(scanner: Scanner, found: CharacterSet, start: int) -> CharacterSet:
    """The set itself, unless it was written with `(?-u)` and has bytes that are no text."""
    if not scanner.flags.unicode and any(contains(found, code) for code in range(0x80, 0x100)):
        raise scanner.fail("without the flag `u` this can match bytes that are no text", start)
    return found


def _unicode_class(scanner: Scanner, start: int) -> CharacterSet:
    negated = scanner.char == "P"
    scanner.step()
    if scanner.char == "{":
        end = scanner.text.find("}", scanner.at)
        if end < 0:
            raise scanner.fail("the Unicode class is not closed", start)
        name = scanner.text[scanner.at + 1 : end]
        scanner.at = end + 1
    else:
        name = scanner.char
        scanner.at += 1
    if not scanner.flags.unicode:
        raise scanner.fail("a Unicode class needs the flag `u`", start)
    found = _named_property(name)
    if found is None:
        raise scanner.fail(f"no Unicode category or script is called `{name}`", start)
    folded: CharacterSet = Folded(found, unicode=True) if scanner.flags.ignore_case else found
    return Not(folded) if negated else folded


@functools.lru_cache(maxsize=256)
def _named_property(name: str) -> CharacterSet | None:
    """The set of `name`, `key=value`, `key:value` or `key!=value`; None when there is none."""
    key, sign, value = name, "", ""
    for sign in ("!=", ":", "="):
        key, found, value = name.partition(sign)
        if found:
            break
    else:
        return _bare_property(name)
    known_key = _KEYS.get(_loose(key))
    found_set = _first_known(f"{known_key}={value}") if known_key else None
    return Not(found_set) if found_set and sign == "!=" else found_set


def _bare_property(name: str) -> CharacterSet | None:
    """The set of a category, a script or a yes-or-no property; an `Is` before its name does not count."""
    loose = _loose(name)
    short = loose.removeprefix("is")
    for candidate in (loose, short) if short else (loose,):
        if candidate in _FOREIGN or candidate.endswith(("quickcheck", "qc")):
            continue
        found = _WHOLE.get(candidate) or _first_known(f"gc={candidate}", f"sc={candidate}", f"{candidate}=Y")
        if found is not None:
            return found
    return None


def _loose(name: str) -> str:
    """A property's name as it is compared: case, spaces, `_` and `-` do not count."""
    return re.sub(r"[\s_-]", "", name).lower()


def _first_known(*candidates: str) -> Property | None:
    import regex  # which knows the names; few patterns need it

    for candidate in candidates:
        key, _, value = candidate.partition("=")
        if not (_PROPERTY_NAME.fullmatch(key) and _PROPERTY_NAME.fullmatch(value)):
            continue
        source = rf"\p{{{candidate}}}"
        try:
            regex.compile(source)
        except regex.error:
            continue
        return Property(source)
    return None


def folded(scanner: Scanner, found: CharacterSet) -> CharacterSet:
    """The set with its case variants when the flag `i` is set."""
    return Folded(found, scanner.flags.unicode) if scanner.flags.ignore_case else found


def bracket(scanner: Scanner, depth: int = 1) -> CharacterSet:
    """The set of a bracketed class; the scanner stands at its `[` and is left behind its `]`."""
    start = scanner.at
    if depth > _DEEPEST:
        raise scanner.fail(f"classes nest deeper than {_DEEPEST}", gap=True)
    scanner.step()
    negated = scanner.char == "^"
    if negated:
        scanner.step()
    found = _set_expression(scanner, start, _leading_literals(scanner), depth)
    found = folded(scanner, found)
    return text_only(scanner, Not(found) if negated else found, start)


def _leading_literals(scanner: Scanner) -> list[CharacterSet]:
    """Hyphens at the start, or else a closing bracket: they stand for themselves there."""
    items: list[CharacterSet] = []
    while scanner.char == "-":
        items.append(Run(45, 45))
        scanner.step()
    if not items and scanner.char == "]":
        items.append(Run(93, 93))
        scanner.step()
    return items


def _set_expression(scanner: Scanner, start: int, items: list[CharacterSet], depth: int) -> CharacterSet:
    """Unions joined by `&&`, `--` and `~~`, which bind alike and from left to right."""
    joined: CharacterSet | None = None
    operator: Operator | None = None
    operations = 0
    while True:
        scanner.skip()
        if scanner.char == "]":
            scanner.at += 1
            return _join(scanner, joined, operator, items)
        following = _operator(scanner)
        if following:
            operations += 1
            if operations > _DEEPEST:
                raise scanner.fail(f"a class with more than {_DEEPEST} set operations", gap=True)
            scanner.at += 2
            joined, operator, items = _join(scanner, joined, operator, items), following, []
        else:
            items.append(_item(scanner, start, depth))


def _operator(scanner: Scanner) -> Operator | None:
    """The set operator that stands here."""
    for operator in OPERATORS:
        if scanner.text.startswith(operator, scanner.at):
            return operator
    return None


def _join(
    scanner: Scanner,
    joined: CharacterSet | None,
    operator: Operator | None,
    items: list[CharacterSet],
) -> CharacterSet:
    union = items[0] if len(items) == 1 else AnyOf(tuple(items))
    if joined is None or operator is None:
        return union
    return Combined(operator, folded(scanner, joined), folded(scanner, union))


def _item(scanner: Scanner, start: int, depth: int) -> CharacterSet:
    """One member of a union: a nested class, a named class, a character or a range."""
    if scanner.char == "[":
        named = _POSIX.match(scanner.text, scanner.at)
        if named and named[2] in ASCII_CLASSES:
            scanner.at = named.end()
            posix = folded(scanner, ASCII_CLASSES[named[2]])
            return Not(posix) if named[1] else posix
        return bracket(scanner, depth + 1)
    at = scanner.at
    first = _member(scanner, start)
    scanner.skip()
    if scanner.char != "-" or scanner.peek() in ("]", "-"):
        return Run(first, first) if isinstance(first, int) else first
    scanner.step()
    scanner.skip()
    last = _member(scanner, start)
    if not (isinstance(first, int) and isinstance(last, int)):
        raise scanner.fail("a range needs a character at both ends", at)
    if first > last:
        raise scanner.fail("the range ends before it starts", at)
    return Run(first, last)


def _member(scanner: Scanner, start: int) -> int | CharacterSet:
    """A character, as its code point, or an escaped class."""
    at = scanner.at
    if not scanner.char:
        raise scanner.fail("the class is not closed", start)
    if scanner.char != "\\":
        scanner.at += 1
        return _allowed(scanner, ord(scanner.text[at]), at)
    scanner.at += 1
    if not scanner.char:
        raise scanner.fail("the pattern ends inside an escape", at)
    code = scanner.literal_escape(at)
    if code is not None:
        return _allowed(scanner, code, at)
    found = escaped_class(scanner, at)
    if found is None:
        raise scanner.fail(f"`\\{scanner.char}` has no meaning in a class", at)
    return found


def _allowed(scanner: Scanner, code: int, at: int) -> int:
    if code > 0x7F and not scanner.flags.unicode:
        raise scanner.fail("without the flag `u` a class holds ASCII only", at)
    return code
