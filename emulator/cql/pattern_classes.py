r"""Character classes of CQL patterns, as members of a class of the `regex` module.

The named classes hold ASCII only, as documented for the second engine; `\h` and `\v` are those of PCRE2 and Java, which
the documentation names as its models.
"""

from __future__ import annotations

from emulator.cql.pattern_scanner import Scanner
from emulator.nodes import record

WORD = "A-Za-z0-9_"
NAMED = {
    "d": "0-9",
    "D": r"\x00-/:-\U0010ffff",
    "w": WORD,
    "W": r"\x00-/:-@\[-\^`\{-\U0010ffff",
    "s": r"\t-\r\ ",
    "S": r"\x00-\x08\x0e-\x1f!-\U0010ffff",
    "h": r"\t\ \xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
    "H": r"\x00-\x08\x0a-\x1f!-\x9f\xa1-\u167f\u1681-\u180d\u180f-\u1fff"
    r"\u200b-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\U0010ffff",
    "v": r"\n-\r\x85\u2028\u2029",
    "V": r"\x00-\x09\x0e-\x84\x86-\u2027\u202a-\U0010ffff",
}


@record
class Piece:
    """One stretch of the rewritten pattern: for texts in ASCII, and for others."""

    ascii: str
    wide: str


def character(code: int) -> str:
    """A character as an escape that means the same inside and outside a class."""
    return rf"\x{code:02x}" if code < 0x100 else rf"\u{code:04x}" if code < 0x10000 else rf"\U{code:08x}"


def named_class(name: str) -> Piece:
    """A named class outside brackets; ignoring case must not add the two letters that fold into ASCII."""
    members = NAMED[name]
    return Piece(f"[{members}]", f"(?-i:[{members}])")


def bracket(scanner: Scanner) -> Piece:
    """A class in brackets; the scanner stands at its `[` and is left behind its `]`."""
    start = scanner.at
    scanner.at += 1
    negated = scanner.take("^")
    if scanner.char == "]":
        raise scanner.fail("whether `]` closes an empty class is undocumented; write `\\]`", gap=True)
    plain: list[str] = []
    named: list[str] = []
    while not scanner.take("]"):
        if not scanner.char:
            raise scanner.fail("the class is not closed", start)
        _member(scanner, plain, named)
    return _class(negated, "".join(plain), "".join(named))


def _class(negated: bool, plain: str, named: str) -> Piece:
    """The class for both kinds of text: named members stay out of the folding of the others."""
    sign = "^" if negated else ""
    together = f"[{sign}{plain}{named}]"
    if not (plain and named):
        return Piece(together, f"(?-i:{together})" if named else together)
    either = f"(?:[{plain}]|(?-i:[{named}]))"
    return Piece(together, f"(?:(?!{either})(?s:.))" if negated else either)


def _member(scanner: Scanner, plain: list[str], named: list[str]) -> None:
    """One character, range or named class."""
    start = scanner.at
    first = _one(scanner)
    if scanner.char != "-" or scanner.text[scanner.at + 1 : scanner.at + 2] in ("]", ""):
        (named if isinstance(first, str) else plain).append(first if isinstance(first, str) else character(first))
        return
    if isinstance(first, str):
        named.append(first)
        return  # a hyphen behind a named class stands for itself
    scanner.at += 1
    last = _one(scanner)
    if isinstance(last, str):
        plain.extend((character(first), r"\-"))
        named.append(last)
    elif first > last:
        raise scanner.fail("the range ends before it starts", start)
    else:
        plain.append(f"{character(first)}-{character(last)}")


def _one(scanner: Scanner) -> int | str:
    """A code point, or the members of a named class."""
    start = scanner.at
    char = scanner.char
    if char == "[":
        raise scanner.fail("a bracket inside a class is undocumented; write `\\[`", gap=True)
    if scanner.text.startswith("&&", start):
        raise scanner.fail("an intersection inside a class is undocumented; write `\\&\\&`", gap=True)
    scanner.at += 1
    if char != "\\":
        return ord(char)
    if scanner.char in NAMED and scanner.char:
        scanner.at += 1
        return NAMED[scanner.text[scanner.at - 1]]
    if scanner.take("b"):
        raise scanner.fail("`\\b` inside a class is undocumented", start, gap=True)
    return scanner.escaped_character(start)
