"""RE2 programs over bytes for rewritten KQL patterns."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Protocol, cast

import re2  # type: ignore[import-untyped]  # google-re2 ships no types

from emulator.kql.pattern_characters import CharacterSet
from emulator.kql.pattern_errors import PatternError
from emulator.kql.pattern_parser import CAPTURE, Piece

_MEMORY = 8 << 20  # bytes for a program and the automata made of it

Offsets = tuple[int, int]
"""Start and end of a match or group, in characters; (-1, -1) when the group took no part."""


class Search(Protocol):
    """Search bytes between two offsets: where the first match is, and each of its groups."""

    def __call__(self, data: bytes, start: int, end: int, /) -> list[Offsets]: ...


def program_text(pieces: Iterable[Piece], members: Mapping[CharacterSet, int], *, captures: bool) -> str:
    """Pieces in RE2's syntax, with sets given as 256 bits."""
    return "".join(_written(piece, members, captures=captures) for piece in pieces)


def compile_program(pieces: Iterable[Piece], members: Mapping[CharacterSet, int], *, captures: bool) -> Search:
    """The program for pieces whose sets are given as 256 bits, one a byte.

    Without `captures` it finds the whole match only, which is quicker. Raises PatternError when RE2 has no room.
    """
    written = program_text(pieces, members, captures=captures)
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        compiled = re2.compile(written.encode("ascii"), options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace")
        raise PatternError(f"the pattern is too large: {reason}", 0, gap=True) from None
    program = compiled._regexp  # noqa: SLF001 - the public methods take twice the time, and the same engine answers
    return cast("Search", functools.partial(program.Match, type(program).Anchor.UNANCHORED))


def _written(piece: Piece, members: Mapping[CharacterSet, int], *, captures: bool) -> str:
    if not isinstance(piece, str):
        return _byte_class(members[piece])
    return "(?:" if piece == CAPTURE and not captures else piece


@functools.lru_cache(maxsize=4096)
def _byte_class(bits: int) -> str:
    """A set of bytes in RE2 syntax."""
    runs: list[tuple[int, int]] = []
    for byte in range(256):
        if bits >> byte & 1:
            start = runs.pop()[0] if runs and runs[-1][1] == byte - 1 else byte
            runs.append((start, byte))
    if not runs:
        return r"[^\x00-\xff]"
    if len(runs) == 1 and runs[0][0] == runs[0][1]:
        return rf"\x{runs[0][0]:02x}"
    return "[" + "".join(rf"\x{low:02x}-\x{high:02x}" for low, high in runs) + "]"
