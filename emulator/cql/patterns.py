r"""CQL's regular expressions: the product's second engine as documented, matched by `regex` under a time limit.

Assumptions where the documentation is silent:
- `regex-lines`: `^` and `$` hold at every line whether or not the flag `m` is given, and only a line feed ends a line;
  `.` matches all but a line feed.
- `regex-case`: ignoring case follows Unicode's simple case folding.
- `regex-space`: `\s` is the six ASCII white-space characters.
- `regex-lookbehind`: look-behind of bounded length is taken; look-ahead is documented.
- `regex-group-names`: a group may bear any name without spaces, angle or round brackets.
- `regex-inline-s`: `(?s)` lets `.` match line feeds, as in the engines that the documentation names as models.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

import regex

from emulator.cql.pattern_errors import PatternError, PatternTimeout
from emulator.cql.pattern_parser import Rewritten, parse
from emulator.cql.pattern_wildcards import wildcard
from emulator.nodes import record
from emulator.regular import regular

TIME_LIMIT = 0.1  # seconds for one text
_CACHED = 512
_FEW_PATHS = 500_000  # tried in about a tenth of the time limit
_LONGEST = 20_000  # characters; compiling takes 20 µs for each
_FLAGS = frozenset("dimgF")
_REFERENCE = regular(r"\$(\d*)|\\")


@record
class Match:
    """Where a pattern matched; `groups` in order, None for one that took no part; `named` holds those that did."""

    text: str
    start: int
    end: int
    groups: tuple[str | None, ...]
    named: Mapping[str, str]


class Pattern:
    """A compiled pattern. Every method searches: nothing is anchored unless the pattern says so."""

    def __init__(self, text: str, flags: str) -> None:
        unknown = next((flag for flag in flags if flag not in _FLAGS), None)
        if unknown is not None:
            raise PatternError(f"`{unknown}` is no flag; known are d, F, g, i and m", 0)
        self.ignore_case = "i" in flags
        if len(text) > _LONGEST:
            raise PatternError(f"a pattern of more than {_LONGEST} characters", _LONGEST, gap=True)
        self._rewritten: Rewritten = parse(text, ignore_case=self.ignore_case, dot_all="d" in flags)
        self.text = text
        self.group_count = self._rewritten.groups
        self.group_names = self._rewritten.names
        self._plain = self._compiled(ascii_only=True)
        self._surely_quick = _surely_quick(self._rewritten)

    def _compiled(self, *, ascii_only: bool) -> regex.Pattern[str]:
        flags = regex.V0 | regex.MULTILINE | (regex.ASCII if ascii_only else regex.UNICODE)
        if self.ignore_case:
            flags |= regex.IGNORECASE
        pieces = self._rewritten.pieces
        try:
            return regex.compile("".join(piece.ascii if ascii_only else piece.wide for piece in pieces), flags)
        except RecursionError:
            raise PatternError("groups nest too deeply here", 0, gap=True) from None

    @property
    def wide_program(self) -> str:
        """The pattern in the syntax of the `regex` module, with classes beyond ASCII."""
        return "".join(piece.wide for piece in self._rewritten.pieces)

    @property
    def ascii_program(self) -> str:
        """The same with classes of ASCII, for texts of ASCII alone."""
        return "".join(piece.ascii for piece in self._rewritten.pieces)

    @functools.cached_property
    def _wide(self) -> regex.Pattern[str]:
        return self._compiled(ascii_only=False)

    def matches(self, text: str) -> bool:
        """True when the pattern matches anywhere; raises PatternTimeout."""
        return self._first(text) is not None

    def find(self, text: str) -> Match | None:
        """The first match; raises PatternTimeout."""
        found = self._first(text)
        return self._match(found) if found else None

    def _first(self, text: str) -> regex.Match[str] | None:
        program = self._plain if text.isascii() else self._wide
        if len(text) <= self._surely_quick:  # the clock takes longer than most searches
            return program.search(text)
        try:
            return program.search(text, timeout=TIME_LIMIT)
        except TimeoutError:
            raise PatternTimeout(self.text) from None

    def _match(self, found: regex.Match[str]) -> Match:
        groups = found.groups()
        named = {name: value for name, at in self.group_names.items() if (value := groups[at - 1]) is not None}
        return Match(found[0], found.start(), found.end(), groups, named)

    def find_all(self, text: str, limit: int | None = None) -> list[Match]:
        """The matches from left to right, without overlap, at most `limit`; raises PatternTimeout."""
        found: list[Match] = []
        if limit is None or limit > 0:
            for match in self._matches(text):
                found.append(match)
                if len(found) == limit:
                    break
        return found

    def replace_all(self, text: str, replacement: str) -> str:
        """The text with each match replaced, where `$1` is the first group; raises PatternTimeout.

        Raises PatternError for a replacement that `check_replacement` refuses.
        """
        parts = _replacement_parts(replacement, self.group_count)
        written: list[str] = []
        behind = 0
        for match in self._matches(text):
            written.append(text[behind : match.start])
            groups = (match.text, *match.groups)
            written.extend(part if isinstance(part, str) else groups[part] or "" for part in parts)
            behind = match.end
        return "".join(written) + text[behind:]

    def check_replacement(self, replacement: str) -> None:
        """Raise PatternError, with its offset into the replacement, when it has no documented meaning."""
        _replacement_parts(replacement, self.group_count)

    def _matches(self, text: str) -> Iterator[Match]:
        program = self._plain if text.isascii() else self._wide
        limit = None if len(text) <= self._surely_quick else TIME_LIMIT
        try:
            for found in program.finditer(text, timeout=limit):
                yield self._match(found)
        except TimeoutError:
            raise PatternTimeout(self.text) from None


def _surely_quick(rewritten: Rewritten) -> int:
    """The length up to which a text can't reach the time limit, because there are few paths to try."""
    return int((_FEW_PATHS / rewritten.ways) ** (1 / rewritten.power)) if rewritten.ways else -1


@functools.lru_cache(maxsize=_CACHED)
def compile_pattern(text: str, flags: str = "") -> Pattern:
    """Compile a pattern, or find it compiled; raises PatternError with the place of its first fault."""
    return Pattern(text, flags)


@functools.lru_cache(maxsize=_CACHED)
def _replacement_parts(replacement: str, group_count: int) -> tuple[str | int, ...]:
    """Literal text and group numbers of a replacement; a number takes digits while there is such a group."""
    parts: list[str | int] = []
    behind = 0
    for found in _REFERENCE.finditer(replacement):
        parts.append(replacement[behind : found.start()])
        digits = found[1]
        if not digits:
            message = "only `$` with a group's number is documented in a replacement"
            raise PatternError(message, found.start(), gap=True)
        number, length = _group_number(digits, group_count)
        if number > group_count:
            raise PatternError(f"the pattern has {group_count} groups, not {number}", found.start())
        parts.append(number)
        behind = found.start() + 1 + length
    parts.append(replacement[behind:])
    return tuple(part for part in parts if part != "")


def _group_number(digits: str, group_count: int) -> tuple[int, int]:
    """The number that the leading digits give, and how many they are."""
    length = 1
    while length < min(len(digits), 3) and int(digits[: length + 1]) <= group_count:
        length += 1
    return int(digits[:length]), length


__all__ = ["TIME_LIMIT", "Match", "Pattern", "PatternError", "PatternTimeout", "compile_pattern", "wildcard"]
