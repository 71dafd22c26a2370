"""Corpora of tables: a folder that holds a file, or a folder of files, for each table."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from pathlib import Path

from emulator.diagnostics import Diagnostic, QueryError, code
from emulator.events.importing.provenance import MANIFEST, read_manifest
from emulator.events.sensors import FALCON_STREAM
from emulator.interpreter.packed import unpacked_name
from emulator.nodes import record
from emulator.rules import Language
from emulator.schema import BUILT_IN
from emulator.source import NOWHERE, Source

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
    texts = _tables_of_texts(path)
    for one in [path] if path.is_file() else sorted(path.iterdir()):
        name = one.name.partition(".")[0]
        if name in texts:
            continue
        found = _files(one)
        if found is None or not (is_parquet(found.paths[0]) or _is_known(one, name)):
            continue
        if name in tables:
            raise _mixed(one, f"`{name}` is in `{Path(tables[name].pattern).name}` too")
        tables[name] = found
    return TableCorpus(path.name, tables) if tables else None


def _tables_of_texts(path: Path) -> frozenset[str]:
    """The tables of an import that have no schema, so that no rule of a product reads them. Raises QueryError."""
    if not (path / MANIFEST).is_file():
        return frozenset()
    told = read_manifest(path)["tables"]
    return frozenset(name for name, table in told.items() if not table["typed"] and name != FALCON_STREAM)


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
    return QueryError([Diagnostic(MIXED, message, NOWHERE, "leave one of them, or convert them", named(path))])


def named(path: Path) -> Source:
    """What diagnostics about a file point to."""
    return Source(str(path), "")


def _ending(path: Path) -> str:
    return Path(unpacked_name(path)).suffix.lower()


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its name."""
    return path.suffix.lower() == ".parquet"


def _is_known(path: Path, name: str) -> bool:
    """True for text that is named for a table; a file `events.jsonl` may hold recordings, a folder holds the stream."""
    return (name == FALCON_STREAM and path.is_dir()) or BUILT_IN.table(name) is not None
