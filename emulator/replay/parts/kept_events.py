"""Events kept in a file: those of some parts of a corpus, in order, packed so that the tables of a part are read alone.

The file holds pieces, then a list of them, its length and a SHA-256 of everything before. A piece is packed JSON: rows
of one table of one part with their times and with their places among the part's events.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import zlib
from collections.abc import Iterable, Iterator
from io import BufferedRandom
from pathlib import Path
from typing import Any

import orjson

from emulator.events.sensors import Row, Sensor, SensorEvent

MOST_BYTES = 64 << 20
"""What events of one corpus may take, packed; more are not kept."""
_PIECE = 4096
_LENGTH, _DIGEST = 8, 32
_FAST = 1
_EXACT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
_Piece = tuple[int, str, int, int]
"""The part, the table, where the piece begins and how long it is."""


class EventWriter:
    """Writes a file of events, part by part.

    It gives up when there are too many, when JSON can't hold one, and when the file can't be written.
    """

    def __init__(self, file: BufferedRandom, most_bytes: int = MOST_BYTES) -> None:
        self._file = file
        self._most = most_bytes
        self._pieces: list[_Piece] = []
        self._waiting: dict[str, tuple[list[int], list[int], list[Row]]] = {}
        self._count = 0
        self.gave_up = False

    def add(self, part: int, event: SensorEvent) -> None:
        """Take the next event of a part."""
        if self.gave_up:
            return
        held = self._waiting.get(event.table)
        if held is None:
            held = self._waiting[event.table] = ([], [], [])
        places, times, rows = held
        places.append(self._count)
        times.append(event.at)
        rows.append(event.row)
        self._count += 1
        if len(rows) == _PIECE:
            self._flush(part, event.table)

    def end(self, part: int) -> None:
        """All events of a part were taken."""
        while self._waiting:
            self._flush(part, next(iter(self._waiting)))
        self._count = 0

    def close(self) -> None:
        """Write what makes the file whole."""
        listed = json.dumps(self._pieces).encode("ascii")
        self._file.write(listed + len(listed).to_bytes(_LENGTH, "big"))
        self._file.seek(0)
        found = hashlib.file_digest(self._file, "sha256").digest()
        self._file.seek(0, 2)
        self._file.write(found)

    def _flush(self, part: int, table: str) -> None:
        held = self._waiting.pop(table)
        begin = self._pieces[-1][2] + self._pieces[-1][3] if self._pieces else 0
        try:
            packed = zlib.compress(orjson.dumps(held, option=_EXACT), _FAST)
            if begin + len(packed) <= self._most:
                self._file.write(packed)
                self._pieces.append((part, table, begin, len(packed)))
                return
        except (TypeError, OSError):
            pass
        self.gave_up = True
        self._waiting.clear()


class KeptEvents:
    """Reads a file of events. Raises ValueError or OSError where it is not what was written."""

    def __init__(self, path: Path, sensor: Sensor) -> None:
        self._path = path
        self._sensor = sensor
        with path.open("rb") as file:
            size = file.seek(0, 2) - _DIGEST
            if size < _LENGTH:
                raise ValueError("it is cut off")
            file.seek(0)
            sha256 = hashlib.sha256()
            left = size
            while left and (block := file.read(min(left, 1 << 20))):
                sha256.update(block)
                left -= len(block)
            if sha256.digest() != file.read(_DIGEST):
                raise ValueError("it is not what was written")
            file.seek(size - _LENGTH)
            length = int.from_bytes(file.read(_LENGTH), "big")
            file.seek(size - _LENGTH - length)
            self._pieces: list[_Piece] = [tuple(one) for one in json.loads(file.read(length))]

    def events(self, part: int, tables: frozenset[str] | None = None) -> Iterator[SensorEvent]:
        """The events of a part in order: of some tables, or of all."""
        wanted: dict[str, list[_Piece]] = {}
        for piece in self._pieces:
            if piece[0] == part and (tables is None or piece[1] in tables):
                wanted.setdefault(piece[1], []).append(piece)
        streams = [self._table(name, pieces) for name, pieces in wanted.items()]
        ordered: Iterable[tuple[int, SensorEvent]] = (
            streams[0] if len(streams) == 1 else heapq.merge(*streams, key=_place)
        )
        for _, event in ordered:
            yield event

    def _table(self, name: str, pieces: Iterable[_Piece]) -> Iterator[tuple[int, SensorEvent]]:
        sensor = self._sensor
        for _, _, begin, length in pieces:
            with self._path.open("rb") as file:
                file.seek(begin)
                packed = file.read(length)
            held: Any = orjson.loads(zlib.decompress(packed))
            for place, at, row in zip(*held, strict=True):
                yield place, SensorEvent(sensor, name, at, row)


def _place(pair: tuple[int, SensorEvent]) -> int:
    return pair[0]
