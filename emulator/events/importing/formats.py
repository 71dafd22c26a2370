"""The formats that are imported: how a record of each is told, and which row of which table it becomes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from emulator.events.importing import falcon, products, splunk, windows
from emulator.events.importing.json_records import json_value
from emulator.events.importing.problems import DEFAULT_LIMITS, OTHER_FORM, Limits, Rejected
from emulator.events.importing.records import LeaveOut, Row
from emulator.events.instants import iso
from emulator.nodes import record
from emulator.types import RowType

_MOST_LEFT_OUT = 1000
"""Sets of fields that are counted one by one."""
_NO_WORD = re.compile(r"[^A-Za-z0-9_]+")


@record
class Event:
    """A row of a table; `columns` are None for a table of texts that has no schema."""

    table: str
    row: Row
    columns: RowType | None
    ticks: int | None = None
    """Its time, where it is known already."""


@dataclass(slots=True)
class Reading:
    """The file that records are read from, as far as their meaning depends on it."""

    name: str
    table: str | None = None
    limits: Limits = DEFAULT_LIMITS
    possible: set[str] = field(default_factory=set)
    """Tables of which nothing tells which one the rows of the file belong to."""
    _together: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def leave_out(self, *names: str) -> None:
        """Count fields that have no column."""
        if len(self._together) < _MOST_LEFT_OUT or names in self._together:
            self._together[names] += 1
        else:
            self._together[("…",)] += 1

    @property
    def left_out(self) -> Counter[str]:
        """Fields of records that no column holds, and how many records had them."""
        found: Counter[str] = Counter()
        for names, count in self._together.items():
            found.update(dict.fromkeys(names, count))
        return found

    def windows(self, row: dict[str, Any], number: int) -> Event:
        """A Windows event, with the place that it comes from."""
        row.setdefault(windows.RECORDING, self.name)
        row[windows.RECORDED_LINE] = number
        ticks = row["TimeGenerated"]
        if ticks is not None:
            row["TimeGenerated"] = iso(ticks)
        return Event(windows.TABLE, row, windows.row_type(), ticks)

    def product(self, told: str | None, row: Row, number: int) -> Event:
        """A row of a product's table: the one that was named, that the row tells, or that its columns tell."""
        table = self.table or told or self._table_by_columns(row)
        if table is None:
            return Event(own_table(self.name), row, None)
        if table == products.STREAM:
            return Event(table, row, None)
        columns = products.row_type(table)
        if columns is None:
            return Event(table, row, None)
        row = products.unpacked(row, products.dynamic_columns(columns), self._parsed)
        if table == windows.TABLE:
            row = {windows.RECORDING: self.name, windows.RECORDED_LINE: number, **row}
            columns = windows.row_type()
        return Event(table, row, columns)

    def _table_by_columns(self, row: Row) -> str | None:
        found = products.tables_by_columns(frozenset(row), self.name)
        if len(found) > 1:
            self.possible.update(found)
        return found[0] if len(found) == 1 else None

    def _parsed(self, text: str) -> object:
        if text[:1] not in ("{", "["):
            return text
        try:
            return json_value(text.encode("utf8", "surrogatepass"), self.limits)
        except Rejected:
            return text  # a text that begins as an object does


def own_table(name: str) -> str:
    """The name of a table for a file: its first name, in letters and digits, never that of a product's table."""
    paths = (name.rpartition("!")[2], name)
    made = next((word for path in paths if (word := _word(path))), "rows")
    made = f"T_{made}" if made[0].isdigit() else made
    return f"{made}_rows" if made == products.STREAM or products.row_type(made) is not None else made


def _word(path: str) -> str:
    return _NO_WORD.sub("_", PurePosixPath(path).name.partition(".")[0])[:80].strip("_")


@record
class Format:
    """A format: its name, what it is, whether a record has it, and the event of a record (raises Rejected)."""

    name: str
    title: str
    fits: Callable[[Row], bool]
    read: Callable[[Row, int, Reading], Event]


def _windows(make: Callable[[Row, LeaveOut], dict[str, Any]]) -> Callable[[Row, int, Reading], Event]:
    def read(row: Row, number: int, reading: Reading) -> Event:
        return reading.windows(make(row, reading.leave_out), number)

    return read


def _falcon(row: Row, _: int, reading: Reading) -> Event:
    return Event(products.STREAM, falcon.falcon_row(row, reading.leave_out), None)


def _logscale(row: Row, _: int, __: Reading) -> Event:
    if not falcon.is_logscale(row):
        raise Rejected(OTHER_FORM, "no event of LogScale: `@timestamp` and tags such as `#type` are missing")
    return Event(products.STREAM, falcon.logscale_row(row), None)


def _defender(row: Row, number: int, reading: Reading) -> Event:
    return reading.product(*products.defender_row(row, reading.leave_out), number)


def _log_analytics(row: Row, number: int, reading: Reading) -> Event:
    return reading.product(*products.log_analytics_row(row), number)


def _plain(row: Row, number: int, reading: Reading) -> Event:
    return reading.product(None, row, number)


def _splunk(row: Row, number: int, reading: Reading) -> Event:
    inner = row if "Printed" in row else splunk.inner_row(row, reading.limits)
    if "Printed" in inner:
        return reading.windows(splunk.printed_row(inner), number)
    for one in _EVENTS:
        if one.fits(inner):
            return one.read(inner, number, reading)
    raise Rejected(OTHER_FORM, "the raw text is an event of no known format")


_EVENTS = (
    Format(
        "windows",
        "Windows events: binary logs (.evtx) and XML, as Sysmon and Splunk have them",
        lambda row: "Event" in row,
        _windows(windows.native_row),
    ),
    Format("winlogbeat", "Winlogbeat's JSON", windows.is_winlogbeat, _windows(windows.winlogbeat_row)),
    Format("nxlog", "NXLog's flat JSON, as Security-Datasets has it", windows.is_flat, _windows(windows.flat_row)),
    Format("recorded", "recorded events, as replays read them", windows.is_recorded, _windows(windows.recorded_row)),
    Format("logscale", "exports of LogScale", falcon.is_logscale, _logscale),
    Format("falcon", "Falcon Data Replicator", falcon.is_falcon, _falcon),
)
FORMATS = (
    *_EVENTS,
    Format("splunk", "exports of Splunk, and events as it prints them", lambda row: _is_splunk(row), _splunk),
    Format("log-analytics", "exports of Sentinel and Log Analytics", products.is_log_analytics, _log_analytics),
    Format("defender", "exports of Defender's advanced hunting", products.is_defender, _defender),
    Format("plain", "any other JSON or CSV", lambda row: True, _plain),  # noqa: ARG005 - every row fits
)
"""The formats, those that say most of a record first."""


def _is_splunk(row: Row) -> bool:
    return "Printed" in row or splunk.raw_text(row) is not None


def format_called(name: str) -> Format:
    """The format of a name. Raises KeyError."""
    return {one.name: one for one in FORMATS}[name]
