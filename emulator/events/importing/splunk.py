"""Events that Splunk exports, or that its attack data holds: raw texts in XML and JSON, or as it prints them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emulator.events.importing.json_records import json_object
from emulator.events.importing.problems import BAD_TEXT, OTHER_FORM, TOO_LONG, Limits, Rejected
from emulator.events.importing.readable import Readable
from emulator.events.importing.records import KEPT, OnRejected, Record, Row, lines
from emulator.events.importing.windows import MESSAGE, TABLE
from emulator.events.importing.xml_records import event_row, parse

_FIRST = re.compile(rb"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d [AP]M\s*")
"""The first line of an event as the agent prints it: the local time of the host that collected it."""
_PAIR = re.compile(r"(\w+)=(.*)", re.DOTALL)


def raw_text(row: Row) -> str | None:
    """The raw text of an event in a row of an export; None where the row holds none."""
    inner = row["result"] if isinstance(row.get("result"), Mapping) else row
    text = inner.get("_raw")
    if text is None and "sourcetype" in inner:
        text = inner.get("event")
    return text if isinstance(text, str) else None


def inner_row(row: Row, limits: Limits) -> Row:
    """What the raw text of an event says. Raises Rejected."""
    text = raw_text(row)
    if text is None:
        raise Rejected(OTHER_FORM, "no event of an export: `_raw` is missing")
    data = text.strip().encode("utf8", "surrogatepass")
    if data.startswith(b"<Event"):
        return event_row(parse(data, limits))
    if data.startswith(b"{"):
        return json_object(data, limits)
    if _FIRST.match(data):
        return {"Printed": data.decode("utf8", "replace")}
    raise Rejected(OTHER_FORM, "the raw text is neither XML nor JSON")


def begins_printed(head: bytes) -> bool:
    """True for text that begins as a printed event does: a line with a time, then `LogName=`."""
    first, _, rest = head.lstrip().partition(b"\n")
    return _FIRST.fullmatch(first) is not None and rest.startswith(b"LogName=")


def printed_records(stream: Readable, limits: Limits, on_rejected: OnRejected) -> Iterator[Record]:
    """The printed events of a text; each begins with a line that holds a time alone."""
    held: list[bytes] = []
    first, size = 1, 0
    for number, line in lines(stream, limits, on_rejected):
        if _FIRST.fullmatch(line) and held:
            yield from _printed(first, held, size, limits, on_rejected)
            held, size = [], 0
        if not held:
            if not line.strip():
                continue
            first = number
        size += len(line) + 1
        if size <= limits.line:
            held.append(line)
    if held:
        yield from _printed(first, held, size, limits, on_rejected)


def _printed(first: int, held: list[bytes], size: int, limits: Limits, on_rejected: OnRejected) -> Iterator[Record]:
    data = b"\n".join(held)
    if size > limits.line:
        on_rejected(first, data[:KEPT], Rejected(TOO_LONG, f"an event of {size:,} bytes"))
        return
    try:
        text = data.decode("utf8")
    except UnicodeDecodeError as error:
        on_rejected(first, data, Rejected(BAD_TEXT, f"byte {error.start + 1} of the event is not UTF-8"))
        return
    yield first, data, {"Printed": text}


def printed_row(row: Row) -> dict[str, Any]:
    """The row of a printed event: the pairs of its head, and its message. Raises Rejected.

    Its time is local to an unknown zone, so that it has none here; the message is not taken apart, for its labels
    are text of the host's language.
    """
    head, found, message = str(row["Printed"]).partition("\nMessage=")
    found_pairs = map(_PAIR.fullmatch, head.splitlines())
    pairs: dict[str, str] = {one[1]: one[2] for one in found_pairs if one is not None}
    event_id = pairs.get("EventCode", "")
    if not event_id.isdecimal() or len(event_id) > 9 or "LogName" not in pairs:
        raise Rejected(OTHER_FORM, "no printed event: `LogName` or `EventCode` is missing")
    return {
        "Provider": pairs.get("SourceName"),
        "Channel": pairs["LogName"],
        "Computer": pairs.get("ComputerName"),
        "EventID": int(event_id),
        "EventRecordId": pairs.get("RecordNumber"),
        "EventLevelName": pairs.get("Type"),
        "TimeGenerated": None,
        "EventData": None,
        MESSAGE: message if found else None,
        "Type": TABLE,
    }
