"""Which fields Falcon's events carry, as far as they are known: see `emulator/schemas/falcon_events.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from emulator.plan.expressions import Expression
from emulator.proof.lints.predicates import domain

EVENT_NAMES = ("#event_simpleName", "event_simpleName")


@dataclass(frozen=True, slots=True)
class FalconCatalogue:
    """The fields of each known event, raw or enriched; `families` are names that IPv6 has a counterpart for."""

    events: Mapping[str, frozenset[str]]
    families: frozenset[str]
    fields: frozenset[str]

    def lack(self, events: Iterable[str], field: str) -> bool:
        """True when all of these events are known, the field is known, and none of them carries it."""
        names = list(events)
        return bool(names) and field in self.fields and all(self._lacks(name, field) for name in names)

    def _lacks(self, event: str, field: str) -> bool:
        return event in self.events and field not in self.events[event]


@lru_cache(maxsize=1)
def falcon_catalogue() -> FalconCatalogue:
    """The catalogue, read when first asked for."""
    text = resources.files("emulator.schemas").joinpath("falcon_events.json").read_text("utf8")
    data = json.loads(text)
    events = {
        name: frozenset([*own, *data["every"], *data["enriched"].get(name, ())]) for name, own in data["events"].items()
    }
    return FalconCatalogue(events, frozenset(data["families"]), frozenset().union(*events.values()))


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
