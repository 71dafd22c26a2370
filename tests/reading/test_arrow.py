"""Arrow columns give what their rows give as mappings, errors included."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import emulator
from emulator.interpreter.tables import Raw

pytestmark = pytest.mark.once
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59))
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.sampled_from(["", "a", "7", "1.5", "true", "2024-05-01T00:00:00.1234567Z", "no", "İ\n\0"]),
    "bool_": st.booleans(),
    "int8": st.integers(-128, 127),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint64": st.integers(0, 2**64 - 1),
    "float64": st.floats() | st.sampled_from([1.0, -0.0, 1e300]),
    "timestamp-us": MOMENTS,
    "timestamp-ms-UTC": MOMENTS.map(lambda one: one.replace(microsecond=0, tzinfo=UTC)),
    "timestamp-s-Europe/Berlin": MOMENTS.map(lambda one: one.replace(microsecond=0, tzinfo=UTC)),
    "duration-us": st.timedeltas(timedelta(-9), timedelta(9)),
    "date32": st.just(date(2024, 5, 1)),
    "decimal128-9-2": st.just(Decimal("1.50")),
    "binary": st.just(b"a"),
    "list": st.lists(st.integers(0, 3), max_size=2),
    "struct": st.fixed_dictionaries({"a": st.none() | st.integers(0, 3), "b": st.none() | st.text(max_size=1)}),
    "null": st.none(),
}
TYPES = ["string", "bool", "int", "long", "real", "decimal", "datetime", "timespan", "guid", "dynamic"]
KQL = [
    "T",
    "T | project B, A",
    "T | where isnotempty(tostring(A)) | project B",
    "T | summarize N=count() by S=tostring(B)",
    "T | count",
    "T | extend C=tostring(A) | project D=B | take 3",
    "T | join kind=inner (T | project S) on S | project A, S1",
    "T | where S == 'a' | extend A=B | project A",
]
CQL = [
    "*",
    "A=* | groupBy(B)",
    "table([B])",
    "B=* | C := A | table([C, S], limit=5)",
    "rename(A, as=B) | select([B])",
    "drop(A)",
    "case { A=* | C := B; S=a | C := 1; * } | groupBy(C, function=[count(S), collect(A)])",
]


def arrow_type(name: str) -> Any:
    import pyarrow as pa

    kind, *arguments = name.split("-")
    if kind in ("list", "struct"):
        return {"list": pa.list_(pa.int64()), "struct": pa.struct({"a": pa.int32(), "b": pa.string()})}[kind]
    return getattr(pa, kind)(*(int(one) if one.isdecimal() else one for one in arguments))


@st.composite
def tables(draw: st.DrawFn) -> Any:
    import pyarrow as pa

    made = {}
    for name in ("A", "B", "S"):
        kind = draw(st.sampled_from(list(CELLS))) if name != "S" else "string"
        cells = draw(st.lists(st.none() | CELLS[kind], min_size=4, max_size=4))
        made[name] = pa.array(cells, arrow_type(kind))
        if kind == "string" and draw(st.booleans()):
            made[name] = made[name].dictionary_encode()
    names = draw(st.permutations([name for name in made if name == "S" or draw(st.integers(0, 5))]))
    return pa.table({name: made[name] for name in names})


def told(query: emulator.Query, tables: dict[str, Any], span: Any = None) -> Any:
    try:
        result = query.run(tables, time_range=span)
    except emulator.QueryError as error:
        (found,) = error.diagnostics
        return found.message  # the row that is named is the first that holds such a cell
    return repr(result.to_json()), result.read  # NaN has no equal


def compiled(language: Any, text: str, types: dict[str, str]) -> emulator.Query:
    return emulator.compile(text, language=language, schemas={"T": types} if language == "kql" else None)


def test_columns_give_what_rows_give(tmp_path: Path) -> None:
    @settings(max_examples=8, phases=[Phase.generate], deadline=None)
    @given(tables(), st.sampled_from(TYPES), st.sampled_from(TYPES), st.booleans())
    def law(table: Any, first: str, second: str, ranged: bool) -> None:
        from pyarrow import parquet

        parquet.write_table(table, tmp_path / "t.parquet", store_schema=True)
        span = (datetime(1900, 1, 1, tzinfo=UTC), None) if ranged else None
        types = {"A": first, "B": second, "S": "string", "Timestamp": "datetime"}
        for language, texts, name in (("kql", KQL, "T"), ("cql", CQL, "events")):
            for text in texts:
                query = compiled(language, text, types)
                expected = told(query, {name: Raw(table.to_pylist())}, span)
                assert told(query, {name: table}, span) == expected, text
                assert told(query, {name: tmp_path / "t.parquet"}, span) == expected, text

    law()


def written(folder: Path, *tables: Any) -> str:
    from pyarrow import parquet

    for number, table in enumerate(tables):
        parquet.write_table(table, folder / f"{number}.parquet")
    return str(folder / "*.parquet")


def test_files_of_one_table_may_differ(tmp_path: Path) -> None:
    import pyarrow as pa

    first = pa.table({"A": ["1", "2"], "S": ["x", None]})
    second = pa.table({"Other": [0.5], "A": [3]})
    path = written(tmp_path, first, second)
    kql = compiled("kql", "T | project A, S", {"A": "long", "S": "string", "Other": "real"})
    assert kql.run({"T": path}).rows == [(1, "x"), (2, ""), (3, "")]
    assert emulator.run("*", language="cql", tables={"events": path}).to_json() == (
        emulator.run("*", language="cql", tables={"events": [*first.to_pylist(), *second.to_pylist()]}).to_json()
    )
    assert emulator.run("T | count", language="kql", schemas={"T": {"Z": "long"}}, tables={"T": path}).rows == [(3,)]


def test_a_bad_cell_is_named_with_its_row(tmp_path: Path) -> None:
    import pyarrow as pa

    path = written(tmp_path, pa.table({"A": ["1", "2", "x", "x"], "B": [0.5, float("nan"), 0.0, 0.0]}))
    for column, row in (("A", 3), ("B", 1)):
        kql = compiled("kql", f"T | project {column}", {"A": "long", "B": "long"})
        with pytest.raises(emulator.QueryError) as raised:
            kql.run({"T": path})
        assert raised.value.diagnostics[0].source.name == f"T, row {row}"
    assert compiled("kql", "T | where B == 0 and A == 'y'", {"A": "string", "B": "real"}).run({"T": path}).rows == []


FAR = 2**62
NO_VALUE: dict[str, tuple[Any, str]] = {
    "a time after the year 9999": (lambda pa: pa.array([0, FAR], pa.timestamp("s")), f"{FAR} is not"),
    "a time before the year 1": (lambda pa: pa.array([0, -FAR], pa.timestamp("ms")), f"{-FAR} is not"),
    "bytes that are no text": (
        lambda pa: pa.Array.from_buffers(
            pa.string(), 2, [None, pa.array([0, 1, 2], pa.int32()).buffers()[1], pa.py_buffer(b"a\xff")]
        ),
        r"b'\\xff' is not",
    ),
    "less than a microsecond": (lambda pa: pa.array([0, 1], pa.duration("ns")), "has type"),
}


@pytest.mark.parametrize("case", NO_VALUE)
def test_a_cell_that_python_has_no_value_for_is_named(case: str) -> None:
    import pyarrow as pa

    make, message = NO_VALUE[case]
    kind = {"timestamp": "datetime", "string": "string", "duration": "timespan"}[str(make(pa).type).partition("[")[0]]
    kql = compiled("kql", "T | project A", {"A": kind})
    with pytest.raises(emulator.QueryError, match=message) as raised:
        kql.run({"T": pa.table({"A": make(pa)})})
    assert raised.value.diagnostics[0].source.name == "Arrow table, row 2"
    with pytest.raises(emulator.QueryError, match="EVT3001"):
        emulator.run("A=1", language="cql", tables={"events": pa.table({"A": make(pa)})})


def test_nanoseconds_are_cut_to_ticks() -> None:
    import pyarrow as pa

    table = pa.table({"A": pa.array([1_714_521_600_123_456_789, -1, None], pa.timestamp("ns"))})
    found = compiled("kql", "T", {"A": "datetime"}).run({"T": table}).to_json()["rows"]
    assert found == [["2024-05-01T00:00:00.1234567Z"], ["1969-12-31T23:59:59.9999999Z"], [None]]


def test_events_that_lack_much() -> None:
    import pyarrow as pa

    query = emulator.compile("*", language="cql")
    for columns, rows in ((3, 200), (80, 40), (9, 300), (2, 3)):
        events = [{"a": "0"} if row % 3 else {} for row in range(rows)]
        for row, event in enumerate(events):
            event.update({f"c{at}": str(row) for at in range(columns) if (row * 7 + at) % (at + 2) == 0})
        schema = pa.schema([("a", pa.string()), *((f"c{at}", pa.string()) for at in range(columns))])
        table = pa.Table.from_pylist(events, schema)
        assert query.run({"events": table}).to_json() == query.run({"events": Raw(table.to_pylist())}).to_json()
