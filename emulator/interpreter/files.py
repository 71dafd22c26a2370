"""Tables in files: JSON lines, CSV and Parquet, compressed or not, read as a stream."""

from __future__ import annotations

import csv
import glob
import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO

from emulator.diagnostics import Code, QueryError, Reporter, code
from emulator.interpreter.tables import Given, Lazy, Raw, Stored
from emulator.source import NOWHERE, Source, Span

PARQUET = ".parquet"

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
    "two may end in `.gz` besides.",
)
BAD_LINE = code(
    "EVT1003",
    "a line of an event file can't be read",
    "Every line of a JSON-lines file holds one JSON object, and every line of a CSV file as many cells as its heading, "
    "in UTF-8. The line that is named does not.",
)
NEEDS_PYARROW = code(
    "EVT1004",
    "Parquet files need pyarrow",
    "Reading Parquet needs the package `pyarrow`: install it with `pip install 'ruleproof[arrow]'`.",
)

LONGEST_LINE = 16 << 20
"""Characters of one line; a longer one is refused, so that a decompressed line stays bounded."""


DEEPEST = 200
"""Lists and objects inside each other; what is nested deeper could not be printed."""
MOST_EMPTY_LINES = 1_000_000
"""Empty lines of a file; a small compressed file could hold more of them than anybody waits for."""


def read_files(pattern: str) -> Iterator[Given]:
    """The rows of all files that a path or a glob matches, in order of name. Raises QueryError."""
    for path in files_of(pattern):
        yield from _rows(path)


def files_of(pattern: str) -> list[Path]:
    """The files that a path or a glob matches, in order of name. Raises QueryError when there is none."""
    names = sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else [pattern]
    paths = [Path(name) for name in names if Path(name).is_file()]
    if not paths:
        raise _refusal(pattern, NO_FILE, f"no file matches `{pattern}`", "check the path or the glob")
    return paths


def _rows(path: Path) -> Iterable[Given]:
    ending = Path(path.name.removesuffix(".gz")).suffix.lower()
    match ending:
        case ".jsonl" | ".ndjson" | ".json":
            return _json_lines(path)
        case ".csv":
            return _csv(path)
        case ".parquet":
            return _parquet([path]).rows
        case _:
            help = "name it .jsonl, .csv or .parquet (.gz may follow the first two)"
            raise _refusal(str(path), UNKNOWN_FORMAT, f"`{path.name}` has no known ending", help)


def _refusal(name: str, what: Code, message: str, help: str) -> QueryError:
    reporter = Reporter(Source(name, ""))
    return QueryError([reporter.error(what, message, NOWHERE, help)])


def unreadable(name: str, message: str) -> QueryError:
    """What to raise for a file that can't be read at all."""
    return _refusal(name, BAD_LINE, message, "write the file again")


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    if path.name.endswith(".gz"):
        with gzip.open(path, "rt", encoding="utf8", newline="") as lines:
            yield lines
    else:
        with path.open(encoding="utf8", newline="") as lines:
            yield lines


def _lines(path: Path) -> Iterator[str]:
    with _opened(path) as file:
        number = 0
        try:
            while line := file.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE:
                    raise _bad(path, number, "the line is too long", f"keep lines under {LONGEST_LINE >> 20} MiB")
                yield line
        except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, OSError) as error:
            raise _bad(path, number + 1, f"the file can't be read on: {error}", "check its encoding (UTF-8)") from None


def _bad(path: Path, number: int, message: str, help: str) -> QueryError:
    source = Source(str(path), "\n" * (number - 1))
    return QueryError([Reporter(source).error(BAD_LINE, message, Span(number - 1, number - 1), help)])


def _json_lines(path: Path) -> Iterator[dict[str, object]]:
    empty = 0
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            empty += 1
            if empty > MOST_EMPTY_LINES:
                raise _bad(path, number, f"more than {MOST_EMPTY_LINES:,} empty lines", "remove them")
            continue
        try:
            row = json.loads(line)
            if "\\ud" in line or "\\uD" in line:
                _refuse_half_characters(row)
        except (ValueError, RecursionError) as error:
            raise _bad(path, number, f"not JSON: {error}", "write one JSON object on each line") from None
        if not isinstance(row, dict):
            raise _bad(path, number, "not a JSON object", "write one JSON object on each line")
        if line.count("[") + line.count("{") > DEEPEST and _is_deep(row):
            raise _bad(path, number, f"nested more than {DEEPEST} deep", "write the inner part as text")
        yield row


def _is_deep(row: object) -> bool:
    """True when lists and objects stand in each other more than DEEPEST deep."""
    level: list[object] = [row]
    for _ in range(DEEPEST):
        held = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [item for one in held for item in one]
        if not level:
            return False
    return True


def _refuse_half_characters(row: object) -> None:
    """JSON can escape half of a character beyond U+FFFF, which is no text. Raises UnicodeEncodeError, a ValueError."""
    json.dumps(row, ensure_ascii=False).encode("utf8")


def _csv(path: Path) -> Iterator[dict[str, object]]:
    reader = csv.DictReader(_lines(path), strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise _bad(path, reader.line_num, "not as many cells as the heading has", "check quotes and commas")
            yield dict(row)
    except csv.Error as error:
        raise _bad(path, reader.line_num, f"not CSV: {error}", "check quotes and commas") from None


def file_source(pattern: str) -> Raw | Stored:
    """The table in the files that a path or a glob matches: by columns where all are Parquet. Raises QueryError."""
    paths = files_of(pattern)
    if all(path.suffix.lower() == PARQUET for path in paths):
        return _parquet(paths)
    return Raw(Lazy(lambda: chain.from_iterable(_rows(path) for path in paths)))


def _parquet(paths: Sequence[Path]) -> Stored:
    try:
        from emulator.interpreter.arrow_tables import parquet_files
    except ImportError:
        help = "install it: pip install 'ruleproof[arrow]'"
        raise _refusal(str(paths[0]), NEEDS_PYARROW, "pyarrow is not installed", help) from None
    return Stored(parquet_files(paths, lambda path, why: unreadable(str(path), f"not Parquet: {why}")))


def arrow_source(table: object) -> Raw | Stored:
    """The table in something that pyarrow made: what has no columns gives its rows."""
    if not hasattr(table, "schema"):
        rows: Iterable[dict[str, object]] = table.to_pylist()  # type: ignore[attr-defined]  # pyarrow is optional
        return Raw(rows)
    from emulator.interpreter.arrow_tables import arrow_table

    return Stored(arrow_table(table))
