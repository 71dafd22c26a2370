"""Records as they lie in a file, whatever they say: lines of text, bounded, numbered, and never lost."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any, TypeAlias

from emulator.events.importing.problems import TOO_LONG, Limits, Rejected
from emulator.events.importing.readable import HEAD, Readable

Row: TypeAlias = Mapping[str, Any]
Record: TypeAlias = tuple[int, bytes, Row]
"""Where a record begins (a line, or the number of a record of a binary log), its bytes, and what it holds."""
OnRejected: TypeAlias = Callable[[int, bytes, Rejected], None]
"""What becomes of a record that can't be read: where it begins, its bytes or the first of them, and why."""
LeaveOut: TypeAlias = Callable[..., None]
"""Told the names of fields of a record that no column holds."""
EVENT_DATA = ("EventData", "UserData", "ProcessingErrorData", "SubscriptionBookmarkEvent")
"""Parts of a Windows event that hold its own data, of which it has one."""
KEPT = 4096
"""Bytes that are kept of a record that is too long."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def free_name(taken: Container[str], name: str) -> str:
    """A name that no value has yet: the second `X` is `X_1`."""
    number, free = 0, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


class _Recoded(io.RawIOBase):
    """Text in UTF-16 or UTF-32 as UTF-8; halves of characters become bytes that are none."""

    def __init__(self, inner: io.BufferedReader[Any], encoding: str) -> None:
        super().__init__()
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._ready = b""

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As much as is ready, and more is read where nothing is."""
        while not self._ready:
            data = self._inner.read(HEAD)
            self._ready = self._decoded(data)
            if not data:
                break
        part = self._ready[: len(buffer)]
        self._ready = self._ready[len(part) :]
        buffer[: len(part)] = part
        return len(part)

    def _decoded(self, data: bytes) -> bytes:
        try:
            return self._decoder.decode(data, final=not data).encode("utf8", "surrogatepass")
        except UnicodeDecodeError:
            self._decoder.reset()
            return b"\xff"


def as_utf8(stream: io.BufferedReader[Any]) -> io.BufferedReader[Any]:
    """The text of a stream as UTF-8, by the mark at its start, which is left out."""
    head = stream.peek(4)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            stream.read(len(mark))
            return stream if encoding == "utf-8" else io.BufferedReader(_Recoded(stream, encoding), HEAD)
    return stream


def lines(stream: Readable, limits: Limits, on_rejected: OnRejected) -> Iterator[tuple[int, bytes]]:
    r"""The lines of a text with their numbers, without \n or \r\n; too long ones are rejected."""
    number, rest = 1, b""
    while block := stream.read(HEAD):
        found = (rest + block).split(b"\n")
        rest = found.pop()
        for line in found:
            if len(line) > limits.line:
                _reject_long(number, line, len(line), on_rejected)
            else:
                yield number, line.removesuffix(b"\r")
            number += 1
        if len(rest) > limits.line:
            rest = _after_long(stream, number, rest, on_rejected)
            number += 1
    if rest:
        yield number, rest.removesuffix(b"\r")


def _after_long(stream: Readable, number: int, start: bytes, on_rejected: OnRejected) -> bytes:
    """Read to the end of a line that is too long; what follows it."""
    length = len(start)
    while block := stream.read(HEAD):
        line, end, rest = block.partition(b"\n")
        length += len(line)
        if end:
            break
    else:
        rest = b""
    _reject_long(number, start, length, on_rejected)
    return rest


def _reject_long(number: int, start: bytes, length: int, on_rejected: OnRejected) -> None:
    on_rejected(number, start[:KEPT], Rejected(TOO_LONG, f"{length:,} bytes without an end"))
