"""Windows event logs in their binary format, chunk by chunk, so that a log of any size needs the memory of one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from emulator.events.importing.problems import (
    BAD_RECORD,
    DAMAGED,
    NEEDS_EVTX,
    Rejected,
    shown,
    stop,
)
from emulator.events.importing.readable import Readable
from emulator.events.importing.records import KEPT, OnRejected, Record, Row, free_name

SIGNATURE = b"ElfFile\0"
_HEADER = 4096
_CHUNK = 1 << 16
_CHUNK_SIGNATURE = b"ElfChnk\0"
_MOST_DAMAGED = _CHUNK // 24
"""Records that a chunk has room for: no reader that is sane finds more errors."""


def evtx_records(name: str, stream: Readable, on_rejected: OnRejected) -> Iterator[Record]:
    """The events of a log with their record numbers; damaged records and chunks are rejected. Raises QueryError."""
    parser = _parser(name)
    header = stream.read(_HEADER)
    if len(header) < _HEADER:
        stop(name, DAMAGED, "the log ends within its header", "fetch it again and compare its sha256")
    used = int.from_bytes(header[42:44], "little")
    place = 0
    while chunk := stream.read(_CHUNK):
        place += 1
        if not chunk.startswith(_CHUNK_SIGNATURE):
            # Behind the chunks that the header counts is space that was set aside, or what an older file left there.
            if place <= used:
                on_rejected(place, chunk[:KEPT], Rejected(BAD_RECORD, f"chunk {place} does not begin as chunks do"))
            continue
        if len(chunk) < _CHUNK:
            message = f"the log breaks off in its chunk {place}"
            stop(name, DAMAGED, message, "fetch it again and compare its sha256")
        yield from _chunk(parser, header + chunk, place, on_rejected)


def _parser(name: str) -> Callable[[Any], Any]:
    try:
        from evtx import PyEvtxParser
    except ImportError:
        message, help = "the package `evtx` is not installed", "install it: pip install 'ruleproof[evtx]'"
        stop(name, NEEDS_EVTX, message, help)
    return lambda file: PyEvtxParser(file, number_of_threads=1)


def _chunk(parser: Callable[[Any], Any], log: bytes, place: int, on_rejected: OnRejected) -> Iterator[Record]:
    try:
        found = iter(parser(io.BytesIO(log)).records_json())
    except (RuntimeError, OSError, ValueError) as error:
        on_rejected(place, log[_HEADER : _HEADER + KEPT], Rejected(BAD_RECORD, f"chunk {place}: {shown(str(error))}"))
        return
    errors = 0
    while errors < _MOST_DAMAGED:
        try:
            one = next(found, None)
        except (RuntimeError, OSError, ValueError) as error:
            on_rejected(place, b"", Rejected(BAD_RECORD, f"in chunk {place}: {shown(str(error))}"))
            errors += 1
            continue
        if one is None:
            return
        data = one["data"].encode("utf8", "surrogatepass")
        yield one["event_record_id"], data, _values(data)


def _values(data: bytes) -> Row:
    """The values of an event; a name that its provider gave twice is `X`, then `X_1`."""
    found: Row = orjson.loads(data)
    if len(orjson.dumps(found)) == len(data):
        return found
    named_twice: Row = json.loads(data, object_pairs_hook=_all)
    return named_twice


def _all(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found[free_name(found, name)] = value
    return found
