"""What users hand to commands: query texts, and pairs of a name and a value."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

MOST_BYTES = 4 << 20
"""Bytes of a query file that are read at most; the parser has a stricter limit of its own."""


def read_query(path: Path) -> tuple[str, str]:
    """The text of a query file, or of standard input for `-`, and its name. Ends with a hint if unreadable."""
    name = "standard input" if str(path) == "-" else str(path)
    try:
        data = sys.stdin.buffer.read(MOST_BYTES + 1) if str(path) == "-" else _head(path)
        if len(data) > MOST_BYTES:
            raise click.UsageError(f"{name} is larger than {MOST_BYTES >> 20} MiB: no query is")
        return data.decode("utf8"), name
    except OSError as error:
        raise click.UsageError(f"{name} can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{name} is not UTF-8 text (byte {error.start}): save it as UTF-8") from None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    """`NAME=VALUE` texts as a mapping. Ends with a hint if one has another form."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise click.UsageError(f"{option} takes NAME=VALUE, not {text!r}")
        found[name] = value
    return found
