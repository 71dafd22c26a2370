"""What `parse` means: a pattern of texts, gaps and columns, matched against a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emulator.kql.patterns import Pattern, compile_pattern
from emulator.nodes import record
from emulator.types import ScalarType

_T = ScalarType
_INTEGER = r"[-+]?\d+"
_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_DIGITS = {_T.INT: _INTEGER, _T.LONG: _INTEGER, _T.REAL: _NUMBER, _T.DECIMAL: _NUMBER}


@record
class Text:
    """A text that has to stand there; a regular expression in the kind `regex`."""

    text: str


@record
class Gap:
    """`*`: anything."""


@record
class Captured:
    """A column and what makes a value of its text; null when the text is none of its type."""

    type: ScalarType
    convert: Callable[[str], object]


Part = Text | Gap | Captured


@record
class Extractor:
    """A compiled pattern: called with a text it gives the columns' values, or None without a match.

    With `lenient` a column whose text is not of its type is null; without it there is no match then.
    """

    pattern: Pattern
    groups: tuple[int, ...]
    columns: tuple[Captured, ...]
    lenient: bool

    def __call__(self, text: str) -> tuple[object, ...] | None:
        """Match one text."""
        found = self.pattern.find(text)
        if found is None:
            return None
        values = [_value(column, found[group]) for column, group in zip(self.columns, self.groups, strict=True)]
        if not self.lenient and None in values:
            return None
        return tuple(values)


def _value(column: Captured, text: str | None) -> object:
    if column.type is _T.STRING:
        return text or ""
    return column.convert((text or "").strip())


def extractor(parts: Sequence[Part], kind: str, flags: str) -> Extractor:
    """Compile the parts. Raises PatternError for a regular expression that can't be used."""
    is_regex = kind == "regex"
    pieces = [f"(?{flags})" if flags else "" if is_regex else "(?s)", r"\A"]
    groups: list[int] = []
    count = 0
    for position, part in enumerate(parts):
        before_gap = position + 1 < len(parts) and isinstance(parts[position + 1], Gap)
        match part:
            case Text(text=text) if is_regex:
                count += compile_pattern(text).group_count
                pieces.append(f"(?:{text})")
            case Text(text=text):
                pieces.append(quoted(text))
            case Gap():
                pieces.append(".*?" if position + 1 < len(parts) else "")
            case Captured(type=type_):
                count += 1
                groups.append(count)
                pieces.append(f"({_column(type_, kind, before_gap)})")
    if not is_regex and not isinstance(parts[-1], Gap):
        pieces.append(r"\z")
    columns = tuple(part for part in parts if isinstance(part, Captured))
    return Extractor(compile_pattern("".join(pieces), count), tuple(groups), columns, kind == "relaxed")


def _column(type_: ScalarType, kind: str, before_gap: bool) -> str:
    """The pattern of a column: digits where a number can only end itself, else anything up to what follows."""
    digits = _DIGITS.get(type_)
    if digits is not None and (before_gap or kind == "regex"):
        return f"(?:{digits})?" if kind == "relaxed" else digits
    return ".*" if kind == "regex" else ".*?"


def quoted(text: str) -> str:
    r"""The pattern that matches a text alone; `\<` and `\>` would be half word boundaries."""
    return "".join(
        character if character.isalnum() or not character.isascii() or character in " _<>\n\t" else f"\\{character}"
        for character in text
    )
