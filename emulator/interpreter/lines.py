"""Lines of text files as bytes, in blocks: streamed, of bounded length, and numbered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from emulator.diagnostics import Code, QueryError, Reporter, code
from emulator.interpreter.packed import UNREADABLE, opened
from emulator.source import NOWHERE, Source, Span

BAD_LINE = code(
    "EVT1003",
    "a line of an event file can't be read",
    "Every line of a JSON-lines file holds one JSON object, and every line of a CSV file as many cells as its heading, "
    "in UTF-8. The line that is named does not.",
)
NEEDS_PYARROW = code(
    "EVT1004",
    "some event files need pyarrow",
    "Reading Parquet, and what is packed by Zstandard (`.zst`), needs the package `pyarrow`: install it with "
    "`pip install 'ruleproof[arrow]'`.",
)
LONGEST_LINE = 16 << 20
"""Bytes of one line; a longer one is refused, so that an unpacked line stays bounded."""
_BLOCK = 1 << 16


class BadLine(Exception):  # noqa: N818 - a finding, which becomes a diagnostic or a reject
    """A line that can't be read: where it stands, counted from 1, what it holds, and what to say of it."""

    def __init__(self, path: Path, number: int, line: bytes, message: str, help: str) -> None:
        super().__init__(message)
        self.path = path
        self.number = number
        self.line = line
        self.message = message
        self.help = help

    def refused(self) -> QueryError:
        """The error of a run that reads the line."""
        source = Source(str(self.path), "\n" * (self.number - 1))
        at = Span(self.number - 1, self.number - 1)
        return QueryError([Reporter(source).error(BAD_LINE, self.message, at, self.help)])


Line: TypeAlias = tuple[int, bytes, dict[str, Any]]
"""The number of a line, counted from 1 (of several lines, the last), its bytes, and the row that they hold."""
OnBadLine: TypeAlias = Callable[[BadLine], None]
"""What becomes of a line that can't be read: it raises, or keeps the line aside."""


def refuse(bad: BadLine) -> None:
    """Raises QueryError."""
    raise bad.refused()


def refusal(name: str, what: Code, message: str, help: str) -> QueryError:
    """What to raise for a file as a whole."""
    return QueryError([Reporter(Source(name, "")).error(what, message, NOWHERE, help)])


def needs_pyarrow(name: str) -> QueryError:
    """What to raise for a file that only pyarrow can read."""
    return refusal(name, NEEDS_PYARROW, "pyarrow is not installed", "install it: pip install 'ruleproof[arrow]'")


def unreadable(name: str, message: str) -> QueryError:
    """What to raise for a file that can't be read at all."""
    return refusal(name, BAD_LINE, message, "write the file again")


def blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    r"""Whole lines, many at a time, with the number of the first; lines end in \n, \r\n or \r. Raises QueryError."""
    number, rest = 1, b""
    try:
        with opened(path) as file:
            while more := file.read(_BLOCK):
                whole, rest = _split(rest + more)
                if whole:
                    yield number, whole
                    number += len(whole.splitlines()) if b"\r" in whole else whole.count(b"\n")
                if len(rest) >= LONGEST_LINE:
                    keep = f"keep lines under {LONGEST_LINE >> 20} MiB"
                    raise BadLine(path, number, b"", "the line is too long", keep).refused()
    except ImportError:
        raise needs_pyarrow(str(path)) from None
    except UNREADABLE as error:
        what = f"the file can't be read on: {error}"
        raise BadLine(path, number, b"", what, "write the file again").refused() from None
    if rest:
        yield number, rest


def _split(data: bytes) -> tuple[bytes, bytes]:
    r"""What ends with the last line's end, and what follows; a \r at the end may be half of one."""
    end = data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, -1) + 1
    return data[:end], data[end:]
