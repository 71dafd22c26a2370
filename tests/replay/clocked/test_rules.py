"""Rules on the clock, over events written in rules.yaml."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

import emulator
from emulator.clock import TICKS_PER_HOUR, parse_iso
from emulator.events.sensors import SensorEvent
from emulator.replay.clocked.arrivals import Distribution, Ingestion
from emulator.replay.clocked.clocking import on_the_clock
from emulator.replay.clocked.rules import deployment_of
from emulator.replay.parts.recordings import SENSORS
from emulator.replay.rulebook import Rule
from emulator.rules import Language, QueryName, load_detections

CASES = yaml.safe_load(Path(__file__).with_name("rules.yaml").read_text("utf8"))
DETECTION = load_detections(Path(__file__).parents[2] / "cli" / "repository")[0]


def timed(language, at):
    if language is Language.KQL:
        return {"Timestamp": at}
    return {"@timestamp": str(round(datetime.fromisoformat(at).timestamp() * 1000))}


def clocked(case, **options):
    language = Language.KQL if "kql" in case else Language.CQL
    given = dict(case.get("deployment", {}))
    hours = {name: timedelta(hours=given.pop(name, 0)) for name in ("suppression", "throttle")}
    schedule = replace(
        DETECTION.schedule,
        frequency=timedelta(hours=1),
        lookback=timedelta(hours=given.pop("lookback", 1)),
        **hours,
        **given,
    )
    detection = replace(DETECTION, schedule=schedule)
    rule = Rule(
        detection, QueryName(language.value), emulator.compile(case[language.value], language=language.value), {}
    )
    events = [
        SensorEvent(SENSORS[language], table, parse_iso(at) or 0, row | timed(language, at))
        for table, at, row in case["events"]
    ]
    late = round(case.get("delay", 0) * TICKS_PER_HOUR)
    ingestion = Ingestion({"*": Distribution(((0.0, late), (1.0, late)))})
    deployment = deployment_of(detection, language)
    deployment = deployment if deployment.by_arrival else replace(deployment, delay=0)
    return on_the_clock(rule, "made up", events, deployment, ingestion, **options)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_rule(case):
    told = clocked(case).to_json()
    assert {name: told[name] for name in case["gives"]} == case["gives"]


def test_advice_waits_for_late_events():
    late = next(case for case in CASES if case["title"].startswith("an event that arrives after"))
    best, *others = clocked(late, advise=True).advice
    assert best.missed == 0
    assert best.lookback - best.frequency >= 1.5 * TICKS_PER_HOUR
    assert any(one.missed for one in others)


def test_deployments():
    prompt = deployment_of(DETECTION, Language.CQL)
    assert (prompt.delay, prompt.by_arrival) == (0, False)
    assert deployment_of(DETECTION, Language.KQL).delay > 0
