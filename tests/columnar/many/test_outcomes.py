"""What becomes of queries that a pass can't serve, of their errors, and of single needles in odd places."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import emulator
from emulator.interpreter.context import Limits
from emulator.many import run_many

pytestmark = pytest.mark.once
TYPES = {"S": "string", "N": "long"}
SCHEMAS = {"T": TYPES, "Other": TYPES}
ROWS = [
    {"S": text, "N": number} for number, text in enumerate(["net use", "user", "", "ab", "cd", "a\0b", "é use"] * 3)
]


def compiled(**texts: str) -> dict[str, emulator.Query]:
    return {name: emulator.compile(text, language="kql", schemas=SCHEMAS) for name, text in texts.items()}


def written(path: Path, rows: list[dict[str, Any]] = ROWS) -> Path:
    from pyarrow import Table, parquet

    parquet.write_table(Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("T | where N > 0 or strlen(S) > N", "nothing is known"),
        ("T | where S in ((T | project S)) and N == 1", "a sub-plan inside an expression"),
        ("T | where N == 1; T | where N == 2", "several tables"),
        ("T | where N == 1 | extend D = todynamic(S) | evaluate bag_unpack(D)", "depend on rows"),
        ("T | where N == 1 | union (Other | where N == 1)", "`Other` is not in Parquet files"),
        ("T | where N == 1 or N == 2 | take 1", "how many rows it reads"),
    ],
)
def test_queries_that_have_a_scan_of_their_own(text: str, reason: str, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"S": "x", "N": 1}\n', "utf8")
    tables = {"T": written(tmp_path / "t.parquet"), "Other": other}
    queries = compiled(alone=text, served='T | where S has "use"')
    found = run_many(queries, tables)
    assert list(found) == ["alone", "served"]
    assert len(found) == 2
    assert reason in found.alone["alone"]
    assert found.alone.keys() == {"alone"}
    assert found["alone"] == queries["alone"].run(tables, engine="duckdb")
    assert found["served"] == queries["served"].run(tables)


def test_one_query_s_error_is_its_own(tmp_path: Path) -> None:
    tables = {"T": written(tmp_path / "t.parquet")}
    queries = compiled(right="T | where N == 1")
    queries["wrong"] = emulator.compile("T | where N == 1", language="kql", schemas={"T": {"N": "guid"}})
    found = run_many(queries, tables)
    assert isinstance(found["right"], emulator.Result)
    assert isinstance(found["wrong"], emulator.QueryError)


def test_a_file_that_breaks_off_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "t.parquet", [{"S": f"use {one}", "N": one} for one in range(5000)])
    whole = bytearray(path.read_bytes())
    whole[4:2000] = bytes(1996)
    path.write_bytes(whole)
    found = run_many(compiled(one="T | where N == 1"), {"T": path})
    assert "can't be read" in found.alone["one"]
    assert "t.parquet" in str(found["one"])


def test_a_pass_that_takes_too_long_ends(tmp_path: Path) -> None:
    found = run_many(
        compiled(one="T | where N == 1"), {"T": written(tmp_path / "t.parquet")}, limits=Limits(seconds=-1.0)
    )
    assert "KQL5001" in str(found["one"])


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    found = run_many(compiled(one="T | where N == 1"), {"T": tmp_path / "none.parquet"})
    assert "EVT1001" in str(found["one"])


def test_legs_that_need_too_much_have_a_scan_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from emulator.columnar.many import passes

    tables = {"T": written(tmp_path / "t.parquet")}
    queries = compiled(rare="T | where N == 1", frequent="T | where N < 19", medium="T | where N in (1, 2, 3)")
    monkeypatch.setattr(passes, "_SURELY_FEW", 0)
    monkeypatch.setattr(passes, "_MOST_OF_TABLE", 0.5)
    monkeypatch.setattr(passes, "_MOST_KEPT", 2)
    found = run_many(queries, tables)
    assert found.alone == {
        "frequent": "no part of its condition is rare",
        "medium": "too many rows may matter to it",
    }
    assert [len(result.rows) for result in found.values() if isinstance(result, emulator.Result)] == [1, 19, 3]


@pytest.mark.parametrize("library", ["hyperscan", "re2"])
def test_needles_in_odd_places(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa

    from emulator.columnar.many import matching
    from emulator.columnar.many.needles import Needle

    if library == "re2":
        monkeypatch.setitem(sys.modules, "hyperscan", None)
    monkeypatch.setattr(matching, "_BYTES_AT_ONCE", 64)
    needles = [
        Needle(b"use"),
        Needle(b"bc"),
        Needle(b"USE", fold=True, leading=True, trailing=True),
        Needle(b"aa"),
        Needle("é".encode()),
        Needle(b"c"),
    ]
    texts = ["use", "ab", "cd", None, "xUse", "é use", "a\0b", "aaa", "", "use1", "us", "e"] * 3
    array = pa.array(["left out", *texts]).slice(1)
    rows, places = matching.matcher(needles).find(array)
    found = {(row % 12, place) for row, place in zip(rows.tolist(), places.tolist(), strict=True)}
    assert found == {(0, 0), (0, 2), (2, 5), (5, 0), (5, 2), (5, 4), (7, 3), (9, 0)}
    assert max(rows.tolist()) == 33


def test_a_needle_ends_before_a_nul() -> None:
    from emulator.columnar.many.needles import Needle, needles_of

    assert needles_of("kql._has", ("a\0bc",)) == (Needle(b"bc", fold=True),)
    assert needles_of("kql._has", ("\0",)) is None


@pytest.mark.parametrize("kind", ["int64", "string"])
@pytest.mark.parametrize(("first", "last", "rows"), [(10, 20, 10), (0, 40, 40), (100, 110, 0), (-10, 5, 5)])
def test_events_in_a_time_range_are_found_however_their_time_is_held(
    kind: str, first: int, last: int, rows: int, tmp_path: Path
) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    begin = datetime(2026, 3, 2, tzinfo=UTC)
    moments = [begin + timedelta(minutes=number) for number in range(40)]
    times = pa.array([round(one.timestamp() * 1000) for one in moments]).cast(kind)
    file = tmp_path / "events.parquet"
    parquet.write_table(pa.table({"@timestamp": times, "FileName": ["use"] * 40}), file, row_group_size=4)
    query = emulator.compile("FileName=use | select([FileName])", language="cql")
    options: dict[str, Any] = {"time_range": (begin + timedelta(minutes=first), begin + timedelta(minutes=last))}
    alone = query.run({"events": file}, **options)
    assert len(alone.rows) == rows
    assert run_many({"one": query}, {"events": file}, **options)["one"] == alone
    assert query.run({"events": file}, engine="duckdb", **options).rows == alone.rows
