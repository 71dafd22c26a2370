"""Tables as callers give them: rows, files, Arrow tables, or tables converted before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from emulator.interpreter.tables import Events, Lazy, Prepared, Raw, Table

Rows: TypeAlias = Iterable[Mapping[str, object]]
TableSource: TypeAlias = "Rows | str | Path | Table"
"""Rows as mappings, an Arrow table, the path or glob of files, or a table converted before."""


def as_table(source: TableSource, *, again: bool) -> Table:
    """What a run reads; `again`: more than once."""
    if isinstance(source, Prepared | Raw | Events):
        return source
    if isinstance(source, str | Path):
        from emulator.interpreter.files import read_files

        return Raw(Lazy(lambda: read_files(str(source))))
    if hasattr(source, "to_pylist"):
        from emulator.interpreter.files import arrow_rows

        return Raw(arrow_rows(source))
    return Raw(list(source) if again and isinstance(source, Iterator) else source)
