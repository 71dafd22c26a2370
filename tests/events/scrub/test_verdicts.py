"""Scrubbing changes nobody's verdict: the deployed queries fire on scrubbed events as they do on the events."""

from pathlib import Path

import pytest

from emulator.events.scrub.identities import identities
from emulator.events.scrub.scrubbing import Scrubber
from emulator.replay.corpus import load_material
from emulator.replay.judging import search_interval
from emulator.replay.rulebook import compile_rule, query_names
from emulator.replay.staging import stage
from emulator.rules import load_detections

pytestmark = pytest.mark.once
ROOT = Path(__file__).parents[3]
RULES = [
    compile_rule(detection, name, ROOT)
    for detection in load_detections(ROOT)
    for name in query_names(detection)
    if name.value in ("kql", "cql")
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.detection.name}-{rule.name.value}")
def test_verdicts(rule):
    material = load_material(ROOT)
    fired = 0
    for case in rule.detection.cases:
        staged = stage(case, rule.name.language, material)
        scrubber = Scrubber(identities(row for rows in staged.tables.values() for row in rows), b"k" * 32)
        tables = {name: list(map(scrubber.event, rows)) for name, rows in staged.tables.items()}
        options = {"now": staged.now, "time_range": search_interval(rule, staged.now)}
        before, after = (len(rule.query.run(given, **options).rows) for given in (staged.tables, tables))
        assert after == before, case.id
        fired += before
    assert fired
