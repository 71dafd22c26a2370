"""What of a plan an engine evaluates, what is left to the interpreter, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlglot import exp

from emulator.columnar.duckdb.attaching import are_alike
from emulator.columnar.duckdb.connection import DuckDB
from emulator.columnar.duckdb.running import pushed_down
from emulator.columnar.expressions.cells import SQL_TYPES
from emulator.columnar.expressions.meanings import Meaning
from emulator.columnar.plans.encoding import Files, Held
from emulator.columnar.plans.pushing import Pushed, Pushing
from emulator.interpreter.context import Limits, Run
from emulator.interpreter.files import files_of
from emulator.interpreter.ranges import EVENT_TIME
from emulator.interpreter.tables import Raw
from emulator.nodes import record
from emulator.plan.expressions import Expression, fields
from emulator.plan.relations import Plan, Relation, Scan, Segment, inputs
from emulator.plan.steps import read_by
from emulator.types import Column, Rest, ScalarType

ENGINE, INTERPRETER = "duckdb", "interpreter"


@record
class Part:
    """A part of a plan: what it is, what evaluates it, why not the engine, and what it reads.

    Of a segment, the engine may take the first `steps` of `of` steps. `calls` are the functions of the interpreter
    that the engine calls, with the reasons.
    """

    what: str
    place: int
    runs: str
    why: str
    calls: tuple[str, ...]
    steps: int | None
    of: int | None
    inputs: tuple[Part, ...]

    def to_json(self) -> dict[str, object]:
        """The part as JSON; `at` is where it ends in the query's text."""
        made: dict[str, object] = {"what": self.what, "runs": self.runs, "at": self.place}
        if self.why:
            made["why"] = self.why
        if self.calls:
            made["calls"] = list(self.calls)
        if self.steps is not None:
            made |= {"steps": self.steps, "of": self.of}
        return {**made, "inputs": [one.to_json() for one in self.inputs]}


@record
class Explained:
    """A plan's parts, and the statements that the engine runs, in order."""

    root: Part
    statements: tuple[str, ...]

    def to_json(self, *, sql: bool) -> dict[str, object]:
        """The plan as JSON, with the statements if they are asked for."""
        made: dict[str, object] = {"engine": ENGINE, "plan": self.root.to_json()}
        return {**made, "sql": list(self.statements)} if sql else made


def explained(plan: Plan, tables: Mapping[str, str], now: int) -> Explained:
    """What would run where. Tables of which no files are given are supposed to be of the types that they should be.

    Raises QueryError for files, and what ends a run (`query.STOPS`) for the fixed parts of the query.
    """
    start, end = plan.time_range(now) if plan.time_range is not None else (None, None)
    run = Run(now, {}, Limits(), start, end)
    found = {name: files_of(path) for name, path in tables.items()}
    alike = {name: paths for name, paths in found.items() if are_alike(paths)}
    run.tables.update(dict.fromkeys(found, Raw(())))
    with DuckDB([path for paths in alike.values() for path in paths], run.limits, run.deadline) as engine:
        files = {name: engine.files(paths) for name, paths in alike.items()}
    others = {name: one for name, one in _supposed(plan.root).items() if name not in found}
    return _split(plan.root, {**others, **files}, run, shares=not plan.more)


def _split(root: Relation, files: Mapping[str, Files], run: Run, *, shares: bool) -> Explained:
    pushing, _ = pushed_down(files, run, shares=shares)
    pushing.split(root)
    made = [table.sql("duckdb", pretty=True) for table in pushing.translation.work.tables]
    asked = [one.query.sql("duckdb", pretty=True) for one in pushing.pushed]
    return Explained(_Parts(pushing).part(root, inside=None), (*made, *asked))


class _Parts:
    """Tells the parts of a plan that was split."""

    def __init__(self, pushing: Pushing) -> None:
        self._pushed = {id(one.relation): one for one in pushing.pushed}
        self._reasons = {id(relation): why for relation, why in pushing.reasons}
        self._meanings = {one.name: one for one in pushing.translation.meanings.listed}
        self._tables = {table.this.name: table.expression for table in pushing.translation.work.tables}

    def part(self, node: Relation, inside: Pushed | None) -> Part:
        """A relation and all that it reads; `inside` of what the engine evaluates."""
        found = self._pushed.get(id(node))
        whole = inside or (found if found is not None and found.steps is None else None)
        below = tuple(self.part(one, whole or found) for one in inputs(node))
        calls = self._calls(found) if found is not None else ()
        of = len(node.steps) if isinstance(node, Segment) else None
        steps = found.steps if found is not None and whole is None else None
        runs = ENGINE if whole is not None else f"{ENGINE}, then {INTERPRETER}" if steps else INTERPRETER
        why = "" if whole is not None else self._why(node)
        return Part(_what(node), node.span.end, runs, why, calls, steps, of, below)

    def _why(self, node: Relation) -> str:
        why = self._reasons.get(id(node), "")
        inherited = any(self._reasons.get(id(one)) == why for one in inputs(node))
        return "what it reads is evaluated there" if inherited else why

    def _calls(self, pushed: Pushed) -> tuple[str, ...]:
        called: dict[str, Meaning] = {}
        for sql in self._statements(pushed.query, set()):
            for call in sql.find_all(exp.Anonymous):
                if str(call.this) in self._meanings:
                    called[str(call.this)] = self._meanings[str(call.this)]
        return tuple(dict.fromkeys(one.reason for one in called.values()))

    def _statements(self, sql: exp.Expr, met: set[str]) -> Iterator[exp.Expr]:
        """A query and those of the tables that it reads."""
        yield sql
        for table in sql.find_all(exp.Table):
            if table.name in self._tables and table.name not in met:
                met.add(table.name)
                yield from self._statements(self._tables[table.name], met)


def _what(node: Relation) -> str:
    match node:
        case Scan(table=table):
            return f"scan of {table}"
        case Segment(steps=steps):
            return f"{len(steps)} step{'' if len(steps) == 1 else 's'}: " + ", ".join(
                type(step).__name__.lower() for step in steps
            )
        case _:
            return type(node).__name__.lower()


def _supposed(root: Relation) -> dict[str, Files]:
    """Files as the tables of a plan would have, were they converted from events: every column of its own type."""
    return {scan.table: _files(scan, root) for scan in _scans(root)}


def _scans(node: Relation) -> Iterator[Scan]:
    if isinstance(node, Scan):
        yield node
    for one in inputs(node):
        yield from _scans(one)


def _files(scan: Scan, root: Relation) -> Files:
    columns = scan.row.columns
    if scan.row.rest is Rest.OPEN:
        names = sorted(_named(root) - {EVENT_TIME})
        columns = (Column(EVENT_TIME, ScalarType.LONG), *(Column(name, ScalarType.TEXT) for name in names))
    held = [
        Held(column.name, place, _TYPES.get(column.type, SQL_TYPES[column.type]))
        for place, column in enumerate(columns)
    ]
    return Files((Path(f"{scan.table}.parquet"),), tuple(held))


_TYPES = {ScalarType.DATETIME: "TIMESTAMP WITH TIME ZONE"}


def _named(node: Relation) -> frozenset[str]:
    """The names of the fields that a plan reads."""
    own: frozenset[str] = frozenset()
    if isinstance(node, Segment):
        own = read_by(node.steps)
    keys: list[Expression] = [one.value for one in getattr(node, "keys", None) or () if hasattr(one, "value")]
    arguments = [one for call in getattr(node, "aggregates", ()) for one in call.arguments]
    own = own.union(*(fields(one) for one in (*keys, *arguments)))
    return own.union(*(_named(one) for one in inputs(node)))
