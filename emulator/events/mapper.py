"""Recorded events mapped to a sensor by its mapping files: every row is marked with what its fields rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from emulator.events.activity import base_name
from emulator.events.addresses import parse_address
from emulator.events.instants import Ticks, parse_instant
from emulator.events.mapping import (
    Condition,
    Constant,
    Copied,
    Duplicates,
    EventMapping,
    EventRule,
    FieldRule,
    Joined,
    Nested,
    Nothing,
    Provenance,
    Recipe,
    mappings_to,
)
from emulator.events.recorded import RecordedEvent
from emulator.events.sensors.event import Row, Sensor, Value
from emulator.events.sensors.falcon import written_event
from emulator.events.transformations import integer

_SYSMON = "Microsoft-Windows-Sysmon"
_PROCESS_STARTED = 1


@dataclass(frozen=True, slots=True)
class MappedEvent:
    """A row that another sensor's event was mapped to; never mistaken for a native one."""

    event: RecordedEvent
    sensor: Sensor
    source: str
    table: str
    at: Ticks
    row: Row
    rule: EventRule

    @property
    def mapped(self) -> dict[str, Provenance]:
        """What each field of the row rests on."""
        rules = self.rule.fields_of(self.sensor)
        return {rule.name: rule.provenance for rule in rules if rule.name in self.row}

    @property
    def missing(self) -> dict[str, str]:
        """Fields that a native row has and this one lacks, with the reason."""
        rules = self.rule.fields_of(self.sensor)
        return {
            rule.name: rule.provenance.note if isinstance(rule.recipe, Nothing) else "the recorded event lacks it"
            for rule in rules
            if rule.name not in self.row
        }


@dataclass(frozen=True, slots=True)
class UnmappedEvent:
    """A recorded event that has no row in the sensor, and why."""

    event: RecordedEvent
    reason: str


class Mapper:
    """Maps whole recordings to one sensor."""

    def __init__(self, sensor: Sensor | str) -> None:
        self.sensor = Sensor(sensor)
        self._by_provider = {
            provider: mapping for mapping in mappings_to(self.sensor) for provider in mapping.providers
        }
        self._duplicates = tuple(
            rule.duplicates
            for mapping in mappings_to(self.sensor)
            for rules in mapping.rules.values()
            for rule in rules
            if rule.duplicates is not None
        )
        self._fields: dict[int, tuple[FieldRule, ...]] = {}

    def map(self, events: Iterable[RecordedEvent]) -> Iterator[MappedEvent | UnmappedEvent]:
        """One outcome for each event of a recording, in its order; the events are read as a whole for the joins."""
        recording = list(events)
        context = _Context(recording, self._duplicates)
        for event in recording:
            yield self._outcome(event, context)

    def _outcome(self, event: RecordedEvent, context: _Context) -> MappedEvent | UnmappedEvent:
        mapping = self._by_provider.get(event.provider)
        if mapping is None:
            return UnmappedEvent(event, f"no mapping for the provider {event.provider}")
        rules = mapping.rules.get(event.event_id, ())
        if not rules:
            reason = mapping.without.get(event.event_id, "no mapping for this event")
            return UnmappedEvent(event, f"{mapping.source} {event.event_id}: {reason}")
        values = _values(event, mapping)
        rule = next((rule for rule in rules if all(_holds(test, values) for test in rule.when)), None)
        if rule is None:
            return UnmappedEvent(event, f"{mapping.source} {event.event_id}: no counterpart for these values")
        at = parse_instant(values["$time"]) if "$time" in values else None
        if at is None:
            return UnmappedEvent(event, "no time")
        if rule.duplicates is not None and context.has(rule.duplicates, event, values):
            other = f"{rule.duplicates.provider} {rule.duplicates.event_id}"
            return UnmappedEvent(event, f"{mapping.source} {event.event_id}: {other} shows the same")
        row = self._row(rule, values, context, mapping.absent)
        return MappedEvent(event, self.sensor, mapping.source, rule.table, at, row, rule)

    def _row(self, rule: EventRule, values: Mapping[str, str], context: _Context, absent: frozenset[str]) -> Row:
        fields = self._fields.get(id(rule))
        if fields is None:
            fields = self._fields[id(rule)] = rule.fields_of(self.sensor)
        row: Row = {}
        for field in fields:
            value = _value(field.recipe, values, context, absent)
            if value is not None:
                row[field.name] = value
        return row


class _Context:
    """What the events of a recording say about each other: process starts by guid, and keys of duplicates."""

    def __init__(self, events: list[RecordedEvent], duplicates: tuple[Duplicates, ...]) -> None:
        self._starts: dict[str, RecordedEvent] = {}
        self._keys: dict[Duplicates, set[tuple[str, ...]]] = {same: set() for same in duplicates}
        for event in events:
            if event.provider == _SYSMON and event.event_id == _PROCESS_STARTED:
                self._starts.setdefault(_guid(str(event.data.get("ProcessGuid", ""))), event)
            for same, keys in self._keys.items():
                if event.provider == same.provider and event.event_id == same.event_id:
                    values = {name: str(value) for name, value in event.data.items()}
                    if all(_holds(test, values) for test in same.when):
                        keys.add(_key(event, [values.get(other, "") for _, other in same.key]))

    def start(self, guid: str) -> RecordedEvent | None:
        """The start of a process, when the recording holds it."""
        return self._starts.get(_guid(guid))

    def has(self, same: Duplicates, event: RecordedEvent, values: Mapping[str, str]) -> bool:
        """True when another event shows the same as this one."""
        return _key(event, [values.get(own, "") for own, _ in same.key]) in self._keys[same]


def _guid(text: str) -> str:
    return text.strip("{}").lower()


def _key(event: RecordedEvent, parts: list[str]) -> tuple[str, ...]:
    host = (event.computer or "").partition(".")[0].lower()
    return (host, *map(_canonical, parts))


def _canonical(text: str) -> str:
    """A value in one spelling: numbers in decimal, addresses short, paths as their file name in lower case."""
    number = integer(text)
    if number is not None:
        return str(number)
    address = parse_address(text)
    return base_name(text).lower() if address is None else str(address)


def _values(event: RecordedEvent, mapping: EventMapping) -> dict[str, str]:
    """The fields of an event as text, without those that stand for no value, and `$computer` and `$time`."""
    values = _texts(event, mapping.absent)
    if event.computer:
        values["$computer"] = event.computer
    if event.time:
        values["$recorded"] = event.time
    for name in mapping.time:
        if name in values and parse_instant(values[name]) is not None:
            values["$time"] = values[name]
            break
    return values


def _texts(event: RecordedEvent, absent: frozenset[str]) -> dict[str, str]:
    texts = {name: str(value) for name, value in event.data.items()}
    return {name: text for name, text in texts.items() if text not in absent}


def _holds(test: Condition, values: Mapping[str, str]) -> bool:
    value = values.get(test.field)
    if value is None:
        return False
    if test.equals:
        return value.lower() in test.equals
    if test.version is not None:
        address = parse_address(value)
        return address is not None and address.version == test.version
    return written_event(value) == test.written


def _value(recipe: Recipe, values: Mapping[str, str], context: _Context, absent: frozenset[str]) -> Value | None:
    match recipe:
        case Constant():
            return recipe.value
        case Copied():
            return _copied(recipe, values, context, absent)
        case Joined():
            parts = [values[name] for name in recipe.names if name in values]
            return _through("|".join(parts), recipe) if len(parts) == len(recipe.names) else None
        case Nested():
            inner = {rule.name: _value(rule.recipe, values, context, absent) for rule in recipe.fields}
            return {name: value for name, value in inner.items() if isinstance(value, (str, int))} or None
        case Nothing():
            return None
        case _:
            assert_never(recipe)


def _copied(recipe: Copied, values: Mapping[str, str], context: _Context, absent: frozenset[str]) -> Value | None:
    if recipe.of is not None:
        start = context.start(values[recipe.of]) if recipe.of in values else None
        if start is None:
            return None
        values = _texts(start, absent)
    found = next((values[name] for name in recipe.names if name in values), None)
    return None if found is None else _through(found, recipe)


def _through(value: str, recipe: Copied | Joined) -> str | int | None:
    result: str | int | None = value
    for step in recipe.steps:
        if result is None:
            return None
        result = step(str(result))
    return result
