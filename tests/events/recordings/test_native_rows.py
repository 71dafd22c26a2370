"""Rows of products and of imports, taken for events and mapped: every field as the data file says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator.diagnostics import QueryError
from emulator.events.mapping.files import mappings_to
from emulator.events.mapping.joins import Bounds
from emulator.events.mapping.mapper import MappedEvent, Mapper, Outcome, UnmappedEvent
from emulator.events.mapping.native_rows import read_native
from emulator.events.mapping.report import MappingReport
from emulator.events.recordings.lines import Origin, RecordedEvent
from emulator.events.sensors import Sensor
from emulator.interpreter.lines import BadLine

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "native_rows.yaml").read_text("utf-8"))
EACH = [(case, sensor) for case in CASES for sensor in Sensor if sensor.value in case]
BAD = [case for case in CASES if "bad" in case]


def read(case: dict[str, Any], folder: Path) -> tuple[list[RecordedEvent], list[BadLine]]:
    path, bad = folder / case.get("file", "rows.jsonl"), list[BadLine]()
    path.write_text("".join(json.dumps(row) + "\n" for row in case["rows"]), "utf-8")
    return list(read_native(path, None, bad.append)), bad


def outcomes(case: dict[str, Any], sensor: Sensor, folder: Path) -> list[Outcome]:
    events, bad = read(case, folder)
    assert not bad
    return list(Mapper(sensor, supposed=case.get("supposed", False)).map(events))


@pytest.mark.parametrize(("case", "sensor"), EACH, ids=[f"{case['name']}, {sensor}" for case, sensor in EACH])
def test_row(case: dict[str, Any], sensor: Sensor, check_row: Callable[[Any], None], tmp_path: Path) -> None:
    expected = case[sensor.value]
    outcome = outcomes(case, sensor, tmp_path)[0 if "first" in expected else -1]
    if "unmapped" in expected:
        assert isinstance(outcome, UnmappedEvent)
        assert outcome.reason == expected["unmapped"]
        return
    assert isinstance(outcome, MappedEvent)
    some = expected.get("some", expected.get("first", {}))
    assert {name: outcome.row.get(name) for name in some} == some
    assert not outcome.row.keys() & set(expected.get("absent", ()))
    assert outcome.table == expected.get("table", outcome.table)
    if sensor is Sensor.DEFENDER:
        check_row(outcome)


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["name"])
def test_bad_row(case: dict[str, Any], tmp_path: Path) -> None:
    events, (bad,) = read(case, tmp_path)
    assert not events
    assert case["bad"] in str(bad)
    assert bad.number == 1


NAMES = sorted({name for case in CASES for row in case["rows"] for name in row} - {"Type", "EventData", "log", "data"})


@pytest.mark.once
@given(st.sampled_from(EACH), st.dictionaries(st.sampled_from(NAMES), st.text() | st.integers() | st.floats()))
def test_any_values_give_fields_that_fit(
    check_row: Callable[[Any], None], chosen: tuple[dict[str, Any], Sensor], data: dict[str, Any]
) -> None:
    _, sensor = chosen
    kinds = [(min(one.providers), kind) for one in mappings_to(sensor) for kind in one.rules]
    events = [RecordedEvent(Origin("x", 1), "", *kind, "ws1", "2026-03-02T09:30:00Z", data, 1) for kind in kinds]
    for outcome in Mapper(sensor).map(events):
        if isinstance(outcome, MappedEvent) and sensor is Sensor.DEFENDER:
            check_row(outcome)
        elif isinstance(outcome, MappedEvent):
            assert all(isinstance(value, str) for value in outcome.row.values())


@pytest.mark.parametrize(
    ("bounds", "message"),
    [(Bounds(starts=1), "more than 1 processes"), (Bounds(digests=1), "more than 1 events that may show the same")],
)
def test_what_is_kept_is_bounded(tmp_path: Path, bounds: Bounds, message: str) -> None:
    row = {"file": "f", "provider": "Microsoft-Windows-Sysmon", "event_id": 1, "computer": "a", "time": None}
    events, _ = read({"rows": [{**row, "data": {"ProcessGuid": str(number)}} for number in range(3)]}, tmp_path)
    with pytest.raises(QueryError, match=message):
        list(Mapper("falcon:fdr", bounds=bounds).map(events))


def test_what_is_supposed_is_of_a_field_that_is_missing() -> None:
    rules = [rule for mapping in mappings_to(Sensor.FALCON_FDR) for kind in mapping.rules.values() for rule in kind]
    supposed = {(rule.event_id, field.name) for rule in rules for field in rule.fields if field.supposed is not None}
    assert supposed == {(3, "FileName"), (5156, "FileName"), ("DeviceNetworkEvents", "FileName")}


def test_reasons_of_any_number_are_summed() -> None:
    report = MappingReport(Sensor.DEFENDER, supposed=False)
    for number in range(1000):
        report.add(
            UnmappedEvent(RecordedEvent(Origin("x", 1), "", f"p{number}", 1, None, None, {}, 1), f"reason {number}")
        )
    assert (report.events, len(report.unmapped), report.unmapped["other reasons"]) == (1000, 201, 800)
