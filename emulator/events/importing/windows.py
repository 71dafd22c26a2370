"""Windows events as rows of Sentinel's table `WindowsEvent`, whatever collected them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import orjson

from emulator.columnar.reading.json_text import JsonText
from emulator.events.importing.problems import OTHER_FORM, Rejected
from emulator.events.importing.records import EVENT_DATA, LeaveOut, Row
from emulator.events.instants import parse_instant
from emulator.schema import BUILT_IN
from emulator.types import Column, RowType, ScalarType

TABLE = "WindowsEvent"
RECORDING, RECORDED_LINE, MESSAGE = "Recording", "RecordedLine", "Message"
"""Columns that the product does not have: the file and the place that an event comes from, and its rendered text."""
_NXLOG = {
    "SourceName": "Provider",
    "Hostname": "Computer",
    "Channel": "Channel",
    "RecordNumber": "EventRecordId",
    "ExecutionProcessID": "SystemProcessId",
    "ThreadID": "SystemThreadId",
    "UserID": "SystemUserId",
    "Task": "Task",
    "Version": "Version",
    "Level": "EventLevel",
    "OpcodeValue": "Opcode",
    "ActivityID": "Correlation",
    "Message": MESSAGE,
}
_SHIPPED = frozenset(
    [
        "@timestamp",
        "@version",
        "AccountName",
        "AccountType",
        "Category",
        "Domain",
        "EventID",
        "EventReceivedTime",
        "EventTime",
        "EventTypeOrignal",
        "Keywords",
        "Opcode",
        "ProviderGuid",
        "RelatedActivityID",
        "Severity",
        "SeverityValue",
        "SourceModuleName",
        "SourceModuleType",
        "TimeCreated",
        "host",
        "port",
        "tags",
    ]
)
"""Fields that shippers add to flat records: none of the event's own data."""
_BITS = (1 << 64) - 1


@cache
def row_type() -> RowType:
    """The columns of the table, and those that tell where an event comes from."""
    table = BUILT_IN.table(TABLE)
    assert table is not None
    own = {RECORDING: ScalarType.STRING, RECORDED_LINE: ScalarType.LONG, MESSAGE: ScalarType.STRING}
    return RowType((*table.columns, *(Column(name, kind) for name, kind in own.items())))


def native_row(record: Row, left_out: LeaveOut) -> dict[str, Any]:
    """The row of an event with its `System` part, as the binary log and its XML give it. Raises Rejected."""
    event = record.get("Event")
    system = event.get("System") if isinstance(event, Mapping) else None
    if not isinstance(event, Mapping) or not isinstance(system, Mapping):
        raise Rejected(OTHER_FORM, "no Windows event: it has no `System`")
    row: dict[str, Any] = {
        "Provider": _attribute(system, "Provider", "Name"),
        "EventID": _number(_text(system.get("EventID")), "EventID"),
        "Version": _optional(system, "Version"),
        "EventLevel": _optional(system, "Level"),
        "Task": _optional(system, "Task"),
        "Opcode": _text(system.get("Opcode")),
        "Keywords": _text(system.get("Keywords")),
        "TimeGenerated": _time(_attribute(system, "TimeCreated", "SystemTime")),
        "EventRecordId": _text(system.get("EventRecordID")),
        "Correlation": _attribute(system, "Correlation", "ActivityID"),
        "SystemProcessId": _attribute(system, "Execution", "ProcessID"),
        "SystemThreadId": _attribute(system, "Execution", "ThreadID"),
        "Channel": _text(system.get("Channel")),
        "Computer": _text(system.get("Computer")),
        "SystemUserId": _attribute(system, "Security", "UserID"),
        "EventData": _json(_event_data(event)),
        "Type": TABLE,
    }
    if isinstance(event.get(MESSAGE), str):
        row[MESSAGE] = event[MESSAGE]
    for name in event:
        if name not in ("System", "#attributes", MESSAGE) and event[name] is not None and name not in EVENT_DATA:
            left_out(f"Event.{name}")
    return row


def _event_data(event: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an event by name, as texts; what `UserData` wraps in one element is unwrapped."""
    for name in EVENT_DATA:
        data = event.get(name)
        if not isinstance(data, Mapping):
            continue
        inner = [value for key, value in data.items() if key != "#attributes"]
        if name == "UserData" and len(inner) == 1 and isinstance(inner[0], Mapping):
            data = inner[0]
        return {key: _plain(value) for key, value in data.items() if key != "#attributes"}
    return {}


def _plain(value: object) -> Any:
    """A value as the event's XML prints it; a list for what has no names."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Mapping():
            if set(value) <= {"#text", "#attributes"}:
                text = _plain(value.get("#text"))
                return text[0] if isinstance(text, list) and len(text) == 1 else text
            return {key: _plain(one) for key, one in value.items() if key != "#attributes"}
        case list():
            return [_plain(one) for one in value]
        case _:
            return str(value)


def _text(value: object) -> str:
    plain = _plain(value)
    return plain if isinstance(plain, str) else ""


def _attribute(system: Mapping[str, Any], element: str, name: str) -> str:
    found = system.get(element)
    attributes = found.get("#attributes") if isinstance(found, Mapping) else None
    return _text(attributes.get(name)) if isinstance(attributes, Mapping) else ""


def _optional(system: Mapping[str, Any], name: str) -> str:
    return _text(system.get(name))


def _number(value: object, name: str) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise Rejected(OTHER_FORM, f"`{name}` is no number of an event: {text[:40]!r}")
    return int(text)


def _time(text: object) -> int | None:
    """The ticks of an instant, None where there is none. Raises Rejected for another text."""
    if text is None or text == "":
        return None
    ticks = parse_instant(text) if isinstance(text, str) else None
    if ticks is None:
        raise Rejected(OTHER_FORM, f"no point in time: {str(text)[:40]!r}")
    return ticks


def is_flat(row: Row) -> bool:
    """True for the flat records of NXLog and of Security-Datasets."""
    return "EventID" in row and "Channel" in row and ("Hostname" in row or "EventTime" in row) and "Event" not in row


def flat_row(row: Row, leave_out: LeaveOut) -> dict[str, Any]:
    """The row of a flat record: its own fields go to their columns, the others are the event's data. Raises Rejected.

    The time is that of Sysmon (`UtcTime`), else `@timestamp`, else the first of two that may be local.
    """
    if not is_flat(row):
        raise Rejected(OTHER_FORM, "no flat Windows event: `EventID`, `Channel` or `Hostname` is missing")
    columns, data, left_out = _parts(tuple(row))
    made: dict[str, Any] = {column: row[name] for name, column in columns}
    made["EventID"] = _number(row["EventID"], "EventID")
    made["Type"] = TABLE
    made["EventData"] = _json({name: text if type(text := row[name]) is str else _plain(text) for name in data})
    made["TimeGenerated"] = _first_time(row)
    keywords = row.get("Keywords")
    if keywords is not None:
        made["Keywords"] = f"0x{keywords & _BITS:x}" if type(keywords) is int else _text(keywords)
    if left_out:
        leave_out(*left_out)
    return made


@lru_cache(maxsize=4096)
def _parts(names: tuple[str, ...]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]:
    """The fields of a flat record: those with a column, those of the event's own data, and those of its shipper."""
    columns = tuple((name, _NXLOG[name]) for name in names if name in _NXLOG)
    data = tuple(name for name in names if name not in _NXLOG and name not in _SHIPPED)
    time = next((name for name in _TIMES if name in names), None)
    left_out = tuple(name for name in names if name in _SHIPPED and name not in _READ and name != time)
    return columns, data, left_out


def _json(data: dict[str, Any]) -> JsonText:
    """Texts, and lists and objects of texts, by name as one value."""
    return JsonText(orjson.dumps(data).decode("utf8"))


_TIMES = ("UtcTime", "@timestamp", "TimeCreated", "EventTime")
_READ = frozenset({"EventID", "Keywords"})


def _first_time(row: Row) -> int | None:
    for name in _TIMES:
        text = row.get(name)
        ticks = parse_instant(text) if isinstance(text, str) else None
        if ticks is not None:
            return ticks
    return None


def is_winlogbeat(row: Row) -> bool:
    """True for the records of Winlogbeat, of version 7 on or before."""
    if isinstance(row.get("winlog"), Mapping):
        return True
    return "event_id" in row and "log_name" in row and "computer_name" in row


def winlogbeat_row(row: Row, left_out: LeaveOut) -> dict[str, Any]:
    """The row of a record of Winlogbeat. Raises Rejected."""
    if not is_winlogbeat(row):
        raise Rejected(OTHER_FORM, "no record of Winlogbeat: `winlog` or `event_id` is missing")
    event: Mapping[str, Any] = row["winlog"] if isinstance(row.get("winlog"), Mapping) else row
    process = event.get("process") if isinstance(event.get("process"), Mapping) else {}
    thread = process.get("thread") if isinstance(process, Mapping) else None
    user = event.get("user")
    made: dict[str, Any] = {
        "Provider": event.get("provider_name", event.get("source_name")),
        "Channel": event.get("channel", event.get("log_name")),
        "Computer": event.get("computer_name"),
        "EventID": _number(event.get("event_id"), "event_id"),
        "EventRecordId": _text(event.get("record_id", event.get("record_number"))),
        "Version": event.get("version"),
        "Correlation": event.get("activity_id"),
        "SystemProcessId": event.get("process_id", process.get("pid") if isinstance(process, Mapping) else None),
        "SystemThreadId": event.get("thread_id", thread.get("id") if isinstance(thread, Mapping) else None),
        "SystemUserId": user.get("identifier") if isinstance(user, Mapping) else None,
        "EventLevelName": _level(row, event),
        "TimeGenerated": _time(row.get("@timestamp")),
        "EventData": _json(_winlogbeat_data(event)),
        MESSAGE: row.get("message"),
        "Type": TABLE,
    }
    for name in ("opcode", "task", "keywords"):  # rendered in the reader's language, where columns hold numbers
        if event.get(name):
            left_out(name)
    return made


def _level(row: Row, event: Mapping[str, Any]) -> object:
    log = row.get("log")
    return event.get("level", log.get("level") if isinstance(log, Mapping) else None)


def _winlogbeat_data(event: Mapping[str, Any]) -> dict[str, Any]:
    data = event.get("event_data")
    data = data if isinstance(data, Mapping) else event.get("user_data")
    if not isinstance(data, Mapping):
        return {}
    return {name: _plain(value) for name, value in data.items() if name != "xml_name"}


def is_recorded(row: Row) -> bool:
    """True for the recorded events that replays read: file, provider, event, computer, time and data."""
    return "provider" in row and "event_id" in row and "data" in row and "file" in row


def recorded_row(row: Row, _: LeaveOut) -> dict[str, Any]:
    """The row of a recorded event. Raises Rejected."""
    if not is_recorded(row) or not isinstance(row["data"], Mapping):
        raise Rejected(OTHER_FORM, "no recorded event: `provider`, `event_id`, `file` or `data` is missing")
    return {
        "Provider": row["provider"],
        "EventID": _number(row["event_id"], "event_id"),
        "Computer": row.get("computer"),
        "TimeGenerated": _time(row.get("time")),
        "EventData": _json({name: _plain(value) for name, value in row["data"].items()}),
        RECORDING: row["file"],
        "Type": TABLE,
    }
