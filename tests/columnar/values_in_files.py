"""Plans whose written rows are put into Parquet files, so that engines have something to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from emulator.clock import TICKS_PER_MICROSECOND, UNIX_EPOCH
from emulator.plan.expressions import Const
from emulator.plan.relations import (
    Aggregate,
    Apply,
    Distinct,
    Join,
    Limit,
    Relation,
    Scan,
    Segment,
    Share,
    Sort,
    TableFunction,
    Union,
    Values,
)
from emulator.types import Rest, ScalarType

ARROW = {
    ScalarType.STRING: pa.string(),
    ScalarType.BOOL: pa.bool_(),
    ScalarType.INT: pa.int32(),
    ScalarType.LONG: pa.int64(),
    ScalarType.REAL: pa.float64(),
    ScalarType.DATETIME: pa.timestamp("us", "UTC"),
    ScalarType.GUID: pa.string(),
}
"""What a column of a type is written as; tables with columns of other types stay in the query."""


def in_files(root: Relation, folder: Path) -> tuple[Relation, dict[str, str]]:
    """The plan with scans in place of rows that are written in it, and the files of these tables."""
    tables: dict[str, str] = {}

    def visit(node: Relation) -> Relation:
        match node:
            case Values() if (table := _arrow(node)) is not None:
                name = f"written{len(tables)}"
                tables[name] = str(folder / f"{name}.parquet")
                parquet.write_table(table, tables[name])
                return Scan(name, node.row, node.span)
            case Join(left=left, right=right):
                return replace(node, left=visit(left), right=visit(right))
            case Union(inputs=several) | TableFunction(inputs=several):
                return replace(node, inputs=tuple(map(visit, several)))
            case Segment() | Aggregate() | Sort() | Limit() | Distinct() | Share() | Apply():
                return replace(node, input=visit(node.input))
            case _:
                return node

    return visit(root), tables


def _arrow(node: Values) -> pa.Table | None:
    """The rows as a table; None where a file can't hold them as they are."""
    names = [name.lower() for name in node.row.names]
    if node.row.rest is not Rest.CLOSED or not node.rows or not names or len(set(names)) < len(names):
        return None
    if any(column.type not in ARROW or column.hidden for column in node.row):
        return None
    columns = [list(_cells(node, place)) for place in range(len(node.row))]
    if any(one is ... for cells in columns for one in cells):
        return None
    types = [ARROW[column.type] for column in node.row]
    return pa.table([pa.array(cells, kind) for cells, kind in zip(columns, types, strict=True)], list(node.row.names))


def _cells(node: Values, place: int) -> Iterator[Any]:
    """The cells of a column; `...` for one that a file can't hold."""
    for row in node.rows:
        cell = row[place]
        value = cell.value if isinstance(cell, Const) else ...
        if isinstance(value, str) and any("\ud800" <= one <= "\udfff" for one in value):
            value = ...
        if node.row.columns[place].type is ScalarType.DATETIME and isinstance(value, int):
            whole, rest = divmod(value - UNIX_EPOCH, TICKS_PER_MICROSECOND)
            value = ... if rest else whole
        yield value
