"""What an import did, as a file beside its tables tells it: sources, formats, counts, and what was rejected."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from emulator.clock import format_datetime
from emulator.diagnostics import code
from emulator.interpreter.lines import refusal
from emulator.nodes import record

MANIFEST = "import.json"
REJECTED = "import.rejected.jsonl"
NO_IMPORT = code(
    "EVT1711",
    "a folder holds no import",
    "`ruleproof events import` writes `import.json` beside the tables; the folder has none, or it can't be read.",
)
_MOST_HOSTS = 1000
"""Hosts of a file that are named; of all files, ten times as many."""
_MOST_QUOTED = 20


@record
class Quoted:
    """A record that was rejected, for people: where it stands, why, and its beginning."""

    file: str
    line: int
    code: str
    message: str
    text: str

    def to_json(self) -> dict[str, object]:
        """All of it."""
        return {
            "file": self.file,
            "line": self.line,
            "code": self.code,
            "message": self.message,
            "text": self.text,
        }


@dataclass(slots=True)
class Counts:
    """Events of a file or of all: what was read is what was kept and what was rejected."""

    read: int = 0
    kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By code."""
    untimed: int = 0
    first: int | None = None
    last: int | None = None
    hosts: set[str] = field(default_factory=set)
    tables: Counter[str] = field(default_factory=Counter)

    def keep(self, table: str, ticks: int | None, host: str) -> None:
        """Count an event that was written."""
        self.kept += 1
        self.tables[table] += 1
        if host and len(self.hosts) < _MOST_HOSTS:
            self.hosts.add(host)
        if ticks is None:
            self.untimed += 1
            return
        self.first = ticks if self.first is None else min(self.first, ticks)
        self.last = ticks if self.last is None else max(self.last, ticks)

    def add(self, other: Counts) -> None:
        """Count what another counts, too."""
        self.read += other.read
        self.kept += other.kept
        self.rejected.update(other.rejected)
        self.untimed += other.untimed
        self.first = min((one for one in (self.first, other.first) if one is not None), default=None)
        self.last = max((one for one in (self.last, other.last) if one is not None), default=None)
        if len(self.hosts) < 10 * _MOST_HOSTS:
            self.hosts |= other.hosts
        self.tables.update(other.tables)

    def to_json(self) -> dict[str, object]:
        """All of it, with instants as text."""
        return {
            "read": self.read,
            "kept": self.kept,
            "rejected": self.rejected.total(),
            "rejected_by_code": dict(sorted(self.rejected.items())),
            "without_time": self.untimed,
            "first": None if self.first is None else format_datetime(self.first),
            "last": None if self.last is None else format_datetime(self.last),
            "hosts": sorted(self.hosts),
            "tables": dict(sorted(self.tables.items())),
        }


@dataclass(slots=True)
class ImportedFile:
    """A file of events: a source, or a member of one."""

    name: str
    packing: tuple[str, ...]
    framing: str
    format: str
    why: str
    counts: Counts = field(default_factory=Counts)
    left_out: Counter[str] = field(default_factory=Counter)
    possible: set[str] = field(default_factory=set)
    """Tables of which nothing tells which one the rows belong to."""

    def to_json(self) -> dict[str, object]:
        """All of it."""
        return {
            "name": self.name,
            "packing": list(self.packing),
            "framing": self.framing,
            "format": self.format,
            "recognised_by": self.why,
            **self.counts.to_json(),
            "fields_left_out": dict(sorted(self.left_out.items())),
            "possible_tables": sorted(self.possible),
        }


@dataclass(slots=True)
class ImportedSource:
    """A file that was named, or found in a folder that was; `skipped` holds what is no events, and what was seen."""

    name: str
    bytes: int = 0
    sha256: str = ""
    files: list[ImportedFile] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """All of it."""
        return {
            "name": self.name,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "files": [one.to_json() for one in self.files],
            "skipped": self.skipped,
        }


@record
class ImportedTable:
    """A table that was written."""

    name: str
    rows: int
    columns: int
    typed: bool
    unknown: dict[str, int]
    """Columns that the table does not have, and the rows that had them."""

    def to_json(self) -> dict[str, object]:
        """All of it."""
        return {
            "file": f"{self.name}.parquet",
            "rows": self.rows,
            "columns": self.columns,
            "typed": self.typed,
            "unknown_columns": self.unknown,
        }


@dataclass(slots=True)
class Import:
    """What was imported."""

    sources: list[ImportedSource] = field(default_factory=list)
    tables: dict[str, ImportedTable] = field(default_factory=dict)
    quoted: list[Quoted] = field(default_factory=list)

    @property
    def files(self) -> list[ImportedFile]:
        """The files of all sources."""
        return [one for source in self.sources for one in source.files]

    @property
    def counts(self) -> Counts:
        """The events of all files."""
        whole = Counts()
        for one in self.files:
            whole.add(one.counts)
        return whole

    def quote(self, found: Quoted) -> None:
        """Keep one of the first rejected records to show."""
        if len(self.quoted) < _MOST_QUOTED:
            self.quoted.append(found)

    def to_json(self) -> dict[str, Any]:
        """All of it; the same input gives the same text."""
        return {
            "version": version("ruleproof"),
            **self.counts.to_json(),
            "tables": {name: one.to_json() for name, one in sorted(self.tables.items())},
            "sources": [one.to_json() for one in self.sources],
            "first_rejected": [one.to_json() for one in self.quoted],
        }


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the import in a folder did. Raises QueryError where there is none."""
    try:
        found = json.loads((folder / MANIFEST).read_text("utf8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not JSON"
        message = f"`{MANIFEST}` can't be read: {why}"
        raise refusal(str(folder), NO_IMPORT, message, "import the events again") from None
    if not isinstance(found, dict) or not {"tables", "sources", "kept"} <= found.keys():
        raise refusal(str(folder), NO_IMPORT, f"`{MANIFEST}` tells of no import", "import the events again")
    return found
