"""Recorded events mapped to a sensor by its mapping files: every row is marked with what its fields rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import assert_never

from emulator.events.instants import Ticks, parse_instant
from emulator.events.mapping.files import (
    Constant,
    Copied,
    Either,
    EventMapping,
    EventRule,
    FieldRule,
    Joined,
    Nested,
    Nothing,
    Provenance,
    mappings_to,
)
from emulator.events.mapping.joins import DEFAULT_BOUNDS, Bounds, Joins, holds, texts
from emulator.events.mapping.transformations import Transformation
from emulator.events.recordings.lines import RecordedEvent
from emulator.events.sensors.event import Row, Sensor, Value
from emulator.nodes import record
from emulator.rules.files import shown

_REMEMBERED, _SHORT = 2048, 256
"""Results of a transformation that are remembered, and the length of the texts that they are remembered for."""
Derivation = Callable[["_Event"], Value | None]


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


Outcome = MappedEvent | UnmappedEvent


class Mapper:
    """Maps events to one sensor.

    With `supposed`, fields that queries take for given and no native event has are filled, too.
    """

    def __init__(self, sensor: Sensor | str, *, supposed: bool = False, bounds: Bounds = DEFAULT_BOUNDS) -> None:
        self.sensor = Sensor(sensor)
        self._mappings = mappings_to(self.sensor)
        self._supposed = supposed
        self._bounds = bounds
        self._by_provider = {provider: mapping for mapping in self._mappings for provider in mapping.providers}
        self._makers: dict[int, _RowMaker] = {}

    def map(self, events: Iterable[RecordedEvent]) -> Iterator[Outcome]:
        """One outcome for each event of a recording, in its order; the events are held."""
        recording = list(events)
        return self.stream(recording, recording)

    def stream(self, told: Iterable[RecordedEvent], events: Iterable[RecordedEvent]) -> Iterator[Outcome]:
        """One outcome for each of the events in order; `told` are the same events, read before for what joins need.

        Raises QueryError when more would have to be kept than the bounds say.
        """
        joins = Joins(self._mappings, self._bounds)
        joins.gather(told)
        for event in events:
            yield self._outcome(event, joins)

    def _outcome(self, event: RecordedEvent, joins: Joins) -> Outcome:
        mapping = self._by_provider.get(event.provider)
        if mapping is None:
            return UnmappedEvent(event, f"no mapping for the provider {shown(event.provider)}")
        what = f"{mapping.source} {event.event_id}"
        rules = mapping.rules.get(event.event_id, ())
        if not rules:
            return UnmappedEvent(event, f"{what}: {mapping.without.get(event.event_id, 'no mapping for this event')}")
        values = _values(event, mapping)
        rule = next((rule for rule in rules if all(holds(test, values) for test in rule.when)), None)
        if rule is None:
            return UnmappedEvent(event, f"{what}: no counterpart for these values")
        at = parse_instant(values["$time"]) if "$time" in values else None
        if at is None:
            return UnmappedEvent(event, "no time")
        if rule.duplicates is not None and joins.has(rule.duplicates, event, values):
            return UnmappedEvent(event, f"{what}: {rule.duplicates.provider} {rule.duplicates.event_id} shows the same")
        row = self._maker(rule).row(_Event(values, mapping.source, event.recording, joins))
        return MappedEvent(event, self.sensor, mapping.source, rule.table, at, row, rule)

    def _maker(self, rule: EventRule) -> _RowMaker:
        made = self._makers.get(id(rule))
        if made is None:
            fields = rule.fields_of(self.sensor, supposed=self._supposed)
            made = self._makers[id(rule)] = _RowMaker(fields)
        return made


class _Event:
    """The values of an event, and the starts of the processes that it names, each looked up once."""

    __slots__ = ("_joins", "_recording", "_source", "_starts", "values")

    def __init__(self, values: Mapping[str, str], source: str, recording: str, joins: Joins) -> None:
        self.values = values
        self._source = source
        self._recording = recording
        self._joins = joins
        self._starts: dict[tuple[str, ...], Mapping[str, str]] = {}

    def start(self, of: tuple[str, ...]) -> Mapping[str, str]:
        """The joined fields of the start of the process that the fields `of` name; none where there is no start."""
        found = self._starts.get(of)
        if found is None:
            key = tuple(self.values[name] for name in of if name in self.values)
            start = self._joins.start(self._source, self._recording, key) if len(key) == len(of) else None
            found = self._starts[of] = start or {}
        return found


class _RowMaker:
    """The fields of one rule, made ready: constants once, and a function for each of the others."""

    __slots__ = ("_constants", "_derived")

    def __init__(self, fields: tuple[FieldRule, ...]) -> None:
        self._constants: Row = {}
        self._derived: list[tuple[str, Derivation]] = []
        for field in fields:
            match field.recipe:
                case Constant():
                    self._constants[field.name] = field.recipe.value
                case Copied():
                    self._derived.append((field.name, _copied(field.recipe)))
                case Either(first, second):
                    self._derived.append((field.name, _either(_copied(first), _copied(second))))
                case Joined():
                    self._derived.append((field.name, _joined(field.recipe)))
                case Nested():
                    self._derived.append((field.name, _nested(field.recipe)))
                case Nothing():
                    pass
                case _:
                    assert_never(field.recipe)

    def row(self, event: _Event) -> Row:
        """The row of an event: what has no value stays out."""
        row = self._constants.copy()
        for name, derive in self._derived:
            value = derive(event)
            if value is not None:
                row[name] = value
        return row


def _values(event: RecordedEvent, mapping: EventMapping) -> dict[str, str]:
    """The fields of an event as text, without those that stand for no value, and `$computer` and `$time`."""
    values = texts(event, mapping.absent)
    if event.computer:
        values["$computer"] = event.computer
    if event.time:
        values["$recorded"] = event.time
    for name in mapping.time:
        if name in values and parse_instant(values[name]) is not None:
            values["$time"] = values[name]
            break
    return values


def _copied(recipe: Copied) -> Derivation:
    names, of, through = recipe.names, recipe.of, _through(recipe.steps)

    def derive(event: _Event) -> Value | None:
        values = event.start(of) if of else event.values
        for name in names:
            value = values.get(name)
            if value is not None:
                return value if through is None else through(value)
        return None

    return derive


def _either(first: Derivation, second: Derivation) -> Derivation:
    def derive(event: _Event) -> Value | None:
        value = first(event)
        return second(event) if value is None else value

    return derive


def _joined(recipe: Joined) -> Derivation:
    names, through = recipe.names, _through(recipe.steps) or str

    def derive(event: _Event) -> Value | None:
        parts = [event.values[name] for name in names if name in event.values]
        return through("|".join(parts)) if len(parts) == len(names) else None

    return derive


def _nested(recipe: Nested) -> Derivation:
    inner = _RowMaker(recipe.fields)

    def derive(event: _Event) -> Value | None:
        made = inner.row(event)
        return {name: value for name, value in made.items() if isinstance(value, (str, int))} or None

    return derive


@cache
def _through(steps: tuple[Transformation, ...]) -> Transformation | None:
    """All steps as one, None for none; the results for short texts are remembered, as hosts and programs come again."""
    if not steps:
        return None

    def transform(value: str) -> str | int | None:
        result: str | int | None = value
        for step in steps:
            if result is None:
                return None
            result = step(str(result))
        return result

    remembered = lru_cache(maxsize=_REMEMBERED)(transform)
    return lambda value: remembered(value) if len(value) <= _SHORT else transform(value)
