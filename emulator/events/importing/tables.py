"""The tables of an import on their way into Parquet files, of any number of rows in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emulator.clock import TICKS_PER_MILLISECOND, UNIX_EPOCH, format_datetime, parse_iso
from emulator.columnar.reading.files import Gathering
from emulator.columnar.reading.runs import RUN_BYTES
from emulator.events.conversion import METADATA
from emulator.events.importing.formats import Event
from emulator.events.importing.problems import BAD_CELL, BAD_TIME, TOO_MANY, TOO_WIDE, Limits, Rejected, shown, stop
from emulator.events.importing.provenance import ImportedTable
from emulator.events.importing.records import Row
from emulator.interpreter.ranges import EVENT_TIME, TIME_COLUMNS
from emulator.interpreter.tables import ConversionError, as_event

_HOSTS = ("Computer", "DeviceName", "ComputerName", "aid", "Hostname")
"""Fields that name the host of an event, the first that has a value."""
_FLUSHED = 8 << 20
"""Bytes of records that wait as rows before they become columns."""
_FIRST, _LAST = (parse_iso(f"{year}-01-01T00:00:00Z") or 0 for year in (1970, 2200))


class Tables:
    """Rows by table, each gathered in order of time; together they hold a bounded part in memory."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._gathered: dict[str, _Table] = {}

    def take(self, event: Event, size: int, source: str) -> tuple[int | None, str]:
        """One more row, which took so many bytes; its time and its host. Raises Rejected, and QueryError."""
        table = self._gathered.get(event.table)
        if table is None:
            table = self._new(event, source)
        return table.take(event, size)

    def _new(self, event: Event, source: str) -> _Table:
        if len(self._gathered) == self._limits.tables:
            message = f"the records belong to more than {self._limits.tables} tables"
            stop(source, TOO_MANY, message, "import the sources one after the other")
        folder = self._folder / str(len(self._gathered))
        folder.mkdir()
        made = _Table(event, folder, RUN_BYTES // (2 + len(self._gathered)), self._limits)
        self._gathered[event.table] = made
        return made

    def write(self, folder: Path, of: Callable[[str], Mapping[str, Any]]) -> dict[str, ImportedTable]:
        """All tables as files of a folder; `of` tells what a table was made from."""
        written = {}
        for name, table in self._gathered.items():
            if table.count:
                with (folder / f"{name}.parquet").open("wb") as sink:
                    made = table.gathering
                    made.write(sink, {METADATA: json.dumps({**of(name), "rows": table.count}, ensure_ascii=False)})
                unknown = dict(made.rows.unknown)
                written[name] = ImportedTable(name, table.count, len(made.rows.forms), table.typed, unknown)
        return written


class _Table:
    """The rows of one table."""

    def __init__(self, event: Event, folder: Path, run_bytes: int, limits: Limits) -> None:
        self.typed = event.columns is not None
        self.gathering = Gathering(event.columns, folder, sort=True, run_bytes=run_bytes)
        self.count = 0
        self._limits = limits
        self._names: set[str] = set()
        self._waiting = 0

    def take(self, event: Event, size: int) -> tuple[int | None, str]:
        row, ticks = event.row, event.ticks
        if not self.typed:
            row = self._flat(row)
        if ticks is None:
            ticks = _time(row) if self.typed or EVENT_TIME not in row else _event_time(row[EVENT_TIME])
        if ticks is not None and not _FIRST <= ticks < _LAST:
            raise Rejected(BAD_TIME, f"the time {_shown_time(ticks)} is not between 1970 and 2200")
        try:
            self.gathering.take(row)
        except ConversionError as error:
            raise Rejected(BAD_CELL, shown(str(error))) from None
        self.count += 1
        self._waiting += size
        if self._waiting > _FLUSHED:
            self.gathering.flush()
            self._waiting = 0
        return ticks, _host(row)

    def _flat(self, row: Row) -> dict[str, str]:
        """The row as fields of text, not too many of them. Raises Rejected."""
        _check_width(row, self._limits.fields)
        flat = as_event(row)
        more = flat.keys() - self._names
        if more:
            if len(self._names) + len(more) > self._limits.fields:
                message = f"with `{shown(min(more), 40)}` the table has more than {self._limits.fields:,} fields"
                raise Rejected(TOO_WIDE, message)
            self._names |= more
        return flat


def _check_width(row: Row, most: int) -> None:
    """Raise Rejected for a row with more values in each other than a limit."""
    level: list[object] = [row]
    count = 0
    while level:
        held = level.pop()
        if not isinstance(held, dict | list):
            continue
        count += len(held)
        if count > most:
            raise Rejected(TOO_WIDE, f"more than {most:,} values")
        level += held.values() if isinstance(held, dict) else held


def _time(row: Row) -> int | None:
    """The time of a row of a product's table; a value that is none is found when it is converted."""
    for name in TIME_COLUMNS:
        value = row.get(name)
        if isinstance(value, str) and value:
            return parse_iso(value)
    return None


def _event_time(value: str) -> int:
    """The time of an event of the stream. Raises Rejected."""
    digits = value.removeprefix("-")
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 18:
        raise Rejected(BAD_TIME, f"`{EVENT_TIME}` is no number of milliseconds: {shown(value, 40)!r}")
    return UNIX_EPOCH + int(value) * TICKS_PER_MILLISECOND


def _shown_time(ticks: int) -> str:
    return format_datetime(ticks) if 0 <= ticks <= _LAST * 4 and ticks < 3_155_378_976_000_000_000 else f"{ticks} ticks"


def _host(row: Row) -> str:
    for name in _HOSTS:
        value = row.get(name)
        if isinstance(value, str) and value:
            return value
    return ""
