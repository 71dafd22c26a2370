"""JSON lines: one object a line, read quickly where that gives the same values as the standard library does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from emulator.interpreter.lines import BadLine, Line, OnBadLine, blocks, refuse

DEEPEST = 200
"""Lists and objects inside each other; what is nested deeper could not be printed."""
MOST_EMPTY_LINES = 1_000_000
"""Empty lines of a file; a small packed file could hold more of them than anybody waits for."""

_EMPTY: dict[str, Any] = {}
"""Stands for a line that holds nothing."""
_MANY_DIGITS = re.compile(rb"(?<![0-9A-Za-z\"])[0-9]{19}")
"""Digits that may begin a number; in most texts they follow a letter, a digit or a quote."""
_NINETEEN_ZEROS = b"0" * 19
_DIGITS_AS_ZEROS = bytes(ord("0") if 48 <= byte <= 57 else byte for byte in range(256))


class _NoObjectError(ValueError):
    """A line that is no JSON object as it should be."""

    def __init__(self, message: str, help: str = "write one JSON object on each line") -> None:
        super().__init__(message)
        self.help = help


def json_lines(path: Path, on_bad: OnBadLine = refuse) -> Iterator[Line]:
    """The objects of a file with their lines. Raises QueryError for a file that can't be read on."""
    empty = 0
    for first, block in blocks(path):
        lines = block.splitlines()
        suspicious = _with_many_digits(block, lines)
        is_flat = block.count(b"[") + block.count(b"{") <= DEEPEST
        for number, line in enumerate(lines, first):
            try:
                row = _careful(line) if number - first in suspicious else _quick(line)
                if not is_flat and line.count(b"[") + line.count(b"{") > DEEPEST:
                    _refuse_depth(row)
            except _NoObjectError as error:
                on_bad(BadLine(path, number, line, str(error), error.help))
                continue
            if row is not _EMPTY:
                yield number, line, row
                continue
            empty += 1
            if empty > MOST_EMPTY_LINES:
                message = f"more than {MOST_EMPTY_LINES:,} empty lines"
                raise BadLine(path, number, b"", message, "remove them").refused()


def _with_many_digits(block: bytes, lines: Sequence[bytes]) -> set[int]:
    """The places of lines with whole numbers that may be beyond 64 bits, which orjson gives as reals."""
    found: set[int] = set()
    zeros = block.translate(_DIGITS_AS_ZEROS)
    at, place, counted = zeros.find(_NINETEEN_ZEROS), 0, 0
    if at >= 0 and b"\r" in block:
        return {place for place, line in enumerate(lines) if _MANY_DIGITS.search(line)}
    while at >= 0:
        place, counted = place + block.count(b"\n", counted, at), at
        if _MANY_DIGITS.search(lines[place]):
            found.add(place)
        end = block.find(b"\n", at)
        at = zeros.find(_NINETEEN_ZEROS, end) if end >= 0 else -1
    return found


def json_value(text: str) -> object:
    """The value of a JSON text. Raises ValueError for one that is none, or nested too deeply."""
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise _NoObjectError(str(error)) from None
    _refuse_depth(value)
    return value


def _quick(line: bytes) -> dict[str, Any]:
    if not line:
        return _EMPTY
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _careful(line)
    return row if type(row) is dict else _checked(row)


def _careful(line: bytes) -> dict[str, Any]:
    """As the standard library reads a line: whole numbers of any size, NaN and the infinities."""
    try:
        text = line.decode("utf8")
        if not text.strip():
            return _EMPTY
        row = json.loads(text)
        if "\\u" in text:
            json.dumps(row, ensure_ascii=False).encode("utf8")  # half of a character beyond U+FFFF is no text
    except (ValueError, RecursionError) as error:
        raise _NoObjectError(f"not JSON: {error}") from None
    return _checked(row)


def _checked(row: object) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise _NoObjectError("not a JSON object")
    return row


def _refuse_depth(row: object) -> None:
    """Raises _NoObjectError when lists and objects stand in each other more than DEEPEST deep."""
    level: list[object] = [row]
    for _ in range(DEEPEST):
        held = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [item for one in held for item in one]
        if not level:
            return
    raise _NoObjectError(f"nested more than {DEEPEST} deep", "write the inner part as text")
