"""Names of people and web sites, by Faker: the same from the same seed and the same release of Faker."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faker import Faker


def seeded_faker(seed: int, locale: str) -> Faker:
    """A Faker with random numbers of its own; imported here since it costs a third of a second."""
    from faker import Faker

    faker = Faker(locale)
    faker.seed_instance(seed)
    return faker


def account_names(faker: Faker) -> Iterator[str]:
    """Account names without end: initial and surname in plain letters, numbered from the second of a name on."""
    taken: dict[str, int] = {}
    while True:
        name = f"{_plain(faker.first_name())[:1]}{_plain(faker.last_name())}"[:16] or "user"
        taken[name] = taken.get(name, 0) + 1
        yield name if taken[name] == 1 else f"{name}{taken[name]}"


def site_names(faker: Faker) -> Iterator[str]:
    """Names of web sites without end, below `.example`, which nobody can own."""
    number = 0
    while True:
        yield f"{_plain(faker.domain_word()) or 'site'}{number}.example"
        number += 1


def _plain(name: str) -> str:
    """A name in the letters a to z."""
    decomposed = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in decomposed.lower() if letter.isalpha())
