"""Recorded events as JSON lines, one at a time: malformed ones are counted and quoted, no file can exhaust memory."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from emulator.diagnostics import Code, Diagnostic, QueryError, code
from emulator.nodes import record
from emulator.source import Source, Span

NOT_READABLE = code(
    "EVT1301",
    "an event file can't be read",
    "The file is missing, is no file, or its compression is damaged. Events read before the damage were used.\n\n"
    "Fetch it again, and compare its sha256 with the one in the manifest.",
)
BAD_LINE = code(
    "EVT1302",
    "a line is no recorded event",
    "Each line of a recording is one JSON object with `file`, `provider` and `computer` (text), `event_id` (a whole "
    "number), `time` (text or null) and `data` (an object). Other lines are left out of the replay and counted.\n\n"
    "Mend the line or drop it; results name the number of lines left out.",
)
TOO_LARGE = code(
    "EVT5301",
    "an event file exceeds a limit",
    "A line, a recording or the unpacked file is larger than the limit; a damaged or hostile file can't exhaust "
    "memory.\n\nSplit the file, or raise the limit.",
)

Scalar = str | int | bool | float


@record
class Limits:
    """How much of a file is read, in bytes of unpacked text."""

    line: int = 1 << 20
    recording: int = 1 << 28
    file: int = 1 << 33


DEFAULT_LIMITS = Limits()
QUOTED = 20
"""Malformed lines kept with their text; the others are only counted."""


@record
class Origin:
    """Where an event stands: the file that was read and its line, counted from 1."""

    path: str
    line: int


@record
class RecordedEvent:
    """One event as its provider wrote it; `recording` is the upstream file that it comes from.

    `event_id` is the number of a Windows event, the table of a row of Defender's, the name of an event of Falcon's.
    """

    origin: Origin
    recording: str
    provider: str
    event_id: int | str
    computer: str | None
    time: str | None
    data: dict[str, Scalar]
    size: int


@dataclass(slots=True)
class LineTally:
    """What became of the lines of a file; filled while they are read."""

    lines: int = 0
    bad: int = 0
    quoted: list[Diagnostic] = field(default_factory=list)

    def add_bad(self, found: Diagnostic) -> None:
        """Count a malformed line, and keep the first few to quote."""
        self.bad += 1
        if len(self.quoted) < QUOTED:
            self.quoted.append(found)


def read_events(path: Path, tally: LineTally, limits: Limits = DEFAULT_LIMITS) -> Iterator[RecordedEvent]:
    """The events of a `.jsonl` or `.jsonl.gz` file in its order; empty lines are skipped, malformed ones tallied.

    Raises QueryError when the file can't be opened or exceeds a limit; damage further in is tallied and ends the file.
    """
    try:
        with _open(path) as stream:
            yield from _events(stream, path, tally, limits)
    except (OSError, EOFError, zlib.error) as problem:
        found = _diagnostic(
            NOT_READABLE, path, tally.lines, f"{path.name} can't be read: {_reason(problem)}", "fetch the file again"
        )
        if tally.lines == 0:
            raise QueryError([found]) from None
        tally.add_bad(found)


def read_recordings(
    path: Path, tally: LineTally, limits: Limits = DEFAULT_LIMITS
) -> Iterator[tuple[str, list[RecordedEvent]]]:
    """The events of a file grouped by recording: consecutive lines with the same `file`, whole in memory.

    Raises QueryError as `read_events`, and when one recording exceeds its limit.
    """
    for name, group in groupby(read_events(path, tally, limits), key=lambda event: event.recording):
        events: list[RecordedEvent] = []
        size = 0
        for event in group:
            size += event.size
            if size > limits.recording:
                message = f"the recording {name!r} is larger than {limits.recording} bytes"
                raise QueryError([_diagnostic(TOO_LARGE, path, tally.lines, message, "split the recording")])
            events.append(event)
        yield name, events


def _open(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]  # GzipFile reads as BinaryIO does


def _events(stream: BinaryIO, path: Path, tally: LineTally, limits: Limits) -> Iterator[RecordedEvent]:
    read = 0
    while line := stream.readline(limits.line + 1):
        tally.lines += 1
        read += len(line)
        if len(line) > limits.line:
            message = f"the line is longer than {limits.line} bytes"
            tally.add_bad(_diagnostic(TOO_LARGE, path, tally.lines, message, "split or drop the line", line[:200]))
            read += _skip_line(stream, limits.file - read)
        elif line.strip():
            event = _event(line, Origin(str(path), tally.lines))
            if isinstance(event, RecordedEvent):
                yield event
            else:
                tally.add_bad(_diagnostic(BAD_LINE, path, tally.lines, event[0], _FORM_HELP, line, event[1]))
        if read > limits.file:
            message = f"{path.name} unpacks to more than {limits.file} bytes"
            raise QueryError([_diagnostic(TOO_LARGE, path, tally.lines, message, "split the file")])


def _skip_line(stream: BinaryIO, most: int) -> int:
    """Read to the end of an over-long line, at most `most` bytes; how many were read."""
    skipped = 0
    while skipped <= most and (part := stream.readline(1 << 16)):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped


_FORM_HELP = "give one JSON object with file, provider, event_id, computer, time and data on each line"


def _event(line: bytes, origin: Origin) -> RecordedEvent | tuple[str, int]:
    """The event that a line holds, or what is wrong with it and at which character."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as problem:
        return f"not JSON: {problem.msg}", problem.pos
    except UnicodeDecodeError as problem:
        return "not UTF-8", problem.start
    except (RecursionError, ValueError):
        return "not JSON: nested too deeply, or a number is too long", 0
    if not isinstance(record, dict):
        return "not a JSON object", 0
    for name, kinds in _FORM.items():
        if not isinstance(record.get(name), kinds) or isinstance(record.get(name), bool):
            return f"`{name}` is missing or of another type", 0
    return RecordedEvent(
        origin=origin,
        recording=record["file"],
        provider=record["provider"],
        event_id=record["event_id"],
        computer=record["computer"],
        time=record["time"],
        data=_scalars(record["data"]),
        size=len(line),
    )


_FORM: dict[str, tuple[type, ...]] = {
    "file": (str,),
    "provider": (str,),
    "event_id": (int,),
    "computer": (str, type(None)),
    "time": (str, type(None)),
    "data": (dict,),
}


def _scalars(data: dict[str, object]) -> dict[str, Scalar]:
    """The fields that hold one value, with those of a JSON text in `EventData`, as Sentinel packs them."""
    found = {name: value for name, value in data.items() if isinstance(value, (str, int, bool, float))}
    packed = data.get("EventData")
    if isinstance(packed, str) and packed.startswith("{"):
        try:
            inner = json.loads(packed)
        except (RecursionError, ValueError):
            return found
        found |= {name: value for name, value in inner.items() if isinstance(value, (str, int, bool, float))}
    return found


def _diagnostic(
    what: Code, path: Path, line: int, message: str, help: str, excerpt: bytes = b"", at: int = 0
) -> Diagnostic:
    """A finding about one line, whose text alone is kept: the file may be huge."""
    text = excerpt.decode("utf-8", "replace").rstrip("\r\n")
    start = min(at, len(text))
    name = f"{path}:{line}" if line else str(path)
    return Diagnostic(
        what, message, Span(start, max(start, len(text)) if at == 0 else start + 1), help, Source(name, text)
    )


def _reason(problem: Exception) -> str:
    return (problem.strerror or type(problem).__name__) if isinstance(problem, OSError) else str(problem)
