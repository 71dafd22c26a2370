"""What `reduce` does: texts are grouped by the words that many of them have at the same place.

The method is that of R. Vaarandi, "A Data Clustering Algorithm for Mining Patterns From Event Logs" (2003), which the
documentation names: the words of a text that are frequent at their place make its group, the others are wildcards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

from emulator.nodes import record

_Word: TypeAlias = tuple[int, str]
"""A word at its place."""
_Words: TypeAlias = tuple[_Word, ...]


@record
class Reducer:
    """Groups rows by the text in their last column.

    A word, and then a group, is frequent when more than `threshold` of the rows have it; numbers never are. Without
    `separators` everything but letters and digits parts words. With `source` every row is given with pattern, count
    and representative of its group in place of the text, else these three once for each group.
    """

    threshold: float
    separators: str
    source: bool

    def __call__(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Groups in order of appearance, the others last; or the rows as they come."""
        listed = list(rows)
        least = self.threshold * len(listed)
        times = Counter(row[-1] for row in listed)
        pieces = {text: self._pieces(text) for text in times}
        frequent = _frequent([(_words(pieces[text]), count) for text, count in times.items()], least)
        keys = {text: tuple(word for word in _words(parts) if word in frequent) for text, parts in pieces.items()}
        groups: dict[_Words, _Group] = {}
        others = _Group("others", 0, "")
        for text, count in times.items():
            if keys[text] not in groups:
                groups[keys[text]] = _Group(self._pattern(pieces[text], frequent), 0, text)
            groups[keys[text]].count += count
        for key, group in list(groups.items()):
            if not key or group.count <= least:
                others.count += group.count
                groups[key] = others
        if self.source:
            yield from ((*row[:-1], *groups[keys[row[-1]]].cells) for row in listed)
            return
        yield from (group.cells for group in groups.values() if group is not others)
        if others.count:
            yield others.cells

    def _pieces(self, text: str) -> list[str]:
        """A text as separators and words in turn; the first and the last piece are separators, which may be empty."""
        found = [""]
        for parts, run in groupby(text, self._parts):
            if parts is bool(len(found) % 2):
                found[-1] = "".join(run)
            else:
                found.append("".join(run))
        return [*found, ""] if len(found) % 2 == 0 else found

    def _parts(self, character: str) -> bool:
        return character in self.separators if self.separators else not character.isalnum()

    def _pattern(self, pieces: Sequence[str], frequent: AbstractSet[_Word]) -> str:
        """The frequent words, with one `*` for all words between two of them.

        Separators that the query names go with the wildcard beside them, others are shown.
        """
        shown: list[str] = []
        before_is_wild = False
        for before, (place, word) in zip(pieces[::2], _words(pieces), strict=False):
            is_wild = (place, word) not in frequent
            if is_wild and before_is_wild:
                continue
            swallowed = self.separators and (is_wild or before_is_wild)
            shown += ["" if swallowed else before, "*" if is_wild else word]
            before_is_wild = is_wild
        behind = "" if self.separators and before_is_wild else pieces[-1]
        return "".join([*shown, behind])


@dataclass(slots=True)
class _Group:
    """A pattern, how many texts have it, and the first of them."""

    pattern: str
    count: int
    representative: str

    @property
    def cells(self) -> tuple[str, int, str]:
        """The columns of the result."""
        return (self.pattern, self.count, self.representative)


def _words(pieces: Sequence[str]) -> _Words:
    return tuple(enumerate(pieces[1::2]))


def _frequent(texts: Iterable[tuple[_Words, int]], least: float) -> AbstractSet[_Word]:
    """The words that more than so many texts have at the same place; numbers are none of them."""
    counts: Counter[_Word] = Counter()
    for words, times in texts:
        for word in words:
            counts[word] += times
    return {word for word, count in counts.items() if count > least and not word[1].isdecimal()}
