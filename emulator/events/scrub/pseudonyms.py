"""Names in place of names: built as the old ones were, of the same separators, digits and letters' cases."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from emulator.events.scrub.keyed import Keyed
from emulator.events.scrub.known import names_of

if TYPE_CHECKING:
    from faker import Faker

_PIECES = re.compile(r"[^\W\d_]+|\d+|[\W_]+")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORT = 4


class Pseudonyms:
    """Replaces names under a key. Two names never get the same pseudonym.

    A name's pseudonym depends on the key and the name alone, unless another name had taken it before, or it has a word
    of those to `avoid`.
    """

    def __init__(self, keyed: Keyed, avoid: frozenset[str] = frozenset()) -> None:
        self._keyed = keyed
        self._avoid = avoid
        self._avoided_words = {piece for name in avoid for piece in _PIECES.findall(name)}
        self._taken: dict[str, str] = {}
        self._taken_words: dict[str, str] = {}
        self.label = lru_cache(maxsize=None)(self._label)
        self._word = lru_cache(maxsize=None)(self._new_word)

    @cached_property
    def _faker(self) -> Faker:
        from faker import Faker

        return Faker("en_US")

    def _label(self, name: str) -> str:
        """In place of the name of a host, an account, or one label of a domain; in lower case, as the name is."""
        attempt = 0
        made = self._built(name, attempt)
        while made in self._avoid or self._taken.get(made, name) != name:
            attempt += 1
            digits = self._keyed.number("suffix", f"{name}:{attempt}") % 10 ** min(attempt + 1, 9)
            made = f"{self._built(name, attempt)}{digits}"
        self._taken[made] = name
        return made

    def domain(self, name: str) -> str:
        """In place of a domain: label by label, but for those at its end that many domains share."""
        labels = name.split(".")
        kept = 0
        while kept < len(labels) - 1 and (labels[-1 - kept] in names_of("suffixes") or len(labels[-1 - kept]) == 2):
            kept += 1
        own = [self.label(one) for one in labels[: len(labels) - kept]]
        return ".".join([*own, *labels[len(labels) - kept :]])

    def person(self, name: str) -> str:
        """In place of the full name of a person: as many words."""
        words = name.split()
        return " ".join(self.label(word) for word in words)

    def _built(self, name: str, attempt: int) -> str:
        """A name like another: its words replaced, its digits other digits, roles and separators kept."""
        pieces = _PIECES.findall(name)
        several = sum(piece.isalpha() for piece in pieces) > 1
        made = []
        for piece in pieces:
            if piece.isdecimal():
                made.append(self._keyed.alike(f"digits {attempt}", piece))
            elif not piece.isalpha() or (several and piece in names_of("roles")):
                made.append(piece)
            else:
                made.append(self._word(piece))
        return "".join(made)

    def _new_word(self, word: str) -> str:
        """A given name for a short word, a family name for a long one, both when those are taken; a letter for one."""
        if len(word) == 1:
            return _LETTERS[self._keyed.number("letter", word) % len(_LETTERS)]
        attempt, made = 0, ""
        while not made or made in self._avoided_words or self._taken_words.get(made, word) != word:
            self._faker.seed_instance(self._keyed.number("word", f"{word}:{attempt}"))
            names = [self._faker.first_name(), self._faker.last_name()]
            chosen = names if attempt else [names[len(word) > _SHORT]]
            made = "".join(character for character in "".join(chosen).lower() if character.isalpha())
            attempt += 1
        self._taken_words[made] = word
        return made


def in_case_of(model: str, text: str) -> str:
    """A text in the case of another: all upper, all lower, or a capital at the start of its words."""
    if model.isupper():
        return text.upper()
    words = [piece for piece in _PIECES.findall(model) if piece.isalpha()]
    if not words or not words[0][0].isupper():
        return text
    if all(word[0].isupper() for word in words):
        return "".join(piece[:1].upper() + piece[1:] for piece in _PIECES.findall(text))
    return text[:1].upper() + text[1:]
