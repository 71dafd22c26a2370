"""Windows events in XML, one after the other: each is parsed on its own, without entities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from emulator.events.importing.problems import (
    BAD_SYNTAX,
    BAD_TEXT,
    OTHER_FORM,
    TOO_DEEP,
    TOO_LONG,
    TOO_WIDE,
    Limits,
    Rejected,
)
from emulator.events.importing.readable import HEAD, Readable
from emulator.events.importing.records import EVENT_DATA, KEPT, OnRejected, Record, Row, free_name
from emulator.nodes import record

_START = re.compile(rb"<Event[\s>]")
_END = b"</Event>"
_AROUND = re.compile(rb"(?>(?:\s++|<\?xml[^>]*+>|</?Events\b[^>]*+>)*)")
"""What may stand between events."""


@record
class Element:
    """An XML element: its name without a namespace, its attributes, its elements and its text."""

    name: str
    attributes: dict[str, str]
    inside: list[Element]
    texts: list[str]

    @property
    def text(self) -> str:
        """All text directly inside."""
        return "".join(self.texts)

    def find(self, name: str) -> Element | None:
        """The first element of a name inside."""
        return next((one for one in self.inside if one.name == name), None)


def xml_records(stream: Readable, limits: Limits, on_rejected: OnRejected) -> Iterator[Record]:
    """The events of a text; what stands between them and is none is rejected."""
    for line, data, length in _pieces(stream, limits):
        if length > limits.line:
            on_rejected(line, data, Rejected(TOO_LONG, f"an event of {length:,} bytes"))
            continue
        try:
            row = event_row(parse(data, limits))
        except Rejected as error:
            on_rejected(line, data, error)
            continue
        yield line, data, row


def _pieces(stream: Readable, limits: Limits) -> Iterator[tuple[int, bytes, int]]:
    """Events, and text between them that is no white space: line, bytes or the start of them, length."""
    data, at, line, ended = b"", 0, 1, False
    while not ended or at < len(data):
        start = _START.search(data, at)
        is_event = start is not None and start.start() == at
        end = _event_end(data, at) if is_event else start.start() if start is not None else -1
        if end < 0 and ended:
            end = len(data)
        if end >= 0:
            piece = data[at:end]
            if is_event:
                yield line, piece if len(piece) <= limits.line else piece[:KEPT], len(piece)
            else:
                yield from _other(piece, line)
            line, at = line + piece.count(b"\n"), end
            continue
        data, at = data[at:], 0
        if len(data) > limits.line:
            length, rest, ended = _skip(stream, data)
            yield line, data[:KEPT], length
            line, data = line + data.count(b"\n"), rest
        else:
            block = stream.read(HEAD)
            ended = not block
            data += block


def _event_end(data: bytes, at: int) -> int:
    """Where an event ends: behind its end, or before the next event where it has none; -1 where neither is seen."""
    end = data.find(_END, at)
    following = _START.search(data, at + 1, end if end >= 0 else len(data))
    if following is not None:
        return following.start()
    return end + len(_END) if end >= 0 else -1


def _skip(stream: Readable, start: bytes) -> tuple[int, bytes, bool]:
    """Read to the end of an event that is too long: its length, what follows, and whether the text ended."""
    length, tail = len(start), start[-len(_END) :]
    while block := stream.read(HEAD):
        joined = tail + block
        at = joined.find(_END)
        if at >= 0:
            return length + at + len(_END) - len(tail), joined[at + len(_END) :], False
        length += len(block)
        tail = joined[-len(_END) :]
    return length, b"", True


def _other(data: bytes, line: int) -> Iterator[tuple[int, bytes, int]]:
    found = _AROUND.match(data)
    assert found is not None
    rest = data[found.end() :]
    if rest:
        yield line + data.count(b"\n", 0, found.end()), rest, len(rest)


def parse(data: bytes, limits: Limits) -> Element:
    """An XML document as a tree. Raises Rejected."""
    builder = _Builder(limits)
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        data.decode("utf8")
        parser.Parse(data, True)  # noqa: FBT003 - expat names no arguments
    except UnicodeDecodeError as error:
        raise Rejected(BAD_TEXT, f"byte {error.start + 1} of the event is not UTF-8") from None
    except expat.ExpatError as error:
        raise Rejected(BAD_SYNTAX, f"not an XML event: {error}") from None
    return builder.top


class _Builder:
    """Makes a tree of what expat tells."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open = [Element("", {}, [], [])]
        self._count = 0

    @property
    def top(self) -> Element:
        return self._open[0].inside[0]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > self._limits.fields:
            raise Rejected(TOO_WIDE, f"more than {self._limits.fields:,} elements")
        if len(self._open) > self._limits.depth:
            raise Rejected(TOO_DEEP, f"elements nested more than {self._limits.depth} deep")
        made = Element(name.rpartition(":")[2], attributes, [], [])
        self._open[-1].inside.append(made)
        self._open.append(made)

    def end(self, _: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        self._open[-1].texts.append(text)

    def doctype(self, *_: object) -> None:
        raise Rejected(BAD_SYNTAX, "a document type, which no event has")


def event_row(event: Element) -> Row:
    """A Windows event in the form in which the binary log gives it. Raises Rejected."""
    system = event.find("System")
    if event.name != "Event" or system is None:
        raise Rejected(OTHER_FORM, "no Windows event: it has no `System`")
    row: dict[str, Any] = {"System": {one.name: _system_value(one) for one in system.inside}}
    for name in EVENT_DATA:
        found = event.find(name)
        if found is not None:
            row[name] = _data(found)
    rendered = event.find("RenderingInfo")
    message = rendered.find("Message") if rendered is not None else None
    if message is not None:
        row["Message"] = message.text
    return {"Event": row}


def _system_value(element: Element) -> object:
    if not element.attributes:
        return element.text.strip()
    return {"#attributes": element.attributes, "#text": element.text.strip()}


def _data(element: Element) -> dict[str, Any]:
    """The values of an event by their names; those without one are a list under `Data`."""
    found: dict[str, Any] = {}
    unnamed: list[str] = []
    for one in element.inside:
        name = one.attributes.get("Name", "") if one.name == "Data" else one.name
        if not name:
            unnamed.append(one.text)
            continue
        found[free_name(found, name)] = _data(one) if one.inside else one.text
    if unnamed:
        found["Data"] = {"#text": unnamed}
    return found
