"""Tables on storage that Spark reads: what a caller's path or URL stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from emulator.columnar.plans.encoding import Held
from emulator.columnar.spark.sessions import UNREADABLE, refusal
from emulator.diagnostics import QueryError
from emulator.interpreter.files import files_of
from emulator.nodes import record

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_LINES = (".json", ".jsonl", ".ndjson")
_PACKED = (".gz", ".bz2", ".zst")
_TYPES = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "timestamp_ntz": "TIMESTAMP",
}
"""Spark's names of types, and the names under which `Held` knows them; others are handed on cell by cell."""
_HIDDEN = ("_", ".")
FORMATS = ("parquet", "delta", "json")


@record
class Stored:
    """A table where it lies: its format, and the paths to read."""

    format: str
    paths: tuple[str, ...]
    local: tuple[Path, ...] = ()
    """The files on this machine, in order."""


@record
class Frame:
    """A table as Spark reads it: columns are called by their places, `f` and `r` give each row its place."""

    frame: DataFrame
    columns: tuple[Held, ...]
    files: tuple[str, ...]
    """The files, as `place_of` writes them, in the order of their rows."""

    def find(self, name: str, other: str = "") -> Held | None:
        """The column of a name, or of its second name."""
        by_name = {held.name: held for held in self.columns}
        return by_name.get(name) or by_name.get(other)


def stored(source: str | Path, session: SparkSession) -> Stored | None:
    """What a caller's source stands for; None for files that only the interpreter reads. Raises QueryError."""
    text = str(source)
    if "://" in text:
        found = _format_of(text) or _format_in(text, session)
        if found is None:
            raise refusal(UNREADABLE, f"no table of a known format at {text}", f"one of {', '.join(FORMATS)}")
        return Stored(found, (text,))
    if Path(text).is_dir():
        url = _url(Path(text))
        found = _format_in(url, session)
        if found is None:
            raise refusal(UNREADABLE, f"no table of a known format in {text}", f"one of {', '.join(FORMATS)}")
        return Stored(found, (url,))
    paths = tuple(path.absolute() for path in files_of(text))
    if hidden := [path.name for path in paths if path.name.startswith(_HIDDEN)]:
        message = f"Spark leaves out files whose names start with `_` or `.`: {', '.join(hidden)}"
        raise refusal(UNREADABLE, message, "rename them")
    formats = {_format_of(path.name) for path in paths}
    if len(formats) != 1 or None in formats:
        return None
    return Stored(str(formats.pop()), tuple(map(_url, paths)), paths)


def _url(path: Path) -> str:
    """A path of this machine; Spark reads some of its characters as a pattern."""
    return "file://" + "".join(f"\\{one}" if one in "*?[]{}\\" else one for one in str(path.absolute()))


def _format_of(name: str) -> str | None:
    """The format that the ending of a name speaks of."""
    lowered = name.rstrip("/").lower()
    for packed in _PACKED:
        lowered = lowered.removesuffix(packed)
    if lowered.endswith(".parquet"):
        return "parquet"
    return "json" if lowered.endswith(_LINES) else None


def _format_in(url: str, session: SparkSession) -> str | None:
    """The format of what lies in a folder: that of its first file, or Delta's where a log of it lies beside."""
    hadoop = session.sparkContext._jvm.org.apache.hadoop.fs  # noqa: SLF001 - no public way
    try:
        path = hadoop.Path(url)
        system = path.getFileSystem(session.sparkContext._jsc.hadoopConfiguration())  # noqa: SLF001 - see above
        for status in system.globStatus(path) or ():
            if system.exists(hadoop.Path(status.getPath(), "_delta_log")):
                return "delta"
            if (found := next(_formats(system, status), None)) is not None:
                return found
    except Exception as error:  # noqa: BLE001 - storage raises whatever its Java side does
        raise unreadable(url, error) from None
    return None


def _formats(system: Any, status: Any) -> Iterator[str]:
    """The formats of the files in a folder, as Spark sees them: hidden ones are left out."""
    files = system.listFiles(status.getPath(), True)  # noqa: FBT003 - Java has no names for arguments
    while files.hasNext():
        name = files.next().getPath().getName()
        if not name.startswith(_HIDDEN) and (found := _format_of(name)) is not None:
            yield found


def read(table: Stored, session: SparkSession) -> Frame:
    """A table as Spark reads it. Raises QueryError."""
    from pyspark.sql import functions as sql

    is_delta = table.format == "delta"
    frame = session.read.format("delta").load(table.paths[0]) if is_delta else session.read.parquet(*table.paths)
    files = files_in_order(table, frame)
    columns = tuple(
        Held(field.name, place, _TYPES.get(field.dataType.simpleString(), field.dataType.simpleString()))
        for place, field in enumerate(frame.schema)
    )
    selected = [frame[_quoted(held.name)].alias(f"c{held.place}") for held in columns]
    # A Delta table has no order of its own.
    row = sql.monotonically_increasing_id() if is_delta else frame["_metadata.row_index"]
    return Frame(frame.select(*selected, frame["_metadata.file_path"].alias("f"), row.alias("r")), columns, files)


def files_in_order(table: Stored, frame: DataFrame) -> tuple[str, ...]:
    """The files of a table, as `place_of` writes them, in the order of their rows. Raises QueryError."""
    named = frame.inputFiles()
    if not table.local:
        return tuple(sorted(map(place_of, named)))
    if len(named) != len(table.local):
        raise refusal(UNREADABLE, f"Spark reads {len(named)} of {len(table.local)} files", "give their folder")
    return tuple(str(path) for path in table.local)


def place_of(name: str) -> str:
    """One form for the names of a file: Spark writes `file:/`, `file:///` and escaped characters."""
    if name.startswith("/"):
        return name
    return re.sub("^file:/+", "/", unquote(name))


def unreadable(name: str, error: Exception) -> QueryError:
    """What to raise for what Spark says of a table."""
    lines = str(error).strip().splitlines()
    said = next((line.lstrip(": ") for line in lines if not line.startswith("An error occurred")), "")
    if "DATA_SOURCE_NOT_FOUND" in str(error) or "ClassNotFoundException: delta" in str(error):
        said, help = "it is a Delta table, and Delta's package is not on Spark's class path", "spark.jars.packages"
        return refusal(UNREADABLE, f"{name}: {said}", f"add io.delta:delta-spark to {help}")
    return refusal(UNREADABLE, f"{name}: {said}", "check the path, the storage's settings and the files")


def lines(table: Stored, session: SparkSession) -> DataFrame:
    """JSON lines as they stand: the bytes `line`, the file `f`, and `b` and `r`, which put the lines of it in order."""
    from pyspark.sql import functions as sql

    frame = session.read.text(list(table.paths))
    place = [frame["_metadata.file_path"].alias("f"), frame["_metadata.file_block_start"].alias("b")]
    return frame.select(frame["value"].alias("line"), *place, sql.monotonically_increasing_id().alias("r"))


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
