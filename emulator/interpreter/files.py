"""Tables in files: JSON lines, CSV and Parquet, packed or not, read as a stream."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.diagnostics import QueryError, code
from emulator.interpreter.lines import Line, OnBadLine, needs_pyarrow, refusal, refuse
from emulator.interpreter.lines import unreadable as unreadable
from emulator.interpreter.packed import unpacked_name
from emulator.interpreter.tables import Given, Lazy, Raw, Stored

if TYPE_CHECKING:
    from emulator.interpreter.arrow_tables import ArrowParts

NO_FILE = code(
    "EVT1001",
    "there is no such event file",
    "A table was given as a path or a glob that matches no file. Check the path; it is taken relative to the "
    "folder that the command runs in.",
)
UNKNOWN_FORMAT = code(
    "EVT1002",
    "the format of an event file is not known by its name",
    "Event files are JSON lines (`.jsonl`, `.ndjson`, `.json`), CSV (`.csv`) or Parquet (`.parquet`); the first "
    "two may end in `.gz`, `.bz2` or `.zst` besides.",
)
PARQUET = ".parquet"
_JSON_LINES = (".jsonl", ".ndjson", ".json")


def read_files(pattern: str) -> Iterator[Given]:
    """The rows of all files that a path or a glob matches, in order of name. Raises QueryError."""
    for path in files_of(pattern):
        yield from rows_of_file(path)


def files_of(pattern: str) -> list[Path]:
    """The files that a path or a glob matches, in order of name. Raises QueryError when there is none."""
    names = sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else [pattern]
    paths = [Path(name) for name in names if Path(name).is_file()]
    if not paths:
        raise refusal(pattern, NO_FILE, f"no file matches `{pattern}`", "check the path or the glob")
    return paths


def rows_of_file(path: Path) -> Iterable[Given]:
    """The rows of a file in any format. Raises QueryError."""
    return _parquet([path]).rows if is_parquet(path) else (row for _, _, row in lines_of_file(path))


def lines_of_file(path: Path, on_bad: OnBadLine = refuse) -> Iterator[Line]:
    """The rows of a file of text with their lines; lines that can't be read go to `on_bad`. Raises QueryError."""
    ending = Path(unpacked_name(path)).suffix
    if ending in _JSON_LINES:
        from emulator.interpreter.json_lines import json_lines

        return json_lines(path, on_bad)
    if ending == ".csv":
        from emulator.interpreter.csv_lines import csv_lines

        return csv_lines(path, on_bad)
    help = "name it .jsonl, .csv or .parquet (.gz, .bz2 or .zst may follow the first two)"
    raise refusal(str(path), UNKNOWN_FORMAT, f"`{path.name}` has no known ending", help)


def is_parquet(path: Path) -> bool:
    """True for a file whose name says so."""
    return path.suffix.lower() == PARQUET


def file_source(pattern: str) -> Raw | Stored:
    """The table in the files that a path or a glob matches: by columns where all are Parquet. Raises QueryError."""
    paths = files_of(pattern)
    if all(map(is_parquet, paths)):
        return _parquet(paths)
    return Raw(Lazy(lambda: chain.from_iterable(map(rows_of_file, paths))))


def _parquet(paths: Sequence[Path]) -> Stored:
    return Stored(parquet_parts(paths))


def parquet_parts(paths: Sequence[Path]) -> ArrowParts:
    """The table in some Parquet files. Raises QueryError."""
    try:
        from emulator.interpreter.arrow_tables import parquet_files
    except ImportError:
        raise needs_pyarrow(str(paths[0])) from None
    return parquet_files(paths, _no_parquet)


def _no_parquet(path: Path, why: str) -> QueryError:
    return unreadable(str(path), f"not Parquet: {why}")


def arrow_source(table: object) -> Raw | Stored:
    """The table in something that pyarrow made: what has no columns gives its rows."""
    if not hasattr(table, "schema"):
        rows: Iterable[dict[str, object]] = table.to_pylist()  # type: ignore[attr-defined]  # pyarrow is optional
        return Raw(rows)
    from emulator.interpreter.arrow_tables import arrow_table

    return Stored(arrow_table(table))
