"""The errors of CQL patterns."""

from __future__ import annotations


class PatternError(Exception):
    """A pattern that can't be used: why, where in its text, and whether the gap is the emulator's.

    `offset` counts characters from the start of the pattern. With `gap` the product may take the pattern, and the
    emulator can't give its exact meaning; without it the product refuses the pattern too.
    """

    def __init__(self, message: str, offset: int, *, gap: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.gap = gap


class PatternTimeout(Exception):  # noqa: N818 - it is no fault of the pattern's syntax, and reads so where it is caught
    """Matching one text took longer than the limit: the pattern backtracks too much on it."""
