"""Rows of products that have tables of their own: Defender's advanced hunting and Sentinel's Log Analytics."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

from emulator.events.importing.problems import OTHER_FORM, Rejected
from emulator.events.importing.records import LeaveOut, Row
from emulator.interpreter.ranges import TIME_COLUMNS
from emulator.schema import BUILT_IN
from emulator.types import RowType, ScalarType

STREAM = "events"
_CATEGORY = re.compile(r"AdvancedHunting-([A-Za-z]+)")
_ZONE = re.compile(r"(.+) \[UTC\]")
_PORTAL = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}), (\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,7}))? ([AP]M)")
_LEAST_SHARED = 4
"""Columns that a row must share with a table to be told by them."""
_LEAST_SHARE = 0.8
"""The part of a row's fields that must be columns of the table."""


def row_type(table: str) -> RowType | None:
    """The columns of a table of the products; None for one without a schema."""
    return BUILT_IN.table(table) if table in _names() else None


@cache
def _names() -> frozenset[str]:
    return frozenset(BUILT_IN.names())


@cache
def _columns() -> dict[str, frozenset[str]]:
    """The columns of every table that has a time."""
    found = {}
    for name in _names():
        row = BUILT_IN.table(name)
        if row is not None and any(time in row.names for time in TIME_COLUMNS):
            found[name] = frozenset(row.names)
    return found


@lru_cache(maxsize=256)
def tables_by_columns(fields: frozenset[str], hint: str) -> tuple[str, ...]:
    """The tables that most fields are columns of, with a time among them; `hint` (a file's name) decides ties."""
    if not fields & set(TIME_COLUMNS):
        return ()
    shared = {name: len(fields & columns) for name, columns in _columns().items()}
    most = max(shared.values())
    if most < _LEAST_SHARED or most < _LEAST_SHARE * len(fields):
        return ()
    best = sorted(name for name, count in shared.items() if count == most)
    words = set(re.split(r"[^A-Za-z0-9]+", hint))
    return tuple(name for name in best if name in words) or tuple(best)


def is_streamed(row: Row) -> bool:
    """True for the records of the streaming API of Defender: a category and the row's columns as `properties`."""
    return isinstance(row.get("category"), str) and isinstance(row.get("properties"), Mapping)


def is_defender(row: Row) -> bool:
    """True for rows of advanced hunting."""
    return is_streamed(row) or ("Timestamp" in row and ("DeviceId" in row or "ActionType" in row or "ReportId" in row))


def is_log_analytics(row: Row) -> bool:
    """True for rows of a workspace."""
    return any(name in row for name in ("TimeGenerated", "TimeGenerated [UTC]"))


def defender_row(row: Row, left_out: LeaveOut) -> tuple[str | None, Row]:
    """The table of a row of advanced hunting, where it is told, and its columns. Raises Rejected."""
    if not is_streamed(row):
        return None, row
    found = _CATEGORY.fullmatch(row["category"])
    if found is None:
        raise Rejected(OTHER_FORM, f"the category {row['category'][:60]!r} is none of advanced hunting")
    for name in row:
        if name not in ("category", "properties"):
            left_out(name)
    return found[1], row["properties"]


def log_analytics_row(row: Row) -> tuple[str | None, Row]:
    """The table of a row of a workspace, where `Type` names one, and its columns. Raises Rejected."""
    if "TimeGenerated [UTC]" in row:
        row = {_column(name): _instant(name, value) for name, value in row.items()}
    name = row.get("Type")
    return (name if isinstance(name, str) and name in _names() else None), row


def _column(heading: str) -> str:
    found = _ZONE.fullmatch(heading)
    return found[1] if found else heading


def _instant(heading: str, value: object) -> object:
    """A cell of the portal's CSV: under a heading that ends in [UTC], `1/31/2024, 1:02:03.456 PM`."""
    if not isinstance(value, str) or not _ZONE.fullmatch(heading):
        return value
    found = _PORTAL.fullmatch(value)
    if found is None:
        return value
    month, day, year, hour, minute, second = (int(found[group]) for group in range(1, 7))
    if hour > 12 or hour == 0:
        raise Rejected(OTHER_FORM, f"no time of a day: {value!r}")
    hour = hour % 12 + (12 if found[8] == "PM" else 0)
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{found[7] or '0'}Z"


def unpacked(row: Row, dynamic: frozenset[str], parse: Callable[[str], Any]) -> Row:
    """A row whose dynamic columns are values: exports write objects and lists as JSON texts."""
    if not any(type(row.get(name)) is str for name in dynamic):
        return row
    return {name: parse(value) if name in dynamic and type(value) is str else value for name, value in row.items()}


@lru_cache(maxsize=256)
def dynamic_columns(row: RowType) -> frozenset[str]:
    """The names of the columns that hold any value."""
    kinds = [column for column in row if column.type is ScalarType.DYNAMIC]
    return frozenset(name for column in kinds for name in (column.name, column.same_as) if name)
