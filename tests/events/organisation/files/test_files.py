"""Files of an organisation hold what its stream of events tells, row for row."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import emulator
from emulator.cli import main
from emulator.events.instants import EPOCH, iso, ticks_of
from emulator.events.organisation import Organisation
from emulator.events.organisation.files import writing
from emulator.events.organisation.files.writing import Written, write, write_rows
from emulator.events.sensors import FALCON_STREAM, Sensor
from emulator.replay.parts.synthetic import labelled
from emulator.replay.tables.corpus import TableCorpus, find_tables

pytestmark = pytest.mark.once
HERE = Path(__file__).parents[1]
ROOT = HERE.parents[2]
PROFILE = ROOT / "corpus/profiles/office.yaml"
RULE = ROOT / "detections/lateral_movement/T1021.002_smb_admin_shares/sentinel.kql"


class Folder:
    """Files in memory."""

    def __init__(self) -> None:
        self.files: dict[str, io.BytesIO] = {}

    @contextmanager
    def open(self, table: str) -> Iterator[io.BytesIO]:
        self.files[table] = io.BytesIO()
        yield self.files[table]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows as a sensor writes them: without what is not known, instants as text."""
        read = pq.read_table(io.BytesIO(self.files[table].getvalue()))
        return [
            {name: _cell(name, value) for name, value in row.items() if value is not None} for row in read.to_pylist()
        ]


def _cell(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(ticks_of(value))
    if name == "AdditionalFields":
        return json.loads(value)
    return value


def written(organisation: Organisation, *sensors: Sensor, events: int | None = None) -> tuple[Folder, Written]:
    folder = Folder()
    return folder, write(organisation, sensors, folder.open, events=events)


@settings(max_examples=3, phases=[Phase.generate])
@given(seed=st.integers(0, 2**64), hosts=st.integers(1, 14), sensor=st.sampled_from(Sensor))
def test_files_hold_the_stream_of_events(seed: int, hosts: int, sensor: Sensor) -> None:
    organisation = Organisation.from_profile(HERE / "small.yaml", seed, hosts, 2)
    folder, told = written(organisation, sensor)
    streamed: dict[str, list[dict[str, Any]]] = {table: [] for table in folder.files}
    for event in organisation.events(sensor):
        streamed[event.table].append(event.row)
    assert {table: folder.rows(table) for table in folder.files} == streamed
    assert told.tables == {table: len(rows) for table, rows in streamed.items()}
    assert (told.hosts, told.days) == (hosts, 2)


def small(days: int = 1, hosts: int = 10) -> Organisation:
    return Organisation.from_profile(HERE / "small.yaml", 7, hosts, days)


def test_the_same_arguments_give_the_same_bytes() -> None:
    first, second = (written(small(), Sensor.DEFENDER, Sensor.FALCON_NG_SIEM)[0].files for _ in range(2))
    assert {name: file.getvalue() for name, file in first.items()} == {
        name: file.getvalue() for name, file in second.items()
    }


def test_so_many_events_are_the_first_of_them() -> None:
    whole, all_of_them = written(small(), Sensor.DEFENDER, Sensor.FALCON_FDR)
    part, told = written(small(), Sensor.DEFENDER, Sensor.FALCON_FDR, events=700)
    assert told.events == 700 < all_of_them.events
    assert 0 < told.days < all_of_them.days == 1
    moments = []
    for table, rows in told.tables.items():
        assert part.rows(table) == whole.rows(table)[:rows]
        moments += [row["@timestamp"] for row in part.rows(table) if "@timestamp" in row]
    assert max(map(int, moments)) <= (small().start - EPOCH) // 10_000 + told.days * 86_400_000


def test_so_many_rows_of_some_tables_are_the_first_of_them() -> None:
    whole, _ = written(small(), Sensor.DEFENDER)
    most, part = {"DeviceProcessEvents": 60, "DeviceNetworkEvents": 10**6}, Folder()
    told = write_rows(small(), [Sensor.DEFENDER], part.open, most)
    assert {table: len(part.rows(table)) for table in part.files} == told.tables
    assert (told.tables["DeviceProcessEvents"], told.days) == (60, 1)
    for table in most:
        assert part.rows(table) == whole.rows(table)[: most[table]]
    few = write_rows(small(days=3), [Sensor.DEFENDER], Folder().open, {"DeviceNetworkEvents": 5})
    assert (few.events, few.days) == (5, 1)


def test_more_events_than_there_are_give_all() -> None:
    assert written(small(), Sensor.DEFENDER, events=10**6)[1] == written(small(), Sensor.DEFENDER)[1]


def test_files_are_sorted_and_say_where_they_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_GROUP", 100)
    folder, made = written(small(), Sensor.DEFENDER, Sensor.FALCON_NG_SIEM)
    for table, file in folder.files.items():
        read = pq.ParquetFile(io.BytesIO(file.getvalue()))
        groups = [read.metadata.row_group(number).num_rows for number in range(read.num_row_groups)]
        assert sum(groups) == made.tables[table]
        assert set(groups[:-1]) <= {100}
        assert not any(pa.types.is_dictionary(column.type) for column in read.schema_arrow)
        times = read.read().column(0 if table != FALCON_STREAM else 1).to_pylist()
        assert times == sorted(times)
        told = json.loads(read.metadata.metadata[b"ruleproof"])
        assert (told["seed"], set(told["libraries"])) == (7, {"faker", "numpy", "pyarrow"})


def test_queries_find_the_same_rows_in_files_and_in_events(tmp_path: Path) -> None:
    organisation = Organisation.from_profile(PROFILE, 3, 12, 1, root=ROOT)
    write(organisation, [Sensor.DEFENDER], lambda table: (tmp_path / f"{table}.parquet").open("wb"))
    events: dict[str, list[dict[str, Any]]] = {}
    for event in organisation.events(Sensor.DEFENDER):
        events.setdefault(event.table, []).append(event.row)
    query = emulator.compile(RULE.read_text("utf8"), language="kql")
    given = {table: tmp_path / f"{table}.parquet" for table in ("DeviceProcessEvents", "DeviceNetworkEvents")}
    now = datetime(2026, 1, 6, tzinfo=UTC)
    in_files, streamed = query.run(given, now=now), query.run({name: events[name] for name in given}, now=now)
    assert in_files.rows
    assert in_files.rows == streamed.rows


def test_rules_raise_the_same_alerts_over_files_as_over_the_profile(tmp_path: Path) -> None:
    size = (str(PROFILE), "--hosts", "2", "--seed", "4")
    events = json.loads(run("events", "generate", *size, "--days", "1", "-o", str(tmp_path / "made")))["events"]
    of_profile = alerts(run("replay", *size, "--days", "1"))
    assert all(of_profile.values())
    of_files = run("replay", str(tmp_path / "made"), "--engine", "duckdb", "--no-cache")
    assert alerts(of_files) == of_profile
    assert {one["label"] for one in json.loads(of_files)} == {"benign, synthetic"}
    told = run("replay", *size, "--events", str(events), "--engine", "duckdb", "--no-cache")
    assert alerts(told) == of_profile
    assert {one["label"] for one in json.loads(told)} == {"benign, synthetic"}
    assert {one["corpus"].split(",")[0] for one in json.loads(told)} == {"office"}


def test_files_of_others_are_not_called_benign(tmp_path: Path) -> None:
    pq.write_table(pa.table({"Timestamp": ["2026-01-05"]}), tmp_path / "DeviceEvents.parquet")
    (tmp_path / "DeviceFileEvents.parquet").write_bytes(b"no Parquet")
    (tmp_path / "DeviceLogonEvents.jsonl").write_text("{}", "utf8")
    found = find_tables(tmp_path)
    assert found is not None
    for table in found.tables:
        alone = TableCorpus("one", {table: found.tables[table]})
        assert labelled(alone).label == "unlabelled"


def test_days_or_events_say_how_much_to_replay() -> None:
    ran = CliRunner().invoke(main, ["replay", str(PROFILE), "--days", "1", "--events", "1k", "--root", str(ROOT)])
    assert (ran.exit_code, "--events or --days" in ran.stderr) == (2, True)


def run(*arguments: str) -> str:
    where = ("--root", str(ROOT)) if arguments[0] == "replay" else ()
    return CliRunner().invoke(main, [*arguments, *where, "--format", "json"]).stdout


def alerts(told: str) -> dict[str, tuple[int, int]]:
    return {one["query"]: (one["alerts"], one["events"]) for one in json.loads(told)}
