r"""KQL's regular expressions: the meaning of Rust's `regex` crate as the product documents it, matched by RE2.

Matching takes time linear in the text. What RE2 can't do exactly is refused with a PatternError whose `gap` is set.
Assumptions where the product's documentation is silent:
- `unicode-tables`: characters newer than the tables of the installed `regex` module and of Python may be classed
  otherwise.
- `first-alternative`: an alternation prefers its first alternative, as documented. The crate also lifts a common
  beginning out of all alternatives (`a+b|a+c` becomes `a+(?:b|c)`), which can make its match longer.
- `empty-loop`: which path a repetition takes through a group that can match nothing; it decides captures in contrived
  patterns only. Neither this nor the one before ever decides whether there is a match.
- `rewrite-group`: a rewrite's `\10` is group 1 and a zero.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from emulator.kql.pattern_alphabet import Alphabet, needs_check, plain_members
from emulator.kql.pattern_errors import PatternError
from emulator.kql.pattern_parser import MOST_GROUPS, parse
from emulator.kql.pattern_program import Offsets, Search, compile_program, program_text

_CACHED = 256


class Pattern:
    """A compiled pattern. Every method searches: nothing is anchored unless the pattern says so."""

    def __init__(self, text: str, most_groups: int) -> None:
        rewritten = parse(text, most_groups)
        self.text = text
        self.group_count = rewritten.groups
        self.group_names = rewritten.names
        self._rewritten = rewritten
        self._sets = tuple(dict.fromkeys(piece for piece in rewritten.pieces if not isinstance(piece, str)))
        members = plain_members(self._sets)
        self._find_plain = compile_program(rewritten.pieces, members, captures=True)
        self._test_plain = self._find_plain
        if self.group_count:
            self._test_plain = compile_program(rewritten.pieces, members, captures=False)
        self._alphabet = Alphabet(rewritten, self._sets) if needs_check(rewritten, self._sets) else None
        self._find_wide = self._find_plain

    @property
    def ascii_program(self) -> str:
        """The pattern in RE2's syntax: it matches the same parts of the same texts, as far as these are ASCII."""
        return program_text(self._rewritten.pieces, plain_members(self._sets), captures=True)

    def matches(self, text: str) -> bool:
        """True when the pattern matches anywhere in the text."""
        if text.isascii():
            data = text.encode()
            return self._test_plain(data, 0, len(data))[0][0] >= 0
        search, data = self._wide(text)
        return search(data, 0, len(data))[0][0] >= 0

    def find(self, text: str) -> tuple[str | None, ...] | None:
        """The text of the first match and of its groups, None for a group that took no part; None without a match."""
        offsets = next(self.spans(text), None)
        return None if offsets is None else _texts(text, offsets)

    def find_all(self, text: str) -> list[tuple[str | None, ...]]:
        """The same of every match, from left to right, without overlap."""
        return [_texts(text, offsets) for offsets in self.spans(text)]

    def spans(self, text: str, start: int = 0) -> Iterator[tuple[Offsets, ...]]:
        r"""The offsets of every match and of its groups, from `start` on; what stands before still counts for `\b`.

        An empty match right behind the match before it is left out, as in Rust.
        """
        if text.isascii():
            search, data = self._find_plain, text.encode()
        else:
            search, data = self._wide(text)
        last_end = -1
        while start <= len(data):
            offsets = search(data, start, len(data))
            first, end = offsets[0]
            if first < 0:
                return
            if first == end == last_end:
                start = end + 1
                continue
            yield tuple(offsets)
            start = last_end = end

    def replace_all(self, text: str, rewrite: str) -> str:
        r"""The text with every match replaced by `rewrite`, where `\0` is the match and `\1` to `\9` are its groups.

        A group that took no part is empty. Raises PatternError for a rewrite that `check_rewrite` refuses.
        """
        parts = _rewrite_parts(rewrite, self.group_count)
        written: list[str] = []
        behind = 0
        for offsets in self.spans(text):
            written.append(text[behind : offsets[0][0]])
            for part in parts:
                written.append(part if isinstance(part, str) else text[slice(*offsets[part])])
            behind = offsets[0][1]
        return "".join(written) + text[behind:]

    def check_rewrite(self, rewrite: str) -> None:
        """Raise PatternError, with its offset into `rewrite`, when the rewrite has no certain meaning."""
        _rewrite_parts(rewrite, self.group_count)

    def _wide(self, text: str) -> tuple[Search, bytes]:
        """The program and the bytes for text outside ASCII."""
        if self._alphabet is None:
            self._alphabet = Alphabet(self._rewritten, self._sets)
        data = self._alphabet.encode(text)
        if self._alphabet.grown:
            self._find_wide = compile_program(self._rewritten.pieces, self._alphabet.members, captures=True)
            self._alphabet.grown = False
        return self._find_wide, data


@functools.lru_cache(maxsize=_CACHED)
def compile_pattern(text: str, most_groups: int = MOST_GROUPS) -> Pattern:
    """Compile a pattern, or find it compiled; raises PatternError with the place of its first fault."""
    return Pattern(text, most_groups)


def _texts(text: str, offsets: tuple[Offsets, ...]) -> tuple[str | None, ...]:
    return tuple(text[start:end] if start >= 0 else None for start, end in offsets)


@functools.lru_cache(maxsize=_CACHED)
def _rewrite_parts(rewrite: str, group_count: int) -> tuple[str | int, ...]:
    """Literal text and group numbers of a rewrite."""
    parts: list[str | int] = []
    at = 0
    while (backslash := rewrite.find("\\", at)) >= 0:
        parts.append(rewrite[at:backslash])
        escaped = rewrite[backslash + 1 : backslash + 2]
        if escaped == "\\":
            parts.append(escaped)
        elif not (escaped.isascii() and escaped.isdigit()):
            raise PatternError("a backslash in a rewrite stands before a digit or a backslash", backslash, gap=True)
        elif int(escaped) > group_count:
            raise PatternError(f"the pattern has {group_count} groups, not {escaped}", backslash, gap=True)
        else:
            parts.append(int(escaped))
        at = backslash + 2
    parts.append(rewrite[at:])
    return tuple(part for part in parts if part != "")


__all__ = ["Offsets", "Pattern", "PatternError", "compile_pattern"]
