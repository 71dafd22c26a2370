"""Relations of a plan as runners: functions from a run to rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, count, islice
from typing import Any, assert_never

from emulator.interpreter import tables
from emulator.interpreter.aggregation import aggregate_runner
from emulator.interpreter.context import Row, Rows, Run, Runner
from emulator.interpreter.joining import join_runner
from emulator.interpreter.layout import Cells, Layout, Slots
from emulator.interpreter.open_segments import OpenSegment
from emulator.interpreter.ordering import sort_runner
from emulator.interpreter.ranges import EVENT_TIME, TIME_COLUMNS, event_range, row_range
from emulator.interpreter.rowcode import tuple_maker
from emulator.interpreter.segments import ClosedSegment, Factory, live_before
from emulator.plan.expressions import Const, Expression
from emulator.plan.graphs import GraphMatch, GraphNodes
from emulator.plan.reads import Read, read_before, read_of_input, read_of_join
from emulator.plan.relations import (
    Aggregate,
    Apply,
    Distinct,
    GroupRows,
    Join,
    Limit,
    Relation,
    Scan,
    Segment,
    Share,
    Sort,
    TableFunction,
    Union,
    Values,
)
from emulator.types import Column, Rest, RowType

_NOTHING = tables.Raw(())


def compile_relation(relation: Relation, *, tracing: bool = False) -> Runner:
    """Compile a relation and all that it reads. With `tracing`, segments tell `run.trace` every decision."""
    return _Compilation(tracing=tracing).runner(relation)


class _Compilation:
    def __init__(self, *, tracing: bool) -> None:
        self.tracing = tracing

    def runner(self, node: Relation, read: Read = None) -> Runner:
        """What runs a relation of whose rows the columns `read` are looked at; None for all of them."""
        match node:
            case Scan():
                return self._segment(Segment(node, (), node.row, node.span), node, read)
            case Segment(input=Scan() as scan):
                return self._segment(node, scan, read)
            case Segment():
                return self._inner_segment(node, read)
            case Values():
                return self._values(node)
            case Aggregate():
                source = self.runner(node.input, read_of_input(node, read))
                return aggregate_runner(node, source, node.input.row, self.runner)
            case Sort():
                source = self.runner(node.input, read_of_input(node, read))
                return sort_runner(node, source, node.input.row, self.runner)
            case Limit():
                return self._limit(node, read)
            case Join():
                left, right = read_of_join(node, read)
                return join_runner(node, self.runner(node.left, left), self.runner(node.right, right), self.runner)
            case Union(inputs=inputs):
                return _union([self.runner(one, read) for one in inputs])
            case Distinct():
                return _distinct(node, self.runner(node.input))
            case Share():
                return _share(node, self.runner(node.input))
            case Apply():
                return self._apply(node)
            case GroupRows(key=key):
                return lambda run: run.groups[key]
            case TableFunction():
                return self._table_function(node)
            case GraphMatch():
                from emulator.interpreter.graph_matching import match_runner  # few rules look at graphs

                return match_runner(node, self.runner)
            case GraphNodes():
                from emulator.interpreter.graphs import nodes_runner  # likewise

                return nodes_runner(node, self.runner)
            case _:
                assert_never(node)

    def _segment(self, node: Segment, scan: Scan, read: Read) -> Runner:
        if scan.row.rest is Rest.OPEN:
            return self._open_scan(node, scan, None if self.tracing else read)
        return self._closed_scan(node, scan, None if self.tracing else read)

    def _closed_scan(self, node: Segment, scan: Scan, read: Read) -> Runner:
        """Leading steps run on the rows as the table holds them; one function for each layout met."""
        made: dict[tuple[tuple[str, ...], frozenset[str]] | None, Factory] = {}

        def factory(table: tables.AtHand) -> Factory:
            form = (table.names, table.raw) if isinstance(table, tables.Prepared) else None
            if form not in made:
                layout = Cells(tables.converter) if form is None else _slots(*form)
                made[form] = self._closed(node, layout)
            return made[form]

        def run_scan(run: Run) -> Rows:
            table = run.tables.get(scan.table)
            if table is None:  # nothing is made for a table without rows: `union *` names some 2,000
                return
            if isinstance(table, tables.Stored):
                ranged = run.start is not None or run.end is not None
                table = table.source.closed(*_read_of_scan(node, scan.row, read, ranged=ranged))
            function = factory(table)(run)
            keep = row_range(run, scan.row, table)
            for rows in run.batches(table.rows):
                batch = rows if keep is None else keep(rows)
                run.read[scan.table] = run.read.get(scan.table, 0) + len(batch)
                yield from function(batch)

        return run_scan

    def _closed(self, node: Segment, layout: Layout) -> Factory:
        segment = ClosedSegment(node.steps, node.input.row, node.row, layout, self.runner, tracing=self.tracing)
        return segment.factory()

    def _open_scan(self, node: Segment, scan: Scan, read: Read) -> Runner:
        factory = OpenSegment(node.steps, self.runner, tracing=self.tracing).factory()
        hidden = [column.name for column in scan.row if column.hidden]
        names = None if hidden else read_before(node.steps, read)
        if names is not None:
            names |= {EVENT_TIME}

        def run_scan(run: Run) -> Rows:
            table = run.tables.get(scan.table, _NOTHING)
            if isinstance(table, tables.Stored):
                table = table.source.open(names)
            function = factory(run)
            events: Callable[[Any], Rows] = (
                (lambda rows: rows) if isinstance(table, tables.Events) else tables.as_events
            )
            keep = event_range(run, scan.interval)
            for given in run.batches(table.rows):
                batch = given if keep is None else keep(given)
                run.read[scan.table] = run.read.get(scan.table, 0) + len(batch)
                rows = events(batch)
                yield from function(_with_original(rows, hidden[0]) if hidden else rows)

        return run_scan

    def _inner_segment(self, node: Segment, read: Read) -> Runner:
        source = self.runner(node.input, read_of_input(node, read))
        if node.input.row.rest is Rest.OPEN:
            factory = OpenSegment(node.steps, self.runner, tracing=self.tracing).factory()
        else:
            factory = self._closed(node, Slots({name: at for at, name in enumerate(node.input.row.names)}))

        def run_segment(run: Run) -> Rows:
            return factory(run)(run.watched(source(run)))

        return run_segment

    def _values(self, node: Values) -> Runner:
        makers = [_constant(row) or tuple_maker(row, node.row, self.runner) for row in node.rows]
        names = node.row.names

        def run_values(run: Run) -> Rows:
            rows = [make(run)(()) for make in makers]
            if node.row.rest is not Rest.OPEN:
                return rows
            return [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows]

        return run_values

    def _limit(self, node: Limit, read: Read) -> Runner:
        source = self.runner(node.input, read_of_input(node, read))
        most = tuple_maker((node.count,), node.row, self.runner)

        def run_limit(run: Run) -> Rows:
            limit = most(run)(())[0] or 0
            rows = iter(source(run))
            yield from islice(rows, max(0, limit))
            if node.noted and next(rows, None) is not None:
                run.note(f"rows beyond the limit of {limit} were left out")

        return run_limit

    def _apply(self, node: Apply) -> Runner:
        source, body = self.runner(node.input), self.runner(node.body)
        keys = None if node.keys is None else tuple_maker(node.keys, node.input.row, self.runner)
        with_outer = _open_outer(node.outer) if node.row.rest is Rest.OPEN else _closed_outer(node)

        def groups(run: Run) -> Iterator[list[Row]]:
            if keys is None:
                yield from ([row] for row in run.watched(source(run)))
                return
            by_key: dict[tuple[Any, ...], list[Row]] = {}
            key_of = keys(run)
            for row in run.watched(source(run)):
                key = key_of(row)
                if key not in by_key and node.limit is not None and len(by_key) >= node.limit:
                    run.note(f"groups beyond the limit of {node.limit} were left out")
                    continue
                by_key.setdefault(key, []).append(row)
            yield from by_key.values()

        def run_apply(run: Run) -> Rows:
            for rows in groups(run):
                run.groups[node.key] = rows
                shared = dict(run.shared)
                yield from with_outer(rows[0], body(run))
                run.shared = shared

        return run_apply

    def _table_function(self, node: TableFunction) -> Runner:
        sources = [self.runner(one) for one in node.inputs]
        make = tuple_maker(node.arguments, node.row, self.runner)
        function = node.function.python

        def run_function(run: Run) -> Rows:
            given = [run.watched(source(run)) for source in sources]
            rows: Rows = function(*given, *make(run)(()))
            return run.watched(rows)

        return run_function


def _slots(names: tuple[str, ...], raw: frozenset[str]) -> Slots:
    return Slots(dict(zip(names, count())), raw, tables.converter)


def _read_of_scan(node: Segment, row: RowType, read: Read, *, ranged: bool) -> tuple[list[Column], frozenset[str]]:
    """The columns of a table that a segment over it looks at, and those whose values matter; of a range, the time."""
    values = read_before(node.steps, frozenset(node.row.names) if read is None else read)
    assert values is not None, "closed rows are never read whole"
    if ranged:
        values |= set(TIME_COLUMNS)
    live = live_before(node.steps, frozenset(node.row.names))[0]
    return [column for column in row if column.name in live | values], values


def _constant(row: tuple[Expression, ...]) -> Callable[[Run], Callable[[Row], Row]] | None:
    """What makes a written row of constants, without generated code: lists may have thousands of rows."""
    if not all(isinstance(one, Const) for one in row):
        return None
    values = tuple(one.value for one in row if isinstance(one, Const))
    return lambda _: lambda _: values


def _with_original(events: Rows, name: str) -> Iterator[Row]:
    """Every event with itself, as it came, under a name that no query can write."""
    return ({**event, name: event} for event in events)


def _closed_outer(node: Apply) -> Callable[[Row, Rows], list[Row]]:
    """Puts columns of a row that the body was applied to before the columns of each row of the body."""
    slots = [node.input.row.names.index(name) for name in node.outer]

    def put(first: Row, rows: Rows) -> list[Row]:
        outer = tuple(first[slot] for slot in slots)
        return [(*outer, *row) if outer else row for row in rows]

    return put


def _open_outer(names: tuple[str, ...]) -> Callable[[Row, Rows], list[Row]]:
    """The same for open rows, whose fields may be missing."""

    def put(first: Row, rows: Rows) -> list[Row]:
        outer = {name: first[name] for name in names if name in first}
        return [{**outer, **row} for row in rows]

    return put


def _union(sources: list[Runner]) -> Runner:
    return lambda run: chain.from_iterable(source(run) for source in sources)


def _distinct(node: Distinct, source: Runner) -> Runner:
    is_open = node.row.rest is Rest.OPEN

    def run_distinct(run: Run) -> Rows:
        seen: set[Any] = set()
        for row in run.watched(source(run)):
            key = frozenset(row.items()) if is_open else row
            if key not in seen:
                seen.add(key)
                yield row

    return run_distinct


def _share(node: Share, source: Runner) -> Runner:
    def run_share(run: Run) -> Rows:
        if node.key not in run.shared:
            run.shared[node.key] = list(run.watched(source(run)))
        return run.shared[node.key]

    return run_share
