"""What is told of alerts: their times, hosts, entities and keys."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator
from emulator.clock import TICKS_PER_DAY, TICKS_PER_HOUR, format_datetime, parse_iso, to_datetime
from emulator.replay.raised import MOST_ALERTS, Raised
from emulator.replay.rulebook import Rule
from emulator.replay.windows import Window
from emulator.rules import Language, QueryName
from emulator.rules.detection import Entity
from tests.replay.test_measuring import DETECTION

CASES = yaml.safe_load(Path(__file__).with_name("raised.yaml").read_text("utf8"))
END = parse_iso("2026-03-03T00:00:00Z") or 0
WINDOW = Window(END - TICKS_PER_DAY, END)


def raised(case: dict[str, Any]) -> Raised:
    language = Language.KQL if "kql" in case else Language.CQL
    entities = tuple(
        Entity(kind, {language: column}) for one in case.get("entities", []) for kind, column in one.items()
    )
    query = emulator.compile(case[language.value], language=language.value)
    rule = Rule(replace(DETECTION, entities=entities), QueryName(language.value), query, {})
    found = Raised()
    result = query.run(case.get("tables", {}), now=to_datetime(WINDOW.now), final_limit=False)
    found.add(rule, result, WINDOW)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_alerts(case: dict[str, Any]) -> None:
    found = raised(case)
    assert [None if one.at is None else format_datetime(one.at) for one in found.alerts] == case["times"]
    assert [dict(one.entities) for one in found.alerts] == case["named"]
    assert len({one.key for one in found.alerts}) == case.get("keys", len(found.alerts))
    assert {host: count for (host, _), count in found.by_host_day.items()} == case.get("hosts", {})
    assert found.by_hour.total() == len(found.alerts)
    again = Raised.of_json(found.to_json())
    assert again.to_json() == found.to_json()
    assert again.by_host() == found.by_host()


def test_a_key_outlives_another_column() -> None:
    first, second = (raised({**CASES[0], "kql": CASES[0]["kql"] + more}).alerts for more in ("", " | extend x = 1"))
    assert [one.key for one in first] == [one.key for one in second]
    assert first[0].cells() == {"Timestamp": "2026-03-02T09:00:00.0000000Z", "DeviceName": "H1", "Who": "a"}
    assert "x" in second[0].cells()


def test_an_alert_without_time_counts_where_its_window_ends() -> None:
    found = raised({"kql": "print n = 1"})
    assert found.by_hour == {END // TICKS_PER_HOUR - 1: 1}


def test_many_alerts_are_counted_and_only_the_first_told_apart() -> None:
    found = raised({"kql": f"range n from 1 to {MOST_ALERTS + 5} step 1 | project DeviceName = 'h'"})
    assert (len(found.alerts), found.by_host()["h"]) == (MOST_ALERTS, MOST_ALERTS + 5)
    found.include(raised({"kql": "print DeviceName = 'H2', n = 1"}))
    assert (len(found.alerts), found.by_host()["h2"], found.entities) == (MOST_ALERTS + 1, 1, {"host": {"h", "h2"}})
