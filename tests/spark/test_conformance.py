"""300 conformance cases of both languages, their tables in files: Spark gives what the interpreter gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator
from emulator.columnar.spark.attaching import attached
from emulator.columnar.spark.settings import Spark
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Limits, Run
from tests.spark.written_tables import Written

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parents[1] / "conformance"
LIMITS = Limits(seconds=300)
NOW = 638_000_000_000_000_000
OPTIONS = ("given", "parameters", "now", "time_range", "assume")
EACH = 150
WROTE: list[str] = []
"""The tables of the cases in KQL; dynamic values that JSON has no form for stay in the query."""


def families(pattern: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The cases that give rows, one of each file in turn."""
    files = [
        [(path.stem, case) for case in yaml.safe_load(path.read_text("utf8")) if case.get("rows")]
        for path in sorted(FOLDER.glob(pattern))
    ]
    return (one for one in chain.from_iterable(zip_longest(*files)) if one is not None)


def params(cases: Iterator[tuple[str, dict[str, Any]]]) -> list[Any]:
    return [pytest.param(case, id=f"{stem}: {case['prose']}") for stem, case in islice(cases, EACH)]


KQL = params(
    (stem, case)
    for stem, case in families("kql/*/*.yaml")
    if "datatable" in case["query"] and not case.keys() & {"given", "assume", "parameters", "schemas"}
)
CQL = params((stem, case) for stem, case in families("cql/*.yaml") if case.get("events"))


@pytest.mark.parametrize("case", KQL)
def test_kql(case: dict[str, Any], spark: Spark, tmp_path: Path) -> None:
    plan = emulator.compile(case["query"], language="kql").plan
    run = Run(NOW, {}, LIMITS)
    expected = list(compile_relation(plan.root)(run))
    written = Written(tmp_path, run)
    root = written.rewritten(plan.root)
    again = Run(NOW, {}, LIMITS)
    with attached(root, written.tables, again, spark) as rewritten:
        assert repr(list(compile_relation(rewritten)(again))) == repr(expected)
    WROTE.extend(written.tables)


def test_tables_were_written() -> None:
    assert len(WROTE) > EACH


@pytest.mark.parametrize("case", CQL)
def test_cql(case: dict[str, Any], spark: Spark, tmp_path: Path) -> None:
    options = {name: case[name] for name in OPTIONS if name in case}
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(map(json.dumps, case["events"])), "utf8")
    expected = emulator.run(case["query"], language="cql", tables={"events": path}, limits=LIMITS, **options)
    found = emulator.run(case["query"], language="cql", tables={"events": path}, limits=LIMITS, engine=spark, **options)
    assert found.to_json() == expected.to_json()
    assert (found.notes, found.read) == (expected.notes, expected.read)
