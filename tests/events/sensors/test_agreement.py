"""Rendering an activity and mapping its recording must agree: the sensor is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.events.recordings.mapped import Tally, from_recordings
from emulator.events.sensors import Sensor, render

from .conftest import build

HERE = Path(__file__).parent
SAMPLE = HERE.parents[2] / "corpus" / "recorded" / "sample.jsonl"
CASES = yaml.safe_load((HERE / "agreement.yaml").read_text("utf-8"))


@pytest.mark.parametrize("sensor", Sensor)
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["line"]))
def test_rendered_and_mapped_rows_agree(case: dict[str, Any], sensor: Sensor) -> None:
    ((kind, fields),) = case["activity"].items()
    rendered = [(event.table, event.row) for event in render(build(kind, fields), sensor)]
    mapped = [event for event in from_recordings(SAMPLE, sensor, Tally()) if event.event.origin.line == case["line"]]
    assert [table for table, _ in rendered] == [event.table for event in mapped]
    for (_, row), event in zip(rendered, mapped, strict=True):
        common = row.keys() & event.row.keys()
        assert {name: event.row[name] for name in common} == {name: row[name] for name in common}
        assert event.row.keys() <= row.keys()
