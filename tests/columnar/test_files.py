"""What the engine is given, what it is not, and what it says of files that can't be read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import emulator

pytestmark = pytest.mark.once
SCHEMA = {"T": {"S": "string", "N": "long"}}
QUERY = 'T | where S has "use" | union (T | where N == 2 | where S != "")'
ROWS = [{"S": "net use", "N": 1}, {"S": "user", "N": 2}, {"S": "", "N": 2}]


def found(tables: dict[str, Any], query: str = QUERY, **options: Any) -> list[tuple[Any, ...]]:
    return emulator.run(query, language="kql", schemas=SCHEMA, tables=tables, engine="duckdb", **options).rows


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    from pyarrow import Table, parquet

    parquet.write_table(Table.from_pylist(rows), path)
    return path


def test_several_files_are_one_table(tmp_path: Path) -> None:
    for number, row in enumerate(ROWS):
        written(tmp_path / f"{number}.parquet", [row])
    assert found({"T": tmp_path / "*.parquet"}) == [("net use", 1), ("user", 2)]
    assert found({"T": tmp_path / "*.parquet"}, "T | count") == [(3,)]


@pytest.mark.parametrize("other", [{"s": "x"}, {"L": [1]}], ids=["names that differ in case", "lists"])
def test_files_that_the_engine_reads_otherwise_go_to_the_interpreter(tmp_path: Path, other: dict[str, Any]) -> None:
    path = written(tmp_path / "t.parquet", [{**row, **other} for row in ROWS])
    assert found({"T": path}) == [("net use", 1), ("user", 2)]


def test_other_sources_are_read_as_ever(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("S,N\nnet use,1\n", "utf8")
    assert found({"T": tmp_path / "t.csv"}) == found({"T": ROWS[:1]}) == [("net use", 1)]


def test_rows_that_were_looked_at_are_counted_once_a_leg(tmp_path: Path) -> None:
    path = written(tmp_path / "t.parquet", ROWS)
    result = emulator.run(QUERY, language="kql", schemas=SCHEMA, tables={"T": path}, engine="duckdb")
    assert result.read == {"T": 6}


def test_a_file_that_breaks_off_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "t.parquet", [{"S": f"use {one}", "N": one} for one in range(5000)])
    whole = bytearray(path.read_bytes())
    whole[4:2000] = bytes(1996)
    path.write_bytes(whole)
    with pytest.raises(emulator.QueryError, match=r"t\.parquet"):
        found({"T": path})


def test_an_engine_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("duckdb.attaching", "duckdb.running"):
        monkeypatch.delitem(sys.modules, f"emulator.columnar.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "emulator.columnar.duckdb.connection", None)
    with pytest.raises(emulator.QueryError, match="RUL2003"):
        found({"T": ROWS})


def test_a_run_that_takes_too_long_ends(tmp_path: Path) -> None:
    from emulator.interpreter.context import Limits

    path = written(tmp_path / "t.parquet", ROWS)
    with pytest.raises(emulator.QueryError, match="KQL5001"):
        found({"T": path}, limits=Limits(seconds=-1.0))
