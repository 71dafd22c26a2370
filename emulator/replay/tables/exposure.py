"""What a corpus of tables holds: its span of time, events, hosts and host-days, and which columns are filled."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlglot import exp

from emulator.clock import TICKS_PER_MICROSECOND, UNIX_EPOCH
from emulator.columnar.duckdb.connection import DuckDB
from emulator.columnar.plans.encoding import Files, Held
from emulator.events.sensors import FALCON_STREAM
from emulator.interpreter.context import Limits
from emulator.interpreter.ranges import EVENT_TIME, TIME_COLUMNS
from emulator.nodes import record
from emulator.replay.tables.corpus import TableFiles
from emulator.replay.windows import HOST_COLUMNS, Exposure

_NAMES = ("#event_simpleName", "event_simpleName")
_DAY = 86_400_000_000


@record
class Seen:
    """What tables hold; `span` is the first and the last tick, None without an event that has a time."""

    exposure: Exposure
    span: tuple[int, int] | None

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "events": self.exposure.events,
            "hosts": sorted(self.exposure.hosts),
            "host_days": sorted(self.exposure.host_days),
            "untimed": self.exposure.untimed,
            "span": self.span,
        }

    @staticmethod
    def of_json(kept: Mapping[str, Any]) -> Seen:
        """What `to_json` gave."""
        days = {(host, day) for host, day in kept["host_days"]}
        exposure = Exposure(dict(kept["events"]), set(kept["hosts"]), days, kept["untimed"])
        return Seen(exposure, None if kept["span"] is None else (kept["span"][0], kept["span"][1]))


def look(tables: Mapping[str, TableFiles], limits: Limits) -> Seen:
    """Count the events of tables, one scan of the few columns that tell. Raises QueryError and LimitReached."""
    exposure, first, last = Exposure(), [], []
    for name, files in tables.items():
        for event, host, day, count, low, high in _groups(name, files, limits):
            if day is None:
                exposure.untimed += count
                continue
            exposure.events[event] = exposure.events.get(event, 0) + count
            first.append(low)
            last.append(high)
            if host:
                exposure.hosts.add(host.lower())
                exposure.host_days.add((host.lower(), day))
        first, last = first and [min(first)], last and [max(last)]
    return Seen(exposure, (_ticks(first[0]), _ticks(last[0])) if first else None)


def _ticks(microseconds: int) -> int:
    return UNIX_EPOCH + microseconds * TICKS_PER_MICROSECOND


def _groups(name: str, files: TableFiles, limits: Limits) -> Iterator[tuple[str, str, int | None, int, int, int]]:
    """Counts by event, host and day since the epoch of ticks, with the first and last microsecond since 1970."""
    with DuckDB(files.paths, limits, time.monotonic() + limits.seconds) as engine:
        found = engine.files(files.paths)
        at = _time(name, found)
        day = exp.IntDiv(
            this=exp.paren(at + exp.convert(UNIX_EPOCH // TICKS_PER_MICROSECOND)), expression=_number(_DAY)
        )
        columns = [_first(found, _NAMES, name), _first(found, HOST_COLUMNS, ""), day, at]
        inner = exp.select(*(one.as_(f"x{place}") for place, one in enumerate(columns))).from_(found.relation)
        keys = [exp.column(f"x{place}") for place in range(3)]
        counts = [exp.Count(this=exp.Star()), exp.Min(this=exp.column("x3")), exp.Max(this=exp.column("x3"))]
        yield from engine.rows(exp.select(*keys, *counts).from_(inner.subquery("t")).group_by(*keys))


def _number(value: int) -> exp.Expr:
    return exp.Literal.number(value)


def _time(name: str, files: Files) -> exp.Expr:
    """Microseconds since 1970; NULL where a row has no time."""
    if name != FALCON_STREAM:
        held = files.find(*TIME_COLUMNS)
        return exp.null() if held is None else exp.Anonymous(this="epoch_us", expressions=[held.raw])
    held = files.find(EVENT_TIME)
    if held is None:
        return exp.cast(exp.null(), "BIGINT")
    return exp.TryCast(this=_text(held), to=exp.DataType.build("BIGINT")) * _number(1000)


def _text(held: Held) -> exp.Expr:
    return exp.cast(held.sql, "VARCHAR")


def _first(files: Files, names: Iterable[str], otherwise: str) -> exp.Expr:
    """The first of some columns that is not empty."""
    held = [found for name in names if (found := files.find(name))]
    filled = [exp.Nullif(this=_text(one), expression=exp.Literal.string("")) for one in held]
    return exp.Coalesce(this=exp.null(), expressions=[*filled, exp.Literal.string(otherwise)])


def filled_columns(files: TableFiles, names: Iterable[str], limits: Limits) -> set[str]:
    """Those of some columns of a KQL table that any row with a time has a value in."""
    with DuckDB(files.paths, limits, time.monotonic() + limits.seconds) as engine:
        found = engine.files(files.paths)
        at = _time("", found)
        return {name for name in names if _is_filled(engine, found, name, at)}


def _is_filled(engine: DuckDB, files: Files, name: str, at: exp.Expr) -> bool:
    held = files.find(*TIME_COLUMNS) if name in TIME_COLUMNS else files.find(name)
    if held is None:
        return False
    holds = exp.and_(at.is_(exp.null()).not_(), exp.NEQ(this=_text(held), expression=exp.Literal.string("")))
    return bool(list(engine.rows(exp.select("1").from_(files.relation).where(holds).limit(1))))
