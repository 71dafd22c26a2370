"""Make Parquet files of a synthetic organisation's events to measure engines with: the same from the same seed.

    python benchmarks/organisation_files.py FOLDER [--rows 5000000] [--seed 1]

Writes DeviceNetworkEvents and DeviceProcessEvents with so many rows each, and events, the stream of Falcon, with twice
as many: the first ones of a working day of `corpus/profiles/office.yaml`, with as many computers as start so many
programs in a day. With 5 million rows that takes some minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq

from emulator.events.organisation import Organisation
from emulator.events.organisation.files.writing import write_rows
from emulator.events.sensors import FALCON_STREAM, Sensor

PROFILE = Path(__file__).parents[1] / "corpus/profiles/office.yaml"
DAY = datetime(2026, 3, 2, tzinfo=UTC)
NOW = DAY + timedelta(days=1)
"""When queries run that look back over the day."""
STARTS = 400
"""Programs that start on a computer on such a day, or more."""
TABLES = ("DeviceNetworkEvents", "DeviceProcessEvents")


def organisation(rows: int, seed: int) -> Organisation:
    """An organisation whose computers start so many programs in a day."""
    return Organisation.from_profile(PROFILE, seed, max(50, -(-rows // STARTS)), 2, start=DAY)


def make(folder: Path, rows: int, seed: int = 1) -> dict[str, Path]:
    """The files by table, made unless they are there."""
    made = {name: folder / f"organisation-{name}-{rows}-{seed}.parquet" for name in (*TABLES, FALCON_STREAM)}
    if all(path.exists() for path in made.values()):
        return made
    folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def sink(table: str) -> Iterator[BinaryIO]:
        partial = made[table].with_suffix(".partial")
        with partial.open("wb") as file:
            yield file
        partial.rename(made[table])

    drawn = organisation(rows, seed)
    write_rows(drawn, [Sensor.DEFENDER], sink, dict.fromkeys(TABLES, rows))
    write_rows(drawn, [Sensor.FALCON_NG_SIEM], sink, {FALCON_STREAM: 2 * rows})
    return made


def head(files: dict[str, Path], rows: int) -> dict[str, Path]:
    """The first so many rows of each table, of the stream twice as many, in files of their own."""
    found = {}
    for name, path in files.items():
        most = rows * (2 if name == FALCON_STREAM else 1)
        found[name] = place = path.with_name(f"{path.stem}-first-{rows}.parquet")
        if not place.exists():
            _copy(path, place, most)
    return found


def _copy(path: Path, place: Path, rows: int) -> None:
    source = pq.ParquetFile(path)
    with pq.ParquetWriter(place.with_suffix(".partial"), source.schema_arrow, compression="zstd") as writer:
        for batch in source.iter_batches(131_072):
            if rows <= 0:
                break
            writer.write_batch(batch.slice(0, rows))
            rows -= len(batch)
    place.with_suffix(".partial").rename(place)


def main() -> None:
    """Make the files that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for name, path in make(given.folder, given.rows, given.seed).items():
        rows = pq.read_metadata(path).num_rows
        print(f"{name}: {path} ({rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB)")


if __name__ == "__main__":
    main()
