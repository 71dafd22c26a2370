"""What a language's functions are worth here: supported, on which evidence, or a gap with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from emulator.functions import Function
from emulator.nodes import record
from emulator.regular import regular
from emulator.shipped import shipped_text

_PROVENANCE = regular(r"\[(docs|recorded|reasoned)\]")


@record
class Support:
    """One function of a language. `evidence` names where its examples come from; `reason` says why it is a gap."""

    language: str
    kind: str
    name: str
    declarations: tuple[str, ...]
    evidence: tuple[str, ...]
    page: str
    reason: str = ""

    @property
    def is_gap(self) -> bool:
        """True for a function that the product has and the emulator refuses."""
        return bool(self.reason)

    def to_json(self) -> dict[str, object]:
        """Everything as plain values."""
        return {
            "language": self.language,
            "kind": self.kind,
            "name": self.name,
            "supported": not self.is_gap,
            "declarations": list(self.declarations),
            "evidence": list(self.evidence),
            "page": self.page,
            "reason": self.reason,
        }


def supported(language: str, kind: str, name: str, overloads: Iterable[Function], pages: str) -> Support:
    """A function that the emulator has; `pages` is the address of the product's pages, with `{}` for the page."""
    declared = tuple(overloads)
    evidence = sorted({mark for one in declared for mark in _PROVENANCE.findall(one.examples)})
    page = next((one.doc for one in declared if one.doc), "")
    return Support(
        language,
        kind,
        name,
        tuple(one.declaration for one in declared),
        tuple(evidence),
        pages.format(page) if page else "",
    )


@cache
def gaps(language: str) -> Mapping[tuple[str, str], str]:
    """The listed gaps of a language: (kind, name) to reason, from its `gaps.tsv`."""
    text = shipped_text(f"{language}/gaps.tsv")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {(kind, name): reason for kind, name, reason in rows}
