"""Measuring on made-up parts: what was seen, what was raised, what nothing could have matched."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator
from emulator.clock import TICKS_PER_DAY, parse_iso
from emulator.events.sensors import SensorEvent
from emulator.replay.measuring import Measurement, Part, measure
from emulator.replay.parts.recordings import SENSORS
from emulator.replay.rates.budgets import exceeded
from emulator.replay.rates.pooling import pooled
from emulator.replay.rulebook import Rule
from emulator.rules import Language, QueryName, load_detections

CASES = yaml.safe_load(Path(__file__).with_name("measuring.yaml").read_text("utf8"))
DETECTION = load_detections(Path(__file__).parents[1] / "cli" / "repository")[0]


def rule(language: Language, text: str) -> Rule:
    return Rule(DETECTION, QueryName(language.value), emulator.compile(text, language=language.value), {})


def part(events: list[Any], span: tuple[int, int] | None = None, name: str = "made up") -> Part:
    def rows(language: Language) -> Iterable[SensorEvent]:
        for table, at, columns in events:
            row = {"Timestamp": at, **columns} if at and language is Language.KQL else columns
            yield SensorEvent(SENSORS[language], table, parse_iso(at) or 0 if at else 0, row)

    return Part(name, "benign", rows, span)


def measured(case: dict[str, Any], span: tuple[int, int] | None = None) -> Measurement:
    language = Language.KQL if "kql" in case else Language.CQL
    (found,) = measure([rule(language, case[language.value])], part(case["events"], span))
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_measuring(case: dict[str, Any]) -> None:
    found = measured(case).to_json()
    assert {key: found[key] for key in case["gives"]} == case["gives"]
    assert set(case.get("notes", ())) <= set(found["notes"])  # type: ignore[call-overload]  # a list, as its name says


def test_a_known_span_needs_no_look_ahead() -> None:
    first = parse_iso("2026-03-02T00:00:00Z")
    assert first is not None
    seen = measured(CASES[0], (first, first + 3 * TICKS_PER_DAY - 1))
    assert (seen.windows, seen.events, seen.alerts) == (4, 4, 2)


def test_both_languages_see_their_own_events() -> None:
    rules = [rule(Language.KQL, CASES[0]["kql"]), rule(Language.CQL, CASES[-1]["cql"])]
    kql, cql = measure(rules, part(CASES[0]["events"]))
    assert (kql.alerts, cql.alerts, kql.events, cql.events) == (2, 0, 4, 4)


def test_pooling_counts_a_host_day_once() -> None:
    one = measured(CASES[0])
    other = replace(one, part=replace(one.part, name="other"))
    (both,) = pooled([one, other, measured(CASES[3])])
    assert (both.part.name, both.alerts, both.events, len(both.exposure.host_days)) == ("2 parts", 4, 8, 3)
    (alone,) = pooled([one])
    assert alone.part.name == "made up"
    assert pooled([measured(CASES[3])])[0].unmeasured


def test_a_budget_is_exceeded_with_certainty_only() -> None:
    few = measured(CASES[0])
    row = CASES[0]["events"][0]
    many = measured({"kql": CASES[0]["kql"], "events": [row] * 20})
    assert exceeded([few]) == []  # two alerts on three host-days: the interval reaches below 0.1
    (text,) = exceeded([many])
    assert text.startswith("T1033_whoami kql on made up: 20 per host-day (95% interval ")
    assert text.endswith("is over the budget of 0.1 per host-day")
    assert exceeded([measured(CASES[3]), measured(CASES[-1])]) == []
