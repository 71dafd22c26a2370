"""Corpora of tables: a folder that holds a file, or a folder of files, for each table."""

from __future__ import annotations

import glob
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.events.sensors import FALCON_STREAM
from emulator.interpreter.packed import unpacked_name
from emulator.interpreter.ranges import TIME_COLUMNS
from emulator.nodes import record
from emulator.query import DEFAULT_LIMITS
from emulator.rules import Language
from emulator.schema import BUILT_IN
from emulator.source import NOWHERE, Source

UNKNOWN_TABLE = code(
    "EVT1502",
    "a table of a corpus has no schema",
    "JSON lines and CSV are typed by the schema of the table that the file is named for. Parquet has types of its own.",
)
MIXED = code(
    "EVT1503",
    "a table of a corpus is in files of several formats",
    "All files of a table are Parquet, or all are JSON lines or CSV. `ruleproof events convert` makes Parquet of them.",
)
TOO_LARGE = code(
    "EVT1504",
    "the events of a corpus can't be counted",
    "Rates need the number of events, hosts and days of a corpus. Counting them took more than may be used.",
)
_ENDINGS = (".parquet", ".jsonl", ".ndjson", ".json", ".csv")
_TIMES = frozenset({"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS"})


@record
class TableFiles:
    """The files of a table, and the path or glob that matches them."""

    pattern: str
    paths: tuple[Path, ...]


@record
class TableCorpus:
    """The files of each table; the stream of CQL is the table `events`. `label` says what its events are."""

    name: str
    tables: Mapping[str, TableFiles]
    label: str = "unlabelled"

    def of(self, language: Language) -> dict[str, TableFiles]:
        """The tables that queries of a language read."""
        wanted = language is Language.CQL
        return {name: files for name, files in self.tables.items() if (name == FALCON_STREAM) is wanted}


def find_tables(path: Path) -> TableCorpus | None:
    """The corpus of tables at a path: Parquet, or files of text that are named for a table; None when it holds none.

    Raises QueryError for a table in several formats.
    """
    tables: dict[str, TableFiles] = {}
    for one in [path] if path.is_file() else sorted(path.iterdir()):
        name = one.name.partition(".")[0]
        found = _files(one)
        if found is None or not (_is_parquet(found.paths[0]) or _is_known(one, name)):
            continue
        if name in tables:
            raise _mixed(one, f"`{name}` is in `{Path(tables[name].pattern).name}` too")
        tables[name] = found
    return TableCorpus(path.name, tables) if tables else None


def _files(path: Path) -> TableFiles | None:
    if path.is_file():
        return TableFiles(glob.escape(str(path)), (path,)) if _ending(path) in _ENDINGS else None
    inside = sorted(one for one in path.rglob("*") if one.is_file() and _ending(one) in _ENDINGS)
    if not inside:
        return None
    kinds = {one.name[one.name.index(".") :] for one in inside if not one.name.startswith(".")}
    if len({one.suffix for one in inside}) > 1:
        raise _mixed(path, f"its files end in {', '.join(sorted(kinds))}")
    pattern = f"{glob.escape(str(path))}/**/*{inside[0].suffix}"
    return TableFiles(pattern, tuple(map(Path, sorted(glob.glob(pattern, recursive=True)))))


def _mixed(path: Path, message: str) -> QueryError:
    return QueryError([Diagnostic(MIXED, message, NOWHERE, "leave one of them, or convert them", _named(path))])


def _named(path: Path) -> Source:
    return Source(str(path), "")


def _ending(path: Path) -> str:
    return Path(unpacked_name(path)).suffix.lower()


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _is_known(path: Path, name: str) -> bool:
    """True for text that is named for a table; a file `events.jsonl` may hold recordings, a folder holds the stream."""
    return (name == FALCON_STREAM and path.is_dir()) or BUILT_IN.table(name) is not None


@contextmanager
def as_parquet(tables: Mapping[str, TableFiles], tell: Callable[[str], None]) -> Iterator[dict[str, TableFiles]]:
    """Tables as Parquet files with instants; others are converted on disk while the block runs.

    `tell` hears of rows that were left out. Raises QueryError.
    """
    with tempfile.TemporaryDirectory(prefix="ruleproof-") as folder:
        yield {name: _ready(name, files, Path(folder), tell) for name, files in tables.items()}


def _ready(name: str, files: TableFiles, folder: Path, tell: Callable[[str], None]) -> TableFiles:
    row = None if name == FALCON_STREAM else BUILT_IN.table(name)
    if _is_parquet(files.paths[0]) and (name == FALCON_STREAM or _has_instants(files.paths)):
        return files
    if name != FALCON_STREAM and row is None:
        help = "give it a column `TimeGenerated` or `Timestamp` that holds timestamps"
        message = f"`{name}` has no schema that its time could be read by"
        raise QueryError([Diagnostic(UNKNOWN_TABLE, message, NOWHERE, help, _named(files.paths[0]))])
    output = folder / f"{name}.parquet"
    from emulator.events.conversion import convert

    def sink() -> BinaryIO:
        return cast("BinaryIO", output.open("wb"))

    done = convert(files.paths, row, name, sink, on_reject=lambda _: None, advance=lambda _: None)
    if done.rejected:
        tell(f"{name}: {done.rejected} rows were left out: they can't be read as rows of the table")
    return TableFiles(glob.escape(str(output)), (output,))


def _has_instants(paths: tuple[Path, ...]) -> bool:
    from emulator.columnar.duckdb.connection import DuckDB

    with DuckDB(paths, DEFAULT_LIMITS, time.monotonic() + DEFAULT_LIMITS.seconds) as engine:
        held = engine.files(paths).find(*TIME_COLUMNS)
    return held is not None and held.type in _TIMES
