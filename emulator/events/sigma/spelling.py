"""Values that satisfy several demands on one field at once: the shortest that looks like the field's own kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, permutations

from emulator.events.sigma.conditions import (
    ANY,
    ONE,
    Fields,
    Like,
    Matches,
    Ordered,
    Present,
    SameAs,
    Wanted,
    Within,
    fits,
)
from emulator.events.sigma.regex_examples import example

MOST_ORDERS = 24
"""Orders in which the texts that a value must contain are tried, where they are few."""
FEW_PARTS = 8
PATHS = frozenset({"Image", "ParentImage", "CurrentDirectory", "TargetFilename", "ImageLoaded"})
"""Fields that hold a path with a drive letter."""
LEADS = ("C:\\Windows\\System32", "C:\\Users\\Public", "C:\\Program Files\\Vendor", "")
"""What a path starts with when nothing says so."""


def values(name: str, demands: Sequence[Wanted], usual: str, fields: Fields) -> Iterator[str]:
    """Values of a field that satisfy all demands, the likeliest first; none when they contradict each other.

    `usual` is the field's value when nobody asks for one; `fields` are the other fields, for demands that name one.
    """
    seen: set[str] = set()
    for text in _guesses(name, demands, usual, fields):
        if text and text not in seen and all(fits(text, each, fields) for each in demands):
            yield text
        seen.add(text)


def _guesses(name: str, demands: Sequence[Wanted], usual: str, fields: Fields) -> Iterator[str]:
    yield usual
    likes = [each for each in demands if isinstance(each, Like)]
    for each in demands:
        match each:
            case Within(network=network):
                yield str(network[1] if network.num_addresses > 2 else network[0])
            case Ordered(number=number):
                for near in (number, number - 1, number + 1):
                    yield str(int(near) if near == int(near) else near)
            case SameAs(field=other):
                yield fields.get(other, "")
            case Like() | Matches() | Present():
                pass
    drawn = [example(each) for each in demands if isinstance(each, Matches)]
    if None not in drawn:
        yield from _joined(name, likes, [text for text in drawn if text is not None])


def _joined(name: str, likes: Sequence[Like], drawn: Sequence[str]) -> Iterator[str]:
    """The texts of patterns put together: a head, what is contained in any order, and a tail."""
    whole = [_spelt(like, "") for like in likes if ANY not in like.parts]
    yield from whole
    heads = [_spelt(like, " ") for like in likes if like.parts[0] != ANY]
    tails = [_spelt(like, " ") for like in likes if like.parts[-1] != ANY and like.parts[0] == ANY]
    inner = [_spelt(like, " ") for like in likes if like.parts[0] == ANY and like.parts[-1] == ANY]
    head, tail = max(heads, key=len, default=""), max(tails, key=len, default="")
    parts = [*drawn, *inner]
    for order in islice(permutations(parts), MOST_ORDERS if len(parts) <= FEW_PARTS else 1):
        for glue in ("", " "):
            text = ""
            for part in (head, *order, tail):
                text = _merged(text, part, glue)
            yield from _completed(name, text)


def _completed(name: str, text: str) -> Iterator[str]:
    """A value as the field usually looks: a path gets a drive and a file name where it has none."""
    if name not in PATHS:
        yield text
        return
    tail = "program.exe" if text.endswith("\\") and name != "CurrentDirectory" else ""
    for lead in LEADS if not re.match(r"[A-Za-z]:", text) else ("",):
        yield _merged(lead, text if text.startswith("\\") or not lead else f"\\{text}", "") + tail
    yield text


def _merged(left: str, right: str, glue: str) -> str:
    """Two texts one after the other, where an end of the left that starts the right stands once."""
    if right in left:
        return left
    for size in range(min(len(left), len(right)), 0, -1):
        if left.endswith(right[:size]):
            return left + right[size:]
    return left + glue + right if left else right


def _spelt(like: Like, filler: str) -> str:
    """A pattern as a text: inner wildcards stand for the filler, those at the ends for nothing."""
    last = len(like.parts) - 1
    spelt = []
    for position, part in enumerate(like.parts):
        if isinstance(part, str):
            spelt.append(part)
        elif part == ONE:
            spelt.append("1")
        elif 0 < position < last:
            spelt.append(filler)
    return "".join(spelt)
