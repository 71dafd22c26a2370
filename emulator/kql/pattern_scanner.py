"""Reads KQL patterns character by character: position, verbose mode, errors, and escapes that stand for themselves."""

from __future__ import annotations

from dataclasses import replace

from emulator.kql.pattern_errors import PatternError
from emulator.nodes import record

_SPECIAL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_HEX = frozenset("0123456789abcdefABCDEF")
_OCTAL = frozenset("01234567")
_NAMES = {
    "i": "ignore_case",
    "m": "multi_line",
    "s": "dot_all",
    "R": "crlf",
    "U": "swap_greed",
    "u": "unicode",
    "x": "verbose",
}


@record
class Flags:
    """The flags in force at one place of a pattern."""

    ignore_case: bool = False
    multi_line: bool = False
    dot_all: bool = False
    crlf: bool = False
    swap_greed: bool = False
    unicode: bool = True
    verbose: bool = False


class Scanner:
    """A pattern's text, the place reached in it and the flags in force there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.flags = Flags()

    @property
    def char(self) -> str:
        """The character at the place reached; empty at the end."""
        return self.text[self.at : self.at + 1]

    def fail(self, message: str, offset: int | None = None, *, gap: bool = False) -> PatternError:
        """The error for this place, or for `offset`."""
        return PatternError(message, self.at if offset is None else offset, gap=gap)

    def skip(self) -> None:
        """In verbose mode, step over white space and comments."""
        while self.flags.verbose and (self.char == "#" or self.char.isspace()):
            if self.char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                self.at += 1

    def step(self) -> None:
        """Step over one character and what verbose mode ignores after it."""
        self.at += 1
        self.skip()

    def peek(self) -> str:
        """The character after the one reached, without what verbose mode ignores."""
        here = self.at
        self.step()
        found = self.char
        self.at = here
        return found

    def take(self, prefix: str) -> bool:
        """Step over `prefix` when it stands here."""
        if not self.text.startswith(prefix, self.at):
            return False
        self.at += len(prefix)
        return True

    def decimal(self) -> int:
        """A count inside braces."""
        start = self.at
        digits = ""
        while self.char.isascii() and self.char.isdigit():
            digits += self.char
            self.step()
        if not digits:
            raise self.fail("a repetition count has to be a number", start)
        if len(digits) > 9:
            raise self.fail("the repetition count is too large", start)
        return int(digits)

    def flag_list(self) -> Flags:
        """The flags after `(?`, up to `:` or `)`, applied to those in force."""
        wanted: dict[str, bool] = {}
        on = True
        while self.char not in (":", ")"):
            if not self.char:
                raise self.fail("the flag group is not closed")
            if self.char == "-":
                if not on:
                    raise self.fail("`-` stands twice among the flags")
                on = False
            elif (name := _NAMES.get(self.char)) is None:
                raise self.fail(f"`{self.char}` is no flag; known are i, m, s, R, U, u and x")
            elif name in wanted:
                raise self.fail(f"the flag `{self.char}` stands twice")
            else:
                wanted[name] = on
            self.at += 1
        if self.text[self.at - 1] == "-":
            raise self.fail("`-` clears no flag", self.at - 1)
        return replace(self.flags, **wanted)

    def literal_escape(self, start: int) -> int | None:
        r"""The code point of an escape that stands for one character; None for another kind. `\` is behind."""
        char = self.char
        if char.isascii() and char.isdigit():
            return self._octal(start)
        if char in _HEX_DIGITS:
            return self._hexadecimal(start)
        if char in _SPECIAL:
            self.at += 1
            return _SPECIAL[char]
        if char.isascii() and not char.isalnum() and char not in "<>":
            self.at += 1
            return ord(char)
        return None

    def _octal(self, start: int) -> int:
        digits = ""
        while len(digits) < 3 and self.char in _OCTAL:
            digits += self.char
            self.at += 1
        if len(digits) < 2 and digits != "0":
            raise self.fail("back-references are not supported", start)
        return int(digits, 8)

    def _hexadecimal(self, start: int) -> int:
        width = _HEX_DIGITS[self.char]
        self.step()
        digits = ""
        braced = self.char == "{"
        if braced:
            self.step()
        while self.char and (self.char != "}" if braced else len(digits) < width):
            if self.char not in _HEX:
                raise self.fail("not a hexadecimal digit")
            digits += self.char
            self.step()
        if braced:
            if not self.char:
                raise self.fail("the escape is not closed", start)
            self.at += 1
        elif len(digits) < width:
            raise self.fail("the escape is incomplete", start)
        return self._scalar(digits, start)

    def _scalar(self, digits: str, start: int) -> int:
        if not digits:
            raise self.fail("the escape has no digits", start)
        significant = digits.lstrip("0") or "0"
        code = int(significant, 16) if len(significant) <= 6 else 0x110000
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise self.fail("the escape is no Unicode character", start)
        return code
