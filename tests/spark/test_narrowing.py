"""Executors drop the rows for which a leg gives nothing, and keep those with which anything is wrong."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

import emulator
from emulator.columnar.spark.settings import Spark
from emulator.interpreter.context import Limits

TYPES = {"S": "string", "N": "long", "D": "dynamic"}
LIMITS = Limits(seconds=300)
ROWS = [{"S": text, "N": number, "D": f'{{"a": {number}}}'} for number, text in enumerate(["", "ab", "Ba", "abba"] * 5)]
SPOKEN = "T | extend R = reverse(S) | where R == S and N % 3 == 0"


def legs(text: str, language: str) -> list[Any]:
    from emulator.columnar.plans.legs import split
    from emulator.columnar.spark.narrowing import Narrowing

    query = emulator.compile(text, language=language, schemas={"T": TYPES} if language == "kql" else None)  # type: ignore[arg-type]  # one of two
    names = ("S", "N") if language == "kql" else ("S", "N", "D")
    ready = language == "kql"
    _, found = split(query.plan.root, {"T", "events"}.__contains__)
    return [Narrowing(leg, names, names, ready, 0, None, None, LIMITS) for leg in found]


def places(batch: Any) -> list[object]:
    found: list[object] = batch.column("N").to_pylist()
    return found


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("kql", SPOKEN, [0, 3, 12, 15]),
        ("kql", "T | where N == 7 or S == 'no'", [7]),
        ("kql", "T | where S == 'no'", []),
        ("kql", "T | where N in (2, 3) | extend M = N + 1 | where M > 3", [3]),
        ("cql", "S=ab N=5", [5]),
        ("cql", 'S=ab | N > 9 | regex("b$", field=S)', [13, 17]),
    ],
)
def test_kept(language: str, text: str, wanted: list[int]) -> None:
    import pyarrow as pa

    from emulator.columnar.spark.narrowing import kept

    (leg,) = legs(text, language)
    batch = pa.RecordBatch.from_pylist(ROWS)

    assert places(kept(batch, [leg])) == wanted
    assert kept(batch.slice(0, 0), [leg]).num_rows == 0


@pytest.mark.once
def test_several_legs_have_marks() -> None:
    import pyarrow as pa

    from emulator.columnar.spark.narrowing import kept

    several = legs("union (T | where N > 17), (T | where S == 'no'), (T | where N == 2)", "kql")
    marks = {"k0": [n != 18 for n in range(20)], "k1": [True] * 20, "k2": [n in (2, 5) for n in range(20)]}
    batch = pa.RecordBatch.from_pylist(
        [{**row, **{k: mark[n] for k, mark in marks.items()}} for n, row in enumerate(ROWS)]
    )
    found = kept(batch, [several[0], several[1], None])
    assert places(found) == [2, 5, 19]
    assert [found.column(mark).to_pylist() for mark in marks] == [
        [False, False, True],
        [False, False, False],
        [True, True, False],
    ]


@pytest.mark.once
def test_rows_that_fail_are_the_drivers() -> None:
    import pyarrow as pa

    from emulator.columnar.spark.narrowing import kept

    (leg,) = legs("T | where N > 1000", "kql")
    batch = pa.RecordBatch.from_pylist([{"S": "", "N": "12"}, {"S": "", "N": "x"}, {"S": "", "N": "2000"}])
    raw = dataclasses.replace(leg, prepared=False)
    assert places(kept(batch, [raw])) == ["x", "2000"]


@pytest.mark.once
def test_sub_plans_are_counted_when_the_plan_runs() -> None:
    from sqlglot import exp

    from emulator.columnar.expressions.bounds import Value
    from emulator.columnar.plans.asking import bounds_of
    from emulator.columnar.plans.paths import necessary
    from emulator.interpreter.context import Run
    from emulator.interpreter.tables import Raw
    from emulator.types import ScalarType

    (leg,) = legs("T | where N in ((T | project N | where N < 2))", "kql")
    run = Run(0, {"T": Raw(ROWS)}, LIMITS)
    bound = necessary(leg.leg.segment.steps, {"N": Value(exp.column("c0"), ScalarType.LONG)}, bounds_of(run))
    assert "IN (0, 1" in str(bound.sql)
    assert run.read == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", [SPOKEN, f"union ({SPOKEN}), (T | where strlen(strcat(S, S)) > 7 | summarize count())"]
)
def test_fewer_rows_come(text: str, spark: Spark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyarrow import Table, parquet

    from emulator.columnar.spark.columns import InColumns

    for part in range(2):
        parquet.write_table(Table.from_pylist(ROWS), tmp_path / f"{part}.parquet")
    came: list[int] = []
    fetched = InColumns._placed  # noqa: SLF001 - what comes to the driver shows nowhere else

    def counted(*arguments: Any) -> Any:
        table = fetched(*arguments)
        came.append(table.num_rows)
        return table

    monkeypatch.setattr(InColumns, "_placed", counted)
    query = emulator.compile(text, language="kql", schemas={"T": TYPES})
    tables = {"T": str(tmp_path / "*.parquet")}
    expected, found = query.run(tables), query.run(tables, engine=spark, limits=LIMITS)
    assert (found.to_json(), found.notes, found.read) == (expected.to_json(), expected.notes, expected.read)
    assert came == [sum(1 for row in ROWS * 2 if _wanted(row, text))]


def _wanted(row: dict[str, Any], text: str) -> bool:
    return (row["S"][::-1] == row["S"] and row["N"] % 3 == 0) or ("strcat" in text and len(row["S"]) > 3)
