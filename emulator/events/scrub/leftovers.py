"""What is left after scrubbing that looks personal: places for a person to look at before the events are shared."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import field

from emulator.events.scrub.identities import texts
from emulator.nodes import record

_PHONE = re.compile(r"(?<![\w.+-])\+\d{1,3}[ /-]?(?:\(?\d{2,5}\)?[ /-]?)\d{3,}(?:[ -]?\d{2,})*(?![\w.-])")
_INTERNAL = re.compile(r"(?i)\b[\w-]+(?:\.[\w-]+)*\.(?:local|lan|corp|internal|intranet)\b")
_NAMED = re.compile(r"(?i)\b(?:customer|patient|employee|invoice|contract|passport|iban|ssn)[\w ]{0,12}[:=#]\s*\S+")
_LONG = re.compile(r"(?<![\w+/=-])[\w+/=-]{24,}(?![\w+/=-])")
_MOST_EXAMPLES = 3
_RANDOM = 4.2
"""Bits for a character from which on a long word looks like a key."""
_LONGEST_EXAMPLE = 60


@record
class Leftovers:
    """Counts and examples of what looks personal. `made` holds the pseudonyms, which do as well."""

    made: frozenset[str]
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[int, str, str]]] = field(default_factory=dict)
    """By kind: the number of the event, the field, and the text."""

    def look(self, number: int, event: Mapping[str, object]) -> None:
        """Take in one event as it came out."""
        for key, text in texts(event):
            for kind, found in self._found(text):
                self.counts[kind] += 1
                examples = self.examples.setdefault(kind, [])
                if len(examples) < _MOST_EXAMPLES and all(found != one for _, _, one in examples):
                    examples.append((number, key, found[:_LONGEST_EXAMPLE]))

    def _found(self, text: str) -> list[tuple[str, str]]:
        found = [("number of a phone", one) for one in _PHONE.findall(text)]
        found += [("number of a person or contract", one) for one in _NAMED.findall(text)]
        found += [
            ("name inside the network", one)
            for one in _INTERNAL.findall(text)
            if not any(one.lower().endswith(made) for made in self.made)
        ]
        found += [("key or token", one) for one in _LONG.findall(text) if _looks_random(one)]
        return found


def _looks_random(word: str) -> bool:
    """True for a word of many different characters of all classes, as keys have them."""
    classes = (str.islower, str.isupper, str.isdecimal)
    if not all(any(map(one, word)) for one in classes):
        return False
    counts = Counter(word)
    return -sum(count / len(word) * math.log2(count / len(word)) for count in counts.values()) > _RANDOM
