"""Make Parquet files of events to measure engines with: as many as one asks for, the same from the same seed.

    python benchmarks/corpus_files.py FOLDER [--rows 5000000] [--seed 1]

Writes DeviceNetworkEvents.parquet and DeviceProcessEvents.parquet with so many rows each, and events.parquet, a Falcon
stream of twice as many. Programs, ports and command lines come in shares like those of an office: most is noise, some
events look like what rules ask for, few are. Times lie evenly in the 20 hours that end at NOW.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""When queries run that look back from the end of the files."""
_HOURS = 20
_BATCH = 250_000
_COMMANDS = (
    (r"C:\Windows\System32\svchost.exe -k netsvcs -p -s Schedule", 0.30),
    (r'"C:\Program Files\Google\Chrome\Application\chrome.exe" --type=renderer --lang=en-US', 0.25),
    (r"powershell.exe -NoProfile -ExecutionPolicy Bypass -File C:\scripts\inventory.ps1", 0.10),
    (r'cmd.exe /c "dir C:\Users\Public"', 0.10),
    (r"taskhostw.exe", 0.10),
    (r"conhost.exe 0xffffffff -ForceV1", 0.0745),
    (r"MsMpEng.exe --scan", 0.05),
    (r"reg query HKLM\Software\Microsoft /s", 0.02),
    (r"net use Z: \\SRV-FILE01\data /persistent:yes", 0.005),
    (r"net.exe use \\WKS-01\C$ /user:admin", 0.0005),
)
_PROGRAMS = (
    *(("svchost.exe", 0.30), ("chrome.exe", 0.30), ("System", 0.10), ("outlook.exe", 0.10), ("cmd.exe", 0.08)),
    *(("teams.exe", 0.0545), ("powershell.exe", 0.05), ("net.exe", 0.01), ("net1.exe", 0.005), ("psexec.exe", 0.0005)),
)
_PORTS = ((443, 0.60), (80, 0.20), (53, 0.165), (445, 0.03), (3389, 0.005))
_ACTIONS = (("ConnectionSuccess", 0.8), ("ConnectionFound", 0.1), ("ConnectionFailed", 0.1))
_EVENTS = (("ProcessRollup2", 0.5), ("NetworkConnectIP4", 0.3), ("DnsRequest", 0.2))


class _Batch:
    """Columns of some events in a row of time."""

    def __init__(self, generator: np.random.Generator, rows: int, first: int, total: int) -> None:
        self._drawn = generator
        self._rows = rows
        start = int((NOW - timedelta(hours=_HOURS)).timestamp() * 1_000_000)
        places = np.arange(first, first + rows, dtype=np.int64)
        self.times = start + places * (_HOURS * 3_600_000_000 // total)

    def chosen(self, weighted: Sequence[tuple[object, float]]) -> pa.Array:
        """Values by their shares."""
        values, shares = zip(*weighted, strict=True)
        weights = np.array(shares) / sum(shares)
        return pa.array(values).take(pa.array(self._drawn.choice(len(values), self._rows, p=weights)))

    def named(self, form: str, count: int) -> pa.Array:
        """Names with a number, each as often as any other."""
        values = pa.array([form.format(number) for number in range(count)])
        return values.take(pa.array(self._drawn.integers(0, count, self._rows)))

    def commands(self) -> pa.Array:
        """Command lines, most of them different by a number at their end."""
        texts, shares = zip(*_COMMANDS, strict=True)
        chosen = self._drawn.choice(len(texts), self._rows, p=np.array(shares) / sum(shares))
        begins = np.array([f"{text} " for text in texts], dtype=object)[chosen]
        return pa.array(
            (begins + np.char.mod("%d", self._drawn.integers(0, 200_000, self._rows)).astype(object)).tolist()
        )


def _network(batch: _Batch) -> pa.Table:
    return pa.table(
        {
            "Timestamp": pa.array(batch.times, pa.timestamp("us", "UTC")),
            "DeviceName": batch.named("wks-{:04}.corp.example", 2000),
            "InitiatingProcessFileName": batch.chosen(_PROGRAMS),
            "InitiatingProcessCommandLine": batch.commands(),
            "RemoteIP": batch.named("10.0.7.{}", 200),
            "RemotePort": batch.chosen(_PORTS).cast(pa.int32()),
            "RemoteUrl": batch.chosen((("", 0.7), ("www.example.com", 0.2), ("login.example.org", 0.1))),
            "ActionType": batch.chosen(_ACTIONS),
        }
    )


def _process(batch: _Batch) -> pa.Table:
    return pa.table(
        {
            "Timestamp": pa.array(batch.times, pa.timestamp("us", "UTC")),
            "DeviceName": batch.named("wks-{:04}.corp.example", 2000),
            "InitiatingProcessFileName": batch.chosen(_PROGRAMS),
            "InitiatingProcessCommandLine": batch.commands(),
            "FileName": batch.chosen(_PROGRAMS),
            "ProcessCommandLine": batch.commands(),
            "AccountName": batch.named("user{}", 500),
        }
    )


def _falcon(batch: _Batch) -> pa.Table:
    return pa.table(
        {
            "@timestamp": pa.array(batch.times // 1000),
            "#event_simpleName": batch.chosen(_EVENTS),
            "ComputerName": batch.named("wks-{:04}", 2000),
            "UserName": batch.named("user{}", 500),
            "FileName": batch.chosen(_PROGRAMS),
            "CommandLine": batch.commands(),
            "RemoteAddressIP4": batch.named("10.0.7.{}", 200),
            "RemotePort": batch.chosen([(str(port), share) for port, share in _PORTS]),
        }
    )


TABLES = {"DeviceNetworkEvents": (_network, 1), "DeviceProcessEvents": (_process, 1), "events": (_falcon, 2)}
"""How a batch of each file is made, and how many times as many rows it has."""


def make(folder: Path, rows: int, seed: int) -> dict[str, Path]:
    """The files by table, made unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for number, (name, (table, times)) in enumerate(TABLES.items()):
        made[name] = path = folder / f"{name}-{rows}-{seed}.parquet"
        if not path.exists():
            _write(path, table, rows * times, np.random.default_rng([seed, number]))
    return made


def _write(path: Path, table: object, rows: int, generator: np.random.Generator) -> None:
    partial = path.with_suffix(".partial")
    writer = None
    for first in range(0, rows, _BATCH):
        batch = table(_Batch(generator, min(_BATCH, rows - first), first, rows))  # type: ignore[operator]  # one of TABLES
        writer = writer or pq.ParquetWriter(partial, batch.schema, compression="zstd")
        writer.write_table(batch, row_group_size=_BATCH // 2)
    if writer is not None:
        writer.close()
    partial.rename(path)


def main() -> None:
    """Make the files that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for name, path in make(given.folder, given.rows, given.seed).items():
        print(f"{name}: {path} ({path.stat().st_size / 1e6:,.0f} MB)")


if __name__ == "__main__":
    main()
