"""Records in JSON: one object a line, an array of objects, or documents that hold arrays of rows; all as streams."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from emulator.events.importing.json_scanning import Scanner
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
from emulator.events.importing.readable import Readable
from emulator.events.importing.records import KEPT, OnRejected, Record, Row, lines

ROWS = frozenset({"records", "Results", "results", "value", "rows"})
"""Keys of documents whose arrays hold rows: event hubs, advanced hunting by its two APIs, and others."""
_NINETEEN_ZEROS = b"0" * 19
_DIGITS_AS_ZEROS = bytes(ord("0") if 48 <= byte <= 57 else byte for byte in range(256))
_NUMBER = re.compile(rb"-?[0-9]+")


def json_value(data: bytes, limits: Limits) -> Any:
    """The value of a JSON text. Raises Rejected."""
    try:
        value = _carefully(data) if _has_huge_number(data) else orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _carefully(data)
    if data.count(b"[") + data.count(b"{") > limits.depth:
        _check_depth(value, limits)
    return value


def _has_huge_number(data: bytes) -> bool:
    """True where a whole number may be beyond 64 bits, which orjson would give as a real one."""
    zeros = data.translate(_DIGITS_AS_ZEROS)
    at = zeros.find(_NINETEEN_ZEROS)
    while at >= 0:
        start = at - (data[at - 1 : at] == b"-")
        found = _NUMBER.match(data, start)
        assert found is not None
        if found.end() - at > 4000 or not -(1 << 63) <= int(found[0]) < 1 << 64:
            return True
        at = zeros.find(_NINETEEN_ZEROS, found.end())
    return False


def _carefully(data: bytes) -> Any:
    """As the standard library reads it: whole numbers of any size, NaN and the infinities. Raises Rejected."""
    try:
        text = data.decode("utf8")
    except UnicodeDecodeError as error:
        raise Rejected(BAD_TEXT, f"byte {error.start + 1} is not UTF-8") from None
    try:
        value = json.loads(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf8")  # half of a character beyond U+FFFF is no text
    except RecursionError:
        raise Rejected(TOO_DEEP, "nested too deeply") from None
    except UnicodeEncodeError:
        raise Rejected(BAD_TEXT, "half of a character beyond U+FFFF") from None
    except ValueError as error:
        raise Rejected(BAD_SYNTAX, f"not JSON: {error}") from None
    return value


def _check_depth(value: object, limits: Limits) -> None:
    level: list[object] = [value]
    for _ in range(limits.depth):
        held = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [item for one in held for item in one]
        if not level:
            return
    raise Rejected(TOO_DEEP, f"nested more than {limits.depth} deep")


def json_object(data: bytes, limits: Limits) -> Row:
    """The object of a JSON text. Raises Rejected."""
    return checked(json_value(data, limits), limits)


def checked(value: object, limits: Limits) -> Row:
    """A value that is an object of not too many fields. Raises Rejected."""
    if not isinstance(value, dict):
        raise Rejected(OTHER_FORM, f"not a JSON object but {_kind(value)}")
    if len(value) > limits.fields:
        raise Rejected(TOO_WIDE, f"{len(value):,} fields, more than {limits.fields:,}")
    return value


def _kind(value: object) -> str:
    names = {str: "a text", list: "a list", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def json_lines(stream: Readable, limits: Limits, on_rejected: OnRejected) -> Iterator[Record]:
    """The object of each line; a line with one list of `records` holds as many as the list."""
    for number, line in lines(stream, limits, on_rejected):
        if not line.strip():
            continue
        try:
            row = json_object(line, limits)
        except Rejected as error:
            on_rejected(number, line, error)
            continue
        if len(row) == 1 and isinstance(row.get("records"), list):
            yield from _each(number, row["records"], limits, on_rejected)
        else:
            yield number, line, row


def _each(number: int, values: Sequence[object], limits: Limits, on_rejected: OnRejected) -> Iterator[Record]:
    for value in values:
        data = json.dumps(value, ensure_ascii=False).encode("utf8", "surrogatepass")
        try:
            row = checked(value, limits)
        except Rejected as error:
            on_rejected(number, data, error)
        else:
            yield number, data, row


def json_documents(stream: Readable, limits: Limits, on_rejected: OnRejected) -> Iterator[Record]:
    """The rows of arrays and documents, one after the other; a document without rows is a record itself."""
    scanner = Scanner(stream, limits)
    reader = _Documents(scanner, limits, on_rejected)
    while mark := scanner.next_mark():
        if mark == b"[":
            yield from reader.items()
        elif mark == b"{":
            yield from reader.document()
        else:
            yield from reader.one(None)


class _Documents:
    """What a scanner finds, as records."""

    def __init__(self, scanner: Scanner, limits: Limits, on_rejected: OnRejected) -> None:
        self._scanner = scanner
        self._limits = limits
        self._reject = on_rejected

    def one(self, columns: Sequence[str] | None) -> Iterator[Record]:
        """The next value as a row: an object, or with `columns` a list of cells."""
        line, data, length = self._scanner.value()
        if not data:
            self._scanner.take(self._scanner.next_mark())  # a mark that begins no value
            self._reject(line, data, Rejected(BAD_SYNTAX, "not JSON: a value is missing"))
            return
        if length > self._limits.line:
            self._reject(line, data[:KEPT], Rejected(TOO_LONG, f"a value of {length:,} bytes"))
            return
        try:
            row = self._row(json_value(data, self._limits), columns)
        except Rejected as error:
            self._reject(line, data, error)
            return
        yield line, data, row

    def _row(self, value: object, columns: Sequence[str] | None) -> Row:
        if columns is None or isinstance(value, dict):
            return checked(value, self._limits)
        if not isinstance(value, list) or len(value) != len(columns):
            raise Rejected(OTHER_FORM, f"a row has not the {len(columns)} cells that the columns name")
        return dict(zip(columns, value, strict=True))

    def items(self, columns: Sequence[str] | None = None) -> Iterator[Record]:
        """The elements of an array."""
        self._scanner.take(b"[")
        while (mark := self._scanner.next_mark()) not in (b"]", b""):
            if mark == b",":
                self._scanner.take(mark)
            else:
                yield from self.one(columns)
        if not self._scanner.take(b"]"):
            self._reject(self._scanner.line, b"", Rejected(BAD_SYNTAX, "the array has no end"))

    def document(self) -> Iterator[Record]:
        """The rows that a document holds; a document that holds none, as one row."""
        line, found, columns = self._scanner.line, False, None
        held: dict[str, object] = {}
        room = self._limits.line
        self._scanner.take(b"{")
        while (mark := self._scanner.next_mark()) not in (b"}", b""):
            if mark == b",":
                self._scanner.take(mark)
                continue
            key = self._key()
            if key is None:
                return
            mark = self._scanner.next_mark()
            if mark == b"[" and key == "tables":
                found = True
                yield from self._tables()
            elif mark == b"[" and (key in ROWS):
                found = True
                yield from self.items(columns)
            else:
                value, length = self._held()
                room -= length
                columns = _column_names(value) if key == "columns" else columns
                if room >= 0 and len(held) <= self._limits.fields:
                    held[key] = value
        if not self._scanner.take(b"}"):
            self._reject(line, b"", Rejected(BAD_SYNTAX, "the object has no end"))
        elif room < 0:
            self._reject(line, b"", Rejected(TOO_LONG, f"an object of more than {self._limits.line:,} bytes"))
        elif not found:
            yield from _each(line, [held], self._limits, self._reject)

    def _tables(self) -> Iterator[Record]:
        self._scanner.take(b"[")
        while (mark := self._scanner.next_mark()) not in (b"]", b""):
            if mark == b"{":
                yield from self.document()
            else:
                self._scanner.take(mark)
        self._scanner.take(b"]")

    def _key(self) -> str | None:
        """The next key, with its colon passed; None where the rest is no object."""
        line, data, _ = self._scanner.value()
        try:
            key = json_value(data, self._limits)
            if isinstance(key, str) and self._scanner.take(b":"):
                return key
        except Rejected:
            pass
        self._reject(line, data[:KEPT], Rejected(BAD_SYNTAX, "not JSON: a key with a colon is missing"))
        self._scanner.take(self._scanner.next_mark())
        return None

    def _held(self) -> tuple[object, int]:
        """A value that is no row, and its length; one that can't be read is null, and rejected."""
        line, data, length = self._scanner.value()
        if length > self._limits.line:
            return None, length
        try:
            return json_value(data, self._limits), length
        except Rejected as error:
            self._reject(line, data, error)
            return None, length


def _column_names(value: object) -> list[str] | None:
    """The names in a list of `{"name": …, "type": …}`."""
    if not isinstance(value, list):
        return None
    names = [one.get("name", one.get("Name")) if isinstance(one, dict) else one for one in value]
    return [name for name in names if isinstance(name, str)]
