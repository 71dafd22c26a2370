"""Many texts looked for in a column at once: by Hyperscan over Arrow's own bytes, else by one RE2 alternation.

Matches are necessary, not sufficient: a term's edge is checked against ASCII letters and digits alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from emulator.columnar.many.needles import Needle

Rows: TypeAlias = NDArray[np.int64]
Found: TypeAlias = tuple[Rows, Rows]
"""Rows, and for each of them the place of a needle that stands there; a pair may come more than once."""
_BYTES_AT_ONCE = 1 << 28
_ALTERNATIVES = 400
"""Needles of one RE2 pattern; with many more, its automaton outgrows its memory."""
_END_BITS = 32
_WORD = np.zeros(256, dtype=bool)
_WORD[[*range(ord("0"), ord("9") + 1), *range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1)]] = True


class Matcher(Protocol):
    """Finds needles in an Arrow array of strings."""

    def find(self, array: Any) -> Found:
        """Where needles stand; rows count from the start of the array."""
        ...


def matcher(needles: Sequence[Needle]) -> Matcher:
    """The quickest matcher that is installed."""
    try:
        import hyperscan  # noqa: F401 - is it there?
    except ImportError:
        return Alternation(needles)
    return Hyperscan(needles)


def pieces(array: Any) -> Iterator[tuple[int, Any]]:
    """Parts of an array of strings whose bytes fit a search, with the row at which each begins."""
    stack = [(0, array)]
    while stack:
        start, part = stack.pop()
        if len(part) > 1 and part.nbytes > _BYTES_AT_ONCE:
            half = len(part) // 2
            stack += [(start + half, part.slice(half)), (start, part.slice(0, half))]
        else:
            yield start, part


def raw_bytes(array: Any) -> tuple[NDArray[np.int64], Any]:
    """The offsets of an array's strings, and the buffer that they point into."""
    _, offsets, data = array.buffers()
    kind = np.int64 if pa.types.is_large_string(array.type) else np.int32
    bounds = np.frombuffer(offsets, dtype=kind)[array.offset : array.offset + len(array) + 1]
    return bounds.astype(np.int64), data


class Hyperscan:
    """All needles in one pass over the bytes."""

    def __init__(self, needles: Sequence[Needle]) -> None:
        import hyperscan

        self._needles = needles
        texts = list(dict.fromkeys((needle.text, needle.fold) for needle in needles))
        place = {text: number for number, text in enumerate(texts)}
        self._lengths = np.array([len(text) for text, _ in texts], dtype=np.int64)
        self._users: list[list[int]] = [[] for _ in texts]
        for at, needle in enumerate(needles):
            self._users[place[needle.text, needle.fold]].append(at)
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[text for text, _ in texts],
            ids=list(range(len(texts))),
            elements=len(texts),
            flags=[hyperscan.HS_FLAG_CASELESS if fold else 0 for _, fold in texts],
            literal=True,
        )

    def find(self, array: Any) -> Found:
        """See `Matcher`."""
        parts = [self._part(start, part) for start, part in pieces(array)]
        return np.concatenate([rows for rows, _ in parts]), np.concatenate([found for _, found in parts])

    def _part(self, start: int, array: Any) -> Found:
        bounds, data = raw_bytes(array)
        none = np.empty(0, dtype=np.int64)
        if data is None or not len(array):
            return none, none
        first, last = int(bounds[0]), int(bounds[-1])
        hits: list[int] = []
        append = hits.append
        self._database.scan(
            memoryview(data)[first:last],
            match_event_handler=lambda text, _, end, __, ___: append(text << _END_BITS | end),
        )
        if not hits:
            return none, none
        packed = np.array(hits, dtype=np.int64)
        texts, ends = packed >> _END_BITS, (packed & ((1 << _END_BITS) - 1)) + first
        rows = np.searchsorted(bounds, ends - 1, side="right") - 1
        begins = ends - self._lengths[texts]
        whole = begins >= bounds[rows]  # one that began in the string before is none
        if array.null_count:
            whole &= array.is_valid().to_numpy(zero_copy_only=False)[rows]
        rows, texts, begins, ends = rows[whole], texts[whole], begins[whole], ends[whole]
        content = np.frombuffer(data, dtype=np.uint8)
        before = (begins > bounds[rows]) & _WORD[content[np.maximum(begins - 1, 0)]]
        behind = (ends < bounds[rows + 1]) & _WORD[content[np.minimum(ends, len(content) - 1)]]
        return self._of_needles(start, rows, texts, before, behind)

    def _of_needles(
        self, start: int, rows: Rows, texts: Rows, before: NDArray[np.bool_], behind: NDArray[np.bool_]
    ) -> Found:
        """The needles that texts stand for, where their edges may be those of a term."""
        order = np.argsort(texts, kind="stable")
        cuts = np.searchsorted(texts[order], np.arange(len(self._users) + 1))
        found: list[tuple[Rows, Rows]] = []
        for text in np.unique(texts):
            own = order[cuts[text] : cuts[text + 1]]
            for place in self._users[text]:
                needle = self._needles[place]
                kept = own[~((needle.leading & before[own]) | (needle.trailing & behind[own]))]
                found.append((rows[kept] + start, np.full(len(kept), place, dtype=np.int64)))
        if not found:
            return texts, texts
        return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])


class Alternation:
    """One RE2 pattern of all needles finds the rows that hold any; what they hold is asked of those alone."""

    def __init__(self, needles: Sequence[Needle]) -> None:
        self._groups = [
            _Group(range(start, min(start + _ALTERNATIVES, len(needles))), needles[start : start + _ALTERNATIVES])
            for start in range(0, len(needles), _ALTERNATIVES)
        ]

    def find(self, array: Any) -> Found:
        """See `Matcher`."""
        rows: list[int] = []
        places: list[int] = []
        for group in self._groups:
            kept = compute.match_substring_regex(array, group.pattern).fill_null(fill_value=False)
            at = np.flatnonzero(kept.to_numpy(zero_copy_only=False))
            for row, text in zip(at.tolist(), array.take(pa.array(at)).to_pylist(), strict=True):
                found = group.places(text)
                rows += [row] * len(found)
                places += found
        return np.array(rows, dtype=np.int64), np.array(places, dtype=np.int64)


class _Group:
    """Some needles as one pattern, and as a set that tells which of them a text holds."""

    def __init__(self, places: range, needles: Sequence[Needle]) -> None:
        import re2  # type: ignore[import-untyped]  # google-re2 ships no types

        self._places = places
        patterns = [_pattern(needle) for needle in needles]
        self.pattern = "|".join(dict.fromkeys(patterns))
        options = re2.Options()
        options.log_errors = False
        options.max_mem = 1 << 28
        self._set = re2.Set.SearchSet(options)
        for pattern in patterns:
            self._set.Add(pattern)
        self._set.Compile()

    def places(self, text: str) -> list[int]:
        """The places of the needles that stand in a text."""
        return [self._places[found] for found in self._set.Match(text)]


def _pattern(needle: Needle) -> str:
    """A needle in RE2's syntax; a needle that was cut within a character ends before it."""
    text = "".join(map(_written, needle.text.decode("utf8", errors="ignore")))
    body = f"(?i:{text})" if needle.fold else text
    before = "(?:^|[^0-9A-Za-z])" if needle.leading else ""
    return f"{before}{body}{'(?:$|[^0-9A-Za-z])' if needle.trailing else ''}"


def _written(letter: str) -> str:
    return letter if letter.isascii() and letter.isalnum() else f"\\x{{{ord(letter):x}}}"
