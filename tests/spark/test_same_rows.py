"""Spark and the interpreter give the same rows, whatever a table holds and in whichever form."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import emulator
from emulator.columnar.spark.settings import Spark
from emulator.interpreter.context import Limits

pytestmark = pytest.mark.slow
CONDITIONS = yaml.safe_load((Path(__file__).parents[1] / "columnar" / "conditions.yaml").read_text("utf8"))
TYPES = {"S": "string", "U": "string", "N": "long", "B": "bool", "T": "datetime", "D": "dynamic"}
TEXTS = [
    *(
        None,
        "",
        "use",
        "USE",
        "net use \\\\h\\C$",
        "ADMIN$",
        "5",
        "05",
        "5\n",
        "445",
        "nan",
        "a/b",
        'q"use"',
        "\x7fuse",
    ),
    *(
        "u\N{LATIN SMALL LETTER LONG S}e",
        "\N{KELVIN SIGN}",
        "k",
        "İ",
        "ı",
        "is",
        "a\nis",
        "a\r\nus",
        "nul\0use",
        "𝕦se",
        "\u2028",
    ),
]
LIMITS = Limits(seconds=300)


def rows(seed: int) -> list[dict[str, Any]]:
    draw = random.Random(seed)  # noqa: S311 - rows of a test
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return [
        {
            "S": draw.choice(TEXTS),
            "U": draw.choice(TEXTS),
            "N": draw.choice([None, 139, 445, 0, -1]),
            "B": draw.choice([None, True, False]),
            "T": draw.choice([None, start + timedelta(microseconds=draw.randrange(100))]),
            "D": draw.choice(TEXTS),
        }
        for _ in range(60)
    ]


def in_parquet(folder: Path) -> str:
    import pyarrow as pa
    from pyarrow import parquet

    types = {"S": pa.string(), "U": pa.string(), "N": pa.int64(), "B": pa.bool_(), "D": pa.string()}
    schema = pa.schema([*types.items(), ("T", pa.timestamp("us", "UTC"))])
    for seed, name in enumerate(("z y", "a", "b%20c")):
        parquet.write_table(pa.Table.from_pylist(rows(seed), schema), folder / f"{name}.parquet")
    return str(folder / "*.parquet")


def in_lines(folder: Path) -> str:
    for seed, name in enumerate(("z", "a")):
        lines = [json.dumps(row, default=datetime.isoformat, ensure_ascii=bool(seed)) for row in rows(seed)]
        (folder / f"{name}.jsonl").write_text("\n".join([*lines, "", " \u00a0"]), "utf8")
    return str(folder / "*.jsonl")


@pytest.mark.parametrize("written", [in_parquet, in_lines])
@pytest.mark.parametrize("language", list(CONDITIONS))
def test_same_rows(language: str, written: Any, spark: Spark, tmp_path: Path) -> None:
    table = {"T" if language == "kql" else "events": written(tmp_path)}
    more = (
        ["S startswith 'q\"'", "S has @\"a/b\" or U endswith 'K'"] if language == "kql" else ["N=5", "S=05 or U=/\\d$/"]
    )
    for condition in [*CONDITIONS[language], *more]:
        text = f"T | where {condition}" if language == "kql" else condition
        asked = emulator.compile(text, language=language, schemas={"T": TYPES} if language == "kql" else None)  # type: ignore[arg-type]  # one of two
        expected, found = asked.run(table), asked.run(table, engine=spark, limits=LIMITS)
        assert found.to_json() == expected.to_json(), condition
        assert found.read == expected.read, condition
