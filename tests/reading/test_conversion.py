"""A converted file gives what the files gave that it was made from, on both engines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing, nullcontext
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import emulator
from emulator.cli import main
from emulator.schema import GivenCatalogue
from emulator.types import RowType

pytestmark = pytest.mark.once
TYPES = {
    "Timestamp": "datetime",
    "S": "string",
    "B": "bool",
    "I": "int",
    "L": "long",
    "R": "real",
    "M": "decimal",
    "D": "datetime",
    "P": "timespan",
    "G": "guid",
    "J": "dynamic",
    "K": "dynamic",
}
STAMPS = st.sampled_from(
    ["2024-05-01T00:00:00Z", "2024-05-01T00:00:00.1234567Z", "0001-01-01", "9999-12-31T23:59:59.9999999Z"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
CELLS = {
    "Timestamp": st.integers(0, 50).map(lambda ms: f"2024-05-01T00:00:00.{ms:03}Z"),
    "S": st.text(max_size=4) | st.integers(0, 9),
    "B": st.booleans() | st.sampled_from(["true", "", 0]),
    "I": st.integers(-(2**31), 2**31 - 1),
    "L": st.integers(-(2**63), 2**63 - 1) | st.sampled_from(["7", 3.0, ""]),
    "R": st.floats() | st.integers(-9, 9),
    "M": st.sampled_from(["1.50", "1e3", 2, 0.1, "NaN"]),
    "D": STAMPS,
    "P": st.sampled_from(["1.02:03:04.0000005", "-00:00:01", "10675199.02:48:05.4775807"]),
    "G": st.sampled_from(["6F9619FF-8B86-D011-B42D-00C04FC964FF", ""]),
    "J": JSON,
    "K": st.text(max_size=3),
}
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={name: st.none() | cells for name, cells in CELLS.items()}), max_size=12
)
KQL = [
    "T",
    "T | where S has 'a' or L > 0 | project S, L, J",
    "T | summarize count() by tostring(J), S",
    "T | where D > datetime(2000)",
]
CQL = ["*", "S=*a* | table([S, L])", "groupBy(K, function=[count(), collect(L)])"]


def schema() -> RowType:
    row = GivenCatalogue({"T": TYPES}).table("T")
    assert row is not None
    return row


def written(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf8")
    return path


def converted(path: Path, row: RowType | None, to: Path) -> Any:
    from emulator.events.conversion import convert

    with to.open("wb") as file:
        return convert([path], row, "T", lambda: nullcontext(file), on_reject=lambda _: None, advance=lambda _: None)


def told(query: emulator.Query, tables: dict[str, Any], engine: str) -> list[str]:
    """The rows, in an order of their own: a converted file is sorted by time. Fields of events have no order either."""
    result = query.run(tables, engine=engine)
    names = [column.name for column in result.columns]
    rows: Any = result.to_json()["rows"]
    return sorted(repr(sorted(zip(names, row, strict=True))) for row in rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("converted")


@settings(max_examples=3, phases=[Phase.generate])  # many queries an example: too long to shrink
@given(ROWS)
def test_queries_give_the_same_on_what_was_converted(folder: Path, rows: list[dict[str, Any]]) -> None:
    path = written(folder / "a.jsonl", rows)
    flat = written(folder / "b.jsonl", [{name: cell for name, cell in row.items() if name != "M"} for row in rows])
    assert converted(path, schema(), folder / "a.parquet").rows == len(rows)
    assert converted(flat, None, folder / "b.parquet").rows == len(rows)
    for language, name, texts, file in (("kql", "T", KQL, "a"), ("cql", "events", CQL, "b")):
        for text in texts:
            schemas = {"T": TYPES} if language == "kql" else None
            query = emulator.compile(text, language=language, schemas=schemas)  # type: ignore[arg-type]  # one of two
            expected = told(query, {name: folder / f"{file}.jsonl"}, "interpreter")
            for engine in ("interpreter", "duckdb"):
                assert told(query, {name: folder / f"{file}.parquet"}, engine) == expected, text


def test_more_rows_than_memory_holds_are_sorted_by_time(tmp_path: Path) -> None:
    from pyarrow import parquet

    from emulator.columnar.reading.files import Gathering

    gathering = Gathering(schema(), tmp_path, sort=True, run_bytes=1 << 19)
    stamps = [None if number % 1000 == 0 else f"2024-05-01T00:{number * 7 % 60:02}:00Z" for number in range(20_000)]
    for number, stamp in enumerate(stamps):
        gathering.take({"Timestamp": stamp, "L": number, **({"S": "x"} if number >= 10_000 else {})})
    sink = BytesIO()
    gathering.write(sink, {})
    assert len(list(tmp_path.iterdir())) > 2
    with closing(parquet.ParquetFile(sink)) as file:
        assert file.metadata.num_row_groups == 1
        found = file.read().to_pydict()
    assert found["L"] == sorted(range(20_000), key=lambda number: (stamps[number] or "9", number))
    assert found["S"].count("x") == 10_000


def test_rows_are_in_groups_that_a_range_of_time_leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyarrow import parquet

    from emulator.columnar.reading import files as reading

    monkeypatch.setattr(reading, "ROW_GROUP", 40)

    path = written(tmp_path / "a.jsonl", [{"@timestamp": number} for number in range(100)])
    converted(path, None, tmp_path / "a.parquet")
    assert parquet.ParquetFile(tmp_path / "a.parquet").metadata.num_row_groups == 3


def test_files_of_text_for_an_engine(tmp_path: Path) -> None:
    from emulator.columnar.reading.files import as_parquet

    path = written(tmp_path / "a.jsonl", [{"L": 2, "S": "a"}, {"S": "b"}])
    made = as_parquet([path, path], schema(), tmp_path)
    assert made is not None
    assert made == as_parquet([path, path], schema(), tmp_path) != as_parquet([path], None, tmp_path)
    query = emulator.compile("T | project L, S", language="kql", schemas={"T": TYPES})
    assert query.run({"T": made}, engine="duckdb").rows == [(2, "a"), (None, "b")] * 2
    written(path, [{"L": "no number"}])
    assert as_parquet([path], schema(), tmp_path) is None
    assert as_parquet([written(path, [{"a": 1, "b": 2}, {"b": 1, "a": 2}])], None, tmp_path) is None
    assert not [one for one in tmp_path.iterdir() if one.is_dir()]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["events", "convert", *map(str, arguments)])


def test_what_was_left_out_is_told_and_kept_aside(tmp_path: Path) -> None:
    from pyarrow import parquet

    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'{"Timestamp": "2024-05-01", "FileName": "a", "Own": 1}\nno\n'
        b'{"Timestamp": "\xff"}\n{"ProcessId": "x\\u0007"}\n'
    )
    out, rejects = tmp_path / "out.parquet", tmp_path / "rejects.jsonl"
    ran = run(path, "--table", "DeviceProcessEvents", "-o", out, "--rejects", rejects)
    assert (ran.exit_code, ran.stdout) == (1, f"1 rows in 3 columns: {out}\n")
    assert "left out: column `Own`, which DeviceProcessEvents does not have (1 rows)" in ran.stderr
    assert f"left out: 3 rows that can't be converted\n  {path}:2: not JSON" in ran.stderr
    assert f"{path}:4: column `ProcessId` has type long, which 'x\\x07' is not" in ran.stderr
    assert rejects.read_bytes() == path.read_bytes().split(b"\n", 1)[1]
    made = json.loads(parquet.read_schema(out).metadata[b"ruleproof"])
    assert (made["rows"], made["rejected"], made["sources"][0]["name"]) == (1, 3, "a.jsonl")
    ran = run(out, "--table", "DeviceProcessEvents", "-o", tmp_path / "again.parquet", "--format", "json")
    assert (ran.exit_code, json.loads(ran.stdout)["rows"], json.loads(ran.stdout)["first_rejected"]) == (0, 1, [])


@pytest.mark.parametrize("name", ["cut.jsonl.gz", "none.jsonl"])
def test_nothing_is_left_of_an_output_that_failed(tmp_path: Path, name: str) -> None:
    import gzip

    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"a": 1}\n' * 99)[:-9])
    ran = run(tmp_path / name, "--stream", "-o", tmp_path / "out.parquet", "--rejects", tmp_path / "rejects")
    assert (ran.exit_code, "EVT100" in ran.stderr) == (2, True)
    assert [one.name for one in tmp_path.iterdir()] == ["cut.jsonl.gz"]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--stream", "-o", "out.csv"], "name the output .parquet"),
        (["-o", "out.parquet"], "--table NAME or --stream"),
        (["--stream", "--table", "T", "-o", "out.parquet"], "--table NAME or --stream"),
        (["--table", "DeviceProcessEvent", "-o", "out.parquet"], "DeviceProcessEvents"),
        (["--stream", "-o", "no/such/folder/out.parquet"], "can't be written"),
    ],
)
def test_hints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], hint: str) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "a.jsonl", [{"a": "1"}])
    ran = run("a.jsonl", *arguments)
    assert (ran.exit_code, hint in ran.stderr) == (2, True)


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "emulator.events.conversion", None)
    ran = run(written(tmp_path / "a.jsonl", []), "--stream", "-o", tmp_path / "out.parquet")
    assert (ran.exit_code, "EVT1004" in ran.stderr) == (2, True)
