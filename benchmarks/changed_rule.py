"""How long a replay of many rules takes: cold, with a warm cache, and after a change to one rule.

    python benchmarks/changed_rule.py [--rules 200] [--rows 200000] [--engine duckdb]

The corpus is made from a seed: rows of processes over two days. All three replays must agree with one without a cache.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from emulator.query import DEFAULT_LIMITS, compile
from emulator.replay.measuring import Measurement
from emulator.replay.result_cache import ResultCache
from emulator.replay.rulebook import Rule, compile_rule
from emulator.replay.table_corpus import find_tables
from emulator.replay.table_measuring import Replay, measure_tables
from emulator.rules import QueryName, load_detections

ROOT = Path(__file__).parents[1]
START = datetime(2026, 3, 2, tzinfo=UTC)
SECONDS = 2 * 86_400
LIMITS = replace(DEFAULT_LIMITS, seconds=120.0)


def tool(number: int) -> str:
    """The name of a program that one rule is about."""
    return f"tool{number:04}.exe"


def make_corpus(folder: Path, rows: int, rules: int) -> None:
    """Write processes: one in a hundred is a tool of some rule."""
    drawn = random.Random(1)  # noqa: S311 - a seed makes the same corpus again
    names = [tool(drawn.randrange(rules)) if drawn.random() < 0.01 else "svchost.exe" for _ in range(rows)]
    flags = [drawn.choice(("/quiet", "-share", r"\\SRV\ADMIN$")) for _ in range(rows)]
    times = [START + timedelta(seconds=SECONDS * place / rows) for place in range(rows)]
    table = pa.table(
        {
            "Timestamp": pa.array(times, pa.timestamp("us")),
            "DeviceName": [f"ws{drawn.randrange(500)}" for _ in range(rows)],
            "FileName": names,
            "ProcessCommandLine": [
                f"{name} {flag} {place}" for place, (name, flag) in enumerate(zip(names, flags, strict=False))
            ],
        }
    )
    parquet.write_table(table, folder / "DeviceProcessEvents.parquet", compression="zstd", row_group_size=65_536)


def make_rules(count: int) -> list[Rule]:
    """Rules that differ in the program and in a term of its command line."""
    detection = load_detections(ROOT)[0]
    text = 'DeviceProcessEvents | where FileName =~ "{0}" and ProcessCommandLine has "share"'
    first = compile_rule(detection, QueryName.KQL, ROOT)
    return [
        replace(first, query=compile(text.format(tool(number)), language="kql", limits=LIMITS), given={})
        for number in range(count)
    ]


def timed(rules: list[Rule], corpus: Path, cache: Path | None, engine: str) -> tuple[float, list[Measurement]]:
    """Seconds, and what was measured."""
    tables = find_tables(corpus)
    assert tables is not None
    begun = time.perf_counter()
    how = Replay(engine, LIMITS, ResultCache(cache, print), print, lambda: None)
    found = measure_tables(rules, tables, how)
    return time.perf_counter() - begun, found


def verdicts(found: list[Measurement]) -> list[dict[str, object]]:
    """Everything but where it came from."""
    return [{**one.to_json(), "cached": None} for one in found]


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--engine", default="duckdb")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus, cache = Path(folder, "corpus"), Path(folder, "cache")
        corpus.mkdir()
        make_corpus(corpus, given.rows, given.rules)
        rules = make_rules(given.rules)
        timed(rules[:1], corpus, None, given.engine)  # libraries are loaded
        cold, first = timed(rules, corpus, cache, given.engine)
        warm, second = timed(rules, corpus, cache, given.engine)
        assert verdicts(first) == verdicts(second)
        text = rules[0].query.source.text.replace('"share"', '"quiet"')
        changed = [replace(rules[0], query=compile(text, language="kql", limits=LIMITS)), *rules[1:]]
        one, third = timed(changed, corpus, cache, given.engine)
        full, fourth = timed(changed, corpus, None, given.engine)
        assert verdicts(third) == verdicts(fourth)
        assert sum(found.cached for found in third) == len(rules) - 1
    alerts = sum(found.alerts for found in fourth)
    print(
        f"{given.rules} rules, {given.rows:,} rows, {given.engine}: {alerts} alerts, the same with and without a cache"
    )
    for what, seconds in (("cold", cold), ("warm", warm), ("one rule changed", one), ("without a cache", full)):
        print(f"{what:<17} {seconds:8.3f} s  {seconds / full:6.1%} of a full replay")


if __name__ == "__main__":
    main()
