"""The detection of administrative shares: its queries are those of its pages, and its cases say all that is known."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from emulator.diagnostics import render
from emulator.events.scenarios.folder import load_scenarios
from emulator.rules import (
    Detection,
    Kind,
    Language,
    QueryName,
    ScenarioEvents,
    load_detections,
    tuned_text,
    unread_signal_notes,
)

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SENSORS = {Language.KQL: "defender", Language.CQL: "falcon:ng-siem"}
FACTS = yaml.safe_load((HERE / "first_detection.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def detection() -> Detection:
    return next(each for each in load_detections(ROOT) if each.attack.technique == "T1021.002")


@pytest.mark.parametrize("file", FACTS["sha256"])
def test_a_query_is_its_page_byte_for_byte(file: str, detection: Detection) -> None:
    data = (ROOT / detection.folder / file).read_bytes()
    assert hashlib.sha256(data).hexdigest() == FACTS["sha256"][file]


def test_every_query_is_judged_on_at_least_thirty_cases(detection: Detection) -> None:
    for name in QueryName:
        assert sum(name in case.expect for case in detection.cases) >= 30


def test_the_signals_that_no_query_reads(detection: Detection) -> None:
    assert [signal.id for signal in detection.unread_signals()] == FACTS["unread"]


def test_each_of_them_is_a_note_at_its_place(detection: Detection) -> None:
    notes = unread_signal_notes(detection)
    assert [note.source.slice(note.span) for note in notes] == FACTS["unread"]
    assert render(notes[-1]).splitlines() == FACTS["note"].splitlines()


@pytest.mark.parametrize("number", range(1, 5))
def test_the_signals_of_a_published_test(number: int, detection: Detection) -> None:
    cases = [case for case in detection.cases if f"kql test {number}" in map(str, case.source)]
    events = {(signal.channel, signal.event) for case in cases for signal in detection.signals_of(case)}
    assert sorted(map(list, events)) == FACTS["signals"][number]


@pytest.mark.parametrize("number", range(1, 5))
@pytest.mark.parametrize("language", Language)
def test_a_scenario_renders_each_signal_where_the_detection_says(
    number: int, language: Language, detection: Detection
) -> None:
    case = next(case for case in detection.cases if f"/test-{number}-" in case.file.name)
    (events,) = case.events
    assert isinstance(events, ScenarioEvents)
    scenario = load_scenarios(ROOT / "corpus/scenarios", root=ROOT)[events.scenario]
    shown = scenario.signals(events.parameters, start=START, sensor=SENSORS[language])
    rendered = {(each.signal, table) for each in shown for table in each.tables or ("nothing",)}
    assert rendered == {
        (f"{signal.channel} {signal.event}", table)
        for signal in detection.signals_of(case)
        for table in signal.tables.get(language, ("nothing",))
    }


def test_a_tuned_query_ends_with_the_unmodified_one(detection: Detection) -> None:
    for language in Language:
        text = tuned_text(detection, language)
        original = detection.queries[language].source.text
        assert text.endswith(original)
        assert len(text) > len(original)


def test_every_tuning_has_a_silenced_benign_case_and_a_known_miss(detection: Detection) -> None:
    for tuning in detection.tunings:
        cases = [case for case in detection.cases if case.tuning == tuning.id]
        for name in (QueryName.KQL_TUNED, QueryName.CQL_TUNED):
            assert any(case.kind is Kind.BENIGN and case.expect[name].most == 0 for case in cases), tuning.id
            assert any(case.kind is Kind.MALICIOUS and case.expect[name].known_miss for case in cases), tuning.id


def test_the_sigma_rule_has_what_the_format_asks_for(detection: Detection) -> None:
    assert detection.sigma is not None
    rule = yaml.safe_load(detection.sigma.text)
    assert FACTS["sigma"] == {key: rule[key] for key in FACTS["sigma"]}
    assert set(rule["detection"]["condition"].replace("(", "").replace(")", "").split()) - {"or", "and"} == (
        set(rule["detection"]) - {"condition"}
    )
