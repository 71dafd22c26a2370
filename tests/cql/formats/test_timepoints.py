"""Points in time, as they were documented, and as moves from now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from emulator.cql.timepoints import read_time_point
from emulator.cql.timezones import find_zone

pytestmark = pytest.mark.once
CASES = yaml.safe_load(Path(__file__).with_name("timepoints.yaml").read_text("utf-8"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.parametrize("case", CASES, ids=lambda one: f"{one['text']} {one.get('zone', '')}")
def test_point(case: dict[str, str]) -> None:
    zone = find_zone(case.get("zone", "UTC"))
    assert zone is not None
    point = read_time_point(str(case["text"]), zone)
    now = datetime.fromisoformat(case.get("now", "2024-08-14T13:07:42.250Z"))
    found = None if point is None else EPOCH + point.at((now - EPOCH) // MILLISECOND) * MILLISECOND
    assert found == (datetime.fromisoformat(case["at"]) if "at" in case else None)
