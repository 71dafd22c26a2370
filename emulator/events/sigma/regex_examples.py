"""A text that a regular expression matches, the simplest first: Python's own reading of the pattern, walked once."""

from __future__ import annotations

import random
import re
from functools import lru_cache
from typing import Any

from emulator.events.sigma.conditions import Matches, fits

TRIES = 300
"""Texts that are tried: assertions are not solved but hit."""
_PRINTABLE = "a0 A_-./\\" + "".join(map(chr, range(33, 127)))
"""Characters in the order of preference."""
_MOST_REPEATS = 3
_MOST_CHARACTERS = 10_000


@lru_cache(maxsize=1024)
def example(wanted: Matches) -> str | None:
    """A printable text that the expression matches; None when none is found."""
    flags = sum({"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}[letter] for letter in wanted.flags)
    try:
        tree = re._parser.parse(wanted.pattern, flags)  # type: ignore[attr-defined]  # noqa: SLF001 - as Hypothesis reads patterns
        for number in range(TRIES):
            text = _Walk(number).sequence(tree)
            if fits(text, wanted, {}):
                return text
    except (re.error, RecursionError, OverflowError, _TooLongError):
        pass
    return None


class _TooLongError(Exception):
    """A text that nobody would read."""


class _Walk:
    """One way through a pattern: number 0 takes first branches and fewest repeats, others what chance gives."""

    def __init__(self, number: int) -> None:
        self.chance = random.Random(number) if number else None  # noqa: S311 - repeatable, no secret
        self.groups: dict[int, str] = {}
        self.length = 0

    def sequence(self, items: Any) -> str:
        """The text of items one after the other."""
        return "".join([self._item(operator.name, value) for operator, value in items])

    def _item(self, operator: str, value: Any) -> str:
        match operator:
            case "LITERAL":
                return self._counted(chr(value))
            case "NOT_LITERAL":
                return self._counted(self._of([each for each in _PRINTABLE if each != chr(value)]))
            case "ANY":
                return self._counted(self._of(list(_PRINTABLE)))
            case "IN":
                return self._counted(self._of(_members(value)))
            case "BRANCH":
                return self.sequence(self._of(value[1]))
            case "SUBPATTERN":
                text = self.sequence(value[3])
                self.groups[value[0]] = text
                return text
            case "ATOMIC_GROUP":
                return self.sequence(value)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, inner = value
                times = self._times(least, most)
                return "".join([self.sequence(inner) for _ in range(times)])
            case "GROUPREF":
                return self._counted(self.groups.get(value, ""))
            case _:
                return ""  # Positions and assertions take no characters; whether they hold shows in the search.

    def _times(self, least: int, most: Any) -> int:
        if self.chance is None:
            return least
        return self.chance.randint(least, max(least, min(int(most), least + _MOST_REPEATS)))

    def _of(self, choices: Any) -> Any:
        if not choices:
            return ""
        return choices[0] if self.chance is None else self.chance.choice(choices)

    def _counted(self, text: str) -> str:
        self.length += len(text)
        if self.length > _MOST_CHARACTERS:
            raise _TooLongError
        return text


def _members(items: Any) -> list[str]:
    """The characters of a class, printable ones in the order of preference."""
    negated = items[0][0].name == "NEGATE"
    kept = [each for each in _PRINTABLE if any(_is_in(each, item) for item in items) is not negated]
    if kept or negated:
        return kept
    return [chr(value if operator.name == "LITERAL" else value[0]) for operator, value in items]


_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


def _is_in(character: str, item: Any) -> bool:
    operator, value = item
    match operator.name:
        case "LITERAL":
            return character == chr(value)
        case "RANGE":
            return bool(value[0] <= ord(character) <= value[1])
        case "CATEGORY":
            return re.match(_CATEGORIES[value.name], character) is not None
        case _:
            return False
