"""An organisation's events as Parquet files: one for each table, sorted by time, in bounded memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from emulator.events.conversion import METADATA
from emulator.events.instants import iso
from emulator.events.organisation.draws import Integers
from emulator.events.organisation.files.defender import DefenderTables
from emulator.events.organisation.files.effects import EffectTexts
from emulator.events.organisation.files.falcon import FalconStream
from emulator.events.organisation.files.processes import ProcessTexts
from emulator.events.organisation.files.texts import Array
from emulator.events.organisation.happenings import Happenings
from emulator.events.organisation.layout import DAY, SLOTS
from emulator.events.organisation.organisation import Organisation
from emulator.events.sensors import FALCON_STREAM, Sensor

_AT_ONCE = 8_000
"""Computers and slots that are drawn at once: some ten events each, for each sensor."""
_GROUP = 1 << 17
"""Rows of a row group."""
LIBRARIES = ("faker", "numpy", "pyarrow")
"""What the bytes of a file depend on besides."""
Columns = dict[str, Array]
Drawn = dict[str, tuple[Integers, Columns]]
"""By table, the times and the columns of rows in time order."""


@dataclass(slots=True)
class Written:
    """What was written: rows by table, and how much of the organisation's time they cover."""

    hosts: int
    days: float = 0.0
    tables: dict[str, int] = field(default_factory=dict)

    @property
    def events(self) -> int:
        """All rows."""
        return sum(self.tables.values())

    def to_json(self) -> dict[str, object]:
        """All of it."""
        return {"events": self.events, "hosts": self.hosts, "days": self.days, "tables": self.tables}


class Tables:
    """What sensors record of an organisation, as columns."""

    def __init__(self, organisation: Organisation, sensors: Sequence[Sensor]) -> None:
        processes, effects = ProcessTexts(organisation.living), EffectTexts(organisation.living.layout)
        self.defender = DefenderTables(organisation.living, processes, effects) if Sensor.DEFENDER in sensors else None
        self.falcon = [
            FalconStream(organisation.living, processes, effects, one) for one in sensors if one is not Sensor.DEFENDER
        ]

    def of(self, found: Happenings) -> Drawn:
        """The rows of a stretch of time."""
        drawn = {} if self.defender is None else self.defender.tables(found)
        for stream in self.falcon:
            drawn[FALCON_STREAM] = stream.stream(found)
        return drawn


class _File:
    """One table's file: rows are gathered until they make a group."""

    def __init__(self, sink: BinaryIO, metadata: dict[str, object]) -> None:
        self.sink = sink
        self.metadata = metadata
        self.gathered: list[Array] = []
        self.waiting = 0
        self.rows = 0
        self.writer: Any = None

    def add(self, columns: Columns, rows: int) -> None:
        """Take some more rows, of which the first so many."""
        self.gathered.append(pa.table(columns).slice(0, rows))
        self.waiting += rows
        if self.waiting >= _GROUP:
            self._write(self.waiting - self.waiting % _GROUP)

    def close(self) -> None:
        """Write the rest, and the end of the file."""
        self._write(self.waiting)
        self.writer.add_key_value_metadata({METADATA: json.dumps(self.metadata)})
        self.writer.close()

    def _write(self, rows: int) -> None:
        table = pa.concat_tables(self.gathered).unify_dictionaries()
        if self.writer is None:
            self.writer = self._opened(table.schema)
        self.writer.write_table(table.slice(0, rows).combine_chunks(), row_group_size=_GROUP)
        # What waits is copied: a slice would keep all of it in memory.
        rest = table.slice(rows)
        self.gathered = [rest.take(pa.array(np.arange(len(rest))))]
        self.waiting -= rows
        self.rows += rows

    def _opened(self, schema: Any) -> Any:
        moments = [one.name for one in schema if pa.types.is_timestamp(one.type)]
        return pq.ParquetWriter(
            self.sink,
            schema,
            compression="zstd",
            use_dictionary=[one.name for one in schema if one.name not in moments],
            column_encoding=dict.fromkeys(moments, "DELTA_BINARY_PACKED"),
            # Readers see texts, not the dictionaries that they were made with.
            store_schema=False,
        )


def write(
    organisation: Organisation,
    sensors: Sequence[Sensor],
    sink: Callable[[str], AbstractContextManager[BinaryIO]],
    *,
    events: int | None = None,
    advance: Callable[[float], None] = lambda _: None,
) -> Written:
    """Write what sensors record, of all days or of the first so many events in order of time; `sink` opens each table.

    `advance` gets the share that is done. The same organisation gives the same bytes.
    """
    tables, written = Tables(organisation, sensors), Written(len(organisation.computers))
    files: dict[str, _File] = {}
    with ExitStack() as stack:
        for found in organisation.happenings(at_once=_AT_ONCE):
            drawn = tables.of(found)
            counts, last = _cut(drawn, None if events is None else events - written.events)
            for table, (_, columns) in drawn.items():
                if table not in files:
                    files[table] = _File(stack.enter_context(sink(table)), _metadata(organisation, table))
                files[table].add(columns, counts[table])
                written.tables[table] = written.tables.get(table, 0) + counts[table]
            written.days = found.day + found.last / SLOTS if last is None else (last - organisation.start) / DAY
            advance(written.days / organisation.days if events is None else written.events / max(1, events))
            if last is not None:
                break
        for file in files.values():
            file.close()
    return written


def write_rows(
    organisation: Organisation,
    sensors: Sequence[Sensor],
    sink: Callable[[str], AbstractContextManager[BinaryIO]],
    most: Mapping[str, int],
) -> Written:
    """Write the first so many rows of some tables, by table, and of no other; fewer if the days hold no more."""
    tables, written = Tables(organisation, sensors), Written(len(organisation.computers))
    with ExitStack() as stack:
        files = {table: _File(stack.enter_context(sink(table)), _metadata(organisation, table)) for table in most}
        for found in organisation.happenings(at_once=_AT_ONCE):
            for table, (_, columns) in tables.of(found).items():
                left = most.get(table, 0) - written.tables.get(table, 0)
                if left > 0:
                    rows = min(left, len(next(iter(columns.values()))))
                    files[table].add(columns, rows)
                    written.tables[table] = written.tables.get(table, 0) + rows
            written.days = found.day + found.last / SLOTS
            if all(written.tables.get(table, 0) >= rows for table, rows in most.items()):
                break
        for file in files.values():
            file.close()
    return written


def _cut(drawn: Drawn, most: int | None) -> tuple[dict[str, int], int | None]:
    """How many rows of each table are among the first `most` of all; the time of the last if that many are there."""
    sizes = {table: len(at) for table, (at, _) in drawn.items()}
    if most is None or sum(sizes.values()) < most:
        return sizes, None
    times = np.concatenate([at for at, _ in drawn.values()])
    order = np.argsort(times, kind="stable")[:most]
    which = np.repeat(np.arange(len(sizes)), list(sizes.values()))[order]
    counts = np.bincount(which, minlength=len(sizes)).tolist()
    return dict(zip(sizes, counts, strict=True)), int(times[order[-1]]) if len(order) else 0


def _metadata(organisation: Organisation, table: str) -> dict[str, object]:
    """What a file says of where it came from."""
    source = organisation.profile.source
    return {
        "of": table,
        "profile": organisation.profile.name,
        "sha256": hashlib.sha256(source.text.encode()).hexdigest(),
        "seed": organisation.seed,
        "hosts": len(organisation.computers),
        "start": iso(organisation.start),
        "version": version("ruleproof"),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
