"""Comparing text without regard to the case of ASCII letters; other letters stay as they are, and so do offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterable

_FOLD = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def fold_ascii(text: str) -> str:
    """The text with its ASCII capitals made small; its length stays."""
    return text.lower() if text.isascii() else text.translate(_FOLD)


def folded_among(texts: Iterable[str]) -> Callable[[str], bool]:
    """A test whether a text equals one of some texts, the case of ASCII letters ignored."""
    folded = frozenset(map(fold_ascii, texts))
    if all(text.isascii() for text in folded):
        # Lower case that is ASCII may still come from a letter that is not, such as the Kelvin sign.
        return lambda text: text.lower() in folded and text.isascii()
    return lambda text: fold_ascii(text) in folded
