"""What a query raised on a corpus: which alerts, of which hosts, entities and hours."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from emulator.clock import TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MILLISECOND, UNIX_EPOCH
from emulator.interpreter.output import json_cell
from emulator.interpreter.ranges import EVENT_TIME, TIME_COLUMNS
from emulator.nodes import record
from emulator.replay.rulebook import Rule
from emulator.replay.windows import HOST_COLUMNS, Window
from emulator.result import Result
from emulator.rules import Language
from emulator.types import Column, ScalarType

MOST_ALERTS = 10_000
"""Alerts of a query that are told apart; of more, hosts, hours and entities are counted all the same."""
MOST_ENTITIES = 100_000
"""Different entities of a kind that are counted."""
HOST = "host"


@record
class Alert:
    """One row that a query raised.

    `key` is the same in every replay that raises the row: it is made of its time and entities, or, when it lacks
    either, of all that it shows. `at` is in ticks, None for a row without a time. `row` has a value for each of
    `columns`; both are empty when they come from a cache.
    """

    key: str
    at: int | None
    entities: Mapping[str, str]
    columns: tuple[Column, ...] = ()
    row: tuple[Any, ...] = ()

    def cells(self) -> dict[str, object]:
        """What the row shows, as plain values; without what is empty."""
        pairs = zip(self.columns, self.row, strict=True)
        shown = {column.name: json_cell(value, column.type) for column, value in pairs}
        return {name: value for name, value in shown.items() if value not in (None, "")}


@dataclass(slots=True)
class Raised:
    """The alerts of a query on a part of a corpus.

    `by_host_day` counts those that name a host, by host in small letters and day of their time; `by_hour` counts all;
    an alert without a time counts where its window ends. `entities` holds the different ones of each kind.
    """

    alerts: list[Alert] = field(default_factory=list)
    by_host_day: Counter[tuple[str, int]] = field(default_factory=Counter)
    by_hour: Counter[int] = field(default_factory=Counter)
    entities: dict[str, set[str]] = field(default_factory=dict)

    def add(self, rule: Rule, result: Result, window: Window) -> None:
        """Add the rows that a run over a window gave, column by column, since they may be many."""
        times = _times(rule.name.language, result)
        entities = _entities(rule, result)
        moments = [window.now if at is None else at for at in times]
        self.by_hour.update(moment // TICKS_PER_HOUR for moment in moments)
        hosts = [text.lower() for text in entities.get(HOST, ())]
        days = [moment // TICKS_PER_DAY for moment in moments]
        self.by_host_day.update(pair for pair in zip(hosts, days, strict=False) if pair[0])
        for kind, texts in entities.items():
            known = self.entities.setdefault(kind.partition(" ")[0], set())
            new = {text.lower() for text in set(texts)} - {""} - known
            known.update(islice(new, MOST_ENTITIES - len(known)))
        for place in range(min(len(result.rows), MOST_ALERTS - len(self.alerts))):
            about = {kind: texts[place] for kind, texts in entities.items() if texts[place]}
            row = result.rows[place]
            key = _key(times[place], about, result.columns, row)
            self.alerts.append(Alert(key, times[place], about, result.columns, row))

    def include(self, other: Raised) -> None:
        """Add what another replay of the same query raised."""
        self.alerts += other.alerts
        self.by_host_day.update(other.by_host_day)
        self.by_hour.update(other.by_hour)
        for kind, values in other.entities.items():
            self.entities.setdefault(kind, set()).update(values)

    def by_host(self) -> Counter[str]:
        """Alerts by host."""
        found: Counter[str] = Counter()
        for (host, _), count in self.by_host_day.items():
            found[host] += count
        return found

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values, for a cache."""
        return {
            "alerts": [[one.key, one.at, dict(one.entities)] for one in self.alerts],
            "by_host_day": [[host, day, count] for (host, day), count in sorted(self.by_host_day.items())],
            "by_hour": sorted(self.by_hour.items()),
            "entities": {kind: sorted(values) for kind, values in sorted(self.entities.items())},
        }

    @staticmethod
    def of_json(kept: Mapping[str, Any]) -> Raised:
        """What `to_json` gave."""
        return Raised(
            [Alert(key, at, entities) for key, at, entities in kept["alerts"]],
            Counter({(host, day): count for host, day, count in kept["by_host_day"]}),
            Counter(dict(kept["by_hour"])),
            {kind: set(values) for kind, values in kept["entities"].items()},
        )


def _times(language: Language, result: Result) -> list[int | None]:
    """The time of each row."""
    place = _time_place(language, result.columns)
    return [None if place is None else _ticks(row[place]) for row in result.rows]


def _entities(rule: Rule, result: Result) -> dict[str, list[str]]:
    """The text of each row by kind of entity, "" where it has none; kinds that no column holds are left out."""
    places = {column.name: place for place, column in enumerate(result.columns)}
    found = {kind: _texts(result, places[name]) for kind, name in _entity_columns(rule) if name in places}
    if HOST not in found:
        columns = [_texts(result, places[name]) for name in HOST_COLUMNS if name in places]
        if columns:
            found = {HOST: [next(filter(None, texts), "") for texts in zip(*columns, strict=True)], **found}
    return {kind: texts for kind, texts in found.items() if any(texts)}


def _texts(result: Result, place: int) -> list[str]:
    kind = result.columns[place].type
    return [value if isinstance(value := row[place], str) else _text(value, kind) for row in result.rows]


def _entity_columns(rule: Rule) -> Iterator[tuple[str, str]]:
    """Kinds of entities and their columns; a second one of a kind is called `host 2`."""
    count: Counter[str] = Counter()
    for entity in rule.detection.entities:
        name = entity.columns.get(rule.name.language)
        if name is not None:
            count[entity.type] += 1
            yield (entity.type if count[entity.type] == 1 else f"{entity.type} {count[entity.type]}"), name


def _time_place(language: Language, columns: tuple[Column, ...]) -> int | None:
    """Where the time of a row stands: its time column, else, in KQL, the first column that holds times."""
    names = [column.name for column in columns]
    if language is Language.CQL:
        return names.index(EVENT_TIME) if EVENT_TIME in names else None
    times = [place for place, column in enumerate(columns) if column.type is ScalarType.DATETIME]
    named = [names.index(name) for name in TIME_COLUMNS if name in names]
    return next((place for place in (*named, *times) if place in times), None)


def _ticks(value: object) -> int | None:
    """A KQL datetime as it is, and milliseconds since 1970 as text; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 15:
        return None
    return UNIX_EPOCH + int(value) * TICKS_PER_MILLISECOND


def _text(value: object, kind: ScalarType) -> str:
    plain = json_cell(value, kind)
    return "" if plain is None else plain if isinstance(plain, str) else json.dumps(plain, sort_keys=True)


def _key(at: int | None, entities: Mapping[str, str], columns: tuple[Column, ...], row: tuple[Any, ...]) -> str:
    content: list[object] = [at, sorted(entities.items())]
    if at is None or not entities:
        pairs = zip(columns, row, strict=True)
        cells = {column.name: json_cell(value, column.type) for column, value in pairs}
        content = [{name: value for name, value in cells.items() if value is not None}]
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]
