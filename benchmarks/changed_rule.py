"""How long a replay of many rules takes: cold, with a warm cache, and after a change to one rule.

    python benchmarks/changed_rule.py [--rules 200] [--rows 200000] [--engine duckdb] [--hosts 50] [--recordings FOLDER]

The corpus is made from a seed: rows of processes over two days. With `--hosts` it is the synthetic organisation of so
many hosts, with `--recordings` the recordings in a folder. All three replays must agree with one without a cache. Times
are of the processor, which a busy machine does not distort.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
from pyarrow import parquet

from emulator.events.recordings.mapped import Tally
from emulator.proof.missed import why_missed
from emulator.query import DEFAULT_LIMITS, compile
from emulator.replay.cache.results import ResultCache
from emulator.replay.corpus import load_material
from emulator.replay.measuring import Measurement
from emulator.replay.parts.measuring import measure_parts
from emulator.replay.parts.recordings import PartCorpus, corpus_of_path
from emulator.replay.parts.synthetic import synthetic_corpus
from emulator.replay.rulebook import Rule, compile_rule
from emulator.replay.tables.corpus import find_tables
from emulator.replay.tables.measuring import Replay, measure_tables
from emulator.rules import QueryName, load_detections

ROOT = Path(__file__).parents[1]
START = datetime(2026, 3, 2, tzinfo=UTC)
SECONDS = 2 * 86_400
LIMITS = replace(DEFAULT_LIMITS, seconds=120.0)
Measure: TypeAlias = Callable[[list[Rule], ResultCache], list[Measurement]]


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


def of_tables(folder: Path, engine: str) -> Measure:
    """Measures on the tables in a folder."""

    def measured(rules: list[Rule], results: ResultCache) -> list[Measurement]:
        tables = find_tables(folder)
        assert tables is not None
        return measure_tables(rules, tables, Replay(engine, LIMITS, results, print, lambda: None))

    return measured


def of_parts(corpus: Callable[[ResultCache], PartCorpus]) -> Measure:
    """Measures on the parts of a corpus, which is read anew each time."""
    return lambda rules, results: measure_parts(rules, corpus(results), results, why_missed, lambda: None)


def chosen(given: argparse.Namespace, folder: Path) -> tuple[str, Measure]:
    """What is replayed."""
    if given.recordings is not None:
        material = load_material(ROOT)
        return "recordings", of_parts(lambda results: corpus_of_path(given.recordings, material, Tally(), results))
    if given.hosts is not None:
        size = {"hosts": given.hosts, "days": 2, "seed": 1}
        profile = ROOT / "corpus/profiles/office.yaml"
        return f"{given.hosts} synthetic hosts", of_parts(lambda results: synthetic_corpus(profile, results, **size))
    make_corpus(folder, given.rows, given.rules)
    return f"{given.rows:,} rows, {given.engine}", of_tables(folder, given.engine)


def timed(rules: list[Rule], measure: Measure, cache: Path | None) -> tuple[float, list[Measurement]]:
    """Seconds of the processor, and what was measured."""
    begun = time.process_time()
    found = measure(rules, ResultCache(cache, print))
    return time.process_time() - begun, found


def verdicts(found: list[Measurement]) -> list[dict[str, object]]:
    """Everything but where it came from."""
    return [{**one.to_json(), "cached": None} for one in found]


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--engine", default="duckdb")
    parser.add_argument("--hosts", type=int)
    parser.add_argument("--recordings", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus, cache = Path(folder, "corpus"), Path(folder, "cache")
        corpus.mkdir()
        what, measure = chosen(given, corpus)
        rules = make_rules(given.rules)
        timed(rules[:1], measure, None)  # libraries are loaded
        cold, first = timed(rules, measure, cache)
        warm, second = timed(rules, measure, cache)
        assert verdicts(first) == verdicts(second)
        text = rules[0].query.source.text.replace('"share"', '"quiet"')
        changed = [replace(rules[0], query=compile(text, language="kql", limits=LIMITS)), *rules[1:]]
        one, third = timed(changed, measure, cache)
        full, fourth = timed(changed, measure, None)
        assert verdicts(third) == verdicts(fourth)
        assert {id(found.rule) for found in third if not found.cached} == {id(changed[0])}
    alerts = sum(found.alerts for found in fourth)
    print(f"{given.rules} rules, {what}: {alerts} alerts, the same with and without a cache")
    for name, seconds in (("cold", cold), ("warm", warm), ("one rule changed", one), ("without a cache", full)):
        print(f"{name:<17} {seconds:8.3f} s  {seconds / full:6.1%} of a full replay")


if __name__ == "__main__":
    main()
