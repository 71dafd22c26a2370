"""The engine and the interpreter give the same rows, whatever a table holds."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import emulator

pytestmark = pytest.mark.once
CONDITIONS = yaml.safe_load(Path(__file__).with_name("conditions.yaml").read_text("utf8"))
TYPES = {"S": "string", "U": "string", "N": "long", "B": "bool", "T": "datetime", "D": "dynamic"}
TEXTS = st.none() | st.sampled_from(
    [
        "",
        "use",
        "USE",
        "net use \\\\h\\C$",
        "ADMIN$",
        "u\N{LATIN SMALL LETTER LONG S}e",
        "\N{KELVIN SIGN}",
        "k",
        "İ",
        "ı",
        "a\nis",
        "k\nUse",
        "x\u017f\u017f.ıİ",
    ]
)
MOMENTS = st.integers(0, 100).map(lambda ago: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(microseconds=ago))
ROW = st.fixed_dictionaries(
    {
        "S": TEXTS,
        "U": TEXTS,
        "N": st.none() | st.sampled_from([139, 445, 0, -1]),
        "B": st.none() | st.booleans(),
        "T": st.none() | MOMENTS,
        "D": TEXTS,
    }
)


@functools.cache
def arrow_schema() -> Any:
    import pyarrow as pa

    types = {"S": pa.string(), "U": pa.string(), "N": pa.int64(), "B": pa.bool_(), "D": pa.string()}
    return pa.schema([*types.items(), ("T", pa.timestamp("us", "UTC"))])


def query(language: str, condition: str) -> emulator.Query:
    text = f"T | where {condition}" if language == "kql" else condition
    return emulator.compile(text, language=language, schemas={"T": TYPES} if language == "kql" else None)  # type: ignore[arg-type]  # one of two


@pytest.mark.parametrize("language", list(CONDITIONS))
def test_same_rows(language: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("same") / "t.parquet"
    table = {"T" if language == "kql" else "events": file}
    queries = {condition: query(language, condition) for condition in CONDITIONS[language]}

    @settings(max_examples=2, phases=[Phase.generate])  # each example runs every condition: too long to shrink
    @given(st.lists(ROW, min_size=10, max_size=80))
    def law(rows: list[dict[str, Any]]) -> None:
        from pyarrow import Table, parquet

        parquet.write_table(Table.from_pylist(rows, arrow_schema()), file)
        for condition, asked in queries.items():
            found = asked.run(table, engine="duckdb").to_json()
            assert found == asked.run(table).to_json(), condition

    law()
