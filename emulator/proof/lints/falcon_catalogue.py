"""Which fields and tags Falcon's events carry, as far as they are known: see `emulator/schemas/falcon_events.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from emulator.nodes import record
from emulator.plan.expressions import Expression
from emulator.proof.lints.predicates import domain
from emulator.shipped import shipped_text

EVENT_NAMES = ("#event_simpleName", "event_simpleName")
_CLOSE = 0.9
"""From here on two names are taken for one with a slip: a letter more, or two that changed places."""


@record
class FalconCatalogue:
    """The fields of each known event and the tags, of one variant or of any.

    `families` are names that IPv6 has a counterpart for; `tags` are written with their number sign; of
    those that are `ambiguous` a field has the same name somewhere. `raw` are fields that only some of the variants have
    in their events; none where the variant is known.
    """

    events: Mapping[str, frozenset[str]]
    families: frozenset[str]
    fields: frozenset[str]
    tags: frozenset[str]
    ambiguous: frozenset[str]
    raw: frozenset[str]

    def lack(self, events: Iterable[str], field: str) -> bool:
        """True when all of these events are known, the field is known, and none of them carries it."""
        names = list(events)
        return bool(names) and field in self.fields and all(self._lacks(name, field) for name in names)

    def lacking(self, events: Iterable[str], field: str) -> list[str]:
        """Those of the events that are known not to carry a known field."""
        return sorted(name for name in events if field in self.fields and self._lacks(name, field))

    def meant(self, events: Iterable[str], field: str) -> str | None:
        """The field that a name which no event carries is a slip for; None unless it is plain.

        All the events have to be known, and to carry the field that is meant. Names that differ in a digit are no
        slips of each other, and neither are tags, metadata and parts of nested fields.
        """
        names = list(events)
        if (
            not names
            or field in self.fields
            or not all(name in self.events for name in names)
            or not field.isidentifier()
        ):
            return None
        carried = sorted(frozenset.intersection(*(self.events[name] for name in names)))
        same = (one for one in carried if one.casefold() == field.casefold())
        return next(same, None) or next((one for one in carried if _is_slip(field, one)), None)

    def _lacks(self, event: str, field: str) -> bool:
        return event in self.events and field not in self.events[event]


def _is_slip(written: str, name: str) -> bool:
    digits = [[letter for letter in text if letter.isdecimal()] for text in (written, name)]
    if digits[0] != digits[1] or min(len(written), len(name)) < 6:
        return False
    return SequenceMatcher(None, written.casefold(), name.casefold()).ratio() >= _CLOSE


@lru_cache(maxsize=4)
def falcon_catalogue(variant: str | None = None) -> FalconCatalogue:
    """The catalogue of a variant, `fdr` or `ng-siem`; without one, what the events carry in either."""
    text = shipped_text("schemas/falcon_events.json")
    data = json.loads(text)
    chosen = [one for name, one in data["variants"].items() if variant in (None, name)]
    everywhere = [*data["every"], *(field for one in chosen for field in one["fields"])]
    events = {
        name: frozenset([*own, *everywhere, *(field for one in chosen for field in one["enriched"].get(name, ()))])
        for name, own in data["events"].items()
    }
    known = {field for one in data["variants"].values() for fields in one["enriched"].values() for field in fields}
    known |= {field for one in data["variants"].values() for field in one["fields"]}
    return FalconCatalogue(
        events,
        frozenset(data["families"]),
        frozenset(known).union(*events.values()),
        frozenset(tag for one in chosen for tag in one["tags"]),
        frozenset(data["ambiguous"]),
        frozenset(field for one in chosen if len(chosen) > 1 for field in one["fields"]),
    )


def ipv6_name(name: str) -> str:
    """The counterpart of a name that ends in IP4."""
    return name.removesuffix("4") + "6"


def selected_events(conditions: Iterable[Expression]) -> frozenset[str] | None:
    """The event names that conditions leave, or None when they leave them open."""
    found: frozenset[str] | None = None
    for one in conditions:
        values = domain(one)
        if values is not None and values.field in EVENT_NAMES and not values.folded:
            names = frozenset(map(str, values.values))
            found = names if found is None else found & names
    return found
