"""Recorded events: read line by line, mapped by the mapping files, and nothing lost without a word."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emulator.diagnostics import QueryError
from emulator.events.mapping.files import Basis
from emulator.events.mapping.mapper import MappedEvent, Mapper, UnmappedEvent
from emulator.events.recordings.lines import Limits, LineTally, Origin, RecordedEvent, read_events
from emulator.events.recordings.mapped import Tally, from_recordings, map_recordings, recordings_folder
from emulator.events.sensors import Sensor

HERE = Path(__file__).parent
SAMPLE = HERE.parents[2] / "corpus" / "recorded" / "sample.jsonl"
CASES = yaml.safe_load((HERE / "mappings.yaml").read_text("utf-8"))
EACH = [(case, sensor) for case in CASES for sensor in Sensor if sensor.value in case]
LINES = yaml.safe_load((HERE / "lines.yaml").read_text("utf-8"))
GOOD = '{"file": "f", "provider": "p", "event_id": 1, "computer": null, "time": null, "data": {"a": [1], "b": "c"}}'


DEFAULTS = {"file": "x", "computer": "ws1.corp.example", "time": "2026-03-02T09:30:00Z"}


def _outcomes(entries: list[dict[str, Any]], sensor: Sensor, path: Path) -> list[MappedEvent | UnmappedEvent]:
    path.write_text("".join(json.dumps(DEFAULTS | entry) + "\n" for entry in entries), "utf-8")
    return list(Mapper(sensor).map(read_events(path, LineTally())))


@pytest.mark.parametrize(("case", "sensor"), EACH, ids=[f"{case['name']}, {sensor}" for case, sensor in EACH])
def test_mapping(case: dict[str, Any], sensor: Sensor, check_row: Callable[[Any], None], tmp_path: Path) -> None:
    expected = case[sensor.value]
    *_, outcome = _outcomes([*case.get("before", ()), case["event"]], sensor, tmp_path / "x.jsonl")
    if "unmapped" in expected:
        assert isinstance(outcome, UnmappedEvent)
        assert outcome.reason == expected["unmapped"]
        return
    assert isinstance(outcome, MappedEvent)
    assert {name: outcome.row.get(name) for name in expected.get("some", ())} == expected.get("some", {})
    assert not outcome.row.keys() & set(expected.get("absent", ()))
    assert outcome.row.keys() == outcome.mapped.keys()
    assert Basis.MISSING not in {provenance.basis for provenance in outcome.mapped.values()}
    if sensor is Sensor.DEFENDER:
        check_row(outcome)


@pytest.mark.parametrize("sensor", [Sensor.DEFENDER, Sensor.FALCON_NG_SIEM])
def test_sample(sensor: Sensor) -> None:
    expected = (HERE / f"sample.{sensor.replace(':', '_')}.jsonl").read_text("utf-8").splitlines()
    ((name, reasons, events),) = [(it.name, it.unmapped, it.events) for it in map_recordings(SAMPLE, sensor, Tally())]
    wanted = [json.loads(line) for line in expected]
    assert name == "remote_service.evtx"
    assert [{"line": e.event.origin.line, "table": e.table, "row": e.row} for e in events] == [
        entry for entry in wanted if "row" in entry
    ]
    assert sorted(reasons.elements()) == sorted(entry["unmapped"] for entry in wanted if "unmapped" in entry)


def test_what_is_missing_has_a_reason() -> None:
    net, kernel = list(from_recordings(SAMPLE, "defender", Tally()))[1:3]
    assert net.missing["FileSize"] == "Sysmon doesn't tell it"
    assert net.missing["MD5"] == "the recorded event lacks it"
    assert net.mapped["DeviceId"].basis is Basis.CHOSEN
    assert kernel.missing["InitiatingProcessCommandLine"] == "the recorded event lacks it"


@given(
    st.sampled_from(EACH),
    st.dictionaries(st.sampled_from(sorted({name for case in CASES for name in case["event"]["data"]})), st.text()),
)
def test_any_values_give_fields_that_fit(
    check_row: Callable[[Any], None], chosen: tuple[dict[str, Any], Sensor], data: dict[str, str]
) -> None:
    case, sensor = chosen
    event = RecordedEvent(Origin("x", 1), "x", case["event"]["provider"], case["event"]["event_id"], "", "", data, 1)
    (outcome,) = Mapper(sensor).map([event])
    if isinstance(outcome, MappedEvent) and sensor is Sensor.DEFENDER:
        check_row(outcome)
    elif isinstance(outcome, MappedEvent):
        assert all(isinstance(value, str) for value in outcome.row.values())
        assert outcome.row["#event_simpleName"] != "NetworkConnectIP4" or outcome.row["ConnectionDirection"] == "0"


@pytest.mark.parametrize("case", LINES, ids=lambda case: case["message"])
def test_bad_line(case: dict[str, Any], tmp_path: Path) -> None:
    text, times = case.get("repeat", ("", 0))
    line = bytes.fromhex(case["bytes"]) if "bytes" in case else (case.get("line") or text * times).encode()
    path = tmp_path / "x.jsonl"
    path.write_bytes(GOOD.encode() + b"\n" + line + b"\n\n" + GOOD.encode())
    tally = Tally()
    assert list(from_recordings(path, "defender", tally)) == []
    ((found),) = tally.quoted
    assert (tally.lines, tally.bad, tally.unmapped.total()) == (4, 1, 2)
    assert (found.code.id, found.source.name) == ("EVT1302", f"{path}:2")
    assert case["message"] in found.message
    assert found.column == case.get("column", 1)


def test_many_bad_lines_are_counted_and_some_quoted(tmp_path: Path) -> None:
    path, tally = tmp_path / "x.jsonl.gz", LineTally()
    path.write_bytes(gzip.compress(b"?\n" * 100))
    assert list(read_events(path, tally)) == []
    assert (tally.lines, tally.bad, len(tally.quoted)) == (100, 100, 20)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_long_line_is_left_out(tmp_path: Path, zipped: bool) -> None:
    path, tally = tmp_path / ("x.jsonl.gz" if zipped else "x.jsonl"), LineTally()
    text = b"x" * 200_000 + b"\n" + GOOD.encode()
    path.write_bytes(gzip.compress(text) if zipped else text)
    assert len(list(read_events(path, tally, Limits(line=1000)))) == 1
    assert (tally.lines, tally.bad, tally.quoted[0].code.id) == (2, 1, "EVT5301")


@pytest.mark.parametrize(
    ("limits", "message"),
    [(Limits(file=10_000), "unpacks to more than 10000 bytes"), (Limits(recording=300), "'f' is larger than 300")],
)
def test_a_bomb_is_refused(tmp_path: Path, limits: Limits, message: str) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress((GOOD + "\n").encode() * 1000))
    with pytest.raises(QueryError, match=message):
        list(from_recordings(path, "falcon:fdr", Tally(), limits))


def test_an_endless_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(b"x" * 1_000_000))
    with pytest.raises(QueryError, match="unpacks to more than 100000 bytes"):
        list(from_recordings(path, "defender", Tally(), Limits(line=1000, file=100_000)))


@pytest.mark.parametrize("content", [None, b"no gzip", gzip.compress(b"x", mtime=0)[:12]])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.jsonl.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(QueryError, match="EVT1301"):
        list(from_recordings(path, "defender", Tally()))


def test_damage_further_in_ends_the_file(tmp_path: Path) -> None:
    path, tally = tmp_path / "x.jsonl.gz", LineTally()
    path.write_bytes(gzip.compress((GOOD + "\n").encode()) + b"damaged")
    assert len(list(read_events(path, tally))) == 1
    assert [found.code.id for found in tally.quoted] == ["EVT1301"]


def test_the_folder_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULEPROOF_RECORDINGS", "/somewhere")
    assert recordings_folder() == Path("/somewhere")
    assert recordings_folder({}) is None


@pytest.mark.once
@pytest.mark.untraced
def test_mapped_rows_fit_the_tables(check_row: Callable[[Any], None], recordings: Path) -> None:
    tally, seen = Tally(), set[object]()
    for path in sorted((recordings / "normalized").glob("*.jsonl.gz")):
        for event in from_recordings(path, Sensor.DEFENDER, tally):
            shape = (event.table, *((name, type(value)) for name, value in event.row.items()))
            if shape not in seen:
                seen.add(shape)
                check_row(event)
    assert tally.lines == tally.mapped + tally.unmapped.total() > 0
