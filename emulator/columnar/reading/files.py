"""Files of events as one Parquet file, from which queries read what they would read from the files themselves."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import pyarrow as pa
from pyarrow import parquet

from emulator.columnar.reading.rows import ClosedRows, OpenRows, formed
from emulator.columnar.reading.runs import KEY, RUN_BYTES, Runs
from emulator.diagnostics import QueryError
from emulator.interpreter.files import is_parquet, lines_of_file, parquet_parts
from emulator.interpreter.lines import BadLine, OnBadLine, refuse
from emulator.interpreter.tables import ConversionError
from emulator.types import RowType

ROW_GROUP = 65_536
"""Rows of a row group: few enough that a range of time leaves most groups out, enough to pack well."""
BATCH = 8192
"""Rows that are gathered before they become columns."""
_CONVERSION = 1
"""Raise it when the same input gives another file."""
_MEND = "mend the event, or the column's type in the schema"

Rows: TypeAlias = ClosedRows | OpenRows
"""What rows are gathered in."""
Advance: TypeAlias = Callable[[int], None]
"""Told how many rows were read since the last time."""


class Gathering:
    """Rows on their way into a file: more of them than a few are kept in a folder. With `sort`, in order of time."""

    def __init__(self, row: RowType | None, folder: Path, *, sort: bool, run_bytes: int = RUN_BYTES) -> None:
        self.rows: Rows = OpenRows() if row is None else ClosedRows(row)
        self._runs = Runs(folder, run_bytes)
        self._sort = sort
        self._waiting = 0
        self.count = 0

    def take(self, row: Mapping[str, Any]) -> None:
        """One more row. Raises ConversionError for one that does not fit, which is left out."""
        self.rows.take(row)
        self._waiting += 1
        if self._waiting == BATCH:
            self.flush()

    def flush(self) -> None:
        """Make columns of the rows that wait."""
        if self._waiting:
            table = self.rows.held(self.count)
            if not self._sort:
                table = table.set_column(0, KEY, pa.array([0] * self._waiting, pa.int64()))
            self._runs.add(table)
            self.count += self._waiting
            self._waiting = 0

    def write(self, sink: BinaryIO, metadata: Mapping[str, str]) -> None:
        """All rows as a Parquet file."""
        self.flush()
        forms = self.rows.forms
        schema = pa.schema([(name, seen.type) for name, seen in forms.items()], metadata=dict(metadata))
        with parquet.ParquetWriter(sink, schema, compression="zstd", write_page_index=True) as writer:
            for group in _groups(formed(table, forms) for table in self._runs.merged()):
                writer.write_table(group, row_group_size=ROW_GROUP)


def _groups(tables: Iterable[Any]) -> Iterator[Any]:
    """Rows in tables of ROW_GROUP each, but for the last."""
    held: list[Any] = []
    count = 0
    for table in tables:
        held.append(table)
        count += table.num_rows
        while count >= ROW_GROUP:
            whole = pa.concat_tables(held)
            yield whole.slice(0, ROW_GROUP)
            held, count = [whole.slice(ROW_GROUP)], count - ROW_GROUP
    if count:
        yield pa.concat_tables(held)


def gather(path: Path, into: Gathering, on_bad: OnBadLine, advance: Advance) -> None:
    """Read a file; rows that can't be read or do not fit go to `on_bad`. Raises QueryError for one that breaks off."""
    read = 0
    for number, line, row in _lines(path, on_bad):
        try:
            into.take(row)
        except ConversionError as error:
            on_bad(BadLine(path, number, line or _shown(row), str(error), _MEND))
        read += 1
        if read % BATCH == 0:
            advance(BATCH)
    advance(read % BATCH)


def _lines(path: Path, on_bad: OnBadLine) -> Iterator[tuple[int, bytes, Mapping[str, Any]]]:
    """The rows of a file with the lines that they came from; those of Parquet come from none."""
    if not is_parquet(path):
        return lines_of_file(path, on_bad)
    return ((number, b"", row) for number, row in enumerate(parquet_parts([path]).rows, 1))


def _shown(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=str).encode("utf8", "replace")


def as_parquet(paths: Sequence[Path], row: RowType | None, folder: Path) -> Path | None:
    """A Parquet file in a folder that holds the rows of some files of text, in order: of a table, or events (None).

    It is made when it is not there yet. None where a query could tell the difference: a line that can't be read, a cell
    that does not fit its column, events whose fields come in different orders.
    """
    target = folder / f"{_name(paths, row)}.parquet"
    if target.exists():
        return target
    with tempfile.TemporaryDirectory(dir=folder) as runs:
        gathering = Gathering(row, Path(runs), sort=False)
        try:
            for path in paths:
                gather(path, gathering, refuse, lambda _: None)
        except QueryError:
            return None
        if not gathering.rows.keeps_order:
            return None
        made = Path(runs) / "made.parquet"
        with made.open("wb") as sink:
            gathering.write(sink, {})
        return made.replace(target)


def _name(paths: Sequence[Path], row: RowType | None) -> str:
    """A name that differs whenever a file, or what is made of it, may differ."""
    files = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    columns = None if row is None else [(column.name, column.type.value, column.same_as) for column in row]
    return hashlib.sha256(repr((_CONVERSION, files, columns)).encode()).hexdigest()[:32]
