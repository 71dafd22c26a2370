"""Why events of the first detection's cases did or did not raise an alert, and where the rows of a recording went."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml

import emulator
from emulator.clock import parse_iso
from emulator.events.sensors import SensorEvent
from emulator.proof.funnel import funnel, why_nothing
from emulator.proof.missed import missed_attacks
from emulator.proof.why import Explanation, Leg, explain_event
from emulator.replay.corpus import load_material
from emulator.replay.measuring import Part, measure
from emulator.replay.parts.recordings import SENSORS
from emulator.replay.rulebook import Rule, compile_rule
from emulator.replay.staging import Staged, stage
from emulator.rules import Language, QueryName, load_detections

ROOT = Path(__file__).parents[2]
CASES = yaml.safe_load(Path(__file__).with_name("why.yaml").read_text("utf8"))
DETECTION = load_detections(ROOT)[0]
MATERIAL = load_material(ROOT)


def staged(case: str, name: str) -> tuple[Rule, Staged]:
    rule = compile_rule(DETECTION, QueryName(name), ROOT)
    (found,) = (one for one in DETECTION.cases if one.id == case)
    return rule, stage(found, rule.name.language, MATERIAL)


def leg_text(leg: Leg) -> str:
    place = "/".join(map(str, (leg.line, *leg.branch)))
    if leg.dropped_at is None:
        return f"{place} kept"
    (last,) = (stage for stage in leg.stages if not stage.kept)
    told = [f"{one.text} {dict(one.read)}" for one in last.conditions if one.value is not True]
    return f"{place} dropped at {leg.dropped_at}: {'; '.join(told)}"


def text_of(found: Explanation) -> dict[str, Any]:
    return {"table": found.table, "alerts": found.alerts, "legs": list(map(leg_text, found.legs))}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['case']}-{case['query']}")
def test_why(case: dict[str, Any]) -> None:
    rule, events = staged(case["case"], case["query"])
    told = [
        text_of(explain_event(rule.query, table, row, events.now, rule.given))
        for table, rows in events.tables.items()
        for row in rows
    ]
    assert told == case["events"]


def test_a_traced_run_raises_the_same_alerts() -> None:
    for case in DETECTION.cases:
        rule, events = staged(case.id, "kql")
        alerts = len(rule.query.run(events.tables, now=events.now, given=rule.given).rows)
        rows = [(table, row) for table, found in events.tables.items() for row in found]
        told = sum(explain_event(rule.query, table, row, events.now, rule.given).alerts for table, row in rows)
        assert told == alerts, case.id


@pytest.mark.parametrize(
    ("language", "text", "event", "told"),
    [
        (
            "kql",
            "DeviceProcessEvents | where FileName in ((DeviceProcessEvents | where ProcessId > 4 | project FileName))",
            {"FileName": "a.exe", "ProcessId": 5},
            (1, ["1 kept", "1 kept"]),
        ),
        (
            "kql",
            "DeviceProcessEvents | where ProcessId < toscalar(DeviceProcessEvents | where ProcessId > 4 | count)",
            {"FileName": "a.exe", "ProcessId": 3},
            (
                0,
                [
                    (
                        "1 dropped at 1: ProcessId < toscalar(DeviceProcessEvents | where ProcessId > 4 | count) "
                        "{'ProcessId': 3}"
                    ),
                    "1 dropped at 1: ProcessId > 4 {'ProcessId': 3}",
                ],
            ),
        ),
        (
            "cql",
            'case { array:exists("a[]", condition={a=5}) | k=2; k=1 }',
            {"k": "1", "a[0]": "5"},
            (1, ["1/1 dropped at 1: k=2 {'k': '1'}", "1/2 kept", "1 kept"]),
        ),
    ],
)
def test_conditions_of_sub_plans_are_told(
    language: Literal["kql", "cql"], text: str, event: dict[str, object], told: tuple[int, list[str]]
) -> None:
    table = "DeviceProcessEvents" if language == "kql" else "events"
    found = explain_event(emulator.compile(text, language=language), table, event, datetime(2024, 1, 1, tzinfo=UTC), {})
    assert (found.alerts, list(map(leg_text, found.legs))) == told


def test_the_funnel_names_the_gate_that_dropped_the_last_rows() -> None:
    rule, events = staged("connection-by-kernel", "kql")
    told = list(why_nothing(funnel(rule.query, events.tables, events.now, rule.given)))
    assert told == CASES[1]["funnel"]


def test_a_missed_attack_is_explained_and_an_unmeasured_one_is_not() -> None:
    rule, events = staged("connection-by-kernel", "kql")
    rows = [
        SensorEvent(SENSORS[Language.KQL], table, parse_iso(str(row["Timestamp"])) or 0, row)
        for table, found in events.tables.items()
        for row in found
    ]
    attack = Part("attack", "malicious", lambda _: rows, techniques=("T1021.002",))
    other = Part("other", "malicious", lambda _: rows, techniques=("T1059",))
    empty = Part("empty", "malicious", lambda _: [], techniques=("T1021.002",))
    measured = [one for part in (attack, other, empty) for one in measure([rule], part)]
    assert missed_attacks(measured) == {0: [f"missed: {text}" for text in CASES[1]["funnel"]]}


def test_an_event_that_does_not_fit_is_a_diagnostic() -> None:
    rule, events = staged("net-use-admin-share", "kql")
    with pytest.raises(emulator.QueryError, match="EVT3001"):
        explain_event(rule.query, "DeviceNetworkEvents", {"Timestamp": "never"}, events.now, rule.given)
