"""Files of text, packed or not, as streams of bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PACKED = (".gz", ".bz2", ".zst")
UNREADABLE = (EOFError, OSError, zlib.error)
"""What reading raises for a file that breaks off, or that is not packed as its name says."""


def unpacked_name(path: Path) -> str:
    """The name of a file without the ending that tells how it is packed, in small letters."""
    name = path.name.lower()
    return next((name.removesuffix(ending) for ending in PACKED if name.endswith(ending)), name)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked as they are read. Raises UNREADABLE, and ImportError where pyarrow is missing."""
    match path.suffix.lower():
        case ".gz":
            with gzip.open(path, "rb") as stream:
                yield stream  # type: ignore[misc]  # typeshed's GzipFile is no BinaryIO by name
        case ".bz2":
            with bz2.open(path, "rb") as stream:
                yield stream  # type: ignore[misc]  # likewise
        case ".zst":
            import pyarrow as pa

            with pa.input_stream(str(path), compression="zstd") as stream:
                yield io.BufferedReader(stream)
        case _:
            with path.open("rb") as stream:
                yield stream
