"""Many queries over the same Parquet files in one pass, with the results that each would give alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from emulator.clock import from_datetime
from emulator.diagnostics import QueryError
from emulator.interpreter.collection import uncollected
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.compile_bounds import room_to_recurse
from emulator.interpreter.context import LimitReached, Limits, Run
from emulator.interpreter.files import files_of
from emulator.interpreter.tables import ConversionError
from emulator.nodes import node
from emulator.plan.uncut import without_final_limit
from emulator.query import DEFAULT_LIMITS, STOPS, Query
from emulator.result import Result, Shape, notes_of

if TYPE_CHECKING:
    from emulator.columnar.many.forms import Table
    from emulator.columnar.many.passes import Pass, Sought
    from emulator.columnar.many.preparing import Prepared
    from emulator.columnar.many.probes import Probes

Outcome: TypeAlias = Result | QueryError
TimeRange: TypeAlias = tuple[datetime | None, datetime | None]


class Outcomes(Mapping[str, Outcome]):
    """What each query gave, or why it gave nothing. `alone` names those that had a scan of their own, and why."""

    def __init__(self, outcomes: Mapping[str, Outcome], alone: Mapping[str, str]) -> None:
        self._outcomes = outcomes
        self.alone = alone

    def __getitem__(self, name: str) -> Outcome:
        return self._outcomes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._outcomes)

    def __len__(self) -> int:
        return len(self._outcomes)


def run_many(
    queries: Mapping[str, Query],
    tables: Mapping[str, str | Path],
    *,
    now: datetime | None = None,
    time_range: TimeRange | None = None,
    given: Mapping[str, object] | None = None,
    limits: Limits | None = None,
    final_limit: bool = True,
) -> Outcomes:
    """Run queries over files, as `Query.run` with the engine `duckdb` would one by one.

    Each column of each Parquet table is searched once for what any of the queries looks for; a query's own plan then
    runs on the rows that may matter to it. A query that no row must meet anything for, or that reads other files, has
    a scan of its own. One query's error is its own outcome. `limits` bounds each query; the pass may take as long as
    the queries it serves would together. `final_limit` is that of `Query.run`.
    """
    moment = now if now is not None else datetime.now(UTC)
    options: dict[str, Any] = {"now": moment, "time_range": time_range, "given": given, "limits": limits}
    options["final_limit"] = final_limit
    served = _Served(queries, tables, options)
    with uncollected():
        served.search()
    outcomes = {name: served.outcome(name) for name in queries}
    return Outcomes(outcomes, served.alone)


@node
class _Ready:
    """A query that a pass serves."""

    query: Query
    run: Run
    prepared: Prepared
    notes: tuple[str, ...]


class _Served:
    """Queries, and what was found for each."""

    def __init__(
        self, queries: Mapping[str, Query], tables: Mapping[str, str | Path], options: Mapping[str, Any]
    ) -> None:
        self._queries = queries
        self._given_tables = tables
        self._options = options
        self.alone: dict[str, str] = {}
        self._ready: dict[str, _Ready] = {}
        self._passes: dict[str, Pass] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._failed: dict[str, LimitReached] = {}

    def search(self) -> None:
        """Find the rows that each query needs."""
        tables = self._tables()
        if not tables:
            self.alone.update(dict.fromkeys(self._queries, "no table is in Parquet files of one form"))
            return
        self._prepare(tables)
        self._number()
        for name, table in tables.items():
            self._pass(name, table)

    def _tables(self) -> dict[str, Table]:
        try:
            from emulator.columnar.many.forms import table_of
        except ImportError:
            return {}
        found = {}
        for name, source in self._given_tables.items():
            try:
                table = table_of(files_of(str(source)))
            except QueryError:  # said of each query that reads it
                continue
            if table is not None:
                found[name] = table
        return found

    def _prepare(self, tables: Mapping[str, Table]) -> None:
        shared: dict[tuple[int | None, int | None], dict[str, Probes]] = {}
        for name, query in self._queries.items():
            try:
                with room_to_recurse():
                    ready = self._planned(query, tables, shared)
            except (QueryError, *STOPS):
                self.alone[name] = "it can't be bound without rows"  # its own run says why
                continue
            if isinstance(ready, str):
                self.alone[name] = ready
            else:
                self._ready[name] = ready

    def _planned(
        self,
        query: Query,
        tables: Mapping[str, Table],
        shared: dict[tuple[int | None, int | None], dict[str, Probes]],
    ) -> _Ready | str:
        """What a query looks for; or why it needs a scan of its own."""
        from emulator.columnar.many.preparing import prepared
        from emulator.columnar.many.probes import Probes

        plan = query.bound(self._options["given"] or {})
        if plan.needs_rows or plan.more:
            return "its columns depend on rows" if plan.needs_rows else "it gives several tables"
        moment = from_datetime(self._options["now"])
        first, last = self._options["time_range"] or (None, None)
        start = None if first is None else from_datetime(first)
        end = None if last is None else from_datetime(last)
        if plan.time_range is not None:
            start, end = plan.time_range(moment)
        run = Run(moment, {}, self._options["limits"] or query.limits, start, end)
        probes = shared.setdefault((start, end), {name: Probes(run) for name in tables})
        root = plan.root if self._options["final_limit"] else without_final_limit(plan.root)
        found = prepared(root, tables, self._given_tables.keys() - tables.keys(), probes, run)
        return found if isinstance(found, str) else _Ready(query, run, found, notes_of(plan))

    def _number(self) -> None:
        """Number the legs of all queries."""
        for name, ready in self._ready.items():
            for leg in ready.prepared.legs:
                self._numbers[name, leg] = len(self._numbers)

    def _pass(self, name: str, table: Table) -> None:
        """Search one table for what all queries look for in it."""
        from pyarrow import ArrowException

        from emulator.columnar.many.passes import Pass

        sought: dict[int, Sought] = {}
        for query, ready in self._ready.items():
            if query not in self.alone:
                own = {leg: one for leg, (read, one) in ready.prepared.legs.items() if read == name}
                sought.update({self._numbers[query, leg]: one for leg, one in own.items()})
        if not sought:
            return
        made = Pass(table, sought, self._watch(len(self._ready)))
        owners = {number: query for (query, _), number in self._numbers.items()}
        try:
            made.run()
        except LimitReached as error:
            self._failed.update({owners[number]: error for number in sought})
        except (ArrowException, OSError):  # the run of each query says what is wrong with the file
            self.alone.update({owners[number]: f"`{name}` can't be read" for number in sought})
        self.alone.update({owners[number]: reason for number, reason in made.refused.items()})
        self._passes[name] = made

    def _watch(self, queries: int) -> Callable[[], None]:
        """Looks at the clock: the pass may take as long as its queries may one after the other."""
        seconds = (self._options["limits"] or DEFAULT_LIMITS).seconds * queries
        deadline = time.monotonic() + seconds

        def look() -> None:
            if time.monotonic() > deadline:
                raise LimitReached(f"it took longer than {seconds:g} seconds, for {queries} queries together")

        return look

    def outcome(self, name: str) -> Outcome:
        """What a query gives."""
        query = self._queries[name]
        if name in self._failed:
            return query.stopped(self._failed[name], {})
        if name not in self.alone:
            try:
                with uncollected():
                    found = self._run(self._ready[name], name)
            except ConversionError:  # its own run names the row of the file
                found = None
            except STOPS as error:
                return query.stopped(error, {})
            if found is not None:
                return found
            self.alone[name] = "how many rows it reads depends on the rows that it finds"
        try:
            return query.run(self._given_tables, engine="duckdb", **self._options)
        except QueryError as error:
            return error

    def _run(self, ready: _Ready, name: str) -> Result | None:
        """A query's own plan on what was found for it; None when that does not tell how many rows it would read."""
        from emulator.columnar.many.watching import WatchedRun

        legs = {leg: (self._passes[table], self._numbers[name, leg]) for leg, (table, _) in ready.prepared.legs.items()}
        found = {leg: made.rows(number) for leg, (made, number) in legs.items() if made.found(number)}
        state = WatchedRun(ready.run, found)
        rows = list(state.watched(compile_relation(ready.prepared.root)(state)))
        read: dict[str, int] = {}
        for leg, (made, number) in legs.items():
            times, looked_at = state.times(leg), made.read(number)
            if times is None:
                return None
            if times and looked_at is not None:
                table = ready.prepared.legs[leg][0]
                read[table] = read.get(table, 0) + times * looked_at
        return Result(*Shape(ready.prepared.root.row).table(rows), (*state.notes, *ready.notes), read)
