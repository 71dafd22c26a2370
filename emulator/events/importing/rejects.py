"""Records that were rejected, kept aside as they came, one JSON object a line."""

from __future__ import annotations

import base64
import json
from typing import BinaryIO

from emulator.events.importing.problems import Rejected, excerpt
from emulator.events.importing.provenance import Import, ImportedFile, Quoted


class Rejects:
    """The file of rejected records."""

    def __init__(self, sink: BinaryIO, done: Import) -> None:
        self._sink = sink
        self._done = done
        self.count = 0

    def add(self, file: ImportedFile, line: int, data: bytes, why: Rejected) -> None:
        """Keep a record, and count it."""
        self.count += 1
        file.counts.rejected[why.what.id] += 1
        self._done.quote(Quoted(file.name, line, why.what.id, why.message, excerpt(data)))
        told: dict[str, object] = {"file": file.name, "line": line, "code": why.what.id, "message": why.message}
        try:
            told["text"] = data.decode("utf8")
        except UnicodeDecodeError:
            told["base64"] = base64.b64encode(data).decode("ascii")
        self._sink.write(json.dumps(told, ensure_ascii=True).encode("ascii") + b"\n")
