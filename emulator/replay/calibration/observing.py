"""What tables of events show of each marginal: counts by key, and events by host and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from emulator.clock import TICKS_PER_DAY, TICKS_PER_HOUR
from emulator.interpreter.given_tables import TableSource
from emulator.nodes import record
from emulator.replay.calibration.marginals import MARGINALS, OTHER, TIMES, compiled, rate_query

LEAST_HOURS = 4.0
"""A host that was seen for less says nothing of a day, and no more does one with events in few of its hours."""
LEAST_SEEN = 0.3
KEYS, LEAST = 40, 5
"""What is kept of a marginal: the most frequent keys, of those with so many events."""


@record
class Observed:
    """What was seen: `shares` are counts by marginal and key, `per_host_day` rates by table, one for each host.

    `limits` says what it can not tell; `computers` whether they are those of people, servers, or all.
    """

    name: str
    about: str
    hosts: int
    events: Mapping[str, int]
    shares: Mapping[str, Mapping[str, int]]
    per_host_day: Mapping[str, tuple[float, ...]]
    limits: str = ""
    computers: str = "all"

    def facts(self) -> dict[str, Any]:
        """Counts without what is rare, rates rounded: what may be told of a recording."""
        return {
            "hosts": self.hosts,
            "events": dict(self.events),
            "per_host_day": {table: [round(one, 1) for one in rates] for table, rates in self.per_host_day.items()},
            "shares": {
                one.name: _without_rare(counts) if not one.turns else dict(sorted(counts.items(), key=_as_number))
                for one in MARGINALS
                if (counts := self.shares.get(one.name))
            },
        }


def observe(name: str, about: str, tables: Mapping[str, TableSource], engine: str = "interpreter") -> Observed:
    """Ask tables for every marginal that they can tell. Raises QueryError for events that do not fit."""
    known = {table: source for table, source in tables.items() if table in TIMES}
    hosts = {table: _rows(rate_query(table), {table: source}, engine) for table, source in known.items()}
    shares = {}
    for marginal in MARGINALS:
        for table, text in marginal.queries.items():
            if hosts.get(table):
                counts = {str(row["Key"]): int(row["Count"]) for row in _rows(text, {table: known[table]}, engine)}
                shares[marginal.name] = counts
                break
    events = {table: sum(int(row["Count"]) for row in rows) for table, rows in hosts.items() if rows}
    names = {row["Host"] for rows in hosts.values() for row in rows}
    told = {marginal: counts for marginal, counts in shares.items() if counts}
    return Observed(name, about, len(names), events, told, _rates(hosts))


def _rows(text: str, tables: Mapping[str, TableSource], engine: str) -> list[dict[str, Any]]:
    result = compiled(text).run(tables, engine=engine)
    names = [column.name for column in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.rows]


def _rates(hosts: Mapping[str, list[dict[str, Any]]]) -> dict[str, tuple[float, ...]]:
    """Events of each table per 24 hours of each host that was seen for long enough."""
    spans: dict[str, tuple[int, int, int]] = {}
    for row in (row for rows in hosts.values() for row in rows if row["First"] is not None):
        first, last, seen = spans.get(row["Host"], (row["First"], row["Last"], 0))
        spans[row["Host"]] = min(first, row["First"]), max(last, row["Last"]), max(seen, row["Hours"])
    days = {
        host: (last - first) / TICKS_PER_DAY
        for host, (first, last, seen) in sorted(spans.items())
        if last - first >= LEAST_HOURS * TICKS_PER_HOUR and seen * TICKS_PER_HOUR >= LEAST_SEEN * (last - first)
    }
    found = {}
    for table, rows in hosts.items():
        counts = {row["Host"]: int(row["Count"]) for row in rows}
        if counts and days:
            found[table] = tuple(sorted(counts.get(host, 0) / length for host, length in days.items()))
    return found


def _as_number(pair: tuple[str, int]) -> int:
    return int(pair[0])


def _without_rare(counts: Mapping[str, int]) -> dict[str, int]:
    """The most frequent keys; the others, which may name somebody, together."""
    frequent = dict(sorted(Counter(counts).most_common(KEYS), key=lambda pair: (-pair[1], pair[0])))
    kept = {key: count for key, count in frequent.items() if count >= LEAST}
    left = sum(counts.values()) - sum(kept.values())
    return {**kept, OTHER: left} if left else kept
