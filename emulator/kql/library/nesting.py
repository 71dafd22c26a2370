"""What `top-nested` and `parse-kv` do with rows and texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.types import ScalarType

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class TopOfGroups:
    """Keeps the first rows of each group in an order, the groups by their first `keys` columns, nulls last.

    Rows end with the value to order by, which stays.
    """

    keys: int
    descending: bool

    def __call__(self, rows: Iterable[Row], *limit: int | None) -> Iterator[Row]:
        """At most `limit` rows of each group, all without one; groups in order of appearance."""
        groups: dict[Row, list[Row]] = {}
        for row in rows:
            groups.setdefault(row[: self.keys], []).append(row)
        for members in groups.values():
            known = [row for row in members if row[-1] is not None]
            known.sort(key=lambda row: row[-1], reverse=self.descending)
            ordered = [*known, *(row for row in members if row[-1] is None)]
            yield from ordered[: max(0, limit[0] or 0)] if limit else ordered


@dataclass(frozen=True, slots=True)
class KeyValues:
    """Reads `key=value` pairs out of a text: called with a text it gives the values of the wanted keys."""

    wanted: tuple[tuple[str, ScalarType, Callable[[str], object]], ...]
    pair_delimiters: str
    kv_delimiters: str
    quotes: tuple[tuple[str, str], ...]
    escape: str

    def __call__(self, text: str) -> Row:
        """The values in order; the first of a repeated key counts."""
        found: dict[str, str] = {}
        for key, value in self._pairs(text):
            found.setdefault(key, value)
        return tuple(self._value(found.get(key), kind, read) for key, kind, read in self.wanted)

    def _value(self, text: str | None, kind: ScalarType, read: Callable[[str], object]) -> object:
        if kind is ScalarType.STRING:
            return text or ""
        return None if text is None else read(text.strip())

    def _pairs(self, text: str) -> Iterator[tuple[str, str]]:
        position = 0
        while position < len(text):
            key, position, stopped = self._until(text, position, self.kv_delimiters)
            if not stopped:
                return
            value, position, _ = self._until(text, position, self.pair_delimiters)
            yield key.strip(), value

    def _until(self, text: str, position: int, stops: str) -> tuple[str, int, bool]:
        """The text up to one of some characters outside of quotes, where to go on, and whether there was one."""
        taken: list[str] = []
        while position < len(text) and text[position] not in stops:
            closing = self._closing(text[position]) if not "".join(taken).strip() else ""
            if closing:
                inside, position = self._quoted(text, position + 1, closing)
                taken = [inside]
                continue
            taken.append(text[position])
            position += 1
        return "".join(taken), position + 1, position < len(text)

    def _closing(self, character: str) -> str:
        return next((closing for opening, closing in self.quotes if opening == character), "")

    def _quoted(self, text: str, position: int, closing: str) -> tuple[str, int]:
        taken: list[str] = []
        while position < len(text) and text[position] != closing:
            if self.escape and text[position] == self.escape and position + 1 < len(text):
                position += 1
            taken.append(text[position])
            position += 1
        return "".join(taken), position + 1


def as_pairs(quotes: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Opening and closing characters: one character stands for both, two are the pair."""
    return tuple((quote[0], quote[-1]) for quote in quotes)
