"""Functions of text that count whole characters: what a reader takes for one, however many code points it has."""

from __future__ import annotations

import regex

from emulator.assumptions import assumption
from emulator.cql.library.values import Value, array_name, number, show
from emulator.functions import Library, Nulls

LIBRARY = Library("cql", "characters")

OVERLAPS = assumption(
    "position-of-overlaps",
    "cql",
    "`text:positionOf()` counts occurrences that overlap: the documentation does not say where the next one may begin",
)
TRANSPOSITIONS = assumption(
    "edit-distance-transpositions",
    "cql",
    "the edit distance counts code points, and no character takes part in a transposition and in another edit (optimal "
    "string alignment): the documentation says that neighbours may be swapped in one edit, not which variant counts",
)
_CLUSTER = regex.compile(r"\X")


def characters(text: str) -> list[str]:
    """The extended grapheme clusters of a text (Unicode Standard Annex 29)."""
    return list(text) if text.isascii() and "\r\n" not in text else _CLUSTER.findall(text)


@LIBRARY.scalar(
    "text:length(string: expression, as: text = _length) -> number",
    doc="text-length",
    examples="""
        text:length("abc") of => 3   [docs]
        text:length(a) of a=🇩🇰 => 1   [docs]
        text:length(a) of a=🎯data_exfil.zip📦→💾backup_srv🔓admin123🚨 => 38   [docs]
    """,
)
def text_length(text: Value) -> int:
    """How many characters a value's text has."""
    return len(characters(show(text) or ""))


def _place(value: Value, least: int) -> int | None:
    """A whole number from some number on, or None."""
    found = number(value)
    return int(found) if found is not None and found == int(found) and found >= least else None


@LIBRARY.scalar(
    "text:substring(string: expression, begin: expression = none, end: expression = none, as: text = _substring)"
    " -> text",
    nulls=Nulls.TOTAL,
    doc="text-substring",
    examples="""
        text:substring(string=a, begin=2) of a=abcdef => cdef   [docs]
        text:substring(string=a, begin=1, end=3) of a=abcdef => bc   [docs]
        text:substring(a, end=b) of a=1A3C5B78F4468 b=0009 => 1A3C5B78F   [docs]
        text:substring(string=a, end=9) of a=abc => null   [docs]
        text:substring(string=a, begin=4) of a=abc => null   [docs]
        text:substring(a, begin=1, end=2) of a=é🇩🇰x => 🇩🇰   [docs]
    """,
)
def substring(text: Value, begin: Value, end: Value) -> str | None:
    """The part of a text from one place, counted from 0, to before another; none where a place is outside it."""
    whole = show(text)
    if whole is None:
        return None
    parts = characters(whole)
    first = 0 if begin is None else _place(begin, 0)
    last = len(parts) if end is None else _place(end, 1)
    if first is None or last is None or not first <= last <= len(parts):
        return None
    return "".join(parts[first:last])


@LIBRARY.scalar(
    "text:positionOf(string: expression, character: expression, begin: expression = none, occurrence: expression ="
    " none, as: text = _position) -> number",
    nulls=Nulls.TOTAL,
    doc="text-positionof",
    assumes=("position-of-overlaps",),
    examples="""
        text:positionOf(a, character="@") of a=courage.the.cowardly.dog@example.com => 24   [docs]
        text:positionOf(a, character=",", occurrence=2) of a=Bluesmobile,cop,440cu => 15   [docs]
        text:positionOf(a, character="lo") of a=world => null   [docs]
        text:positionOf(a, character="lo") of a=log => 0   [docs]
        text:positionOf(a, character="l", begin=3) of a=hello => 3   [docs]
        text:positionOf(a, character="l", begin=-1) of a=hello => null   [docs]
        text:positionOf(a, character="l", occurrence=0) of a=hello => null   [docs]
        text:positionOf(a, character="x") of a=🇩🇰x => 1   [docs]
        text:positionOf(a, character="aa", occurrence=2) of a=aaa => 1   [reasoned]
    """,
)
def position_of(text: Value, part: Value, begin: Value, occurrence: Value) -> int | None:
    """Where a part stands in a text, counted from 0; none where it does not."""
    whole, sought = show(text), show(part)
    start = 0 if begin is None else _place(begin, 0)
    wanted = 1 if occurrence is None else _place(occurrence, 1)
    if whole is None or not sought or start is None or wanted is None:
        return None
    letters, pattern = characters(whole), characters(sought)
    for at in range(start, len(letters) - len(pattern) + 1):
        if letters[at : at + len(pattern)] == pattern:
            wanted -= 1
            if not wanted:
                return at
    return None


def edit_distance(target: str, reference: str, most: int, *, transpositions: bool) -> int:
    """How many insertions, deletions, replacements and swaps of neighbours lead from one text to the other.

    At most `most`: where more are needed the answer is `most`, in time proportional to it.
    """
    if abs(len(target) - len(reference)) >= most:
        return most
    before: list[int] = []
    last = [min(column, most) for column in range(len(reference) + 1)]
    for row, letter in enumerate(target, start=1):
        low, high = max(1, row - most), min(len(reference), row + most)
        line = [most] * (len(reference) + 1)
        line[0] = min(row, most)
        for column in range(low, high + 1):
            other = reference[column - 1]
            least = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (letter != other))
            if transpositions and row > 1 and column > 1:
                swapped = letter == reference[column - 2] and other == target[row - 2]
                least = min(least, before[column - 2] + 1) if swapped else least
            line[column] = min(least, most)
        before, last = last, line
    return last[-1]


_DECLARED = "{0}: {1}, maxDistance: between[1|100], allowTranspositions: bool = true, ignoreCase: bool = false"


@LIBRARY.scalar(
    f"text:editDistance(target: expression, {_DECLARED.format('reference', 'expression')}, as: text = _distance)"
    " -> number",
    nulls=Nulls.TOTAL,
    doc="text-editdistance",
    assumes=("edit-distance-transpositions",),
    examples="""
        text:editDistance(target=a, reference="crowdstrike.com", maxDistance=5) of a=crowdstreak.com => 3   [reasoned]
        text:editDistance(target=a, reference="crowdstrike.com", maxDistance=5) of a=crwd.com => 5   [docs]
        text:editDistance(target=a, reference="abc", maxDistance=9) of a=acb => 1   [docs]
        text:editDistance(target=a, reference="abc", maxDistance=9, allowTranspositions=false) of a=acb => 2   [docs]
        text:editDistance(target=a, reference="ABC", maxDistance=9, ignoreCase=true) of a=abc => 0   [docs]
        text:editDistance(target=a, reference="ABC", maxDistance=9) of b=abc => null   [reasoned]
    """,
)
def distance(target: Value, reference: Value, most: int, transpositions: bool, ignore_case: bool) -> int | None:
    """How far one text is from another, in edits; at most `maxDistance`."""
    one, other = show(target), show(reference)
    if one is None or other is None:
        return None
    if ignore_case:
        one, other = one.lower(), other.lower()
    return edit_distance(one, other, most, transpositions=transpositions)


@LIBRARY.assign(
    f"text:editDistanceAsArray(target: expression, {_DECLARED.format('references', 'expressions')},"
    " asArray: text = _distance) -> fields",
    doc="text-editdistanceasarray",
    assumes=("edit-distance-transpositions",),
)
def distances(
    target: Value, references: tuple[Value, ...], most: int, transpositions: bool, ignore_case: bool, array: str
) -> dict[str, str]:
    """The same for several texts: an array of objects with `reference` and `distance`."""
    name = array_name(array)
    found: dict[str, str] = {}
    for at, reference in enumerate(references):
        edits = distance(target, reference, most, transpositions, ignore_case)
        if edits is not None:
            found |= {f"{name}[{at}].reference": show(reference) or "", f"{name}[{at}].distance": str(edits)}
    return found
