"""Tables in columns: one job for all legs that read a table, each row with a mark for every leg that may keep it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.columnar.plans.legs import Leg
from emulator.columnar.spark.asking import Asked, asked, in_range
from emulator.columnar.spark.conditions import Conditions, ready
from emulator.columnar.spark.jobs import Jobs, Then
from emulator.columnar.spark.narrowing import narrowed, narrowing
from emulator.columnar.spark.sources import Stored, place_of, read
from emulator.interpreter.context import Run
from emulator.interpreter.tables import ConversionError, Lazy, Raw

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import SparkSession

_HANDED_ON = 4096
"""Rows that become Python's at a time."""


class InColumns:
    """A table in Parquet or Delta."""

    def __init__(self, jobs: Jobs, name: str, table: Stored, session: SparkSession) -> None:
        self._jobs = jobs
        self._name = name
        self._frame = read(table, session)
        self._asking: Sequence[Asked] = ()
        self._found: pyarrow.Table | None = None
        self._counted: dict[tuple[str, str], int] = {}
        self._read: set[str] = set()
        """The legs that the interpreter read: of those that share rows, it reads one."""

    def attach(self, legs: Sequence[Leg], run: Run) -> None:
        """Put what Spark finds into the run's tables; it is asked when somebody reads a row."""
        self._asking = [asked(leg, self._frame, run) for leg in legs]
        for number, one in enumerate(self._asking):
            run.tables[one.leg.name] = one.table(partial(self._rows, number, run))
        run.tables[self._name] = Raw(Lazy(self._whole))

    def count(self, leg: Leg, run: Run) -> int | None:
        """The rows in a leg's time range; None where only the interpreter can tell, or read none."""
        if leg.name not in self._read:
            return None
        within = in_range(leg, self._frame, run)
        if not within.exact:
            return None
        conditions = Conditions()
        query = exp.select(exp.alias_(exp.Count(this=exp.Star()), "n")).from_("t")
        if within.sql is not None:
            query = query.where(conditions.weaker(within.sql))
        key = query.sql("spark"), repr(conditions.parameters)
        if key not in self._counted:
            (self._counted[key],) = self._fetched(query, conditions.parameters)["n"].to_pylist()
        return self._counted[key]

    def place_of(self, error: ConversionError) -> str:
        """Where the cell stands that an error speaks of; nothing when it is none of this table's."""
        for number, one in enumerate(self._asking):
            names = [column.name for column in one.columns]
            if self._found is None or one.ready is not None or error.column not in names:
                continue
            kept = self._of(self._found, number)
            cells = kept[one.selected[names.index(error.column)][0]].to_pylist()
            for row, cell in enumerate(cells):
                if type(cell) is type(error.value) and repr(cell) == repr(error.value):
                    file = kept["f"][row].as_py() if "f" in kept.column_names else self._frame.files[0]
                    return f"{self._name}, row {kept['r'][row].as_py() + 1} of {place_of(file)}"
        return ""

    def _rows(self, number: int, run: Run) -> Iterator[tuple[Any, ...]]:
        """The rows for one leg, in order."""
        self._read.add(self._asking[number].leg.name)
        if self._found is None:
            self._found = self.survivors(run)
        return _tuples(self._of(self._found, number), [name for name, _ in self._asking[number].selected] or ["r"])

    def _of(self, found: pyarrow.Table, number: int) -> pyarrow.Table:
        return found.filter(found[f"k{number}"]) if len(self._asking) > 1 else found

    def survivors(self, run: Run) -> pyarrow.Table:
        """The rows that any leg may keep, in order."""
        conditions = Conditions()
        bounds = [exp.true() if one.bound.sql is None else conditions.weaker(one.bound.sql) for one in self._asking]
        marks = [exp.alias_(bound.copy(), f"k{number}") for number, bound in enumerate(bounds)]
        columns = dict(pair for one in self._asking for pair in one.selected)
        selected = [exp.alias_(ready(sql), name) for name, sql in columns.items()]
        query = exp.select(*selected, *(marks if len(bounds) > 1 else ())).from_("t").where(exp.or_(*bounds))
        legs = [narrowing(one, conditions, run) for one in self._asking]
        return self._placed(query, conditions.parameters, partial(narrowed, legs=legs))

    def _whole(self) -> Iterator[dict[str, object]]:
        """All rows, for what reads the table from within an expression."""
        columns = [f"c{held.place}" for held in self._frame.columns]
        table = self._placed(exp.select(*map(exp.column, columns)).from_("t"), {})
        names = [held.name for held in self._frame.columns]
        for row in _tuples(table, columns):
            yield {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}

    def _placed(self, query: exp.Select, parameters: Mapping[str, str], then: Then = None) -> pyarrow.Table:
        """The rows of a query in the order of the files, and of the rows in each."""
        if len(self._frame.files) == 1:
            return self._fetched(query.select("r"), parameters, then).sort_by("r")
        table = self._fetched(query.select("f", "r"), parameters, then)
        return in_order(table, self._frame.files, ["r"])

    def _fetched(self, query: exp.Select, parameters: Mapping[str, str], then: Then = None) -> pyarrow.Table:
        return self._jobs.fetched(self._name, self._frame.frame, query, parameters, then)


def in_order(table: pyarrow.Table, files: Sequence[str], places: Sequence[str]) -> pyarrow.Table:
    """The rows in the order of some files, which the column `f` names, and of their places in each."""
    import pyarrow as pa
    from pyarrow import compute

    numbers = {name: number for number, name in enumerate(files)}
    named = sorted(table["f"].unique().to_pylist(), key=lambda name: numbers[place_of(name)])
    number = compute.index_in(table["f"], value_set=pa.array(named, pa.string()))
    return table.append_column("n", number).sort_by([(key, "ascending") for key in ("n", *places)])


def _tuples(table: pyarrow.Table, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for batch in table.select(names).to_batches(max_chunksize=_HANDED_ON):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
