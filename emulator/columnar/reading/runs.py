"""More rows than memory holds, in order: gathered in runs that are sorted on disk, then merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import compute

KEY, PLACE = "\0key", "\0place"
"""The columns that rows are sorted by: a number, and among equals the place in the input."""
RUN_BYTES = 128 << 20
"""What a run holds in memory before it is written."""
_BATCH, _BATCH_BYTES = 16_384, 1 << 20
"""Rows, and bytes, that are read of a run at once: a merge holds so much of every run."""


class Runs:
    """Rows on their way through a folder. Tables that are added have the columns KEY and PLACE, and what they like."""

    def __init__(self, folder: Path, run_bytes: int = RUN_BYTES) -> None:
        self._folder = folder
        self._run_bytes = run_bytes
        self._held: list[pa.Table] = []
        self._bytes = 0
        self._files: list[Path] = []

    def add(self, rows: pa.Table) -> None:
        """More rows, in any order."""
        self._held.append(rows)
        self._bytes += rows.nbytes
        if self._bytes >= self._run_bytes:
            self._spill()

    def _spill(self) -> None:
        path = self._folder / f"run{len(self._files)}.arrow"
        whole = self._sorted()
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, whole.schema) as writer:
            writer.write_table(whole, max_chunksize=_chunk(whole))
        self._files.append(path)
        self._held, self._bytes = [], 0

    def _sorted(self) -> pa.Table:
        return in_order(pa.concat_tables(self._held, promote_options="default"))

    def merged(self) -> Iterator[pa.Table]:
        """All rows in order, some at a time."""
        if not self._files:
            if self._held:
                yield self._sorted()
            return
        if self._held:
            self._spill()
        yield from _merged([_batches(path) for path in self._files])


def _chunk(rows: pa.Table) -> int:
    """How many rows make a batch, of many if they are small."""
    count, size = int(rows.num_rows), int(rows.nbytes)
    return max(1, min(_BATCH, count * _BATCH_BYTES // max(size, 1)))


def _batches(path: Path) -> Iterator[pa.Table]:
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        for at in range(reader.num_record_batches):
            yield pa.Table.from_batches([reader.get_batch(at)])


def _merged(runs: Sequence[Iterator[pa.Table]]) -> Iterator[pa.Table]:
    """Up to the least of the last keys that are held, the rows of all runs are complete: they are sorted and given."""
    held: dict[int, pa.Table] = {}
    for at, run in enumerate(runs):
        _fill(held, at, run)
    while held:
        until = min(_last(table) for table in held.values())
        ready = []
        for at, table in list(held.items()):
            count = _up_to(table, until)
            ready.append(table.slice(0, count))
            held[at] = table.slice(count)
            if count == table.num_rows:
                _fill(held, at, runs[at])
        yield in_order(pa.concat_tables(ready, promote_options="default"))


def _fill(held: dict[int, Any], at: int, run: Iterator[pa.Table]) -> None:
    held.pop(at, None)
    following = next(run, None)
    if following is not None:
        held[at] = following


def _last(table: pa.Table) -> tuple[int, int]:
    return table[KEY][-1].as_py(), table[PLACE][-1].as_py()


def _up_to(table: pa.Table, until: tuple[int, int]) -> int:
    """How many rows of a sorted table are not behind a key."""
    key, place = until
    before = compute.less(table[KEY], key)
    same = compute.and_(compute.equal(table[KEY], key), compute.less_equal(table[PLACE], place))
    return int(compute.sum(compute.or_(before, same)).as_py())


def in_order(table: pa.Table) -> pa.Table:
    """The rows sorted by key, then by place."""
    return table.sort_by([(KEY, "ascending"), (PLACE, "ascending")])
