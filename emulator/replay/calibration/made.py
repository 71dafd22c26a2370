"""The marginals of a synthetic organisation, as Defender would record it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from emulator.events.organisation import Organisation, measure
from emulator.events.sensors.defender import render_defender
from emulator.nodes import record
from emulator.replay.calibration.observing import Observed, observe

COMPUTERS = ("people", "servers", "all")


@record
class Claim:
    """What a profile claims of itself, measured."""

    name: str
    value: float
    low: float
    high: float
    source: str

    @property
    def kept(self) -> bool:
        """True when the value lies in the range."""
        return self.low <= self.value <= self.high

    def to_json(self) -> dict[str, object]:
        """All of it."""
        between = [self.low, self.high]
        return {
            "claim": self.name,
            "measured": round(self.value, 4),
            "between": between,
            "kept": self.kept,
            "source": self.source,
        }


class Made:
    """What an organisation shows, of all of its computers or of some."""

    def __init__(self, organisation: Organisation, name: str) -> None:
        self.organisation = organisation
        self.name = name
        self.of = lru_cache(maxsize=len(COMPUTERS))(self._of)

    def _of(self, computers: str) -> Observed:
        """The marginals of the computers that are meant. Raises QueryError."""
        wanted = [
            one
            for one in self.organisation.computers
            if computers == "all" or one.role.person is (computers == "people")
        ]
        tables: dict[str, list[Mapping[str, object]]] = {}
        for activity in self.organisation.activities(computers=wanted):
            for event in render_defender(activity):
                tables.setdefault(event.table, []).append(event.row)
        return observe(self.name, "", tables)

    def claims(self) -> list[Claim]:
        """The claims of the profile, in its order."""
        measured = measure(self.organisation.activities(), self.organisation.host_days)
        claimed = self.organisation.profile.marginals
        return [Claim(name, measured[name], one.low, one.high, one.source) for name, one in claimed.items()]
