"""How large a value may become in a run: a rule that doubles a text in every line must not take the machine with it."""

from __future__ import annotations

from emulator.diagnostics import code
from emulator.functions import MeaningError

TOO_LARGE = code(
    "KQL5060",
    "a value became too large",
    "A text of more than 16 Mi characters, or an array or bag of more than 4 Mi parts or too many levels, was about to "
    "be made, or a series of more than 1,048,576 bins. The product limits values too, at 1 MiB for what it stores.",
)
MOST_CHARACTERS = 1 << 24
MOST_PARTS = 1 << 22


def too_large(what: str) -> MeaningError:
    """The refusal of a value."""
    return MeaningError(TOO_LARGE, f"{what} became too large", "cut it first, for example with `substring`")


def fitting(text: str) -> str:
    """The text, unless it is too long. Raises MeaningError."""
    if len(text) > MOST_CHARACTERS:
        raise too_large("a text")
    return text
