"""Tables in Parquet files, found by the engine and read by the interpreter.

For each leg of a plan the engine gives the rows for which the leg's steps may give something; legs that read one table
share a scan. The interpreter runs every step on what is left, so that the engine decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from sqlglot import exp

from emulator.columnar.duckdb.connection import DuckDB
from emulator.columnar.expressions.bounds import UNKNOWN, Bound, every
from emulator.columnar.plans.asking import bounds_of, columns_read, held_of, known_values, ready_values
from emulator.columnar.plans.encoding import Files, Held
from emulator.columnar.plans.legs import Leg, split
from emulator.columnar.plans.paths import necessary
from emulator.columnar.plans.rows import Untranslatable
from emulator.columnar.plans.scanning import time_range, within
from emulator.interpreter.context import Run
from emulator.interpreter.files import files_of
from emulator.interpreter.ranges import EVENT_TIME
from emulator.interpreter.tables import Lazy, Names, Prepared, Raw, Table
from emulator.nodes import record
from emulator.plan.relations import Relation
from emulator.types import Column

_WHOLE = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")
_INSTANTS = ("timestamp[us]", "timestamp[ms]", "timestamp[us, tz=UTC]", "timestamp[ms, tz=UTC]")
_PLAIN = frozenset({"string", "large_string", "bool", "double", *_WHOLE, *_INSTANTS})
"""Arrow's names of the types of columns that the engine is given."""


@record
class _Scan:
    """What one leg asks of the engine: the columns, and what must hold of the rows."""

    leg: Leg
    files: Files
    columns: tuple[Column, ...]
    bound: Bound

    @cached_property
    def ready(self) -> tuple[exp.Expr, ...] | None:
        """The columns as values ready for use; None when cells have to be converted one by one."""
        return ready_values(self.leg, self.columns, self.files)

    @property
    def held(self) -> list[Held]:
        """The columns of the files that it reads."""
        return held_of(self.columns, self.files)

    @property
    def selected(self) -> tuple[exp.Expr, ...]:
        """What to select, in order of the columns."""
        if self.ready is not None:
            return self.ready
        return tuple(held.raw for held in self.held)

    def table(self, rows: Callable[[], Iterable[tuple[Any, ...]]]) -> Table:
        """The rows as the interpreter reads them."""
        names = Names(column.name for column in self.columns)
        if self.ready is not None:
            return Prepared(names, Lazy(rows))
        zoned = frozenset(held.name for held in self.held if held.is_zoned)

        def mappings() -> Iterator[dict[str, object]]:
            for row in rows():
                cells = {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}
                for name in zoned & cells.keys():
                    cells[name] = cells[name].replace(tzinfo=UTC)
                yield cells

        return Raw(Lazy(mappings))


@contextmanager
def attached(
    root: Relation, sources: Mapping[str, object], run: Run, connected: DuckDB | None = None
) -> Iterator[Relation]:
    """The plan as it reads what the engine finds in the Parquet files among some sources, while the context lasts.

    `run.tables` gets the rows. An engine that is `connected` reads the files already. Raises QueryError, LimitReached,
    MemoryError.
    """
    if connected is not None and not split(root, sources.__contains__)[1]:
        yield root
        return
    given = {name: files_of(str(source)) for name, source in sources.items() if isinstance(source, str | Path)}
    tables = {name: paths for name, paths in given.items() if are_alike(paths)}
    paths = [path for several in tables.values() for path in several]
    with nullcontext(connected) if connected else DuckDB(paths, run.limits, run.deadline) as engine:
        files = {name: engine.files(several) for name, several in tables.items()}
        rewritten, legs = split(root, files.__contains__)
        for name, found in files.items():
            scans = [_scan(leg, found, run) for leg in legs if leg.scan.table == name]
            _attach(engine, scans, run)
        yield rewritten
        for name, found in files.items():
            _count(engine, name, found, legs, run)


def are_alike(paths: Sequence[Path]) -> bool:
    """True for Parquet files of the same columns, of types that the engine hands on as the interpreter reads them.

    Names of columns have to differ in more than case, which the engine ignores.
    """
    from pyarrow import ArrowException, parquet

    if any(path.suffix.lower() != ".parquet" for path in paths):
        return False
    try:
        first, *others = (parquet.read_schema(path).remove_metadata() for path in paths)
    except (ArrowException, OSError):
        return False  # the interpreter says what is wrong with it
    names = {name.lower() for name in first.names}
    plain = all(str(field.type) in _PLAIN for field in first)
    return plain and len(names) == len(first.names) and all(first.equals(other) for other in others)


def _scan(leg: Leg, files: Files, run: Run) -> _Scan:
    """What a leg asks for in this run."""
    bound = necessary(leg.segment.steps, known_values(leg, files), bounds_of(run))
    kept = _range(leg, files, run)
    bound = every([kept, bound]) if kept.exact else UNKNOWN  # the interpreter counts what lies in the range
    return _Scan(leg, files, columns_read(leg, files, run), bound)


def _range(leg: Leg, files: Files, run: Run) -> Bound:
    """What holds of the rows in the scan's time range; unknown, where only the interpreter can tell."""
    held = files.find(EVENT_TIME)
    if leg.is_open and held is not None and held.type == "VARCHAR" and time_range(leg.scan, run) != (None, None):
        return UNKNOWN
    try:
        conditions = within(leg.scan, files, run)
    except Untranslatable:
        return UNKNOWN
    return Bound(exp.and_(*conditions) if conditions else None, exact=True)


def _attach(engine: DuckDB, scans: Sequence[_Scan], run: Run) -> None:
    """Put what the engine finds for each scan of one table into the run's tables."""
    bounds = [scan.bound.sql for scan in scans if scan.bound.sql is not None]
    if len(scans) > 1 and len(bounds) == len(scans):
        _attach_shared(engine, scans, bounds, run)
        return
    for scan in scans:
        query = exp.select(*_selected(scan)).from_(scan.files.relation)
        if scan.bound.sql is not None:
            query = query.where(scan.bound.sql)
        run.tables[scan.leg.name] = scan.table(partial(engine.rows, query))


def _attach_shared(engine: DuckDB, scans: Sequence[_Scan], bounds: Sequence[exp.Expr], run: Run) -> None:
    """One scan for several legs: what any may keep, with a mark for each that may."""
    places = sorted({held.place for scan in scans for held in scan.held})
    marks = [exp.alias_(bound.copy(), f"k{number}") for number, bound in enumerate(bounds)]
    found = exp.select(*(exp.column(f"c{place}") for place in places), *marks).from_(scans[0].files.relation)
    found = found.where(exp.or_(*bounds))
    name = exp.to_table(f"shared{len(run.tables)}")
    engine.execute(exp.Create(this=name, kind="TABLE", expression=found))
    for number, scan in enumerate(scans):
        query = exp.select(*_selected(scan)).from_(name).where(exp.column(f"k{number}"))
        run.tables[scan.leg.name] = scan.table(partial(engine.rows, query))


def _selected(scan: _Scan) -> tuple[exp.Expr, ...]:
    return scan.selected or (exp.Literal.number(0),)


def _count(engine: DuckDB, name: str, files: Files, legs: Sequence[Leg], run: Run) -> None:
    """Tell how many rows of a table were looked at, which the engine did in the interpreter's place."""
    own = [leg for leg in legs if leg.scan.table == name]
    if not own:
        return
    for leg in own:
        kept = _range(leg, files, run)
        rows = run.read.pop(leg.name, 0)
        if kept.exact:
            query = exp.select(exp.Count(this=exp.Star())).from_(files.relation)
            ((rows,),) = engine.rows(query.where(kept.sql) if kept.sql is not None else query)
        run.read[name] = run.read.get(name, 0) + rows
