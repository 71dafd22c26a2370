"""Files of events converted to one Parquet file: typed, sorted by time, with a record of where it came from."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from emulator.columnar.reading.files import Advance, Gathering, gather
from emulator.interpreter.lines import BadLine
from emulator.types import RowType

METADATA = "ruleproof"
"""The key of the file's metadata that holds, as JSON, what the file was made from."""
_QUOTED = 5
"""Bad lines that a report quotes."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was converted."""

    name: str
    bytes: int
    sha256: str


@dataclass(slots=True)
class Conversion:
    """What a conversion did: rows that were written and rows that were left out, the first of them quoted."""

    what: str
    sources: list[SourceFile] = field(default_factory=list)
    rows: int = 0
    columns: int = 0
    rejected: int = 0
    quoted: list[BadLine] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    """Columns that the table does not have, and the rows that had them."""

    def reject(self, bad: BadLine) -> None:
        """Count a row that is left out."""
        self.rejected += 1
        if len(self.quoted) < _QUOTED:
            self.quoted.append(bad)

    def to_json(self) -> dict[str, object]:
        """All of it."""
        return {
            **self._provenance(),
            "columns": self.columns,
            "unknown_columns": self.unknown,
            "first_rejected": [
                {"file": str(one.path), "line": one.number, "message": one.message, "help": one.help}
                for one in self.quoted
            ],
        }

    def _provenance(self) -> dict[str, object]:
        sources = [{"name": one.name, "bytes": one.bytes, "sha256": one.sha256} for one in self.sources]
        return {"of": self.what, "sources": sources, "rows": self.rows, "rejected": self.rejected}

    @property
    def metadata(self) -> str:
        """What the file says of where it came from: the same input gives the same text."""
        return json.dumps({**self._provenance(), "version": version("ruleproof")}, ensure_ascii=False)


def convert(
    paths: Sequence[Path],
    row: RowType | None,
    what: str,
    sink: Callable[[], AbstractContextManager[BinaryIO]],
    *,
    on_reject: Callable[[BadLine], None],
    advance: Advance,
) -> Conversion:
    """Convert files of a table (`row`), or of events (None), called `what`; `sink` opens the file once all is read.

    Raises QueryError for a file that can't be read on.
    """
    done = Conversion(what)

    def reject(bad: BadLine) -> None:
        done.reject(bad)
        on_reject(bad)

    with tempfile.TemporaryDirectory(prefix="ruleproof-") as folder:
        gathering = Gathering(row, Path(folder), sort=True)
        for path in paths:
            gather(path, gathering, reject, advance)
            done.sources.append(_source(path))
        gathering.flush()
        done.rows, done.columns = gathering.count, len(gathering.rows.forms)
        done.unknown = dict(gathering.rows.unknown)
        with sink() as file:
            gathering.write(file, {METADATA: done.metadata})
    return done


def _source(path: Path) -> SourceFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return SourceFile(path.name, file.tell(), digest.hexdigest())
