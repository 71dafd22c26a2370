"""Sources unpacked as streams: gzip, bzip2, Zstandard, zip and tar by their first bytes; nothing is written to disk."""

from __future__ import annotations

import bz2
import io
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from emulator.diagnostics import QueryError
from emulator.events.importing.gzipped import MAGIC, Gzipped
from emulator.events.importing.problems import (
    CLOSED,
    DAMAGED,
    NO_FILE,
    OUTSIDE,
    TOO_MANY,
    TOO_MUCH,
    Limits,
    shown,
    stop,
)
from emulator.events.importing.readable import HEAD, Readable
from emulator.interpreter.lines import refusal
from emulator.nodes import record

_LAYERS = 3
"""Packings inside each other that are undone: a tar in gzip has two."""
_LONGEST_HEADER = 1 << 20
"""Bytes that a header of tar may ask for at once."""
_DRIVE = re.compile(r"[A-Za-z]:")
_FETCH = "fetch it again and compare its sha256"
_BROKEN = (EOFError, OSError, zlib.error, zipfile.BadZipFile, tarfile.TarError)


@record
class Member:
    """A file to import: its name (`archive.zip!member`), its bytes, and how they were packed."""

    name: str
    stream: io.BufferedReader[Any]
    packing: tuple[str, ...]


class _Budget:
    """What may still come out of one source."""

    def __init__(self, name: str, packed: int, limits: Limits) -> None:
        self.name = name
        self._limits = limits
        self._most = max(limits.spared, packed * limits.ratio)
        self._ratio = limits.ratio
        self._spent = 0
        self.members = 0

    def spend(self, size: int) -> None:
        self._spent += size
        if self._spent > self._limits.unpacked:
            self._refuse(f"it unpacks to more than {self._limits.unpacked >> 20:,} MiB")
        if self._spent > self._most:
            self._refuse(f"it unpacks to more than {self._ratio} times its size")

    def _refuse(self, message: str) -> NoReturn:
        stop(self.name, TOO_MUCH, message, "unpack a source that you trust by other means")

    def count_member(self) -> None:
        self.members += 1
        if self.members > self._limits.members:
            message = f"it has more than {self._limits.members:,} members"
            stop(self.name, TOO_MANY, message, "import it in several steps")


class _Unpacked(io.RawIOBase):
    """Bytes on their way out of a packing: counted, and with every kind of damage told as one."""

    def __init__(self, inner: Readable, name: str, budget: _Budget) -> None:
        super().__init__()
        self._inner = inner
        self._name = name
        self._budget = budget

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As much as there is room for, unless the end comes before. Raises QueryError."""
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view):
            part = self._part(len(view) - filled)
            if not part:
                break
            view[filled : filled + len(part)] = part
            filled += len(part)
            self._budget.spend(len(part))
        return filled

    def _part(self, size: int) -> bytes:
        try:
            return self._inner.read(min(size, HEAD))
        except _BROKEN as error:
            raise damaged(self._name, error) from None


def damaged(name: str, error: BaseException) -> QueryError:
    """What to raise for a source that can't be read on."""
    why = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return refusal(name, DAMAGED, f"it can't be read on: {shown(why)}", _FETCH)


class _Watched(io.FileIO):
    """A file that tells how many bytes were read of it."""

    def __init__(self, path: Path, advance: Callable[[int], None]) -> None:
        super().__init__(path)
        self._advance = advance

    def readinto(self, buffer: Any) -> int:
        """As files do."""
        count = super().readinto(buffer)
        self._advance(count)
        return count


def members(path: Path, name: str, limits: Limits, advance: Callable[[int], None]) -> Iterator[Member]:
    """The files in a source: itself, what it unpacks to, or the members of an archive. Raises QueryError."""
    try:
        raw = _Watched(path, advance)
    except OSError as error:
        raise damaged(name, error) from None
    with io.BufferedReader(raw, HEAD) as stream:
        budget = _Budget(name, path.stat().st_size, limits)
        yield from _layer(Member(name, stream, ()), budget, outermost=True)


def _layer(packed: Member, budget: _Budget, *, outermost: bool = False) -> Iterator[Member]:
    """What is inside."""
    kind = packing(packed.stream.peek(HEAD))
    if kind is None:
        yield packed
        return
    if len(packed.packing) == _LAYERS or (kind == "zip" and not outermost):
        stop(packed.name, CLOSED, "it is an archive inside an archive", "unpack the outer one by other means")
    kinds = (*packed.packing, kind)
    if kind == "zip":
        yield from _zipped(packed, kinds, budget)
    elif kind == "tar":
        yield from _taped(packed, kinds, budget)
    else:
        yield from _layer(_opened(packed.name, _decompressed(packed.stream, kind), kinds, budget), budget)


def packing(head: bytes) -> str | None:
    """How a file is packed, by its first bytes; None when it is not."""
    for start, kind in ((MAGIC, "gzip"), (b"BZh", "bzip2"), (b"\x28\xb5\x2f\xfd", "zstd")):
        if head.startswith(start):
            return kind
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    return "tar" if head[257:262] == b"ustar" else None


def _decompressed(stream: io.BufferedReader[Any], kind: str) -> Readable:
    if kind == "gzip":
        return Gzipped(stream)
    if kind == "bzip2":
        return bz2.BZ2File(stream)
    import pyarrow as pa

    reader: Readable = pa.CompressedInputStream(pa.PythonFile(stream, "r"), "zstd")
    return reader


def _opened(name: str, inner: Readable, kinds: tuple[str, ...], budget: _Budget) -> Member:
    return Member(name, io.BufferedReader(_Unpacked(inner, name, budget), HEAD), kinds)


def _zipped(packed: Member, kinds: tuple[str, ...], budget: _Budget) -> Iterator[Member]:
    name = packed.name
    try:
        archive = zipfile.ZipFile(packed.stream)
    except (*_BROKEN, NotImplementedError, ValueError) as error:
        raise damaged(name, error) from None
    with archive:
        infos = [one for one in archive.infolist() if not one.is_dir()]
        for info in infos:
            budget.count_member()
            _check_name(name, info.filename)
            if stat.S_ISLNK(info.external_attr >> 16):
                _refuse_link(name, info.filename)
        for info in infos:
            label = f"{name}!{shown(info.filename)}"
            try:
                inner = archive.open(info)
            except (NotImplementedError, RuntimeError) as error:
                stop(label, CLOSED, f"it can't be opened: {shown(str(error))}", "unpack it by other means")
            except _BROKEN as error:
                raise damaged(label, error) from None
            with inner:
                yield from _layer(_opened(label, inner, kinds, budget), budget)


class _Forward(io.RawIOBase):
    """A stream that can be left out in part but never read again, as tar needs it, with short headers alone."""

    def __init__(self, inner: io.BufferedReader[Any], name: str) -> None:
        super().__init__()
        self._inner = inner
        self._name = name
        self._at = 0
        self.last = b""
        """What was read last: the mark at the end of an archive, once nothing follows."""

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes. Raises QueryError for a header that asks for more than any needs."""
        if not 0 <= size <= _LONGEST_HEADER:
            stop(self._name, DAMAGED, "a header of the archive has an impossible size", _FETCH)
        self.last = self._inner.read(size)
        self._at += len(self.last)
        return self.last

    def check_end(self) -> None:
        """Raise ReadError unless the archive ended as archives do, and read what is packed behind its end."""
        if not self.last or self.last.strip(b"\0"):
            raise tarfile.ReadError("it ends without the mark of its end")
        while self.read(_LONGEST_HEADER):
            pass

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go on to a place ahead."""
        if whence != io.SEEK_SET or offset < self._at:
            raise tarfile.ReadError("a member is read out of order")
        while self._at < offset and self.read(min(offset - self._at, _LONGEST_HEADER)):
            pass
        return self._at


def _taped(packed: Member, kinds: tuple[str, ...], budget: _Budget) -> Iterator[Member]:
    tape = _Forward(packed.stream, packed.name)
    try:
        with tarfile.TarFile(fileobj=tape) as archive:
            while (info := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # it would remember every one
                budget.count_member()
                _check_name(packed.name, info.name)
                if info.isdir():
                    continue
                if not info.isreg():
                    _refuse_link(packed.name, info.name)
                inner = archive.extractfile(info)
                assert inner is not None
                label = f"{packed.name}!{shown(info.name)}"
                yield from _layer(_opened(label, inner, kinds, budget), budget)
        tape.check_end()
    except (*_BROKEN, ValueError, UnicodeError) as error:
        raise damaged(packed.name, error) from None


def _check_name(archive: str, name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if parts[0] == "" or ".." in parts or _DRIVE.match(name):
        message = f"its member `{shown(name)}` has a name that leads out of it"
        stop(archive, OUTSIDE, message, "ask where the archive comes from")


def _refuse_link(archive: str, name: str) -> NoReturn:
    message = f"its member `{shown(name)}` is a link or a device"
    stop(archive, NO_FILE, message, "pack the files that it points to")
