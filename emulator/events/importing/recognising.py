"""Telling the format of a file by its first bytes: how its records lie in it, then what they say."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from emulator.diagnostics import QueryError
from emulator.events.importing import evtx_records
from emulator.events.importing.csv_records import csv_records
from emulator.events.importing.evtx_records import evtx_records as read_evtx
from emulator.events.importing.formats import FORMATS, Format
from emulator.events.importing.json_records import ROWS, json_documents, json_lines, json_value
from emulator.events.importing.problems import Limits, Rejected, excerpt
from emulator.events.importing.readable import HEAD, Readable
from emulator.events.importing.records import OnRejected, Record, Row
from emulator.events.importing.splunk import begins_printed, printed_records
from emulator.events.importing.xml_records import xml_records
from emulator.events.instants import parse_instant
from emulator.nodes import record

_SAMPLE = 50
"""Records that decide on a format."""
_KINDS = (
    (b"\x00\x05\x16\x07", "what macOS keeps of a file (AppleDouble)"),
    (b"PAR1", "Parquet, which `ruleproof query` and `replay` read as it is"),
    (b"MZ", "a program for Windows"),
    (b"\x7fELF", "a program for Linux"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ\x00", "a file packed by xz"),
    (b"ElfFile", "a Windows event log whose header is damaged"),
)
_TIMES = frozenset(("@timestamp", "timestamp", "time", "_time", "ts"))
_MOST_FREE = 0.02
"""The share of control characters below which bytes are text."""


@record
class Recognised:
    """What a file is: how its records lie in it, what their format is, and what of them says so."""

    framing: str
    format: Format
    why: str


@record
class Unrecognised:
    """A file that is in no known format, and what was seen of it."""

    seen: str


def recognise(
    name: str, stream: io.BufferedReader[Any], wanted: Format | None, limits: Limits
) -> Recognised | Unrecognised:
    """What a file is, whose text is UTF-8; nothing of it is consumed. `wanted` is the format that somebody named."""
    head = stream.peek(HEAD)
    framing = framing_of(head)
    if framing is None:
        return Unrecognised(_seen(head))
    try:
        rows = _sample(name, head, framing, limits)
    except QueryError as error:
        return Unrecognised(f"{framing} that can't be read: {error.diagnostics[0].message}")
    if wanted is not None:
        if any(wanted.fits(row) for row in rows):
            return Recognised(framing, wanted, "named")
        return Unrecognised(f"{framing} whose records have {_fields(rows)}")
    if not rows:
        return Unrecognised(f"{framing} without a record that can be read, beginning {excerpt(head)!r}")
    found = Counter(next(at for at, one in enumerate(FORMATS) if one.fits(row)) for row in rows)
    chosen, count = max(found.items(), key=lambda item: (item[1], -item[0]))
    if FORMATS[chosen] is FORMATS[-1] and not any(map(_has_time, rows)):
        return Unrecognised(f"{framing} whose records have no time, but {_fields(rows)}")
    return Recognised(framing, FORMATS[chosen], f"{count} of the first {len(rows)} records")


def _has_time(row: Row) -> bool:
    """True where a value is a point in time, or a field is called one."""
    return any(
        name.lower() in _TIMES or (isinstance(value, str) and parse_instant(value) is not None)
        for name, value in row.items()
    )


def _fields(rows: list[Row]) -> str:
    if not rows:
        return "no fields"
    names = [f"`{name[:30]}`" for name in islice(rows[0], 5)]
    return f"the fields {', '.join(names)}{' …' if len(rows[0]) > len(names) else ''}"


def _sample(name: str, head: bytes, framing: str, limits: Limits) -> list[Row]:
    if framing == "evtx":
        return [{"Event": {}}]
    found = records(name, io.BytesIO(head), framing, limits, lambda *_: None)
    return [row for _, _, row in islice(found, _SAMPLE)]


def framing_of(head: bytes) -> str | None:
    """How records lie in a file: `evtx`, `XML`, `JSON lines`, `JSON`, `CSV` or `printed events`; None for no way."""
    if head.startswith(evtx_records.SIGNATURE):
        return "evtx"
    start = head.lstrip()
    if start.startswith(b"<"):
        return "XML" if b"<Event" in head else None
    if start.startswith(b"{"):
        return "JSON lines" if _are_lines(start) else "JSON"
    if start.startswith(b"["):
        return "JSON" if start[1:].lstrip()[:1] in (b"{", b"[", b"]") else None
    if begins_printed(head):
        return "printed events"
    return "CSV" if _is_csv(head) else None


def _are_lines(start: bytes) -> bool:
    """True where the first line, or most of the first ten, are objects, and the only one is no document of rows."""
    lines = [line for line in start.split(b"\n")[:11] if line.strip()]
    whole = lines[:-1] if len(lines) > 1 and not start.endswith(b"\n") else lines
    objects = sum(map(_is_object, whole))
    if len(whole) == 1 and any(f'"{key}"'.encode() in whole[0] for key in ("tables", *ROWS - {"records"})):
        return False
    return objects * 2 > len(whole) or _is_object(whole[0])


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json_value(line, Limits()), dict)
    except Rejected:
        return False


def _is_csv(head: bytes) -> bool:
    """True where the first line has names of columns, and the second as many cells."""
    if not _is_text(head):
        return False
    text = head.decode("utf8", "replace").splitlines()[:200]
    try:
        rows = list(islice(csv.reader(text, strict=True), 2))
    except csv.Error:
        return False
    return len(rows) == 2 and len(rows[0]) > 1 and len(rows[0]) == len(rows[1]) and all(map(str.isprintable, rows[0]))


def _is_text(head: bytes) -> bool:
    start = head[:4096]
    control = sum(byte < 32 and byte not in (9, 10, 13) for byte in start)
    return bool(start) and control <= _MOST_FREE * len(start)


def _seen(head: bytes) -> str:
    if not head.strip():
        return "an empty file" if not head else "a file of white space"
    for start, kind in _KINDS:
        if head.startswith(start):
            return kind
    if head[1:2] == b"\0" or (head[:1] == b"\0" and head[1:2] > b" "):
        return "UTF-16 without a byte order mark"
    if not _is_text(head):
        return f"bytes that are no text, beginning {head[:8].hex(' ')}"
    return f"text that begins {excerpt(head.lstrip())!r}"


def records(name: str, stream: Readable, framing: str, limits: Limits, on_rejected: OnRejected) -> Iterator[Record]:
    """The records of a file, by how they lie in it. Raises QueryError."""
    match framing:
        case "evtx":
            return read_evtx(name, stream, on_rejected)
        case "XML":
            return xml_records(stream, limits, on_rejected)
        case "JSON lines":
            return json_lines(stream, limits, on_rejected)
        case "JSON":
            return json_documents(stream, limits, on_rejected)
        case "CSV":
            return csv_records(name, stream, limits, on_rejected)
        case _:
            return printed_records(stream, limits, on_rejected)
