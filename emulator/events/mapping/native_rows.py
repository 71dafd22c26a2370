"""Rows as products and imports write them, taken for recorded events: what recorded them, when and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from emulator.events.instants import EPOCH, LAST, iso, parse_instant
from emulator.events.recordings.lines import Origin, RecordedEvent, Scalar
from emulator.interpreter.files import is_parquet, lines_of_file
from emulator.interpreter.lines import BadLine, needs_pyarrow, unreadable
from emulator.nodes import record
from emulator.schema import BUILT_IN

DEFENDER, FALCON = "defender", "falcon"
"""The providers of rows that come from a product."""
_SECURITY = "Microsoft-Windows-Security-Auditing"
_NAMES = ("#event_simpleName", "event_simpleName")
_WRAPPERS = ("log", "event")
"""Fields that hold a whole event, as some collectors of Falcon's data write it."""
_KINDS = frozenset({str, int, float, bool})
_BATCH = 1024
"""Rows of a Parquet file that are held at a time."""
_PACKED = "AdditionalFields"
"""The column whose members are fields of their own here: `AdditionalFields.ServiceName`."""


@record
class _Place:
    """Where a row stands, and the table that it is of unless it names one."""

    origin: Origin
    size: int
    table: str | None


def read_native(path: Path, table: str | None, on_bad: Callable[[BadLine], None]) -> Iterator[RecordedEvent]:
    """The events in a file of JSON lines, CSV or Parquet, one row at a time.

    A row is a recorded event; an event of Falcon's stream; a Windows event as `ruleproof events import` writes it; or
    a row of a table, which it names (`Type`), `table` gives, or the file's name holds. What is none of them goes to
    `on_bad`. Raises QueryError for a file that can't be read.
    """
    table = table or _named_table(path)
    for number, line, row in _rows(path, on_bad):
        event = event_of_row(row, _Place(Origin(str(path), number), len(line), table))
        if event is None:
            help = "name its table: --table DeviceProcessEvents"
            on_bad(BadLine(path, number, line, "this is no recorded event and no row of a known table", help))
        else:
            yield event


def _rows(path: Path, on_bad: Callable[[BadLine], None]) -> Iterator[tuple[int, bytes, Mapping[str, Any]]]:
    if is_parquet(path):
        for number, row in enumerate(rows_of_parquet(path), 1):
            yield number, b"", row
    else:
        yield from lines_of_file(path, on_bad)


def rows_of_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, its points in time as text, which holds nanoseconds."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise needs_pyarrow(str(path)) from None
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                columns = [one.cast(pa.string()) if pa.types.is_timestamp(one.type) else one for one in batch.columns]
                yield from pa.RecordBatch.from_arrays(columns, names=batch.schema.names).to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(str(path), f"it can't be read as Parquet: {error}") from None


def _named_table(path: Path) -> str | None:
    """The table in the name of a file or its folder: `x.DeviceFileEvents.jsonl.gz`, `DeviceFileEvents/x.parquet`."""
    parts = [*path.name.split("."), path.parent.name]
    return next((part for part in parts if BUILT_IN.table(part) is not None), None)


def event_of_row(row: Mapping[str, Any], place: _Place) -> RecordedEvent | None:
    """The event that a row is, or None."""
    if "provider" in row and "event_id" in row and isinstance(row.get("data"), Mapping):
        return _recorded(row, place)
    wrapped = next((row[name] for name in _WRAPPERS if isinstance(row.get(name), Mapping)), None)
    if wrapped is not None:
        return event_of_row({**{name: row[name] for name in row if name not in _WRAPPERS}, **wrapped}, place)
    name = next((row[name] for name in _NAMES if isinstance(row.get(name), str)), None)
    if name is not None:
        return _of_falcon(name, row, place)
    named = row.get("Type")
    table = named if isinstance(named, str) and BUILT_IN.table(named) is not None else place.table
    match table:
        case None:
            return None
        case "WindowsEvent":
            return _of_windows(row, str(row.get("Provider")), _members(row.get("EventData")), place)
        case "SecurityEvent":
            return _of_windows(row, str(row.get("EventSourceName") or _SECURITY), _scalars(row), place)
        case _:
            packed = {f"{_PACKED}.{key}": value for key, value in (_members(row.get(_PACKED)) or {}).items()}
            data = _scalars(row) | packed
            return _made(row, (DEFENDER, table), _text(row.get("DeviceName")), _time(row), data, place)


def _recorded(row: Mapping[str, Any], place: _Place) -> RecordedEvent | None:
    number = _number(row["event_id"])
    if number is None:
        return None
    what = (str(row["provider"]), number)
    return _made(
        {"Recording": row.get("file")},
        what,
        _text(row.get("computer")),
        _text(row.get("time")),
        _scalars(row["data"]) | (_members(row["data"].get("EventData")) or {}),
        place,
    )


def _of_falcon(name: str, row: Mapping[str, Any], place: _Place) -> RecordedEvent:
    computer = _text(row.get("ComputerName")) or _text(row.get("aid"))
    moment = _epoch(row.get("@timestamp")) or _epoch(row.get("timestamp")) or _time(row)
    return _made(row, (FALCON, name), computer, moment, _scalars(row), place)


def _of_windows(
    row: Mapping[str, Any], provider: str, data: dict[str, Scalar] | None, place: _Place
) -> RecordedEvent | None:
    number = _number(row.get("EventID"))
    if number is None or data is None:
        return None
    return _made(row, (provider, number), _text(row.get("Computer")), _time(row), data, place)


def _made(
    row: Mapping[str, Any],
    what: tuple[str, int | str],
    computer: str | None,
    time: str | None,
    data: dict[str, Scalar],
    place: _Place,
) -> RecordedEvent:
    recording = _text(row.get("Recording")) or ""
    return RecordedEvent(place.origin, recording, *what, computer, time, data, place.size)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(row: Mapping[str, Any]) -> str | None:
    """When, as text: the first of the columns that tables have for it."""
    found = (row.get(name) for name in ("Timestamp", "TimeGenerated", "@timestamp"))
    return next((text for text in found if isinstance(text, str) and parse_instant(text) is not None), None)


def _epoch(value: object) -> str | None:
    """An instant from milliseconds since 1970, as Falcon has it."""
    digits = str(value)
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 15:
        return None
    ticks = EPOCH + int(digits) * 10_000
    return iso(ticks) if ticks <= LAST else None


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _scalars(row: Mapping[str, Any]) -> dict[str, Scalar]:
    """The fields that hold one value."""
    return {name: value for name, value in row.items() if type(value) in _KINDS}


def _members(value: object) -> dict[str, Scalar] | None:
    """The fields of an object or of the JSON text of one, none of anything else; None for a text that can't be read."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    return _scalars(value) if isinstance(value, Mapping) else {}
