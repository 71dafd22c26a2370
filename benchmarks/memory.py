"""How much memory a replay of many rows takes, in a process of its own for each query.

    python benchmarks/memory.py [--folder FOLDER] [--rows 5000000] [--copies 10]

The files of organisation_files.py are linked so many times and read as one table: the first detection's queries run
over 10 times 5 million rows a table (twice as many in the stream), on the engine `duckdb`, with the limits that a run
has by default but for the time. Prints the rows that were looked at, the alerts, and the peak of the process's memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from organisation_files import NOW, make

ROOT = Path(__file__).parents[1]
RULE = ROOT / "detections/lateral_movement/T1021.002_smb_admin_shares"
QUERIES = {"kql": "sentinel.kql", "cql": "logscale.cql"}


def linked(folder: Path, rows: int, copies: int) -> dict[str, str]:
    """A glob for each table that matches as many links to its file."""
    found = {}
    for name, path in make(folder, rows, seed=1).items():
        places = folder / f"{name}-{rows}-{copies}-times"
        places.mkdir(exist_ok=True)
        for number in range(copies):
            place = places / f"{number:03}.parquet"
            if not place.exists():
                os.link(path, place)
        found[name] = str(places / "*.parquet")
    return found


def run(language: str, tables: dict[str, str]) -> None:
    """Run one query in this process and tell what it took."""
    import emulator
    from emulator.query import DEFAULT_LIMITS

    assume = ("infix-in", "bare-drop") if language == "cql" else ()
    text = (RULE / QUERIES[language]).read_text("utf8")
    query = emulator.compile(text, language=language, assume=assume)  # type: ignore[arg-type]  # kql or cql
    given = tables if language == "kql" else {"events": tables["events"]}
    result = query.run(given, engine="duckdb", now=NOW, limits=replace(DEFAULT_LIMITS, seconds=3600.0))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{language}: {sum(result.read.values()):,} rows looked at, {len(result.rows):,} alerts, peak {peak:,.0f} MiB"
    )


def main() -> None:
    """Run each query in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("benchmark_files"))
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--language", choices=QUERIES)
    given = parser.parse_args()
    tables = linked(given.folder, given.rows, given.copies)
    if given.language:
        run(given.language, tables)
        return
    for language in QUERIES:
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--language", language], check=True)  # noqa: S603 - this very script


if __name__ == "__main__":
    main()
