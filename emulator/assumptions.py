"""Named assumptions: what the emulator chose where the product's behaviour is not documented, or rejects a query."""

from __future__ import annotations

from emulator.nodes import record


@record
class Assumption:
    """A choice by name, with one line of reason. One that is `opt_in` holds only where the caller asks for it."""

    name: str
    language: str
    reason: str
    opt_in: bool


_ASSUMPTIONS: dict[str, Assumption] = {}


def assumption(name: str, language: str, reason: str, *, opt_in: bool = False) -> Assumption:
    """Declare an assumption beside the place that rests on it. Raises ValueError when the name is taken."""
    declared = Assumption(name, language, reason, opt_in)
    if _ASSUMPTIONS.setdefault(name, declared) != declared:
        raise ValueError(f"the assumption {name} is declared twice")
    return declared


def declared_assumptions() -> dict[str, Assumption]:
    """Every assumption of the modules imported so far, by name."""
    return dict(sorted(_ASSUMPTIONS.items()))


EMPTY_STAND_INS = assumption(
    "empty-stand-ins",
    "any",
    "every source that nobody gave (watchlist, lookup file, saved query, external data, user function) is empty",
    opt_in=True,
)
