"""What an import wrote, as plain values."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file, without what is null."""
    table = parquet.read_table(path)
    for at, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(at, field.name, table[field.name].cast(pa.string()))
    packed = {field.name for field in table.schema if "json" in str(field.type)}
    return [
        {name: json.loads(value) if name in packed else value for name, value in row.items() if value is not None}
        for row in table.to_pylist()
    ]


def tables(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table of a folder."""
    return {path.stem: rows(path) for path in sorted(folder.glob("*.parquet"))}
