"""Cases staged: their events as the tables that each language's query reads, and the moment at which it runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from emulator.clock import from_datetime, parse_iso, to_datetime
from emulator.diagnostics import QueryError, Reporter, code
from emulator.events.recordings.mapped import one_recording
from emulator.events.scenarios.folder import find_scenario
from emulator.events.sensors import FALCON_STREAM, Sensor
from emulator.nodes import record
from emulator.replay.corpus import Material
from emulator.rules import CQL_STREAM, Case, InlineEvents, Language, RecordedEvents, ScenarioEvents, Value, Variant

BAD_PARAMETER = code(
    "CAS3201",
    "a scenario's parameter can't have this value",
    "The scenario's file says which parameters it has and which values they take.",
)

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When the scenarios of cases happen: nine o'clock on a Monday."""
ONE_SECOND = timedelta(seconds=1)

Rows = list[Mapping[str, object]]


@record
class Staged:
    """The events of a case for one language. `absent` says why there are none to judge, or is ""."""

    tables: Mapping[str, Rows]
    now: datetime
    absent: str = ""

    @property
    def events(self) -> int:
        """How many rows there are over all tables."""
        return sum(map(len, self.tables.values()))


def sensor_of(language: Language, variant: Variant) -> Sensor:
    """The sensor whose events a language's query reads."""
    if language is Language.KQL:
        return Sensor.DEFENDER
    return Sensor.FALCON_FDR if variant is Variant.FDR else Sensor.FALCON_NG_SIEM


def stage(
    case: Case, language: Language, material: Material, parameters: Mapping[int, Mapping[str, object]] | None = None
) -> Staged:
    """The events of a case. `parameters` replaces those of the events at the given positions.

    Raises QueryError for a scenario, parameter or recording that does not exist.
    """
    sensor = sensor_of(language, case.variant)
    tables: dict[str, Rows] = {}
    last = 0
    absent = ""
    for position, events in enumerate(case.events):
        match events:
            case ScenarioEvents():
                given = (parameters or {}).get(position, events.parameters)
                found = _rendered(case, events, given, sensor, material)
            case InlineEvents():
                found = _inline(events, language)
            case RecordedEvents():
                recorded = _recorded(events, sensor, material)
                if recorded is None:
                    absent = f"the recording {events.recording} is not here; set RULEPROOF_RECORDINGS to its folder"
                found = recorded or []
        for table, at, row in found:
            tables.setdefault(table, []).append(row)
            last = max(last, at)
    moment = case.now or (to_datetime(last) + ONE_SECOND if last else START)
    return Staged(tables, moment, absent)


Placed = list[tuple[str, int, Mapping[str, object]]]
"""Rows with their table and time in ticks; 0 where the row has no time."""


def _rendered(
    case: Case, events: ScenarioEvents, given: Mapping[str, object], sensor: Sensor, material: Material
) -> Placed:
    scenario = find_scenario(events.scenario, dict(material.scenarios), mentioned_in=case.file, at=events.span)
    problems = scenario.problems(given)
    if problems:
        reporter = Reporter(case.file)
        for problem in problems:
            reporter.error(BAD_PARAMETER, problem.message, events.span, problem.help)
        raise QueryError(reporter.found)
    return [(one.table, one.at, one.row) for one in scenario.render(given, start=START, sensor=sensor)]


def _inline(events: InlineEvents, language: Language) -> Placed:
    rows: Placed = []
    for table, written in events.rows.items():
        if (table == CQL_STREAM) is (language is Language.CQL):
            rows.extend((table, _time_of(row), row) for row in written)
    return rows


def _recorded(events: RecordedEvents, sensor: Sensor, material: Material) -> Placed | None:
    found = one_recording(material.manifests, events.recording, events.file, material.recordings, sensor)
    return None if found is None else [(one.table, one.at, one.row) for one in found.events]


def _time_of(row: Mapping[str, Value]) -> int:
    """The time of a row in ticks: Defender's columns hold text, Falcon's field milliseconds since 1970."""
    for column in ("Timestamp", "TimeGenerated"):
        if isinstance(text := row.get(column), str):
            return parse_iso(text) or 0
    stamp = str(row.get("@timestamp", ""))
    if stamp.isascii() and stamp.isdecimal():
        return from_datetime(datetime.fromtimestamp(int(stamp) / 1000, UTC))
    return 0


assert FALCON_STREAM == CQL_STREAM
