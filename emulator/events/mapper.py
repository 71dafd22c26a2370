"""Recorded events mapped to a sensor by its mapping files: every row is marked with what its fields rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    mappings_to,
)
from emulator.events.recorded import RecordedEvent
from emulator.events.sensors.event import Row, Sensor, Value
from emulator.events.sensors.falcon import written_event
from emulator.events.transformations import Transformation, integer
from emulator.nodes import record

Derivation = Callable[[Mapping[str, str], "_Context"], Value | None]

_SYSMON = "Microsoft-Windows-Sysmon"
_PROCESS_STARTED = 1


@record
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


@record
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
        self._makers: dict[int, _RowMaker] = {}

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
        made = self._makers.get(id(rule))
        if made is None:
            made = self._makers[id(rule)] = _RowMaker(rule.fields_of(self.sensor), absent)
        return made.row(values, context)


class _RowMaker:
    """The fields of one rule, made ready: constants once, and a function for each of the others."""

    __slots__ = ("_constants", "_derived")

    def __init__(self, fields: tuple[FieldRule, ...], absent: frozenset[str]) -> None:
        self._constants: Row = {}
        self._derived: list[tuple[str, Derivation]] = []
        for field in fields:
            match field.recipe:
                case Constant():
                    self._constants[field.name] = field.recipe.value
                case Copied():
                    self._derived.append((field.name, _copied(field.recipe, absent)))
                case Joined():
                    self._derived.append((field.name, _joined(field.recipe)))
                case Nested():
                    self._derived.append((field.name, _nested(field.recipe, absent)))
                case Nothing():
                    pass
                case _:
                    assert_never(field.recipe)

    def row(self, values: Mapping[str, str], context: _Context) -> Row:
        """The row of an event with these values: what has no value stays out."""
        row = self._constants.copy()
        for name, derive in self._derived:
            value = derive(values, context)
            if value is not None:
                row[name] = value
        return row


class _Context:
    """What the events of a recording say about each other: process starts by guid, and keys of duplicates."""

    def __init__(self, events: list[RecordedEvent], duplicates: tuple[Duplicates, ...]) -> None:
        self._starts: dict[str, RecordedEvent] = {}
        self._started: dict[tuple[str, frozenset[str]], Mapping[str, str]] = {}
        self._keys: dict[Duplicates, set[tuple[str, ...]]] = {same: set() for same in duplicates}
        for event in events:
            if event.provider == _SYSMON and event.event_id == _PROCESS_STARTED:
                self._starts.setdefault(_guid(str(event.data.get("ProcessGuid", ""))), event)
            for same, keys in self._keys.items():
                if event.provider == same.provider and event.event_id == same.event_id:
                    values = {name: str(value) for name, value in event.data.items()}
                    if all(_holds(test, values) for test in same.when):
                        keys.add(_key(event, [values.get(other, "") for _, other in same.key]))

    def start(self, guid: str, absent: frozenset[str]) -> Mapping[str, str] | None:
        """The fields of the start of a process, when the recording holds it."""
        found = self._started.get((guid, absent))
        if found is None:
            start = self._starts.get(_guid(guid))
            if start is None:
                return None
            found = self._started[guid, absent] = _texts(start, absent)
        return found

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
    return {name: text for name, value in event.data.items() if (text := str(value)) not in absent}


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


def _copied(recipe: Copied, absent: frozenset[str]) -> Derivation:
    names, steps, of = recipe.names, recipe.steps, recipe.of

    def derive(values: Mapping[str, str]) -> Value | None:
        for name in names:
            value = values.get(name)
            if value is not None:
                return _through(value, steps)
        return None

    def derive_from_start(values: Mapping[str, str], context: _Context) -> Value | None:
        guid = values.get(of or "")
        start = None if guid is None else context.start(guid, absent)
        return None if start is None else derive(start)

    return derive_from_start if of is not None else lambda values, _context: derive(values)


def _joined(recipe: Joined) -> Derivation:
    def derive(values: Mapping[str, str], _context: _Context) -> Value | None:
        parts = [values[name] for name in recipe.names if name in values]
        return _through("|".join(parts), recipe.steps) if len(parts) == len(recipe.names) else None

    return derive


def _nested(recipe: Nested, absent: frozenset[str]) -> Derivation:
    inner = _RowMaker(recipe.fields, absent)

    def derive(values: Mapping[str, str], context: _Context) -> Value | None:
        made = inner.row(values, context)
        return {name: value for name, value in made.items() if isinstance(value, (str, int))} or None

    return derive


def _through(value: str, steps: tuple[Transformation, ...]) -> str | int | None:
    result: str | int | None = value
    for step in steps:
        if result is None:
            return None
        result = step(str(result))
    return result
