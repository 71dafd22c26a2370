"""Measuring: how often a rule fires on a corpus, over what, and with what certainty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from emulator.clock import TICKS_PER_MICROSECOND, to_datetime
from emulator.diagnostics import QueryError
from emulator.events.sensors import SensorEvent
from emulator.nodes import record
from emulator.plan.needs import needed_columns
from emulator.query import LIMIT_REACHED
from emulator.replay.raised import Raised
from emulator.replay.rates.clustering import per_host_day
from emulator.replay.rates.intervals import CONFIDENCE, Rate, Unmeasured, per_events, per_exposure
from emulator.replay.rulebook import Rule
from emulator.replay.windows import Exposure, Window, host_of, in_windows, windows
from emulator.result import Result
from emulator.rules import Language

NO_COLUMN = frozenset({None, ""})


@record
class Part:
    """A piece of a corpus that is replayed on its own: a recording, or a synthetic organisation.

    `events` gives the sensor's events for a language in time order. `span` is the first and the last tick, when they
    are known without reading; otherwise all events are held. `mapped` marks events that come from another sensor.
    """

    name: str
    label: str
    events: Callable[[Language], Iterable[SensorEvent]]
    span: tuple[int, int] | None = None
    mapped: bool = False
    techniques: tuple[str, ...] = ()


@dataclass(slots=True)
class Measurement:
    """What one query did on one part of a corpus.

    `alerts` counts result rows before the query's final limit; `shown` after it. `unmeasured` says why nothing could
    have matched, or is "". `partly` names what legs of the query had nothing to look at.
    """

    rule: Rule
    part: Part
    exposure: Exposure
    windows: int = 0
    alerts: int = 0
    shown: int = 0
    notes: list[str] = field(default_factory=list)
    unmeasured: str = ""
    partly: tuple[str, ...] = ()
    raised: Raised = field(default_factory=Raised)
    engine: str = "interpreter"
    cached: bool = False
    stopped: str = ""
    """What ended a run before its end, which leaves the query unmeasured; or ""."""
    why: list[str] | None = None
    """Why nothing was found where something should have been; None where it was not looked into."""

    def stop(self) -> None:
        """A query that was stopped is unmeasured, whatever it gave before."""
        if self.stopped:
            self.unmeasured, self.partly = f"not measured: {self.stopped}", ()

    @property
    def events(self) -> int:
        """Events that windows saw, over all tables of the sensor."""
        return sum(self.exposure.events.values())

    @property
    def per_million(self) -> Rate | None:
        """Alerts per million events."""
        return None if self.unmeasured else per_events(self.alerts, self.events)

    @property
    def per_host_day(self) -> Rate | None:
        """Alerts per host and day."""
        return self.rate_within(CONFIDENCE)

    def rate_within(self, confidence: float) -> Rate | None:
        """Alerts per host and day with an interval of some confidence, as if alerts came one by one."""
        host_days = len(self.exposure.host_days)
        return None if self.unmeasured else per_exposure(self.alerts, host_days, "host-day", confidence)

    def by_host(self, confidence: float = CONFIDENCE) -> Rate | Unmeasured:
        """Alerts per host and day with an interval that knows that alerts cluster on hosts."""
        if self.unmeasured or not self.alerts:
            return Unmeasured(self.unmeasured or "no alert")
        found = self.raised.by_host()
        nameless = self.alerts - found.total()
        if nameless:
            return Unmeasured(f"{nameless:,} of {self.alerts:,} alerts name no host")
        return per_host_day(found, Counter(host for host, _ in self.exposure.host_days), confidence)

    def to_json(self) -> dict[str, object]:
        """Everything as plain values."""
        rates = {"per_million_events": self.per_million, "per_host_day": self.per_host_day}
        return {
            "detection": self.rule.detection.name,
            "query": self.rule.name.value,
            "corpus": self.part.name,
            "label": self.part.label,
            "mapped": self.part.mapped,
            "engine": self.engine,
            "cached": self.cached,
            "windows": self.windows,
            "events": self.events,
            "events_by_table": dict(sorted(self.exposure.events.items())),
            "events_without_time": self.exposure.untimed,
            "hosts": len(self.exposure.hosts),
            "host_days": len(self.exposure.host_days),
            "alerts": self.alerts,
            "alerts_shown": self.shown,
            "entities": {kind: len(values) for kind, values in sorted(self.raised.entities.items())},
            "unmeasured": self.unmeasured,
            "partly_unmeasured": list(self.partly),
            "notes": self.notes,
            **{name: None if rate is None else rate.to_json() for name, rate in rates.items()},
            "per_host_day_by_host": self.by_host().to_json(),
        }


def measure(rules: Sequence[Rule], part: Part) -> list[Measurement]:
    """Replay queries over a part of a corpus, each language's events read once. Raises QueryError when a run fails.

    A query that reaches a limit is unmeasured.
    """
    measurements = {id(rule): Measurement(rule, part, Exposure()) for rule in rules}
    for language in Language:
        group = [(measurements[id(rule)], Columns(rule)) for rule in rules if rule.name.language is language]
        for lookback in sorted({one.rule.detection.lookback(language) for one, _ in group}):
            members = [pair for pair in group if pair[0].rule.detection.lookback(language) == lookback]
            _replay(part, language, lookback, members)
    return list(measurements.values())


def _replay(part: Part, language: Language, lookback: timedelta, members: list[tuple[Measurement, Columns]]) -> None:
    """One pass over a language's events, in windows that all members look back over."""
    exposure = Exposure()
    width = int(lookback.total_seconds() * 1_000_000) * TICKS_PER_MICROSECOND
    timed = _timed(part.events(language), exposure)
    if part.span is None:
        held = sorted(timed, key=lambda pair: pair[0])
        spans = windows(held[0][0], held[-1][0], width) if held else []
        timed = iter(held)
    else:
        spans = windows(*part.span, width)
    for window, events in in_windows(timed, spans):
        tables = _tables(events, exposure, [seen for _, seen in members])
        for measurement, _ in members:
            if not measurement.stopped:
                _run(measurement, window, tables)
    for measurement, seen in members:
        measurement.exposure = exposure
        measurement.unmeasured, measurement.partly = seen.verdict(exposure)
        measurement.stop()


def _timed(events: Iterable[SensorEvent], exposure: Exposure) -> Iterator[tuple[int, SensorEvent]]:
    for event in events:
        if event.at > 0:
            yield event.at, event
        else:
            exposure.untimed += 1


def _tables(
    events: Iterable[SensorEvent], exposure: Exposure, lookouts: Sequence[Columns]
) -> dict[str, list[Mapping[str, object]]]:
    tables: dict[str, list[Mapping[str, object]]] = {}
    for event in events:
        row: Mapping[str, object] = event.row
        name = str(row.get("#event_simpleName") or row.get("event_simpleName") or event.table)
        exposure.add(name, host_of(row), event.at)
        for seen in lookouts:
            seen.look(name, row)
        tables.setdefault(event.table, []).append(row)
    return tables


def _run(measurement: Measurement, window: Window, tables: Mapping[str, list[Mapping[str, object]]]) -> None:
    rule = measurement.rule
    try:
        result = rule.query.run(tables, now=to_datetime(window.now), given=rule.given, final_limit=False)
    except QueryError as error:
        if any(one.code not in LIMIT_REACHED.values() for one in error.diagnostics):
            raise
        measurement.stopped = error.diagnostics[0].message
    else:
        count(measurement, result, window)


def count(measurement: Measurement, result: Result, window: Window) -> None:
    """Add what a window gave, without the query's final limit."""
    rule = measurement.rule
    measurement.windows += 1
    measurement.alerts += len(result.rows)
    measurement.raised.add(rule, result, window)
    limit = rule.query.final_limit
    shown = len(result.rows) if limit is None else min(limit, len(result.rows))
    measurement.shown += shown
    if shown < len(result.rows):
        _note(measurement, f"the query's final limit of {limit} rows hides alerts")
    for note in result.notes:
        _note(measurement, note)


def _note(measurement: Measurement, text: str) -> None:
    if text not in measurement.notes:
        measurement.notes.append(text)


class Columns:
    """Which of the columns that a query needs were ever filled."""

    def __init__(self, rule: Rule) -> None:
        tables = rule.detection.queries[rule.name.language].tables
        self.missing: dict[str, set[str]] = {table: set() for table in tables}
        self.legs: list[tuple[str, frozenset[str]]] = [(table, frozenset()) for table in tables]
        self.whole_stream = rule.name.language is Language.CQL and not tables
        if rule.name.language is Language.KQL:
            self.legs = needed_columns(rule.query.plan.root)
            self.missing = {}
            for table, columns in self.legs:
                self.missing.setdefault(table, set()).update(columns)

    def look(self, table: str, row: Mapping[str, object]) -> None:
        """Strike off the columns that a row fills."""
        missing = self.missing.get(table)
        if missing:
            missing.difference_update([name for name in missing if row.get(name) not in NO_COLUMN])

    def verdict(self, exposure: Exposure) -> tuple[str, tuple[str, ...]]:
        """Why nothing could have matched, or ""; and what some legs lacked."""
        lacks = {}
        for table, columns in self.legs:
            if not exposure.events.get(table):
                lacks[table] = f"no rows of {table}"
            elif columns and columns & self.missing.get(table, set()):
                names = ", ".join(sorted(columns & self.missing[table]))
                lacks[table] = f"{table} has no value in {names}"
        if not self.legs and self.whole_stream:
            return ("" if exposure.events else "no events"), ()
        measured = any(table not in lacks for table, _ in self.legs)
        reasons = tuple(lacks.values())
        return ("" if measured else "; ".join(reasons) or "the query reads no table", reasons if measured else ())
