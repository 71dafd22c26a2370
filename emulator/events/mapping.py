"""Mapping files: how a recorded event becomes another sensor's row, field by field, with where each rule comes from."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import yaml

from emulator.events.sensors.event import Sensor
from emulator.events.transformations import Transformation, transformations
from emulator.nodes import record
from emulator.shipped import shipped_names, shipped_text

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The files are the package's own; the C reader is ten times as fast where it is there."""


class Basis(enum.Enum):
    """What a field rests on: a published mapping, a choice made here, or nothing, so that it stays missing."""

    PUBLISHED = "published"
    CHOSEN = "chosen"
    MISSING = "missing"


@record
class Provenance:
    """Where the rule of a field comes from; `note` names the source or gives the reason."""

    basis: Basis
    note: str


@record
class Constant:
    """The same value on every row."""

    value: str | int | bool


@record
class Copied:
    """The first of `names` that has a value, put through `steps`.

    With `of`, the names are fields of the process start (Sysmon 1) whose ProcessGuid is the value of field `of`.
    """

    names: tuple[str, ...]
    of: str | None
    steps: tuple[Transformation, ...]


@record
class Joined:
    """All of `names` joined by `|`, put through `steps`; nothing when one of them has no value."""

    names: tuple[str, ...]
    steps: tuple[Transformation, ...]


@record
class Nested:
    """An object of fields, for a dynamic column."""

    fields: tuple[FieldRule, ...]


@record
class Nothing:
    """A field that can't be derived."""


Recipe = Constant | Copied | Joined | Nested | Nothing


@record
class FieldRule:
    """One field of the target; `only` limits it to one variant of the sensor."""

    name: str
    recipe: Recipe
    provenance: Provenance
    only: Sensor | None = None


@record
class Condition:
    """A test of one recorded field: one of some texts (case ignored), an IP version, or Falcon's event for a path."""

    field: str
    equals: frozenset[str] = frozenset()
    version: int | None = None
    written: str | None = None


@record
class Duplicates:
    """Another event of the same host and recording that shows the same thing, by equal fields: own name → other's.

    `when` holds of the other event.
    """

    provider: str
    event_id: int
    key: tuple[tuple[str, str], ...]
    when: tuple[Condition, ...]


@record
class EventRule:
    """What one kind of recorded event becomes."""

    event_id: int
    table: str
    when: tuple[Condition, ...]
    duplicates: Duplicates | None
    fields: tuple[FieldRule, ...]

    def fields_of(self, sensor: Sensor) -> tuple[FieldRule, ...]:
        """The fields that a variant of the sensor has."""
        return tuple(rule for rule in self.fields if rule.only in (None, sensor))


@record
class EventMapping:
    """One mapping file: from one kind of recorder to one kind of sensor.

    `absent` are texts that stand for no value; `time` the fields that tell when, best first; `without` says for an
    event id why it has no counterpart.
    """

    source: str
    target: str
    providers: frozenset[str]
    absent: frozenset[str]
    time: tuple[str, ...]
    rules: Mapping[int, tuple[EventRule, ...]]
    without: Mapping[int, str]


def mapping_files() -> tuple[str, ...]:
    """The names of the mapping files, sorted."""
    return tuple(name for name in shipped_names("events/mappings") if name.endswith(".yaml"))


@cache
def load_mapping(name: str) -> EventMapping:
    """The mapping in one of the package's files; their form is checked by the tests against the schema beside them."""
    content = yaml.load(shipped_text(f"events/mappings/{name}"), Loader=_LOADER)  # noqa: S506  # a safe loader either way
    rules: dict[int, tuple[EventRule, ...]] = {}
    for entry in content["events"]:
        rules[entry["event_id"]] = (*rules.get(entry["event_id"], ()), _event_rule(entry))
    return EventMapping(
        source=content["source"],
        target=content["target"],
        providers=frozenset(content["providers"]),
        absent=frozenset(content["absent"]),
        time=tuple(content["time"]),
        rules=rules,
        without=content["without"],
    )


def mappings_to(sensor: Sensor) -> tuple[EventMapping, ...]:
    """The mappings that end in a sensor, of every kind of recorder."""
    target = sensor.value.partition(":")[0]
    return tuple(mapping for mapping in map(load_mapping, mapping_files()) if mapping.target == target)


def _event_rule(entry: Mapping[str, Any]) -> EventRule:
    return EventRule(
        event_id=entry["event_id"],
        table=entry["table"],
        when=_conditions(entry),
        duplicates=_duplicates(entry["duplicates"]) if "duplicates" in entry else None,
        fields=tuple(_field_rules(entry["fields"])),
    )


def _duplicates(entry: Mapping[str, Any]) -> Duplicates:
    return Duplicates(entry["provider"], entry["event_id"], tuple(entry["key"].items()), _conditions(entry))


def _conditions(entry: Mapping[str, Any]) -> tuple[Condition, ...]:
    return tuple(
        Condition(
            field=test["field"],
            equals=frozenset(text.lower() for text in test.get("equals", ())),
            version=test.get("version"),
            written=test.get("written"),
        )
        for test in entry.get("when", ())
    )


def _field_rules(entries: Mapping[str, Mapping[str, Any]]) -> Iterable[FieldRule]:
    for name, entry in entries.items():
        basis = next(basis for basis in Basis if basis.value in entry)
        only = entry.get("only")
        yield FieldRule(
            name, _recipe(entry), Provenance(basis, entry[basis.value]), None if only is None else Sensor(only)
        )


def _recipe(entry: Mapping[str, Any]) -> Recipe:
    steps = tuple(transformations()[step] for step in entry.get("as", ()))
    if "constant" in entry:
        return Constant(entry["constant"])
    if "from" in entry:
        names = entry["from"]
        return Copied((names,) if isinstance(names, str) else tuple(names), entry.get("of"), steps)
    if "joined" in entry:
        return Joined(tuple(entry["joined"]), steps)
    if "object" in entry:
        return Nested(tuple(_field_rules(entry["object"])))
    return Nothing()
