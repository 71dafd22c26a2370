"""Tables of a corpus as Parquet with instants, which all engines replay: others are converted, once."""

from __future__ import annotations

import glob
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.events.sensors import FALCON_STREAM
from emulator.interpreter.files import unreadable
from emulator.interpreter.ranges import TIME_COLUMNS
from emulator.replay.cache.results import ResultCache, digest, file_digest
from emulator.replay.cache.software import software
from emulator.replay.tables.corpus import TableFiles, is_parquet, named
from emulator.schema import BUILT_IN
from emulator.source import NOWHERE

UNKNOWN_TABLE = code(
    "EVT1502",
    "a table of a corpus has no schema",
    "JSON lines and CSV are typed by the schema of the table that the file is named for. Parquet has types of its own.",
)
MOST_BYTES = 64 << 20
"""The largest converted table that is kept."""
_UNITS = frozenset({"s", "ms", "us", "ns"})


@contextmanager
def as_parquet(
    tables: Mapping[str, TableFiles], cache: ResultCache, tell: Callable[[str], None]
) -> Iterator[dict[str, TableFiles]]:
    """Tables as Parquet files with instants; others are converted on disk while the block runs, or were before.

    `tell` hears of rows that were left out. Raises QueryError.
    """
    with tempfile.TemporaryDirectory(prefix="ruleproof-") as folder:
        yield {name: _ready(name, files, Path(folder), cache, tell) for name, files in tables.items()}


def tell_left_out(tables: Mapping[str, TableFiles], cache: ResultCache, tell: Callable[[str], None]) -> None:
    """Tell of the rows that were left out when tables were converted, where nothing needs them now."""
    for name, files in tables.items():
        known = None if is_parquet(files.paths[0]) else cache.get(_key(name, files, cache))
        if known is not None:
            _tell(name, known["rejected"], tell)


def _ready(name: str, files: TableFiles, folder: Path, cache: ResultCache, tell: Callable[[str], None]) -> TableFiles:
    if is_parquet(files.paths[0]) and (name == FALCON_STREAM or all(map(_has_instants, files.paths))):
        return files
    if name != FALCON_STREAM and BUILT_IN.table(name) is None:
        help = "give it a column `TimeGenerated` or `Timestamp` that holds timestamps"
        message = f"`{name}` has no schema that its time could be read by"
        raise QueryError([Diagnostic(UNKNOWN_TABLE, message, NOWHERE, help, named(files.paths[0]))])
    output, key = folder / f"{name}.parquet", _key(name, files, cache)
    rejected = _converted_before(output, key, cache)
    if rejected is None:
        rejected = _converted(name, files, output)
        _keep(output, key, rejected, cache)
    _tell(name, rejected, tell)
    return TableFiles(glob.escape(str(output)), (output,))


def _key(name: str, files: TableFiles, cache: ResultCache) -> str:
    return digest(["converted", name, [cache.digest_of(path) for path in files.paths], software(cache)])


def _tell(name: str, rejected: int, tell: Callable[[str], None]) -> None:
    if rejected:
        tell(f"{name}: {rejected} rows were left out: they can't be read as rows of the table")


def _converted_before(output: Path, key: str, cache: ResultCache) -> int | None:
    """Put what was converted before in its place; how many rows it lacks. None when it is not there as it was."""
    known, path = cache.get(key), cache.find_file(key)
    if known is None or path is None:
        return None
    try:
        shutil.copyfile(path, output)
    except OSError:
        return None
    if file_digest(output) != known["sha256"]:
        cache.damaged()
        return None
    return int(known["rejected"])


def _converted(name: str, files: TableFiles, output: Path) -> int:
    """Convert a table; how many rows had to be left out."""
    from emulator.events.conversion import convert

    def sink() -> BinaryIO:
        return cast("BinaryIO", output.open("wb"))

    row = None if name == FALCON_STREAM else BUILT_IN.table(name)
    return convert(files.paths, row, name, sink, on_reject=lambda _: None, advance=lambda _: None).rejected


def _keep(output: Path, key: str, rejected: int, cache: ResultCache) -> None:
    made = cache.new_file(key) if output.stat().st_size <= MOST_BYTES else None
    if made is None:
        return
    with made, output.open("rb") as file:
        shutil.copyfileobj(file, made.file)
        made.keep()
    cache.put(key, {"sha256": file_digest(output), "rejected": rejected})


def _has_instants(path: Path) -> bool:
    """Whether the time of a table's rows is of a type of its own, which engines read as it is."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            kinds = dict(zip(file.schema_arrow.names, file.schema_arrow.types, strict=True))
            plain = {column.name for column in file.schema if column.physical_type == "INT96"}
    except (pa.ArrowException, OSError) as error:
        raise unreadable(str(path), str(error).partition("\n")[0]) from None
    name = next((name for name in TIME_COLUMNS if name in kinds), "")
    return name in plain or (name != "" and pa.types.is_timestamp(kinds[name]) and kinds[name].unit in _UNITS)
