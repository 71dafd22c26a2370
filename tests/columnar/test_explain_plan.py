"""What `ruleproof explain-plan` says runs where, and why."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from emulator.cli import main

pytestmark = pytest.mark.once
QUERY = 'DeviceProcessEvents | where FileName has "x" | mv-expand p = split(FileName, ".") | summarize count()'


def shown(query: str, *options: str) -> str:
    ran = CliRunner().invoke(main, ["explain-plan", "-", *options], input=query)
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_what_the_engine_does_not_evaluate_has_a_reason() -> None:
    lines = [line.strip() for line in shown(QUERY, "-l", "kql").splitlines()]
    assert lines[:4] == [
        "aggregate  [interpreter]",
        "- what it reads is evaluated there",
        "2 steps: filter, expand  [duckdb, then interpreter (the first 1 of 2 steps)]",
        "- a step of the kind `expand` works row by row",
    ]
    assert lines[-1] == "scan of DeviceProcessEvents  [duckdb]"
    assert "- the engine calls Python: " in "\n".join(lines)


def test_lines_fit() -> None:
    many = " | ".join(["DeviceProcessEvents", *(f"extend a{number} = 1" for number in range(20))])
    assert max(map(len, shown(many, "-l", "kql").splitlines())) <= 80


def test_events_and_statements() -> None:
    found = json.loads(shown("a=x | groupBy(b)", "-l", "cql", "--sql", "--format", "json"))
    assert (found["engine"], found["plan"]["runs"], found["plan"]["inputs"][0]["what"]) == (
        "duckdb",
        "duckdb",
        "1 step: filter",
    )
    assert any("GROUP BY" in statement for statement in found["sql"])


def test_files_that_the_engine_does_not_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("FileName\nx\n", "utf8")
    said = shown("DeviceProcessEvents | count", "-l", "kql", "-t", f"DeviceProcessEvents={tmp_path / 't.csv'}")
    assert "- its rows are no Parquet files of one form" in said


def test_a_language_is_needed() -> None:
    ran = CliRunner().invoke(main, ["explain-plan", "-"], input="T")
    assert (ran.exit_code, "say which language it is" in ran.output) == (2, True)


def of_detection(*options: str) -> str:
    where = Path(__file__).parents[1] / "cli" / "repository"
    ran = CliRunner().invoke(main, ["explain-plan", *options, "--root", str(where)])
    assert ran.exit_code == (2 if "--assume" in options or "none" in options else 0), ran.output
    return ran.output


@pytest.mark.parametrize("name", ["T1033_whoami", "detections/discovery", "T1033"])
def test_the_queries_of_a_detection(name: str) -> None:
    found = json.loads(of_detection(name, "--format", "json"))
    titles = [f"T1033_whoami {query}" for query in ("kql", "cql")]
    assert [one["query"] for one in found] == titles
    assert {one["engine"] for one in found} == {"duckdb"}
    lines = of_detection(name).splitlines()
    assert [line for line in lines if line in titles] == titles
    assert "scan of events  [duckdb]" in [line.strip() for line in lines]


def test_what_names_no_query_of_a_detection() -> None:
    assert "there is no detection `none`" in of_detection("none")
    assert "a detection says both itself" in of_detection("T1033", "--assume", "infix-in")


def test_without_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "emulator.columnar.duckdb.explaining", None)
    ran = CliRunner().invoke(main, ["explain-plan", "-", "-l", "kql"], input="DeviceProcessEvents")
    assert (ran.exit_code, "RUL2003" in ran.output) == (2, True)
