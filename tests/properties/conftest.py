"""Rows to draw from: what every case stages, and a day of a small organisation, for each query of the detections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from emulator.clock import to_datetime
from emulator.events.organisation import Organisation
from emulator.query import Result
from emulator.replay.corpus import load_material
from emulator.replay.judging import search_interval
from emulator.replay.rulebook import Rule, compile_rule
from emulator.replay.staging import START, sensor_of, stage
from emulator.rules import Language, QueryName, Variant, load_detections

ROOT = Path(__file__).parents[2]
NOW = START + timedelta(hours=10)
Event = tuple[str, Mapping[str, object]]


@dataclass(frozen=True)
class Drawn:
    """A rule with the events to draw from; `run` gives its rows in any order."""

    rule: Rule
    pool: tuple[Event, ...]

    def result(self, events: list[Event]) -> Result:
        tables: dict[str, list[Mapping[str, object]]] = {table: [] for table, _ in self.pool}
        for table, row in events:
            tables[table].append(row)
        interval = search_interval(self.rule, NOW)
        return self.rule.query.run(tables, now=NOW, time_range=interval, given=self.rule.given)

    def run(self, events: list[Event]) -> list[str]:
        found = self.result(events)
        return sorted(repr(list(zip(found.columns, row, strict=True))) for row in found.rows)


@cache
def drawn(query: QueryName) -> Drawn:
    (detection,) = load_detections(ROOT)
    return Drawn(compile_rule(detection, query, ROOT), (*_cases(query.language), *_day(query.language)))


@cache
def _cases(language: Language) -> tuple[Event, ...]:
    (detection,) = load_detections(ROOT)
    material = load_material(ROOT)
    staged = [stage(case, language, material) for case in detection.cases]
    return tuple((table, row) for one in staged for table, rows in one.tables.items() for row in rows)


@cache
def _day(language: Language) -> tuple[Event, ...]:
    office = Organisation.from_profile(ROOT / "corpus/profiles/office.yaml", seed=1, hosts=3, days=1, start=START)
    sensor = sensor_of(language, Variant.NG_SIEM)
    found = [(one.table, one.row) for one in office.events(sensor) if to_datetime(one.at) < NOW]
    return tuple(found[-400:])


@cache
def silent(query: QueryName) -> tuple[Event, ...]:
    """Some of the events that raise nothing by themselves."""
    source = drawn(query)
    return tuple(event for event in source.pool[::5] if not source.run([event]))
