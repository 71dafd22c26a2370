"""Tables as callers give them: rows, files, Arrow tables, or tables converted before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from emulator.interpreter.tables import Events, Given, Prepared, Raw, Stored, Table
from emulator.types import Column

Rows: TypeAlias = Iterable[Mapping[str, object]]
TableSource: TypeAlias = "Rows | str | Path | Table"
"""Rows as mappings, an Arrow table, the path or glob of files, or a table converted before."""


def as_table(source: TableSource, *, again: bool) -> Table:
    """What a run reads; `again`: more than once."""
    if isinstance(source, Prepared | Raw | Events | Stored):
        return source
    if isinstance(source, str | Path):
        return Stored(_Files(str(source)))
    if hasattr(source, "to_pylist"):
        from emulator.interpreter.files import arrow_source

        return arrow_source(source)
    return Raw(list(source) if again and isinstance(source, Iterator) else source)


class _Files:
    """The files that a path or a glob matches, looked at when they are read: Parquet by columns, others by rows."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    @property
    def rows(self) -> Iterable[Given]:
        """See `tables.InColumns`."""
        return self._found().rows

    def closed(self, columns: Sequence[Column], values: frozenset[str]) -> Raw | Prepared:
        """See `tables.InColumns`."""
        found = self._found()
        return found.source.closed(columns, values) if isinstance(found, Stored) else found

    def open(self, names: frozenset[str] | None) -> Raw | Events:
        """See `tables.InColumns`."""
        found = self._found()
        return found.source.open(names) if isinstance(found, Stored) else found

    def _found(self) -> Raw | Stored:
        from emulator.interpreter.files import file_source

        return file_source(self._pattern)
