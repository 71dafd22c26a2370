"""What scenarios render: over all parameters, for every sensor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.diagnostics import QueryError
from emulator.events.instants import TICKS_PER_SECOND, ticks_of
from emulator.events.scenarios.folder import Scenario, find_scenario
from emulator.events.scenarios.strategies import strategy
from emulator.events.sensors import Sensor, SensorEvent

pytestmark = pytest.mark.once

HERE = Path(__file__).parent
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NAMES = sorted(path.stem for path in (HERE.parents[2] / "corpus" / "scenarios").glob("*.yaml"))
REFUSED = yaml.safe_load((HERE / "parameters.yaml").read_text("utf-8"))
SIGNALS = yaml.safe_load((HERE / "signals.yaml").read_text("utf-8"))
EACH = pytest.mark.parametrize("name", NAMES)


@EACH
@settings(max_examples=10)
@given(data=st.data(), sensor=st.sampled_from(Sensor))
def test_rows_are_of_the_sensors_schema_and_in_time_order(
    name: str,
    sensor: Sensor,
    data: st.DataObject,
    corpus: dict[str, Scenario],
    check_row: Callable[[SensorEvent], None],
) -> None:
    drawn = data.draw(strategy(corpus[name]))
    assert corpus[name].problems(drawn) == ()
    events = corpus[name].render(drawn, start=START, sensor=sensor)
    for event in events:
        check_row(event)
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert events == corpus[name].render(drawn, start=ticks_of(START), sensor=sensor)


@EACH
def test_a_scenario_is_named_as_its_file_and_shows_something(name: str, corpus: dict[str, Scenario]) -> None:
    assert corpus[name].name == name
    assert all(corpus[name].render({}, start=START, sensor=sensor) for sensor in Sensor)


@EACH
def test_the_age_moves_everything_back(name: str, corpus: dict[str, Scenario]) -> None:
    now, before = (corpus[name].activities({"age_hours": hours}, start=START) for hours in (0, 30))
    assert [one.at - 30 * 3600 * TICKS_PER_SECOND for one in now] == [one.at for one in before]


@pytest.mark.parametrize("name", sorted(SIGNALS))
@pytest.mark.parametrize("sensor", [Sensor.DEFENDER, Sensor.FALCON_NG_SIEM])
def test_expected_signals(name: str, sensor: Sensor, corpus: dict[str, Scenario]) -> None:
    shown = corpus[name].signals({}, start=START, sensor=sensor)
    assert {one.signal: list(one.tables) for one in shown} == {
        signal: by_sensor[sensor.value] for signal, by_sensor in SIGNALS[name].items()
    }
    assert all((one.silence is None) == bool(one.tables) for one in shown)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: "{scenario} {given}".format(**case))
def test_parameters_that_are_refused(case: dict[str, str], corpus: dict[str, Scenario]) -> None:
    with pytest.raises(QueryError) as caught:
        find_scenario(case["scenario"], corpus).render(dict(case["given"]), start=START, sensor="defender")
    (found,) = caught.value.diagnostics
    assert found.code.id == case["code"]
    assert case["help"] in found.help


def test_each_refused_parameter_has_its_own_line(corpus: dict[str, Scenario]) -> None:
    with pytest.raises(QueryError) as caught:
        corpus["net_use_share"].values({"hsot": "a", "tool": "net.exe", "share": "X"})
    assert [(one.code.id, one.line) for one in caught.value.diagnostics] == [("EVT2101", 1), ("EVT3101", 3)]


@pytest.mark.parametrize("year", [1, 9999])
def test_a_scenario_stays_inside_the_calendar(year: int, corpus: dict[str, Scenario]) -> None:
    edge = datetime(1, 1, 1, tzinfo=UTC) if year == 1 else datetime(9999, 12, 31, 23, 59, 59, 900_000, tzinfo=UTC)
    with pytest.raises(QueryError) as caught:
        corpus["psexec_remote"].render({}, start=edge, sensor="defender")
    assert [one.code.id for one in caught.value.diagnostics] == ["EVT3102"]


def test_rounds_are_apart_and_the_processes_that_they_start_are_new(corpus: dict[str, Scenario]) -> None:
    events = corpus["workstation_noise"].render({"rounds": 2}, start=START, sensor="defender")
    first, second = (event for event in events if event.row.get("FileName") == "net.exe")
    assert second.at - first.at == 20 * 60 * TICKS_PER_SECOND
    assert first.row["ProcessId"] != second.row["ProcessId"]
    assert first.row["InitiatingProcessId"] != second.row["InitiatingProcessId"]


def test_a_target_that_is_the_host_shows_on_the_host(corpus: dict[str, Scenario]) -> None:
    events = corpus["psexec_remote"].render({"target": "127.0.0.1", "host": "ws-7"}, start=START, sensor="defender")
    assert {event.row.get("DeviceName", event.row.get("Computer")) for event in events} == {"ws-7"}
