"""Files of events scrubbed one after the other: read twice, held never."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from emulator.diagnostics import QueryError, Reporter, code
from emulator.events.scrub.identities import Kind, identities
from emulator.events.scrub.leftovers import Leftovers
from emulator.events.scrub.scrubbing import Scrubber
from emulator.interpreter.files import read_files
from emulator.nodes import record
from emulator.source import NOWHERE, Source

NOT_SCRUBBED = code(
    "EVT1601",
    "a file that can't be scrubbed",
    "Files of events are scrubbed as JSON lines (`.jsonl`, `.ndjson`, `.json`, also with `.gz`). Export other forms as "
    "JSON lines first.",
)
_ENDINGS = (".jsonl", ".ndjson", ".json")


@record
class Scrubbing:
    """What scrubbing some files amounted to: events, identities by kind, replacements, and what is left."""

    events: int
    identities: Mapping[str, int]
    replaced: Mapping[str, int]
    leftovers: Leftovers

    def to_json(self) -> dict[str, object]:
        """Everything as plain values."""
        left = {
            kind: {
                "count": count,
                "examples": [
                    {"event": number, "field": key, "text": text} for number, key, text in self.leftovers.examples[kind]
                ],
            }
            for kind, count in sorted(self.leftovers.counts.items())
        }
        return {
            "events": self.events,
            "identities": dict(self.identities),
            "replaced": dict(self.replaced),
            "left": left,
        }


def scrub_files(
    paths: Iterable[Path], key: bytes, write: Callable[[Path, Iterator[str]], None], advance: Callable[[], None]
) -> Scrubbing:
    """Scrub files of JSON lines under one key; `write` gets each path with its lines, `advance` is called after each.

    Identities are gathered over all files first, so that a name is replaced in every file if it is told in one.
    Raises QueryError for a file that can't be read.
    """
    paths = list(paths)
    for path in paths:
        if not path.name.removesuffix(".gz").endswith(_ENDINGS):
            message, help = f"`{path.name}` is not a file of JSON lines", "name it .jsonl, or export it as JSON lines"
            raise QueryError([Reporter(Source(str(path), "")).error(NOT_SCRUBBED, message, NOWHERE, help)])
    found = identities(chain.from_iterable(map(_events, paths)))
    scrubber = Scrubber(found, key)
    left = Leftovers(scrubber.domains)
    count = 0

    def lines(path: Path) -> Iterator[str]:
        nonlocal count
        for event in _events(path):
            made = scrubber.event(event)
            count += 1
            left.look(count, made)
            yield json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n"

    for path in paths:
        write(path, lines(path))
        advance()
    kinds = {kind.value: len(found.names[kind]) for kind in Kind}
    return Scrubbing(count, kinds, dict(sorted(scrubber.replaced.items())), left)


def _events(path: Path) -> Iterator[Mapping[str, Any]]:
    for row in read_files(str(path)):
        assert isinstance(row, Mapping)  # as JSON lines are read
        yield row
