"""Queries over tables that stand in their text, as queries over files that Spark reads."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from emulator.clock import TICKS_PER_MICROSECOND, format_datetime, format_timespan, to_datetime
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Run
from emulator.plan.relations import Relation, Scan, Values
from emulator.types import RowType, ScalarType

ARROW = {
    ScalarType.STRING: "string",
    ScalarType.LONG: "int64",
    ScalarType.INT: "int32",
    ScalarType.BOOL: "bool",
    ScalarType.REAL: "float64",
    ScalarType.DATETIME: "timestamp[us, tz=UTC]",
}


class Written:
    """Writes the tables of plans to a folder, and rewrites the plans to read them there."""

    def __init__(self, folder: Path, run: Run) -> None:
        self._folder, self._run = folder, run
        self.tables: dict[str, Path] = {}
        self._made: dict[int, Any] = {}

    def rewritten(self, node: Any) -> Any:
        """A node of a plan, with a scan of a file for each table in it."""
        if isinstance(node, tuple):
            made = tuple(map(self.rewritten, node))
            return made if any(new is not old for new, old in zip(made, node, strict=True)) else node
        if not dataclasses.is_dataclass(node) or not type(node).__module__.startswith("emulator.plan."):
            return node
        if id(node) not in self._made:
            self._made[id(node)] = (
                self._scan(node) if isinstance(node, Values) and len(node.row) else self._replaced(node)
            )
        return self._made[id(node)]

    def _replaced(self, node: Any) -> Any:
        changes = {}
        for field in dataclasses.fields(node):
            old = getattr(node, field.name)
            if (new := self.rewritten(old)) is not old:
                changes[field.name] = new
        return dataclasses.replace(node, **changes) if changes else node

    def _scan(self, values: Values) -> Relation:
        rows = list(compile_relation(values)(self._run))
        path = self._write(values.row, rows) if not any(column.hidden for column in values.row) else None
        if path is None:
            return values
        name = f"Written{len(self.tables)}"
        self.tables[name] = path
        return Scan(name, values.row, values.span)

    def _write(self, row: RowType, rows: Sequence[tuple[Any, ...]]) -> Path | None:
        """A file with some rows; None for values that no file holds."""
        stem = self._folder / f"t{len(self.tables)}"
        columns = zip(row, _columns(row, rows), strict=True)
        if all(column.type in ARROW and _is_plain(column.type, cells) for column, cells in columns):
            return write_parquet(stem.with_suffix(".parquet"), row, rows)
        cells = [[_in_json(column.type, cell) for column, cell in zip(row, one, strict=True)] for one in rows]
        try:
            lines = [json.dumps(dict(zip(row.names, one, strict=True))) for one in cells]
        except TypeError:
            return None
        stem.with_suffix(".jsonl").write_text("\n".join(lines), "utf8")
        return stem.with_suffix(".jsonl")


def write_parquet(path: Path, row: RowType, rows: Sequence[tuple[Any, ...]]) -> Path:
    """The rows of a table, typed."""
    import pyarrow as pa
    from pyarrow import parquet

    types = {ScalarType.DATETIME: pa.timestamp("us", "UTC")}
    arrays = [
        pa.array([_cell(column.type, cell) for cell in cells], types.get(column.type) or ARROW[column.type])
        for column, cells in zip(row, _columns(row, rows), strict=True)
    ]
    parquet.write_table(pa.Table.from_arrays(arrays, list(row.names)), path)
    return path


def _columns(row: RowType, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    return list(zip(*rows, strict=True)) or [()] * len(row)


def _is_plain(kind: ScalarType, cells: Iterable[Any]) -> bool:
    return kind is not ScalarType.DATETIME or all(cell is None or cell % TICKS_PER_MICROSECOND == 0 for cell in cells)


def _cell(kind: ScalarType, cell: Any) -> Any:
    return to_datetime(cell) if kind is ScalarType.DATETIME and cell is not None else cell


def _in_json(kind: ScalarType, cell: Any) -> Any:
    if cell is None:
        return None
    writers = {ScalarType.DATETIME: format_datetime, ScalarType.TIMESPAN: format_timespan, ScalarType.DECIMAL: str}
    return writers[kind](cell) if kind in writers else cell
