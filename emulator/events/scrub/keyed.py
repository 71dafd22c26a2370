"""Values that depend on a secret key and a text alone: the same in, the same out, and no way back without the key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from string import ascii_lowercase

_HEXADECIMAL = re.compile(r"(?i)[\W_\d]*[a-f][\W_\da-f]*")
KEY_BYTES = 32
"""How long a key is; shorter ones are refused."""


class Keyed:
    """Numbers and choices drawn from a key, a purpose and a text."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"a key has at least {KEY_BYTES} bytes")
        self._key = hashlib.sha256(key).digest()

    def digest(self, purpose: str, text: str) -> bytes:
        """64 bytes for a text and a purpose."""
        return hashlib.blake2b(text.encode("utf8", "surrogatepass"), key=self._key, person=_person(purpose)).digest()

    def number(self, purpose: str, text: str) -> int:
        """A number below 2 ** 64."""
        return int.from_bytes(self.digest(purpose, text)[:8], "big")

    def bit(self, purpose: str, text: str) -> int:
        """0 or 1."""
        return self.digest(purpose, text)[0] & 1

    def stream(self, purpose: str, text: str) -> Iterator[int]:
        """Bytes without end."""
        block = 0
        while True:
            yield from self.digest(purpose, f"{block}:{text}")
            block += 1

    def alike(self, purpose: str, text: str) -> str:
        """A text of the same length and classes of ASCII characters; what is no letter or digit stays.

        Hexadecimal digits stay hexadecimal when the text has no other letters.
        """
        letters = "abcdef" if _HEXADECIMAL.fullmatch(text) else ascii_lowercase
        stream = self.stream(purpose, text.lower())
        return "".join(_replaced(character, letters, next(stream)) for character in text)


def _person(purpose: str) -> bytes:
    return hashlib.sha256(purpose.encode()).digest()[:16]


def _replaced(character: str, letters: str, drawn: int) -> str:
    if character.isdecimal() and character.isascii():
        return str(drawn % 10)
    if not character.isalpha():
        return character
    made = letters[drawn % len(letters)]
    return made.upper() if character.isupper() else made
