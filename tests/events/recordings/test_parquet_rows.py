"""Rows of Parquet files taken for events: points in time of any precision, and files that are none."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emulator.diagnostics import QueryError
from emulator.events.mapping.mapper import MappedEvent, Mapper
from emulator.events.mapping.native_rows import read_native


def test_points_in_time_are_exact(tmp_path: Path) -> None:
    at = pa.array([1_772_443_800_123_456_700, None], pa.timestamp("ns", "UTC"))
    path = tmp_path / "DeviceProcessEvents" / "part.parquet"
    path.parent.mkdir()
    pq.write_table(
        pa.table({"Timestamp": at, "DeviceName": ["ws1", "ws1"], "ActionType": ["ProcessCreated"] * 2}), path
    )
    bad: list[object] = []
    first, second = Mapper("falcon:fdr").map(read_native(path, None, bad.append))
    assert isinstance(first, MappedEvent)
    assert (first.row["timestamp"], first.at % 10_000_000, bad) == ("1772443800123", 1_234_567, [])
    assert not isinstance(second, MappedEvent)
    assert second.reason == "no time"


def test_an_import_is_mapped(tmp_path: Path) -> None:
    from emulator.events.importing.importing import Wanted, import_events

    sample = Path(__file__).parents[3] / "corpus" / "recorded" / "sample.jsonl"
    import_events([sample], tmp_path / "made", Wanted())
    (path,) = (tmp_path / "made").glob("*.parquet")
    imported, recorded = (
        sorted(
            str(one.row)
            for one in Mapper("defender").map(read_native(file, None, print))
            if isinstance(one, MappedEvent)
        )
        for file in (path, sample)
    )
    assert imported == recorded != []


def test_a_file_that_is_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(QueryError, match="can't be read as Parquet"):
        list(read_native(tmp_path / "x.parquet", None, print))


def test_text_that_is_none(tmp_path: Path) -> None:
    data = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.array([0, 1], pa.int32()).buffers()[1], pa.py_buffer(b"\xff")]
    )
    pq.write_table(pa.table({"Type": ["DeviceEvents"], "DeviceName": data}), tmp_path / "x.parquet")
    with pytest.raises(QueryError, match="can't be read as Parquet"):
        list(read_native(tmp_path / "x.parquet", None, print))
