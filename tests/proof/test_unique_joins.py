"""A filter that chooses left rows of an innerunique join is still a stage of its own, at its own line."""

from datetime import UTC, datetime

import pytest

import emulator
from emulator.proof.why import explain_event

pytestmark = pytest.mark.once

QUERY = """let Hosts = datatable(DeviceName:string, Owner:string) ["a", "x"];
DeviceProcessEvents
| where FileName == "net.exe"
| join Hosts on DeviceName
| where ProcessCommandLine has "share" and Owner == "x"
"""
EVENT = {"DeviceName": "a", "FileName": "net.exe"}


@pytest.mark.parametrize(("command", "alerts", "dropped"), [("net share", 1, []), ("net use", 0, [5])])
def test_a_moved_filter_is_told_at_its_line(command: str, alerts: int, dropped: list[int]) -> None:
    query = emulator.compile(QUERY, language="kql")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    found = explain_event(query, "DeviceProcessEvents", {**EVENT, "ProcessCommandLine": command}, now, {})
    assert found.alerts == alerts
    assert [leg.dropped_at for leg in found.legs if leg.dropped_at] == dropped
    told = [(stage.line, one.text) for leg in found.legs for stage in leg.stages for one in stage.conditions]
    stages = [(3, 'FileName == "net.exe"'), (5, 'ProcessCommandLine has "share"'), (5, 'Owner == "x"')]
    assert sorted(told) == sorted(stages[: 2 if dropped else 3])
