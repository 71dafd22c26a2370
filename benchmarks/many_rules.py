"""Many rules in one pass, beside one rule and beside one after the other, over generated Parquet files."""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute, parquet

import emulator
from emulator.interpreter.context import Limits
from emulator.many import run_many

ROOT = Path(__file__).parent.parent
RULE = ROOT / "detections/lateral_movement/T1021.002_smb_admin_shares/sentinel.kql"
NOW = datetime(2024, 5, 2, tzinfo=UTC)
AT_ONCE = 500_000
LIMITS = Limits(seconds=600.0, memory=4 << 30)
PROGRAMS = [
    f"{word}{number}.exe" for word in ("svc", "update", "host", "agent", "tool", "net") for number in range(500)
]
FOLDERS = ("C:\\Windows\\System32", "C:\\Program Files\\Vendor", "C:\\Users\\Public", "\\\\files01\\deploy")
SWITCHES = ("/quiet /norestart", "-NoProfile -File run.ps1", "--config app.json", "/c echo done", "use strict --fast")
RARE = [f"rare{number}.exe" for number in range(5000)]
"""Programs that hardly ever run: what rules look for."""
PORTS = (443, 80, 53, 389, 88, 445, 135, 3389, *range(20_000, 21_500))
COMMON = 8


def skewed(random: np.random.Generator, choices: int, rows: int) -> Any:
    """Places of choices, the first ones far more often than the last."""
    weights = 1 / np.arange(1, choices + 1) ** 1.2
    return pa.array(random.choice(choices, rows, p=weights / weights.sum()))


def command_lines(random: np.random.Generator, names: Any, rows: int) -> Any:
    """Command lines of about a hundred characters, nearly all of them different."""
    folders = pa.array(FOLDERS).take(pa.array(random.integers(0, len(FOLDERS), rows)))
    switches = pa.array(SWITCHES).take(pa.array(random.integers(0, len(SWITCHES), rows)))
    numbers = pa.array(random.integers(0, 1 << 44, rows)).cast(pa.string())
    words = pa.array([f"needle{number}" for number in range(20_000)]).take(pa.array(random.integers(0, 20_000, rows)))
    return compute.binary_join_element_wise(folders, names, switches, words, "--session", numbers, " ")


def table(random: np.random.Generator, rows: int, start: int, step: float, *, network: bool) -> pa.Table:
    """Some rows of one of the two tables."""
    at = (start + np.arange(rows) * step).astype("datetime64[us]")
    common = pa.array(PROGRAMS).take(skewed(random, len(PROGRAMS), rows))
    rare = pa.array(RARE).take(pa.array(random.integers(0, len(RARE), rows)))
    names = compute.if_else(pa.array(random.random(rows) < 0.002), rare, common)
    hosts = pa.array([f"host{number:04}.corp.example" for number in range(3000)])
    columns = {
        "TimeGenerated": pa.array(at),
        "Timestamp": pa.array(at),
        "DeviceName": hosts.take(skewed(random, 3000, rows)),
    }
    if network:
        ports = np.where(
            random.random(rows) < 0.99, random.integers(0, COMMON, rows), random.integers(COMMON, len(PORTS), rows)
        )
        actions = pa.array(["ConnectionSuccess", "ConnectionFailed", "ConnectionFound", "ConnectionRequest"])
        addresses = [f"10.{number >> 8}.{number & 255}.7" for number in range(10_000)]
        columns |= {
            "InitiatingProcessFileName": names,
            "InitiatingProcessCommandLine": command_lines(random, names, rows),
            "RemotePort": pa.array(np.array(PORTS, dtype=np.int32)[ports]),
            "ActionType": actions.take(skewed(random, 4, rows)),
            "RemoteIP": pa.array(addresses).take(skewed(random, len(addresses), rows)),
            "RemoteUrl": pa.array(["", "intranet.example", "update.example"]).take(skewed(random, 3, rows)),
        }
    else:
        accounts = pa.array([f"user{number}" for number in range(4000)])
        columns |= {
            "FileName": names,
            "ProcessCommandLine": command_lines(random, names, rows),
            "InitiatingProcessFileName": pa.array(PROGRAMS).take(skewed(random, len(PROGRAMS), rows)),
            "AccountName": accounts.take(skewed(random, 4000, rows)),
        }
    return pa.table(columns)


def make(folder: Path, rows: int, seed: int) -> dict[str, Path]:
    """Both tables, sorted by time over the day before NOW."""
    made = {}
    start = int((NOW - timedelta(days=1)).timestamp() * 1e6) + 1_000_000
    step = 86_000e6 / rows
    for place, name in enumerate(("DeviceProcessEvents", "DeviceNetworkEvents")):
        made[name] = folder / f"{name}-{rows}-{seed}.parquet"
        if made[name].exists():
            continue
        random = np.random.default_rng([seed, place])
        writer = None
        for done in range(0, rows, AT_ONCE):
            part = table(random, min(AT_ONCE, rows - done), int(start + done * step), step, network=bool(place))
            writer = writer or parquet.ParquetWriter(made[name], part.schema, compression="zstd")
            writer.write_table(part, row_group_size=122_880)
        if writer:
            writer.close()
    return made


def rules(count: int, shape: str) -> dict[str, emulator.Query]:
    """Rules of the first detection's shape, with programs, ports and texts of their own."""
    text = RULE.read_text("utf8")
    made = {}
    for number in range(count):
        chosen = random.Random(number)  # noqa: S311 - the same rules each time
        programs = chosen.sample(RARE, 6)
        words = [f"needle{chosen.randrange(20_000)}" for _ in range(4)]
        changed = text.replace("445", str(chosen.choice(PORTS[COMMON:])))
        old = ("psexec.exe", "psexec64.exe", "paexec.exe", "remcom.exe", "net.exe", "net1.exe")
        for before, after in zip(old, programs, strict=True):
            changed = changed.replace(f'"{before}"', f'"{after}"')
        for before, after in zip(('"ADMIN$"', '"C$"', '"IPC$"', '"\\\\\\\\"'), words, strict=True):
            changed = changed.replace(before, f'"{after}"')
        if shape == "texts":  # no program is named: only the texts of command lines tell
            changed = changed.replace(
                f'FileName =~ "{programs[4]}" or FileName =~ "{programs[5]}"', "isnotempty(FileName)"
            )
            changed = changed.replace('ProcessCommandLine has "use" and ', "")
        made[f"rule {number}"] = emulator.compile(changed, language="kql")
    return made


def timed(action: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall seconds and processor seconds of an action, and what it gave."""
    wall, cpu = time.perf_counter(), time.process_time()
    given = action()
    return time.perf_counter() - wall, time.process_time() - cpu, given


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000, help="rows of each of the two tables")
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 10, 50, 200, 1000])
    parser.add_argument("--alone", type=int, default=5, help="rules that are also run one after the other")
    parser.add_argument("--shape", choices=["names", "texts"], default="names")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()), help="folder of the files")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tables = make(options.data, options.rows, options.seed)
    asked = rules(max(options.counts), options.shape)
    run_many(dict(list(asked.items())[:1]), tables, now=NOW, limits=LIMITS)  # a warm-up
    alone: list[tuple[float, float]] = []
    results = {}
    for name in list(asked)[: options.alone]:
        wall, cpu, results[name] = timed(
            lambda name=name: asked[name].run(tables, now=NOW, limits=LIMITS, engine="duckdb")
        )
        alone.append((wall, cpu))
    one = sorted(alone)[len(alone) // 2]
    figures: list[dict[str, float]] = []
    for count in options.counts:
        wall, cpu, found = timed(
            lambda count=count: run_many(dict(list(asked.items())[:count]), tables, now=NOW, limits=LIMITS)
        )
        for name, result in results.items():
            if name in found:
                assert (found[name].rows, found[name].read) == (result.rows, result.read), name
        alerts = sum(len(result.rows) for result in found.values())
        figures.append({"rules": count, "wall": wall, "cpu": cpu, "alerts": alerts, "alone": len(found.alone)})
    if options.json:
        print(json.dumps({"rows": options.rows, "one": one, "many": figures}))
        return
    print(f"one rule alone on duckdb: {one[0]:.2f} s ({one[1]:.2f} s of processors), median of {len(alone)}")
    for line in figures:
        apart = line["rules"] * one[0] / line["wall"]
        print(
            f"{line['rules']:5.0f} rules {line['wall']:7.2f} s ({line['cpu']:6.2f}):"
            f" {line['wall'] / one[0]:6.2f} times one, {apart:7.1f} times faster than one by one;"
            f" {line['alerts']:.0f} alerts, {line['alone']:.0f} alone"
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    main()
