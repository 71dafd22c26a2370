"""CSV files with a heading: each row is a mapping from column to text."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from emulator.interpreter.lines import LONGEST_LINE, BadLine, Line, OnBadLine, blocks, refuse

_CHECK = "check quotes and commas"


class _Lines:
    """The lines of a file as text, and what was read since somebody last asked: csv joins lines inside quotes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: list[bytes] = []

    def __iter__(self) -> Iterator[str]:
        length = 0
        for first, block in blocks(self._path):
            for number, line in enumerate(block.splitlines(keepends=True), first):
                length = length + len(line) if self._read else len(line)
                if length > LONGEST_LINE:
                    raise BadLine(self._path, number, b"", "the row is too long", _CHECK).refused()
                self._read.append(line)
                yield line.decode("utf8", "surrogateescape")

    def taken(self) -> bytes:
        """What was read since the last call."""
        line, self._read = b"".join(self._read), []
        return line


def csv_lines(path: Path, on_bad: OnBadLine = refuse) -> Iterator[Line]:
    """The rows of a file with their lines. Raises QueryError for a file that can't be read on."""
    lines = _Lines(path)
    reader = csv.reader(lines, strict=True)
    heading: list[str] | None = None
    while True:
        message, cells = "", []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = f"not CSV: {error}"
        line = lines.taken()
        message = message or _wrong(cells, line, heading)
        if message:
            bad = BadLine(path, reader.line_num, line, message, _CHECK)
            if heading is None:
                raise bad.refused()
            on_bad(bad)
        elif heading is None:
            heading = cells
        elif cells:
            yield reader.line_num, line, dict(zip(heading, cells, strict=True))


def _wrong(cells: list[str], line: bytes, heading: list[str] | None) -> str:
    """What is wrong with a row; an empty one is none."""
    if not line.isascii():
        try:
            line.decode("utf8")
        except UnicodeDecodeError as error:
            return f"not UTF-8: {error}"
    if heading is not None and cells and len(cells) != len(heading):
        return "not as many cells as the heading has"
    return ""
