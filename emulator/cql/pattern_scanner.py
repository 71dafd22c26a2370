"""Reads CQL patterns character by character: place, errors, and escapes that stand for one character."""

from __future__ import annotations

from emulator.cql.pattern_errors import PatternError

_SPECIAL = {"a": 7, "t": 9, "n": 10, "f": 12, "r": 13, "e": 27}
_HEX = frozenset("0123456789abcdefABCDEF")
_OCTAL = frozenset("01234567")


class Scanner:
    """A pattern's text and the place reached in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def char(self) -> str:
        """The character at the place reached; empty at the end."""
        return self.text[self.at : self.at + 1]

    def fail(self, message: str, offset: int | None = None, *, gap: bool = False) -> PatternError:
        """The error for this place, or for `offset`."""
        return PatternError(message, self.at if offset is None else offset, gap=gap)

    def take(self, prefix: str) -> bool:
        """Step over `prefix` when it stands here."""
        if not self.text.startswith(prefix, self.at):
            return False
        self.at += len(prefix)
        return True

    def escaped_character(self, start: int) -> int:
        """The code point of an escape; the backslash, at `start`, is behind."""
        char = self.char
        if not char:
            raise self.fail("the pattern ends inside an escape", start)
        self.at += 1
        if char in _SPECIAL:
            return _SPECIAL[char]
        if char == "0":
            return self._octal(start)
        if char in ("x", "u"):
            return self._hexadecimal(2 if char == "x" else 4, start)
        if char == "c":
            return self._control(start)
        if char.isalnum():
            what = "back-references" if char.isdigit() else f"the escape `\\{char}`"
            raise self.fail(f"{what} can't be emulated: it is undocumented", start, gap=True)
        return ord(char)

    def _octal(self, start: int) -> int:
        digits = ""
        while self.char and self.char in _OCTAL and int(digits + self.char, 8) < 0x100:
            digits += self.char
            self.at += 1
        if not digits:
            raise self.fail("`\\0` needs octal digits", start)
        return int(digits, 8)

    def _hexadecimal(self, width: int, start: int) -> int:
        if width == 2 and self.take("{"):
            digits, closed, _ = self.text[self.at :].partition("}")
            width = len(digits)
            if not (closed and 1 <= width <= 4):
                raise self.fail("`\\x{…}` holds one to four hexadecimal digits", start)
            self.at += 1
        else:
            digits = self.text[self.at : self.at + width]
        if len(digits) < width or not _HEX.issuperset(digits):
            raise self.fail("the escape is incomplete", start)
        self.at += width
        return int(digits, 16)

    def _control(self, start: int) -> int:
        letter = self.char.upper()
        if not ("@" <= letter <= "_" and letter):
            raise self.fail("`\\c` needs a letter", start)
        self.at += 1
        return ord(letter) ^ 64
