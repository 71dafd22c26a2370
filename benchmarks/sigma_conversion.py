"""Sigma rules converted by pySigma's backends, run over events written to satisfy them: which run, and which fire.

    python benchmarks/sigma_conversion.py SIGMA/rules/windows/process_creation

Each rule gets an event for its first alternative that can be met, mapped to what the sensor records. A query that is
silent on it is tried on an event in the query's own field names, which tells a backend's mistake from what the sensor
does not record, and then on the rule's other alternatives.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Literal

import emulator
from emulator.diagnostics import QueryError
from emulator.events.mapping.mapper import MappedEvent, Mapper
from emulator.events.recordings.lines import RecordedEvent
from emulator.events.sigma import piped_events, sigma_events
from emulator.plan.needs import needed_columns
from emulator.query import Query
from emulator.replay.parts.recordings import SENSORS
from emulator.rules import Language
from emulator.rules.sigma import convert
from emulator.source import Source

NOW = datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)
SPOKEN: dict[Language, Literal["kql", "cql"]] = {Language.KQL: "kql", Language.CQL: "cql"}
MOST_ALTERNATIVES = 20
FIRED = "fires on the sensor's event for the first alternative"
OWN = "fires on an event in the query's own fields: the sensor records no such value"
LATER = "fires on the sensor's event for a later alternative"
SILENT = "silent"
REFUSED = "not converted: the backend refuses the rule"
BROKEN = "does not run: the product would refuse the query, too"
GAP = "does not run: a gap of the emulator"
NO_EVENT = "runs; no event satisfies the rule"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one rule in one language."""

    rule: str
    language: Language
    verdict: str
    detail: str = ""


def outcomes(path: Path) -> Iterator[Outcome]:
    """One rule in both languages."""
    source = Source(path.name, path.read_text("utf-8"))
    try:
        events = list(islice(sigma_events(source), MOST_ALTERNATIVES))
        problem = ""
    except QueryError as error:
        events, problem = [], error.diagnostics[0].message
    for language in (Language.CQL, Language.KQL):
        try:
            converted = convert(source, language)
        except QueryError as error:
            yield Outcome(path.name, language, REFUSED, error.diagnostics[0].message)
            continue
        try:
            query = emulator.compile(converted.text, language=SPOKEN[language], name=converted.name)
            verdict = NO_EVENT if not events else _verdict(query, source, language, events)
        except QueryError as error:
            first = error.diagnostics[0]
            yield Outcome(path.name, language, GAP if first.code.is_gap else BROKEN, f"{first.code}: {first.message}")
            continue
        yield Outcome(
            path.name, language, verdict, problem or ("" if verdict == FIRED else _why(query, language, events))
        )


def _verdict(query: Query, source: Source, language: Language, events: list[RecordedEvent]) -> str:
    fires = [_fires(query, event, language) for event in events[:1]]
    if fires[0]:
        return FIRED
    if language is Language.CQL and _fires_on_own(query, source):
        return OWN
    return LATER if any(_fires(query, event, language) for event in events[1:]) else SILENT


def _fires(query: Query, event: RecordedEvent, language: Language) -> bool:
    for mapped in MAPPERS[language].map([event]):
        if isinstance(mapped, MappedEvent):
            return bool(query.run({mapped.table: [mapped.row]}, now=NOW).rows)
    return False


def _fires_on_own(query: Query, source: Source) -> bool:
    for row in islice(piped_events(source, Language.CQL), 1):
        return bool(query.run({"events": [row]}, now=NOW).rows)
    return False


def _why(query: Query, language: Language, events: list[RecordedEvent]) -> str:
    """What can be computed of why a query is silent on the sensor's event for the first alternative."""
    mapped = next(MAPPERS[language].map(events[:1]))
    if not isinstance(mapped, MappedEvent):
        return mapped.reason
    lacking = [name for _, read in needed_columns(query.plan.root) for name in sorted(read - mapped.row.keys())]
    return (
        "; ".join(f"the sensor's event has no {name}" for name in lacking)
        or f"the sensor writes otherwise what the query asks for: {query.source.text}"
    )


MAPPERS = {language: Mapper(sensor) for language, sensor in SENSORS.items()}


def main() -> int:
    """Print the counts of both languages and every rule that does not fire; leave with 1 for a gap of the emulator."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="Sigma rules: all .yml files below it")
    parser.add_argument("--json", action="store_true", help="print every outcome as JSON")
    arguments = parser.parse_args()
    started = time.perf_counter()
    found = [one for path in sorted(arguments.folder.rglob("*.yml")) for one in outcomes(path)]
    if arguments.json:
        print(json.dumps([[one.rule, one.language, one.verdict, one.detail] for one in found], indent=1))
    else:
        _print(found, time.perf_counter() - started)
    return int(any(one.verdict == GAP for one in found))


def _print(found: list[Outcome], seconds: float) -> None:
    for language in (Language.CQL, Language.KQL):
        mine = [one for one in found if one.language is language]
        counts = Counter(one.verdict for one in mine)
        converted = len(mine) - counts[REFUSED]
        print(f"{language}: {len(mine)} rules, {converted} converted")
        for verdict, count in counts.most_common():
            print(f"  {count:5} {verdict}")
        for one in mine:
            if one.verdict not in (FIRED, REFUSED):
                print(f"  {one.rule}: {one.verdict}\n      {one.detail[:300]}")
    print(f"{seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
