"""Whole plans on the engine: the interpreter's rows in its order, its notes, and its counts of what was read."""

from __future__ import annotations

import functools
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import emulator
from emulator.columnar.duckdb import running
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Limits, Run
from emulator.interpreter.given_tables import as_table
from tests.columnar.drawn_queries import SCHEMA, cql, kql

pytestmark = pytest.mark.once
WHOLE = os.environ.get("RULEPROOF_ENGINES") == "all"
"""Whether every case runs on the engine, and 2,000 drawn queries; a part of them otherwise."""
FOLDER = Path(__file__).parents[1] / "conformance"
NOW = datetime(2024, 1, 1, 12, tzinfo=UTC)
LIMITS = Limits(seconds=300)
ONE_OF = 1 if WHOLE else 32
OPTIONS = ("given", "now", "time_range", "assume")


def cases(pattern: str) -> list[Any]:
    found = [
        pytest.param(case, id=f"{path.stem}: {case['prose']}")
        for path in sorted(FOLDER.glob(pattern))
        for case in yaml.safe_load(path.read_text("utf8"))
        if not case.keys() & {"error", "parameters"}
    ]
    return found[::ONE_OF]


@pytest.mark.parametrize("case", cases("kql/*/*.yaml"))
def test_conformance_of_kql(case: dict[str, Any], tmp_path: Path) -> None:
    from tests.columnar.values_in_files import in_files

    options = {name: case[name] for name in ("schemas", "assume", "given") if name in case}
    query = emulator.compile(case["query"], language="kql", **options)
    if query.plan.needs_rows or query.plan.more:
        return  # the columns depend on rows: it is bound anew for each run
    root, tables = in_files(query.plan.root, tmp_path)
    ran = [Run(638_000_000_000_000_000, _sources({**case.get("tables", {}), **tables}), LIMITS) for _ in range(2)]
    expected = list(compile_relation(root)(ran[0]))
    assert repr(list(running.runner(root, tables, shares=True)(ran[1]))) == repr(expected)
    assert (ran[1].notes, ran[1].read) == (ran[0].notes, ran[0].read)


def _sources(tables: dict[str, Any]) -> dict[str, Any]:
    return {name: as_table(source, again=True) for name, source in tables.items()}


@pytest.mark.parametrize("case", [one for one in cases("cql/*.yaml") if one.values[0].get("events")])
def test_conformance_of_cql(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    if not written_events(case["events"], path):
        return  # no file holds these fields as they are
    options = {name: case[name] for name in OPTIONS if name in case}
    query = functools.partial(emulator.run, case["query"], language="cql", tables={"events": path}, limits=LIMITS)
    assert_same(query(engine="duckdb", **options), query(**options))


def written_events(events: list[dict[str, Any]], path: Path) -> bool:
    import pyarrow as pa
    from pyarrow import parquet

    names = list(dict.fromkeys(name for event in events for name in event))
    cells = {name: [event.get(name) for event in events] for name in names}
    if any(isinstance(cell, dict | list) for column in cells.values() for cell in column):
        return False
    whole = {name: all(type(cell) in (int, type(None)) for cell in column) for name, column in cells.items()}
    arrays = [
        pa.array(column if whole[name] else [None if cell is None else str(cell) for cell in column], None)
        for name, column in cells.items()
    ]
    parquet.write_table(pa.table([one.cast("string") if one.type == "null" else one for one in arrays], names), path)
    return True


def answer(query: emulator.Query, tables: dict[str, str], **options: Any) -> object:
    """What a query gives, or what is wrong with it."""
    try:
        result = query.run(tables, now=NOW, limits=LIMITS, **options)
    except emulator.QueryError as error:
        return str(error)
    return json.dumps(result.to_json()), result.notes, dict(result.read)


def assert_same(found: emulator.Result, expected: emulator.Result) -> None:
    assert found.to_json() == expected.to_json()
    assert (found.notes, found.read) == (expected.notes, expected.read)


TEXTS = st.none() | st.sampled_from(["", "use", "USE", "net use \\\\h\\C$", "a", "K", "\N{KELVIN SIGN}", "2", "İ"])
WHOLE_NUMBERS = st.none() | st.sampled_from([0, 1, 2, 3, -1, 445])
ROW = st.fixed_dictionaries(
    {
        "S": TEXTS,
        "U": TEXTS,
        "N": WHOLE_NUMBERS,
        "I": WHOLE_NUMBERS,
        "B": st.none() | st.booleans(),
        "R": st.none() | st.sampled_from([0.0, -0.0, 1.5, float("nan"), float("inf")]),
        "T": st.none()
        | st.integers(0, 100).map(lambda ago: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(microseconds=ago)),
        "D": TEXTS,
    }
)
EVENTS = ("S", "U", "N", "I", "B")


@functools.cache
def table_files(folder: Path) -> dict[str, str]:
    return {name: str(folder / f"{name}.parquet") for name in ("T", "V", "events")}


def write(rows: list[dict[str, Any]], more: list[dict[str, Any]], files: dict[str, str]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    types = {"S": pa.string(), "U": pa.string(), "N": pa.int64(), "I": pa.int32(), "B": pa.bool_(), "R": pa.float64()}
    schema = pa.schema([*types.items(), ("T", pa.timestamp("us", "UTC")), ("D", pa.string())])
    for name, listed in (("T", rows), ("V", more)):
        parquet.write_table(pa.Table.from_pylist(listed, schema), files[name], row_group_size=7)
    parquet.write_table(pa.Table.from_pylist(rows, schema).select(list(EVENTS)), files["events"])


@pytest.mark.parametrize("language", ["kql", "cql"])
def test_drawn_queries(language: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    files = table_files(tmp_path_factory.mktemp("drawn"))
    tables = {"events": files["events"]} if language == "cql" else {name: files[name] for name in "TV"}
    queries = kql() if language == "kql" else cql()

    @settings(
        max_examples=1000 if WHOLE else 6,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.lists(ROW, max_size=30), st.lists(ROW, max_size=10), st.lists(queries, min_size=2, max_size=2))
    def law(rows: list[dict[str, Any]], more: list[dict[str, Any]], drawn: list[str]) -> None:
        write(rows, more, files)
        for text in drawn:
            query = compiled(text, language)
            if query is not None:
                assert_same(query.run(tables, engine="duckdb", now=NOW), query.run(tables, now=NOW))

    law()


def compiled(text: str, language: str) -> emulator.Query | None:
    """The query; None when a stage names what an earlier one took away."""
    schemas = {"T": SCHEMA, "V": SCHEMA} if language == "kql" else None
    try:
        return emulator.compile(text, language=language, schemas=schemas)  # type: ignore[arg-type]  # one of two
    except emulator.QueryError:
        return None
