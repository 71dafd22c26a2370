"""Records in CSV with a heading."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from emulator.events.importing.problems import (
    BAD_SYNTAX,
    BAD_TEXT,
    TOO_LONG,
    TOO_WIDE,
    WRONG_FORMAT,
    Limits,
    Rejected,
    shown,
    stop,
)
from emulator.events.importing.readable import Readable
from emulator.events.importing.records import OnRejected, Record, lines


class _Lines:
    """Lines as text, and what was read since somebody last asked: csv joins lines inside quotes."""

    def __init__(self, stream: Readable, limits: Limits, on_rejected: OnRejected) -> None:
        self._lines = lines(stream, limits, on_rejected)
        self._most = limits.line
        self._held: list[bytes] = []
        self._size = 0
        self.first = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next line. Raises Rejected for one that makes a row too long, which lets csv begin another."""
        number, line = next(self._lines)
        if not self._held:
            self.first = number
        self._size += len(line) + 1
        self._held.append(line + b"\n")
        if self._size > self._most:
            raise Rejected(TOO_LONG, f"a row of {self._size:,} bytes: a quote may be missing")
        return self._held[-1].decode("utf8", "surrogateescape")

    def taken(self) -> bytes:
        """What was read since the last call."""
        data, self._held, self._size = b"".join(self._held), [], 0
        return data


def csv_records(name: str, stream: Readable, limits: Limits, on_rejected: OnRejected) -> Iterator[Record]:
    """The rows below the heading as mappings of text. Raises QueryError for a heading that can't be used."""
    text = _Lines(stream, limits, on_rejected)
    reader = csv.reader(text, strict=True)
    heading: list[str] | None = None
    while True:
        cells: list[str] = []
        wrong: Rejected | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except Rejected as error:
            wrong = error
        except csv.Error as error:
            what = TOO_LONG if "limit" in str(error) else BAD_SYNTAX
            wrong = Rejected(what, f"not CSV: {error}")
        data = text.taken()
        wrong = wrong or _wrong(cells, data, heading)
        if heading is None:
            heading = _checked_heading(name, cells, wrong, limits)
        elif wrong is not None:
            on_rejected(text.first, data, wrong)
        elif cells:
            yield text.first, data, dict(zip(heading, cells, strict=True))


def _wrong(cells: Sequence[str], data: bytes, heading: Sequence[str] | None) -> Rejected | None:
    """What is wrong with a row; an empty one is none."""
    try:
        data.decode("utf8")
    except UnicodeDecodeError as error:
        return Rejected(BAD_TEXT, f"byte {error.start + 1} of the row is not UTF-8")
    if heading is not None and cells and len(cells) != len(heading):
        return Rejected(BAD_SYNTAX, f"{len(cells)} cells, where the heading has {len(heading)}")
    return None


def _checked_heading(name: str, cells: list[str], wrong: Rejected | None, limits: Limits) -> list[str]:
    """The columns' names. Raises QueryError."""
    if wrong is not None:
        stop(name, wrong.what, f"the heading can't be read: {wrong.message}", "write the file again as CSV in UTF-8")
    if len(cells) > limits.fields:
        message = f"the heading has {len(cells):,} columns, more than {limits.fields:,}"
        stop(name, TOO_WIDE, message, "leave out columns")
    repeated = next((one for one in cells if cells.count(one) > 1), None)
    if repeated is not None:
        message = f"the heading names the column `{shown(repeated)}` twice"
        stop(name, WRONG_FORMAT, message, "give each column a name of its own")
    return cells
