"""Names that say nothing about anybody: they stay as they are. The names stand in names.yaml."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def _names() -> dict[str, frozenset[str]]:
    import yaml

    listed = yaml.safe_load(files(__package__).joinpath("names.yaml").read_text("utf8"))
    return {name: frozenset(values) for part in listed.values() for name, values in part.items()}


def names_of(part: str) -> frozenset[str]:
    """The names of one list, in lower case."""
    return _names()[part]


def is_known(name: str) -> bool:
    """True for an account, a domain or a word that every system has."""
    lowered = name.strip().lower()
    numbered = lowered.startswith(tuple(names_of("numbered_accounts")))
    return lowered in names_of("accounts") or numbered or not any(map(str.isalpha, lowered))
