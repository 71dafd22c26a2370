"""What each sensor records of an activity, by examples and by laws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator.events.activity import Activity, ConnectionMade, Direction
from emulator.events.sensors import Sensor, SensorEvent, render, silence

from .conftest import ACTIVITIES, build

CASES = yaml.safe_load((Path(__file__).parent / "renderings.yaml").read_text("utf-8"))
EACH = [(case, sensor) for case in CASES for sensor in Sensor if sensor.value in case]
ANY_VALUE = "?"


@pytest.mark.parametrize(("case", "sensor"), EACH, ids=[f"{case['name']}, {sensor}" for case, sensor in EACH])
def test_rendering(case: dict[str, Any], sensor: Sensor) -> None:
    ((kind, fields),) = case["activity"].items()
    activity, expected = build(kind, fields), case[sensor.value]
    rows = render(activity, sensor)
    if "silence" in expected:
        assert rows == []
        assert expected["silence"] in str(silence(activity, sensor))
        return
    assert silence(activity, sensor) is None
    ((table, row),) = [(event.table, event.row) for event in rows]
    wanted = {name: row.get(name) if value == ANY_VALUE else value for name, value in _wanted(expected).items()}
    assert table == expected["table"]
    assert (row if "row" in expected else {name: row.get(name) for name in wanted}) == wanted


def _wanted(expected: dict[str, Any]) -> dict[str, Any]:
    fields = expected.get("row") or expected["some"]
    return {name: value for name, value in fields.items() if name not in expected.get("without", ())}


@given(activity=ACTIVITIES, sensor=st.sampled_from(Sensor))
def test_rows_fit_the_tables(activity: Activity, sensor: Sensor, check_row: Callable[[SensorEvent], None]) -> None:
    for event in render(activity, sensor):
        assert (event.sensor, event.at) == (sensor, activity.at)
        check_row(event)


@given(activity=ACTIVITIES, sensor=st.sampled_from(Sensor))
def test_the_same_activity_gives_the_same_rows(activity: Activity, sensor: Sensor) -> None:
    assert render(activity, sensor) == render(activity, sensor.value)
    assert (silence(activity, sensor) is None) == bool(render(activity, sensor))


@given(activity=ACTIVITIES, sensor=st.sampled_from([Sensor.FALCON_FDR, Sensor.FALCON_NG_SIEM]))
def test_falcon_writes_text_and_no_file_name_on_connections(activity: Activity, sensor: Sensor) -> None:
    for row in (event.row for event in render(activity, sensor)):
        assert all(isinstance(value, str) for value in row.values())
        if isinstance(activity, ConnectionMade):
            assert not row.keys() & {"FileName", "ImageFileName", "CommandLine", "UserName"}
            assert (activity.direction is Direction.INBOUND) == ("Connect" not in row["#event_simpleName"])
        assert (sensor is Sensor.FALCON_NG_SIEM) == ("ComputerName" in row)


def test_a_process_has_one_number_wherever_it_appears() -> None:
    ((kind, fields),) = CASES[0]["activity"].items()
    parent = build(kind, fields).process.parent
    started = build("ProcessStarted", {**fields, "process": fields["process"]["Process"]["parent"]})
    assert started.process == parent
    (child,), (own,) = render(build(kind, fields), "falcon:fdr"), render(started, "falcon:fdr")
    assert child.row["ParentProcessId"] == own.row["TargetProcessId"]


@pytest.mark.parametrize("sensor", ["", "falcon", "sysmon"])
def test_there_is_no_other_sensor(sensor: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Sensor"):
        render(build("FileCreated", CASES[6]["activity"]["FileCreated"]), sensor)


@pytest.mark.parametrize(("local", "remote"), [("10.0.0.1", "fd00::1"), ("10.0.0.1", "srv1"), ("", "10.0.0.1")])
def test_a_connection_has_two_addresses_of_one_version(local: str, remote: str) -> None:
    fields = CASES[1]["activity"]["ConnectionMade"]
    ends = {name: {"Endpoint": {"address": text}} for name, text in (("local", local), ("remote", remote))}
    with pytest.raises(ValueError, match=r"is no IP address|not of one version"):
        build("ConnectionMade", fields | ends)
