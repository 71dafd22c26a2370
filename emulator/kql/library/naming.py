"""Functions that the product knows under several names, old ones among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, Unpack

from emulator.functions import Library, Options

Declared = TypeVar("Declared", bound=Callable[..., object])


def scalar(library: Library, names: str, signature: str, **options: Unpack[Options]) -> Callable[[Declared], Declared]:
    """Declare a function under each of its names; the examples are written with the first of them."""
    first, *others = names.split()

    def keep(meaning: Declared) -> Declared:
        library.scalar(first + signature, **options)(meaning)
        for name in others:
            examples = options.get("examples", "").replace(f"{first}(", f"{name}(")
            shown: Options = {**options, "examples": examples}
            library.scalar(name + signature, **shown)(meaning)
        return meaning

    return keep
