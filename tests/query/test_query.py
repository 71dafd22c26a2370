"""The public interface: compile, run, check, and what callers may give them."""

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator
from emulator.interpreter.context import Limits
from emulator.interpreter.tables import Events, Prepared, prepare
from emulator.schema import GivenCatalogue

CASES = yaml.safe_load(Path(__file__).with_name("runs.yaml").read_text("utf8"))
ROWS: list[dict[str, Any]] = [{"N": 1}, {"N": 2}]
SCHEMAS = {"T": {"N": "long"}}


def run(case: dict[str, Any]) -> emulator.Result:
    ends = [None if text is None else datetime.fromisoformat(text) for text in case.get("range", (None, None))]
    return emulator.run(
        case["query"],
        language=case.get("language", "kql"),
        tables=case["tables"],
        schemas=case.get("schemas"),
        assume=case.get("assume", ()),
        time_range=(ends[0], ends[1]),
        parameters=case.get("parameters"),
        given=case.get("given"),
        engine=case.get("engine", "interpreter"),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_run(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(emulator.QueryError) as raised:
            run(case)
        assert str(raised.value.diagnostics[0].code).startswith(case["error"])
        return
    result = run(case)
    assert result.to_json()["rows"] == case["rows"]
    assert all(any(f"assumption {name}:" in note for note in result.notes) for name in case.get("notes", ()))
    assert [column.name for column in result.columns] == case.get("columns", [one.name for one in result.columns])


def numbers(source: Any, query: str = "T | project N") -> list[tuple[Any, ...]]:
    return emulator.run(query, language="kql", schemas=SCHEMAS, tables={"T": source}).rows


class Arrow:
    """What an Arrow table looks like from here."""

    def to_pylist(self) -> list[dict[str, Any]]:
        return ROWS


def test_rows_may_come_from_anywhere(tmp_path: Path) -> None:
    lines = "".join(json.dumps(row) + "\n\n" for row in ROWS)
    (tmp_path / "a.jsonl").write_text(lines, "utf8")
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(lines.encode()))
    with (tmp_path / "c.csv").open("w", newline="", encoding="utf8") as file:
        writer = csv.DictWriter(file, ["N"])
        writer.writeheader()
        writer.writerows(ROWS)
    row = GivenCatalogue(SCHEMAS).table("T")
    assert row is not None
    one = [(1,), (2,)]
    assert numbers(ROWS) == numbers(iter(ROWS)) == numbers(Arrow()) == numbers(prepare(ROWS, row)) == one
    assert numbers(tmp_path / "a.jsonl") == numbers(str(tmp_path / "b.ndjson.gz")) == numbers(tmp_path / "c.csv") == one
    assert numbers(str(tmp_path / "*")) == one * 3


FILES = {
    "none.jsonl": (None, "EVT1001"),
    "x.txt": (b"", "EVT1002"),
    "x.jsonl": (b"{", "EVT1003"),
    "y.jsonl": (b"[1]", "EVT1003"),
    "z.jsonl": (b"\xff{}", "EVT1003"),
    "deep.jsonl": (b"[" * 100_000, "EVT1003"),
    "a.jsonl.gz": (b"no gzip", "EVT1003"),
    "b.jsonl.gz": (gzip.compress(b'{"N": 1}\n' * 9, mtime=0)[:-12], "EVT1003"),
    "long.jsonl": (b" " * (17 << 20), "EVT1003"),
    "a.csv": (b'N\n"1\n', "EVT1003"),
    "b.csv": (b"N\n1,2\n", "EVT1003"),
}


@pytest.mark.parametrize("name", FILES)
def test_bad_files(tmp_path: Path, name: str) -> None:
    content, code = FILES[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(emulator.QueryError) as raised:
        numbers(tmp_path / name)
    assert [str(one.code) for one in raised.value.diagnostics] == [code]


def test_a_bad_cell_is_named_with_its_row() -> None:
    with pytest.raises(emulator.QueryError) as raised:
        numbers([{"N": 1}, {"N": "one"}])
    assert raised.value.diagnostics[0].source.name == "T, row 2"
    assert "column `N` has type long" in raised.value.diagnostics[0].message


def test_a_prepared_table_may_lack_columns() -> None:
    row = GivenCatalogue({"T": {"N": "long"}}).table("T")
    assert row is not None
    schemas = {"T": {"N": "long", "S": "string", "At": "datetime"}}
    result = emulator.run("T | project N, S, At", language="kql", schemas=schemas, tables={"T": prepare(ROWS, row)})
    assert result.rows == [(1, "", None), (2, "", None)]


def test_prepared_rows_keep_to_a_time_range() -> None:
    row = GivenCatalogue({"T": {"Timestamp": "datetime"}}).table("T")
    assert row is not None
    table: Prepared = prepare([{"Timestamp": f"2024-05-0{day}"} for day in (1, 2, 3)], row)
    query = emulator.compile("T | count", language="kql", schemas={"T": {"Timestamp": "datetime"}})
    start = datetime(2024, 5, 2, tzinfo=UTC)
    assert query.run({"T": table}, time_range=(start, None)).rows == [(2,)]
    assert query.run({"T": prepare([], GivenCatalogue(SCHEMAS).table("T") or row)}, time_range=(start, None)).rows == [
        (0,)
    ]


def test_events_that_are_text_already_are_taken_as_they_are() -> None:
    events = Events([{"a": "1"}])
    assert emulator.run("a=1", language="cql", tables={"events": events}).rows == [("1",)]
    assert events.rows == [{"a": "1"}]


def test_limits_of_time_and_memory() -> None:
    query = emulator.compile("T | project N | sort by N asc", language="kql", schemas=SCHEMAS)
    many = [{"N": 1}] * 70_000
    with pytest.raises(emulator.QueryError, match="KQL5001"):
        query.run({"T": many}, limits=Limits(seconds=-1))
    with pytest.raises(emulator.QueryError, match="of memory"):
        query.run({"T": many}, limits=Limits(memory=-1))


def test_a_final_limit_can_be_left_out() -> None:
    query = emulator.compile("a=* | table([a], limit=1)", language="cql")
    tables: dict[str, Any] = {"events": [{"a": "1"}, {"a": "2"}]}
    assert (len(query.run(tables).rows), len(query.run(tables, final_limit=False).rows), query.final_limit) == (1, 2, 1)
    assert "1 of 2 rows are beyond the limit of 1" in query.run(tables).notes
    assert emulator.compile("T | take 5 | project N | take 3", language="kql", schemas=SCHEMAS).final_limit == 3


def test_check_tells_what_compile_raises() -> None:
    assert emulator.check("print 1", language="kql") == []
    assert [str(one.code)[:4] for one in emulator.check("print 1 |", language="kql", name="mine.kql")] == ["KQL1"]


def test_a_plan_that_waits_for_its_parameters_says_so() -> None:
    query = emulator.compile("a=?x", language="cql")
    with pytest.raises(emulator.QueryError, match="CQL5002"):
        _ = query.plan


def test_rows_that_can_be_had_once_are_read_by_every_leg() -> None:
    assert numbers(iter(ROWS), "T | project N | union (T | take 1 | project N)") == [(1,), (2,), (1,)]
    assert numbers(iter(ROWS), "T | where N in ((T | project N)) | project N") == [(1,), (2,)]


def test_files_are_read_by_every_leg(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, ROWS)), "utf8")
    assert numbers(tmp_path / "t.jsonl", "T | take 1 | project N | union (T | project N)") == [(1,), (1,), (2,)]


def test_a_query_compiled_when_needed_tells_its_errors_then() -> None:
    query = emulator.compile("T | where", language="kql", schemas=SCHEMAS, when_needed=True)
    for _ in range(2):
        with pytest.raises(emulator.QueryError, match="KQL1"):
            query.run({"T": ROWS})
    assert emulator.compile("T", language="kql", schemas=SCHEMAS, when_needed=True).run({"T": ROWS}).rows == [
        (1,),
        (2,),
    ]
