"""The errors of CQL patterns."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.functions import MeaningError

PATTERN_TIMEOUT = code(
    "CQL5005",
    "a regular expression took too long on one event",
    "Some patterns try a number of ways to match that grows with every character of the text. The time for one event "
    "is limited, so that a pattern can't hang a run.",
)
_SHOWN = 80


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


class PatternTimeout(MeaningError):  # noqa: N818 - it is no fault of the pattern's syntax, and reads so where it is caught
    """Matching one text took longer than the limit: the pattern backtracks too much on it."""

    def __init__(self, pattern: str) -> None:
        shown = pattern if len(pattern) <= _SHOWN else pattern[:_SHOWN] + "…"
        super().__init__(
            PATTERN_TIMEOUT,
            f"the pattern `{shown}` took longer than its limit on one text",
            "make the pattern backtrack less: anchor it, or replace nested repetitions such as `(a+)+`",
        )
