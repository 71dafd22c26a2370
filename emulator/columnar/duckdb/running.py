"""A plan run on DuckDB: what SQL can say there, the rest in the interpreter, with the interpreter's rows in its order.

What the engine can't decide, or fails at, is run again: the engine then only finds the rows that may matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path

from sqlglot import exp

from emulator.columnar.duckdb.attaching import are_alike, attached
from emulator.columnar.duckdb.connection import DuckDB
from emulator.columnar.expressions.bounds import Bounds
from emulator.columnar.expressions.meanings import Meanings
from emulator.columnar.plans.encoding import Files
from emulator.columnar.plans.pushing import Pushed, Pushing, decoded, looked_at
from emulator.columnar.plans.relations import Translation
from emulator.columnar.plans.rows import conjunction
from emulator.columnar.plans.scanning import time_range, within
from emulator.diagnostics import QueryError
from emulator.interpreter.collection import uncollected
from emulator.interpreter.compile import compile_relation
from emulator.interpreter.context import Row, Rows, Run, Runner
from emulator.interpreter.files import files_of
from emulator.interpreter.rowcode import value_maker
from emulator.interpreter.tables import Lazy
from emulator.plan.expressions import Const, Expression
from emulator.plan.relations import Relation, Scan, Share
from emulator.plan.rereading import tables_read
from emulator.types import RowType

_NOTHING = RowType(())


def runner(root: Relation, sources: Mapping[str, object], *, shares: bool) -> Runner:
    """What runs a plan over tables of which some are files; `shares`: nothing else reads what the plan shares.

    It raises QueryError, LimitReached and MemoryError, and what the interpreter raises.
    """

    def run_plan(run: Run) -> Rows:
        before = _Before(run)
        try:
            with uncollected():
                return _run(root, sources, run, shares=shares)
        except QueryError:
            before.restore(run)
        with attached(root, sources, run) as rewritten:
            return list(run.watched(compile_relation(rewritten)(run)))

    return run_plan


class _Before:
    """What a run knew before it began."""

    def __init__(self, run: Run) -> None:
        self._notes, self._read, self._tables = list(run.notes), dict(run.read), dict(run.tables)

    def restore(self, run: Run) -> None:
        run.notes[:] = self._notes
        for now, then in ((run.read, self._read), (run.tables, self._tables)):
            now.clear()
            now.update(then)  # type: ignore[arg-type]  # each is restored to what it was
        run.shared.clear()
        run.groups.clear()


def _run(root: Relation, sources: Mapping[str, object], run: Run, *, shares: bool) -> list[Row]:
    names = tables_read(root)
    sources = {name: source for name, source in sources.items() if name in names}
    given = {name: files_of(str(source)) for name, source in sources.items() if isinstance(source, str | Path)}
    tables = {name: paths for name, paths in given.items() if are_alike(paths)}
    paths = [path for several in tables.values() for path in several]
    with DuckDB(paths, run.limits, run.deadline) as engine:
        files = {name: engine.files(several) for name, several in tables.items()}
        pushing, constants = pushed_down(files, run, shares=shares)
        rest = pushing.split(root)
        work = pushing.translation.work
        engine.register(pushing.translation.meanings)
        for made in work.tables:
            engine.execute(made)
        counting = _Counting(engine, files, run)
        for pushed in pushing.pushed:
            constants.count(pushed.part)
            run.groups[pushed.key] = Lazy(partial(_rows, engine, pushed, counting))
        with attached(rest, sources, run, engine) as rewritten:
            rows = list(run.watched(compile_relation(rewritten)(run)))
        for query, say in work.notes:
            ((found,),) = engine.rows(query)
            if text := say(found):
                run.note(text)
        return rows


def pushed_down(files: Mapping[str, Files], run: Run, *, shares: bool) -> tuple[Pushing, Constants]:
    """What splits a plan over some files for a run, and what it asks for the values that the run fixes."""
    constants = Constants(run)
    translation = Translation(files, run, constants.value, Meanings(), shares=shares)
    return Pushing(translation, Bounds(constants.value)), constants


class Constants:
    """The values of expressions that read no row; sub-plans in them read tables."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: dict[int, tuple[Expression, object, dict[str, int]]] = {}
        self._shares: set[int] = set()

    def value(self, expression: Expression) -> object:
        """The value of an expression, evaluated once."""
        if isinstance(expression, Const):
            return expression.value
        if id(expression) not in self._known:
            before = dict(self._run.read)
            self._run.read.clear()
            try:
                made = value_maker(expression, _NOTHING, compile_relation)(self._run)(())
                self._known[id(expression)] = (expression, made, dict(self._run.read))
            finally:
                self._run.read.clear()
                self._run.read.update(before)
        return self._known[id(expression)][1]

    def count(self, part: object) -> None:
        """Count the rows that were looked at for the values that a part of the plan asked for."""
        if isinstance(part, Share):
            if part.key in self._shares:
                return
            self._shares.add(part.key)
        if isinstance(part, tuple):
            for one in part:
                self.count(one)
        elif id(part) in self._known:
            for table, rows in self._known[id(part)][2].items():
                self._run.read[table] = self._run.read.get(table, 0) + rows
        elif is_dataclass(part) and type(part).__module__.startswith("emulator.plan."):
            for one in fields(part):
                self.count(getattr(part, one.name))


def _rows(engine: DuckDB, pushed: Pushed, counting: _Counting) -> Iterator[Row]:
    counting.count(pushed.relation)
    return decoded(pushed)(engine.read(pushed.query))


class _Counting:
    """Counts the rows that the interpreter would have looked at."""

    def __init__(self, engine: DuckDB, files: Mapping[str, Files], run: Run) -> None:
        self._engine = engine
        self._files = files
        self._run = run
        self._shares: set[int] = set()
        self._known: dict[tuple[object, ...], int] = {}

    def count(self, relation: Relation) -> None:
        """Count the rows that a relation reads."""
        for scan in looked_at(relation, self._shares):
            rows = self._rows(scan)
            if rows:
                self._run.read[scan.table] = self._run.read.get(scan.table, 0) + rows

    def _rows(self, scan: Scan) -> int:
        if scan.table not in self._files:
            return 0
        key = (scan.table, *time_range(scan, self._run), scan.row.rest)
        if key not in self._known:
            files = self._files[scan.table]
            query = exp.Select(expressions=[exp.Count(this=exp.Star())]).from_(files.relation)
            conditions: Sequence[exp.Expr] = within(scan, files, self._run)
            if conditions:
                query = query.where(conjunction(conditions))
            ((self._known[key],),) = self._engine.rows(query)
        return self._known[key]
