"""What the engine says when it can't do what it is asked for."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import emulator
from emulator.cli import main
from emulator.columnar.spark.settings import Spark
from emulator.interpreter.context import Limits

SCHEMA = {"T": {"S": "string", "N": "long"}}
ROWS = [{"S": "net use", "N": 1}, {"S": "user", "N": 2}]
LIMITS = Limits(seconds=300)
slow = pytest.mark.slow
once = pytest.mark.once


def found(source: str | Path, engine: Any, query: str = "T | where S != 'x'", limits: Limits = LIMITS) -> Any:
    return emulator.run(query, language="kql", schemas=SCHEMA, tables={"T": source}, engine=engine, limits=limits).rows


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    from pyarrow import Table, parquet

    path.parent.mkdir(exist_ok=True)
    parquet.write_table(Table.from_pylist(rows), path)
    return path


@once
def test_an_engine_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(emulator.QueryError, match=r"RUL2003.*\n.*\n.*ruleproof\[spark\]"):
        found("t.parquet", "spark")


@once
def test_no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sqlglot", reason="an extra")
    from emulator.columnar.spark.sessions import session_for

    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(emulator.QueryError, match="RUL2004"):
        session_for(Spark("local[3]"))


@once
def test_settings_of_another_engine() -> None:
    result = CliRunner().invoke(main, ["query", "-l", "cql", "-", "--master", "local[2]"], input="x=1")
    assert result.exit_code == 2
    assert "--engine spark" in result.output


def test_codes_are_explained() -> None:
    result = CliRunner().invoke(main, ["explain", "RUL2004"])
    assert "Java 17" in result.output


@slow
def test_one_session_a_process(spark: Spark, tmp_path: Path) -> None:
    path = written(tmp_path / "t.parquet", ROWS)
    assert len(found(path, spark)) == 2
    with pytest.raises(emulator.QueryError, match="RUL2005"):
        found(path, Spark("local[1]"))


@slow
def test_a_session_of_the_callers(spark: Spark, tmp_path: Path) -> None:
    from emulator.columnar.spark.sessions import session_for

    path = written(tmp_path / "t.parquet", ROWS)
    assert len(found(path, Spark(session=session_for(spark)))) == 2


@slow
def test_a_run_that_takes_too_long_ends(spark: Spark, tmp_path: Path) -> None:
    with pytest.raises(emulator.QueryError, match="KQL5001"):
        found(written(tmp_path / "t.parquet", ROWS), spark, limits=Limits(seconds=-1.0))


@slow
def test_folders(spark: Spark, tmp_path: Path) -> None:
    written(tmp_path / "day=1" / "a.parquet", ROWS)
    written(tmp_path / "day=2" / "b.parquet", ROWS[:1])
    assert len(found(tmp_path, spark)) == len(found(tmp_path.as_uri(), spark)) == 3


@slow
def test_what_only_the_interpreter_reads(spark: Spark, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("S,N\nnet use,1\n", "utf8")
    assert found(tmp_path / "t.csv", spark) == [("net use", 1)]


@slow
@pytest.mark.parametrize(
    ("name", "said"),
    [("_t.parquet", "start with"), ("folder/_delta_log/0.json", "Delta's package"), ("folder/readme", "known format")],
)
def test_tables_that_spark_does_not_read(spark: Spark, tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith(".parquet"):
        written(path, ROWS)
    else:
        path.write_text("{}", "utf8")
    with pytest.raises(emulator.QueryError, match=f"RUL2006.*{said}"):
        found(tmp_path / "folder" if "/" in name else path, spark)


@slow
def test_a_file_that_is_no_parquet(spark: Spark, tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_text("no", "utf8")
    with pytest.raises(emulator.QueryError, match="RUL2006"):
        found(tmp_path / "t.parquet", spark)


@slow
def test_a_line_that_is_no_json_names_its_file(spark: Spark, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"S": "net use"}\n', "utf8")
    (tmp_path / "b.jsonl").write_text('{"S": "x"}\n{"S": "net use"\n', "utf8")
    with pytest.raises(emulator.QueryError, match=r"EVT1003[^$]*b\.jsonl"):
        found(tmp_path / "*.jsonl", spark)


@slow
@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_a_bad_cell_names_its_file(spark: Spark, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"t.{form}"
    if form == "parquet":
        written(path, [{"S": "a", "N": "1"}, {"S": "b", "N": "many"}])
    else:
        path.write_text('{"S": "a", "N": 1}\n{"S": "b", "N": "many"}\n', "utf8")
    with pytest.raises(emulator.QueryError, match=rf"EVT3001[^$]*T, .*t\.{form}"):
        found(path, spark, "T | where N > 0")
