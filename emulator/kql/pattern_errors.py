"""The one error of KQL patterns."""

from __future__ import annotations


class PatternError(Exception):
    """A pattern that can't be used: why, where in its text, and whether the gap is the emulator's.

    `offset` counts characters from the start of the pattern. With `gap` the product takes the pattern and the
    emulator can't give its exact meaning; without it the product refuses the pattern too.
    """

    def __init__(self, message: str, offset: int, *, gap: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.gap = gap
