"""What bytes are read from, and how many at once."""

from __future__ import annotations

from typing import Protocol

HEAD = 1 << 18
"""Bytes that are read at once, and those at the start of a file by which its format is told."""


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...
