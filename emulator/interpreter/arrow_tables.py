"""Tables that lie in Arrow columns, in memory or in Parquet files: scans get the columns that they need, in tuples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
from pyarrow import parquet

from emulator.interpreter import arrow_cells
from emulator.interpreter.arrow_cells import Cells, ready
from emulator.interpreter.sparse_rows import mappings_of
from emulator.interpreter.tables import ConversionError, Events, Given, Lazy, Names, Prepared, Raw
from emulator.nodes import record
from emulator.types import Column, ScalarType

BATCH = 8192
"""Rows that are converted at a time."""

Batches: TypeAlias = Iterator[Any]
"""Arrow record batches."""


@record
class Part:
    """A file, or a table in memory: the types of its columns by name, and how its batches are read.

    `batches` takes the names of the columns to read, None for all. Of two columns of one name the last counts.
    """

    place: str
    types: Mapping[str, Any]
    batches: Callable[[Sequence[str] | None], Batches]

    def find(self, column: Column) -> str | None:
        """The name that a column has here."""
        return next((name for name in (column.name, column.same_as) if name and name in self.types), None)


class ArrowParts:
    """One table in several parts, whose columns may differ. It is what `tables.Stored` asks of."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts

    @property
    def rows(self) -> Iterable[Given]:
        """All rows as mappings, every column."""
        return Lazy(lambda: chain.from_iterable(_mappings(part, None) for part in self._parts))

    def closed(self, columns: Sequence[Column], values: frozenset[str]) -> Prepared:
        """See `tables.InColumns`."""
        made = {column.name: self._cells(column) for column in columns}
        kept = [
            column
            for column in columns
            if any(part.find(column) for part in self._parts)
            and (column.name in values or None in made[column.name].values())
        ]
        raw = frozenset(column.name for column in kept if None in made[column.name].values())
        readers = [
            [
                _Reader(column, part.find(column), None, None)
                if column.name in raw
                else _Reader(column, part.find(column), made[column.name].get(at), column.type.null)
                for column in kept
            ]
            for at, part in enumerate(self._parts)
        ]
        rows = Lazy(lambda: chain.from_iterable(map(_tuples, self._parts, readers)))
        return Prepared(Names(column.name for column in kept), rows, raw)

    def _cells(self, column: Column) -> dict[int, Cells | None]:
        """What converts a column in each part that has it; None where a cell may be wrong."""
        names = {at: part.find(column) for at, part in enumerate(self._parts)}
        return {at: ready(column.type, self._parts[at].types[name]) for at, name in names.items() if name is not None}

    def open(self, names: frozenset[str] | None) -> Raw | Events:
        """See `tables.InColumns`."""
        chosen = [[name for name in part.types if _is_wanted(name, part.types[name], names)] for part in self._parts]
        if any(_form(part.types[name]) is None for part, own in zip(self._parts, chosen, strict=True) for name in own):
            return Raw(Lazy(lambda: chain.from_iterable(map(_mappings, self._parts, chosen))))
        return Events(Lazy(lambda: chain.from_iterable(map(_events, self._parts, chosen))))


@record
class _Reader:
    """How a column of a scan is read from one part: its name there, what converts it, and its value without it."""

    column: Column
    name: str | None
    convert: Cells | None
    missing: object


def _form(held: Any) -> Cells | None:
    return ready(ScalarType.TEXT, held)


def _is_wanted(name: str, held: Any, wanted: frozenset[str] | None) -> bool:
    """Whether a column may hold one of the wanted fields, or a cell that no field can hold."""
    return wanted is None or name in wanted or _form(held) is None


def _tuples(part: Part, readers: Sequence[_Reader]) -> Iterable[tuple[Any, ...]]:
    """The rows of a part."""
    return chain.from_iterable(_tuple_batches(part, readers))


def _tuple_batches(part: Part, readers: Sequence[_Reader]) -> Iterator[Iterable[tuple[Any, ...]]]:
    names = dict.fromkeys(reader.name for reader in readers if reader.name is not None)
    before = 0
    for batch in part.batches(list(names)):
        if names:
            arrays = _arrays(batch)
            yield zip(*[_converted(part, reader, arrays, before, batch.num_rows) for reader in readers], strict=True)
        else:
            yield repeat(tuple(reader.missing for reader in readers), batch.num_rows)
        before += batch.num_rows


def _arrays(batch: Any) -> dict[str, Any]:
    """The columns of a batch by name."""
    columns = [one.dictionary_decode() if pa.types.is_dictionary(one.type) else one for one in batch.columns]
    return dict(zip(batch.schema.names, columns, strict=True))


def _converted(part: Part, reader: _Reader, arrays: Mapping[str, Any], before: int, rows: int) -> Iterable[Any]:
    """The values of one column of a batch. Raises ConversionError."""
    column = reader.column
    if reader.name is None:
        return repeat(reader.missing, rows)
    with _placed(part, reader.name, column.type, before):
        return (reader.convert or arrow_cells.cells)(arrays[reader.name])


@contextmanager
def _placed(part: Part, name: str, kind: ScalarType, before: int) -> Iterator[None]:
    try:
        yield
    except arrow_cells.BadCell as error:
        raise ConversionError(name, kind, error.value, f"{part.place}, row {before + error.position + 1}") from None


def _events(part: Part, names: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows of a part as events: fields without a value are absent."""
    before = 0
    for batch in part.batches(names):
        arrays = _arrays(batch)
        columns: dict[str, list[Any]] = {}
        for name in names:
            convert = _form(part.types[name])
            assert convert is not None, "other columns are read as mappings"
            with _placed(part, name, ScalarType.TEXT, before):
                columns[name] = convert(arrays[name])
        yield from mappings_of(columns, arrays, batch.num_rows)
        before += batch.num_rows


def _mappings(part: Part, names: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    """The rows of a part as mappings from column to cell."""
    before = 0
    for batch in part.batches(names):
        found = {}
        for name, array in _arrays(batch).items():
            if names is None or name in names:
                with _placed(part, name, ScalarType.DYNAMIC, before):
                    found[name] = arrow_cells.cells(array)
        rows = zip(*found.values(), strict=True) if found else [()] * batch.num_rows
        yield from (dict(zip(found, row, strict=True)) for row in rows)
        before += batch.num_rows


def arrow_table(table: Any) -> ArrowParts:
    """The columns of an Arrow table or record batch."""
    whole = pa.Table.from_batches([table]) if isinstance(table, pa.RecordBatch) else table

    def batches(names: Sequence[str] | None) -> Batches:
        wanted = set(whole.column_names if names is None else names)
        kept = [at for at, name in enumerate(whole.column_names) if name in wanted]
        return iter(whole.select(kept).to_batches(max_chunksize=BATCH))

    return ArrowParts([Part("Arrow table", _types(whole.schema), batches)])


def parquet_files(paths: Sequence[Path], refusal: Callable[[Path, str], Exception]) -> ArrowParts:
    """The columns of Parquet files; `refusal` makes the error for one that can't be read."""

    @contextmanager
    def refusing(path: Path) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError) as error:
            raise refusal(path, str(error)) from None

    def batches(path: Path, names: Sequence[str] | None) -> Batches:
        # With `pre_buffer`, what was read stays in memory until the file is closed.
        with refusing(path), parquet.ParquetFile(path, pre_buffer=False) as file:
            if names is not None and not names:
                yield from _empty_batches(file.metadata.num_rows)
                return
            yield from file.iter_batches(batch_size=BATCH, columns=names, use_threads=False)

    parts = []
    for path in paths:
        with refusing(path):
            parts.append(Part(str(path), _types(parquet.read_schema(path)), partial(batches, path)))
    return ArrowParts(parts)


def _types(schema: Any) -> dict[str, Any]:
    return dict(zip(schema.names, schema.types, strict=True))


def _empty_batches(rows: int) -> Batches:
    """Batches without columns."""
    whole = pa.table({"": pa.nulls(min(rows, BATCH))}).to_batches()
    for at in range(0, rows, BATCH):
        yield whole[0].slice(0, min(BATCH, rows - at))
