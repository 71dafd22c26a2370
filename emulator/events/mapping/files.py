"""Mapping files: how a recorded event becomes another sensor's row, field by field, with where each rule comes from."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, assert_never

import yaml

from emulator.events.mapping.transformations import Transformation, transformations
from emulator.events.sensors.event import Sensor
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

    With `of`, the names are fields of the start of a process, whose key (see `Starts`) the fields `of` hold.
    """

    names: tuple[str, ...]
    of: tuple[str, ...]
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
class Either:
    """What the first gives, else the second."""

    first: Copied
    second: Copied


@record
class Nothing:
    """A field that can't be derived."""


Recipe = Constant | Copied | Joined | Nested | Either | Nothing


@record
class FieldRule:
    """One field of the target; `only` limits it to one variant of the sensor.

    `supposed` is what queries take the field for that no native event has; only a mapper that is asked for it fills it.
    """

    name: str
    recipe: Recipe
    provenance: Provenance
    only: Sensor | None = None
    supposed: FieldRule | None = None


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
    event_id: int | str
    key: tuple[tuple[str, str], ...]
    when: tuple[Condition, ...]


@record
class EventRule:
    """What one kind of recorded event becomes: an event id, a table of Defender's or a name of Falcon's event."""

    event_id: int | str
    table: str
    when: tuple[Condition, ...]
    duplicates: Duplicates | None
    fields: tuple[FieldRule, ...]

    def fields_of(self, sensor: Sensor, *, supposed: bool = False) -> tuple[FieldRule, ...]:
        """The fields that a variant of the sensor has, with or without those that queries suppose."""
        rules = (rule for rule in self.fields if rule.only in (None, sensor))
        return tuple(rule.supposed if supposed and rule.supposed is not None else rule for rule in rules)


@record
class Starts:
    """The events that tell of the start of a process, and the fields whose values name that process."""

    events: frozenset[int | str]
    key: tuple[str, ...]


@record
class EventMapping:
    """One mapping file: from one kind of recorder to one kind of sensor.

    `absent` are texts that stand for no value; `time` the fields that tell when, best first; `without` says for an
    event id why it has no counterpart.
    """

    source: str
    target: str
    providers: frozenset[str]
    legend: Mapping[str, str]
    absent: frozenset[str]
    time: tuple[str, ...]
    starts: Starts | None
    rules: Mapping[int | str, tuple[EventRule, ...]]
    without: Mapping[int | str, str]

    @property
    def joined(self) -> tuple[str, ...]:
        """The fields of process starts that rules take."""
        recipes = [recipe for rules in self.rules.values() for rule in rules for recipe in _copied_in(rule.fields)]
        return tuple(dict.fromkeys(name for recipe in recipes if recipe.of for name in recipe.names))


def mapping_files() -> tuple[str, ...]:
    """The names of the mapping files, sorted."""
    return tuple(name for name in shipped_names("events/mappings") if name.endswith(".yaml"))


@cache
def load_mapping(name: str) -> EventMapping:
    """The mapping in one of the package's files; their form is checked by the tests against the schema beside them."""
    content = yaml.load(shipped_text(f"events/mappings/{name}"), Loader=_LOADER)  # noqa: S506  # a safe loader either way
    rules: dict[int | str, tuple[EventRule, ...]] = {}
    starts = content.get("starts")
    for entry in content["events"]:
        rules[entry["event_id"]] = (*rules.get(entry["event_id"], ()), _event_rule(entry))
    return EventMapping(
        source=content["source"],
        target=content["target"],
        providers=frozenset(content["providers"]),
        legend=content["legend"],
        absent=frozenset(content["absent"]),
        time=tuple(content["time"]),
        starts=None if starts is None else Starts(frozenset(starts["events"]), _names(starts["key"])),
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
        supposed = next(iter(_field_rules({name: entry["supposed"]})), None) if "supposed" in entry else None
        yield FieldRule(
            name,
            _recipe(entry),
            Provenance(basis, entry[basis.value]),
            None if only is None else Sensor(only),
            supposed,
        )


def _recipe(entry: Mapping[str, Any]) -> Recipe:
    if "constant" in entry:
        return Constant(entry["constant"])
    if "from" in entry:
        return Either(_copied(entry), _copied(entry["else"])) if "else" in entry else _copied(entry)
    if "joined" in entry:
        return Joined(tuple(entry["joined"]), _steps(entry))
    if "object" in entry:
        return Nested(tuple(_field_rules(entry["object"])))
    return Nothing()


def _copied(entry: Mapping[str, Any]) -> Copied:
    return Copied(_names(entry["from"]), _names(entry.get("of", ())), _steps(entry))


def _steps(entry: Mapping[str, Any]) -> tuple[Transformation, ...]:
    return tuple(transformations()[step] for step in entry.get("as", ()))


def _names(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _copied_in(fields: Iterable[FieldRule]) -> Iterator[Copied]:
    for field in fields:
        match field.recipe:
            case Copied():
                yield field.recipe
            case Either(first, second):
                yield from (first, second)
            case Nested(inner):
                yield from _copied_in(inner)
            case Constant() | Joined() | Nothing():
                pass
            case _:
                assert_never(field.recipe)
        if field.supposed is not None:
            yield from _copied_in([field.supposed])
