"""Where values of JSON end, in a text of any length of which a part is at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from emulator.events.importing.problems import Limits
from emulator.events.importing.readable import HEAD, Readable
from emulator.events.importing.records import KEPT

_SPACE = re.compile(rb"[ \t\r\n]*+")
_MARK = re.compile(rb'[{}\[\]"]')
_TEXT_END = re.compile(rb'[^"\\]*+(?>(?:\\.[^"\\]*+)*)"', re.DOTALL)
_BACKSLASH = 0x5C
_SCALAR_END = re.compile(rb"[,\]} \t\r\n]")


class Scanner:
    """JSON text that is read value by value; what is before the place that is looked at is forgotten."""

    def __init__(self, stream: Readable, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._data = b""
        self._at = 0
        self.line = 1

    def _more(self) -> bool:
        """Read on, forgetting what was passed."""
        self.line += self._data.count(b"\n", 0, self._at)
        block = self._stream.read(HEAD)
        self._data, self._at = self._data[self._at :] + block, 0
        return bool(block)

    def next_mark(self) -> bytes:
        """The next byte that is no space, which is not passed; none at the end."""
        while True:
            found = _SPACE.match(self._data, self._at)
            assert found is not None
            self._pass(found.end())
            if self._at < len(self._data):
                return self._data[self._at : self._at + 1]
            if not self._more():
                return b""

    def _pass(self, end: int) -> None:
        self.line += self._data.count(b"\n", self._at, end)
        self._data, self._at = (self._data[end:], 0) if end > HEAD else (self._data, end)

    def take(self, mark: bytes) -> bool:
        """Pass a byte if it comes next."""
        if self.next_mark() != mark:
            return False
        self._at += 1
        return True

    def value(self) -> tuple[int, bytes, int]:
        """The next value: its line, its text, or the start of one that is too long, and its length."""
        is_open = self.next_mark() in (b"{", b"[", b'"')
        line, cut, length = self.line, b"", 0
        state = _State(self._at)
        while not (state.ends(self._data) if is_open else state.ends_scalar(self._data)):
            if state.at - self._at > self._limits.line:
                cut = cut or self._data[self._at : self._at + KEPT]
                length += state.at - self._at
                self._pass(state.at)
                state.at = self._at
            passed = state.at - self._at
            if not self._more():
                state.at = len(self._data)
                break
            state.at = self._at + passed
        text = self._data[self._at : state.at]
        length += len(text)
        self._pass(state.at)
        return line, cut or text, length


@dataclass(slots=True)
class _State:
    """How far a value was looked through: the place, the lists and objects open there, and whether a text is."""

    at: int
    depth: int = 0
    in_text: bool = False

    def ends(self, data: bytes) -> bool:
        """Go to the end of a list, an object or a text, or to that of the data; True for the first."""
        while True:
            if self.in_text:
                text = _TEXT_END.match(data, self.at)
                if text is None:
                    self.at = _before_escape(data, self.at)
                    return False
                self.at, self.in_text = text.end(), False
            else:
                found = _MARK.search(data, self.at)
                if found is None:
                    self.at = len(data)
                    return False
                self.at = found.end()
                if found[0] == b'"':
                    self.in_text = True
                    continue
                self.depth += 1 if found[0] in b"{[" else -1
            if self.depth <= 0:
                return True

    def ends_scalar(self, data: bytes) -> bool:
        """Go to the end of a number or a word, or to that of the data; True for the first."""
        found = _SCALAR_END.search(data, self.at)
        self.at = found.start() if found else len(data)
        return found is not None


def _before_escape(data: bytes, at: int) -> int:
    """The end of data inside a text, but for a backslash whose character is still to come."""
    start = len(data)
    while start > at and data[start - 1] == _BACKSLASH:
        start -= 1
    return len(data) - (len(data) - start) % 2
