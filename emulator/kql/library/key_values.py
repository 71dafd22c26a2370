"""What `parse-kv` reads out of a text: keys and values by delimiters, between any delimiters, or by a pattern."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

from emulator.kql.patterns import Pattern
from emulator.nodes import record
from emulator.types import ScalarType


class Pairs(Protocol):
    """Finds keys and values in a text, in order."""

    def __call__(self, text: str) -> Iterable[tuple[str, str]]: ...


@record
class KeyValues:
    """Called with a text it gives the values of the wanted keys; the first of a repeated key counts."""

    wanted: tuple[tuple[str, ScalarType, Callable[[str], object]], ...]
    pairs: Pairs

    def __call__(self, text: str) -> tuple[Any, ...]:
        """A value for each wanted key: empty or null where the text lacks it."""
        found: dict[str, str] = {}
        for key, value in self.pairs(text):
            found.setdefault(key, value)
        return tuple(_value(found.get(key), kind, read) for key, kind, read in self.wanted)


def _value(text: str | None, kind: ScalarType, read: Callable[[str], object]) -> object:
    if kind is ScalarType.STRING:
        return text or ""
    return None if text is None else read(text.strip())


@record
class Quoting:
    """Which characters open and close a quoted text, and which one stands before a character that is meant."""

    closing: Mapping[str, str]
    escapes: str

    def read(self, text: str, start: int) -> tuple[str, int] | None:
        """The inside of the quotes that open at a place, and where they end; None where none open."""
        closing = self.closing.get(text[start])
        if closing is None:
            return None
        inside: list[str] = []
        position = start + 1
        while position < len(text) and text[position] != closing:
            if text[position] in self.escapes and position + 1 < len(text):
                position += 1
            inside.append(text[position])
            position += 1
        return "".join(inside), position + 1


@dataclass(slots=True)
class _Side:
    """A key or a value while it is read: what stood in quotes at its beginning, and the plain text."""

    plain: list[str] = field(default_factory=list)
    quoted: str | None = None
    has_begun: bool = False
    """False where quotes may still open."""

    def add(self, character: str) -> None:
        """Take up a plain character."""
        self.plain.append(character)
        self.has_begun = self.has_begun or not character.isspace()

    @property
    def text(self) -> str:
        """The text without white space around it."""
        plain = "".join(self.plain)
        return plain.strip() if self.quoted is None else self.quoted + plain.rstrip()


@record
class Delimited:
    """Pairs between one delimiter, key and value around the other.

    When `greedy`, a part without a key of its own belongs to the value before it.
    """

    pair_delimiter: str
    kv_delimiter: str
    quoting: Quoting
    greedy: bool

    def __call__(self, text: str) -> Iterator[tuple[str, str]]:
        """The keys and values."""
        key: _Side | None = None
        value = _Side()
        for sides, raw in self._parts(text):
            if len(sides) == 2:
                if key is not None:
                    yield key.text, value.text
                key, value = sides
            elif self.greedy:
                value.plain.append(self.pair_delimiter + raw)
        if key is not None:
            yield key.text, value.text

    def _parts(self, text: str) -> Iterator[tuple[list[_Side], str]]:
        """What stands between pair delimiters, also as written: a key and a value, or one text without either."""
        sides = [_Side()]
        start = position = 0
        while position < len(text):
            if not sides[-1].has_begun and (quoted := self.quoting.read(text, position)) is not None:
                inside, position = quoted
                sides[-1] = _Side(quoted=inside, has_begun=True)
            elif text.startswith(self.pair_delimiter, position):
                yield sides, text[start:position]
                sides = [_Side()]
                start = position = position + len(self.pair_delimiter)
            elif len(sides) == 1 and text.startswith(self.kv_delimiter, position):
                sides.append(_Side())
                position += len(self.kv_delimiter)
            else:
                sides[-1].add(text[position])
                position += 1
        yield sides, text[start:]


@record
class Terms:
    """Runs of letters and digits and quoted texts: each is the key of the one behind it."""

    quoting: Quoting

    def __call__(self, text: str) -> Iterator[tuple[str, str]]:
        """Each term with the next one."""
        return pairwise(self._terms(text))

    def _terms(self, text: str) -> Iterator[str]:
        position = 0
        while position < len(text):
            start = position
            while position < len(text) and text[position].isalnum():
                position += 1
            if position > start:
                yield text[start:position]
            elif (quoted := self.quoting.read(text, position)) is not None:
                inside, position = quoted
                yield inside
            else:
                position += 1


@record
class Matched:
    """The two groups of each match of a pattern."""

    pattern: Pattern

    def __call__(self, text: str) -> Iterator[tuple[str, str]]:
        """Keys and values without white space around them; a group that took no part is none."""
        for _, key, value in self.pattern.find_all(text):
            if key is not None and value is not None:
                yield key.strip(), value.strip()
