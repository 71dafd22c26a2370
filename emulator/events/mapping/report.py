"""What a mapping came to: rows by rule, and for each field what it rests on and how many rows had it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import assert_never

from emulator.events.mapping.files import (
    Basis,
    Constant,
    Copied,
    Either,
    EventRule,
    FieldRule,
    Joined,
    Nested,
    Nothing,
    Recipe,
    mappings_to,
)
from emulator.events.mapping.mapper import MappedEvent, Outcome
from emulator.events.sensors.event import Sensor

_REASONS = 200
"""Reasons that are counted one by one: events name their providers, and could name any number of them."""


@dataclass(slots=True)
class RuleTally:
    """Rows that one rule made: how many, and how many of them had each field."""

    source: str
    rule: EventRule
    rows: int = 0
    had: Counter[str] = field(default_factory=Counter)

    def add(self, mapped: MappedEvent) -> None:
        """Count a row."""
        self.rows += 1
        self.had.update(mapped.row.keys())

    @property
    def title(self) -> str:
        """What becomes what: `sysmon 3 -> DeviceNetworkEvents`."""
        name = next((one for one in self.rule.fields if one.name == "#event_simpleName"), None)
        kind = name.recipe.value if name is not None and isinstance(name.recipe, Constant) else self.rule.table
        return f"{self.source} {self.rule.event_id} -> {kind}"


@dataclass(slots=True)
class MappingReport:
    """What became of events: mapped by a rule, or not, by reason."""

    sensor: Sensor
    supposed: bool
    rules: dict[int, RuleTally] = field(default_factory=dict)
    unmapped: Counter[str] = field(default_factory=Counter)
    bad: int = 0
    """Lines that are no events."""

    def add(self, outcome: Outcome) -> None:
        """Count an event."""
        if not isinstance(outcome, MappedEvent):
            known = outcome.reason in self.unmapped or len(self.unmapped) < _REASONS
            self.unmapped[outcome.reason if known else "other reasons"] += 1
            return
        tally = self.rules.get(id(outcome.rule))
        if tally is None:
            tally = self.rules[id(outcome.rule)] = RuleTally(outcome.source, outcome.rule)
        tally.add(outcome)

    @property
    def mapped(self) -> int:
        """Rows that were made."""
        return sum(tally.rows for tally in self.rules.values())

    @property
    def events(self) -> int:
        """Events that were read."""
        return self.mapped + self.unmapped.total()

    @property
    def tables(self) -> Counter[str]:
        """Rows by table."""
        found: Counter[str] = Counter()
        for tally in self.rules.values():
            found[tally.rule.table] += tally.rows
        return found

    def tallies(self) -> list[RuleTally]:
        """The rules that made rows, in the order of their names."""
        return sorted(self.rules.values(), key=lambda tally: tally.title)

    def fields(self, tally: RuleTally) -> tuple[FieldRule, ...]:
        """The fields that a rule knows of, in its order."""
        return tally.rule.fields_of(self.sensor, supposed=self.supposed)

    def legend(self) -> dict[str, str]:
        """The sources that letters stand for, of the rules that made rows: `sysmon K` and its title."""
        sources = {tally.source for tally in self.rules.values()}
        return {
            f"{mapping.source} {letter}": title
            for mapping in mappings_to(self.sensor)
            if mapping.source in sources
            for letter, title in mapping.legend.items()
        }

    def to_json(self) -> dict[str, object]:
        """All of it as plain values."""
        return {
            "to": self.sensor.value,
            "supposed": self.supposed,
            "events": self.events,
            "mapped": self.mapped,
            "bad_lines": self.bad,
            "tables": dict(sorted(self.tables.items())),
            "unmapped": dict(self.unmapped.most_common()),
            "legend": self.legend(),
            "rules": [
                {
                    "what": tally.title,
                    "table": tally.rule.table,
                    "rows": tally.rows,
                    "fields": [
                        {
                            "name": rule.name,
                            "rows": tally.had[rule.name],
                            "basis": rule.provenance.basis.value,
                            "note": rule.provenance.note,
                            "from": described(rule.recipe),
                        }
                        for rule in self.fields(tally)
                    ],
                }
                for tally in self.tallies()
            ],
        }

    def lines(self) -> Iterator[tuple[str, str]]:
        """The explanation for people: headings, and below them each field with what it rests on."""
        for tally in self.tallies():
            yield f"{tally.title}: {tally.rows:,} {'row' if tally.rows == 1 else 'rows'}", ""
            for rule in self.fields(tally):
                yield f"  {rule.name:<46}{tally.had[rule.name]:>8,}", _told(rule)


def _told(rule: FieldRule) -> str:
    note = rule.provenance.note
    match rule.provenance.basis:
        case Basis.MISSING:
            return f"missing: {note}"
        case Basis.PUBLISHED:
            return f"{described(rule.recipe)} [published: {note}]"
        case Basis.CHOSEN:
            return f"{described(rule.recipe)} [chosen: {note}]"
        case _:
            assert_never(rule.provenance.basis)


def described(recipe: Recipe) -> str:
    """A recipe in words: where the value comes from and what is done to it."""
    match recipe:
        case Constant(value):
            return f'always "{value}"'
        case Copied(names, of, steps):
            start = f" of the process that {_words(of, 'and')} names" if of else ""
            return f"{_words(names, 'or')}{start}{_as(steps)}"
        case Joined(names, steps):
            return f"{_words(names, 'and')} together{_as(steps)}"
        case Either(first, second):
            return f"{described(first)}; else {described(second)}"
        case Nested(fields):
            return f"an object of {', '.join(one.name for one in fields if not isinstance(one.recipe, Nothing))}"
        case Nothing():
            return ""
        case _:
            assert_never(recipe)


_OWN = {"$time": "the time", "$computer": "the host", "$recorded": "the record's time"}
"""Values that stand in no field of an event's data."""


def _words(names: tuple[str, ...], between: str) -> str:
    return f" {between} ".join(_OWN.get(name, name) for name in names)


def _as(steps: tuple[object, ...]) -> str:
    names = [getattr(step, "__name__", "").replace("_", " ") for step in steps]
    return f" as {', '.join(names)}" if names else ""
