"""gzip as a stream: every checksum is checked, and what follows the end may be padding alone."""

from __future__ import annotations

import zlib

from emulator.events.importing.readable import HEAD, Readable

MAGIC = b"\x1f\x8b\x08"
_PADDING = b"\0\r\n\t "
"""Bytes that tools add behind the last member, which mean nothing."""


class Gzipped:
    """The bytes that gzip members unpack to, one member after the other."""

    def __init__(self, inner: Readable) -> None:
        self._inner = inner
        self._member = _member()
        self._packed = b""
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end. Raises zlib.error, EOFError and OSError for damage."""
        while not self._ended:
            if self._member.eof:
                self._next_member()
                continue
            if not self._packed:
                self._packed = self._inner.read(HEAD)
                if not self._packed:
                    raise EOFError("it ends before its packed data does")
            data = self._member.decompress(self._packed, size)
            self._packed = self._member.unconsumed_tail
            if data:
                return data
        return b""

    def _next_member(self) -> None:
        rest = self._member.unused_data.lstrip(_PADDING)
        while len(rest) < len(MAGIC):
            more = self._inner.read(HEAD)
            if not more:
                break
            rest = (rest + more).lstrip(_PADDING)
        self._ended = not rest
        if rest and not rest.startswith(MAGIC):
            raise OSError(f"{len(rest):,} bytes or more follow its end, and are not packed")
        self._packed, self._member = rest, _member()


def _member() -> zlib._Decompress:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)
