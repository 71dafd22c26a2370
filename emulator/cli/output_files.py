"""Files that commands write: whole or not at all, and the summary of a GitHub Actions job."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click


def write_whole(path: Path, text: str) -> None:
    """Write a file under another name first, so that nobody ever finds half of it. Ends with a hint if it can't."""
    with whole_file(path) as file:
        file.write(text.encode("utf8"))


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write bytes to, which is there under its name once the block is left without an error.

    Ends with a hint if it can't be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as error:
        raise click.UsageError(f"{path} can't be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def add_to_summary(markdown: str) -> None:
    """Append to the job's summary that GitHub Actions names, if it names one. Ends with a hint if it can't."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf8") as file:
            file.write(markdown)
    except OSError as error:
        raise click.UsageError(f"GITHUB_STEP_SUMMARY={path} can't be written: {error.strerror}") from None
